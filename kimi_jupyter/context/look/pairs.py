"""Columns side by side: how they go together, and where they are missing together. numpy is handed in.

Numbers go together by rank and in a line, a number and a label by what the label explains of it, two labels by
Cramér's V. Imports no data library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from ..frames import Frame, label_text
from ..numbers import share
from ..terms import Terms
from .values import Values, places_of, read

__all__ = ["pair_lines"]

_MOST = 8  # columns that are looked at together
_FEWEST = 3  # rows that two columns must share
_LEVELS = 60
_PATTERNS = 8
_CLOSE = 0.1  # from which a pair is told
_APART = 0.1  # between the two correlations, from which both are told


def pair_lines(np: Any, frame: Frame, columns: Sequence[int], terms: Terms) -> list[str]:
    """Lines on how columns go together, the closest pairs first, and on the rows where some are missing."""
    columns = list(columns)[:_MOST]
    places = places_of(np, frame, columns * 2, terms)  # they are ranked too, which is as dear as reading
    whole = places is None
    read_in = [
        (label_text(frame.labels[place], terms), read(np, frame.column(place), places, terms)) for place in columns
    ]
    found = []
    for one, other in combinations(read_in, 2):
        if not terms.late:
            found.append(_pair(np, one, other))
    told = sorted((pair for pair in found if pair is not None), key=lambda pair: -pair[0])
    mark = "" if whole else "≈"
    close = [text for closeness, text in told if closeness >= _CLOSE]
    lines = [f"together{'' if whole else f' (≈ from a sample of {len(places):,} rows)'}:"] if told else []
    lines += [f"- {text}" for text in close]
    if len(close) < len(told):
        lines.append(f"- {len(told) - len(close):,} {'other ' if close else ''}pairs: below {_CLOSE}")
    return [*lines, *_missing_together(np, read_in, mark)]


def _pair(np: Any, one: tuple[str, Values], other: tuple[str, Values]) -> tuple[float, str] | None:
    """How closely two columns go together, from 0 to 1, and the same in words."""
    (name, values), (second, others) = one, other
    both = ~values.missing & ~others.missing
    names = f"{name}, {second}"
    numbers = _numbers(np, values), _numbers(np, others)
    if numbers[0] is not None and numbers[1] is not None:
        return _correlation(np, names, numbers[0][both], numbers[1][both])
    for label, number, which in ((values, numbers[1], names), (others, numbers[0], f"{second}, {name}")):
        if label.kind == "label" and number is not None:
            return _explained(np, which, label.array[both], number[both])
    if values.kind == others.kind == "label":
        return _cramer(np, names, values.array[both], others.array[both])
    return None


def _numbers(np: Any, values: Values) -> Any:
    """Numbers, flags, moments and spans as floats; ``None`` for other values."""
    if values.kind in ("number", "flag"):
        return values.array.astype(np.float64)
    return values.array.astype(np.int64).astype(np.float64) if values.kind in ("moment", "span") else None


def _correlation(np: Any, names: str, one: Any, other: Any) -> tuple[float, str] | None:
    finite = np.isfinite(one) & np.isfinite(other)
    one, other = one[finite], other[finite]
    line = _pearson(np, one, other)
    if line is None:
        return None
    rank = _pearson(np, _ranks(np, one), _ranks(np, other)) or 0.0
    said = f"correlation {_figure(line)}"
    if abs(rank - line) > _APART:
        said += f", by rank {_figure(rank)}"
    return max(abs(line), abs(rank)), f"{names}: {said} ({len(one):,} rows)"


def _pearson(np: Any, one: Any, other: Any) -> float | None:
    if len(one) < _FEWEST:
        return None
    one, other = one - one.mean(), other - other.mean()
    figure = float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))
    return figure if math.isfinite(figure) else None


def _ranks(np: Any, values: Any) -> Any:
    """Ranks from 0, equal values sharing the middle of theirs."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + ends - 1) / 2)[codes]


def _explained(np: Any, names: str, codes: Any, numbers: Any) -> tuple[float, str] | None:
    """The share of a number's variance that lies between the groups of a label (eta squared)."""
    finite = np.isfinite(numbers)
    codes, numbers = codes[finite], numbers[finite]
    counts = np.bincount(codes) if len(codes) else np.array([], dtype=int)
    groups = int(np.count_nonzero(counts))
    if not 2 <= groups <= len(numbers) // 2:
        return None
    means = np.bincount(codes, weights=numbers) / counts
    every = numbers.mean()
    total = float(((numbers - every) ** 2).sum())
    between = float(np.nansum(counts * (means - every) ** 2))
    if not total > 0 or not math.isfinite(between / total):
        return None
    part = min(1.0, between / total)
    label, _, number = names.partition(", ")
    return math.sqrt(part), f"{label}, {number}: {label} explains {_percent(part)} of the variance ({groups:,} groups)"


def _cramer(np: Any, names: str, one: Any, other: Any) -> tuple[float, str] | None:
    """Cramér's V of two labels, and whether one tells the other."""
    if len(one) < _FEWEST:
        return None
    rows, one = np.unique(one, return_inverse=True)
    columns, other = np.unique(other, return_inverse=True)
    if not (2 <= len(rows) <= _LEVELS and 2 <= len(columns) <= _LEVELS):
        return None
    table = np.bincount(one * len(columns) + other, minlength=len(rows) * len(columns)).reshape(len(rows), len(columns))
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / len(one)
    chi = float(((table - expected) ** 2 / expected).sum())
    figure = min(1.0, math.sqrt(chi / len(one) / (min(table.shape) - 1)))
    first, _, second = names.partition(", ")
    tells = [
        f", each {name} has one {of}"
        for name, of, axis in ((first, second, 1), (second, first, 0))
        if int((table > 0).sum(axis=axis).max()) == 1
    ]
    return figure, f"{names}: Cramér's V {_figure(figure)}{tells[0] if tells else ''}"


def _rows(count: int, total: int, mark: str) -> str:
    return f"≈{share(count, total)}" if mark else f"{count:,} ({share(count, total)})"


def _figure(value: float) -> str:
    return f"{value:.2f}"


def _percent(part: float) -> str:
    return share(round(part * 1000), 1000)


def _missing_together(np: Any, columns: list[tuple[str, Values]], mark: str) -> list[str]:
    """The patterns of missing values by how many rows have each."""
    bits = sum((values.missing.astype(np.int64) << place for place, (_, values) in enumerate(columns)), np.int64(0))
    total = len(columns[0][1].missing)
    if not total or not bits.any():
        return ["none of these is missing anywhere" if not mark else "none of these is missing in the sample"]
    found, counts = np.unique(bits, return_counts=True)
    ranked = sorted(zip(found.tolist(), counts.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    told = []
    for pattern, count in ranked[:_PATTERNS]:
        names = [name for place, (name, _) in enumerate(columns) if pattern >> place & 1]
        which = f"missing {' + '.join(names)}" if names else "none missing"
        told.append(f"{which} {_rows(count, total, mark)}")
    more = f", {len(ranked) - _PATTERNS:,} more patterns" if len(ranked) > _PATTERNS else ""
    return [f"rows by what is missing: {', '.join(told)}{more}"]
