"""Columns that come in series told as one: ``x_0 … x_999 (float64 × 1,000)``. Imports no data library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .labels import named
from .terms import Terms

__all__ = ["Entry", "arranged", "by_type"]

_MANY = 40  # columns from which series are looked for
_SERIES = 8  # columns that make a series worth telling as one
_LONG_SERIES = 25  # … even where there is room for each
_LINE = 10  # tokens of a column that is told by itself
_PATTERNED = 500  # columns up to which series are looked for that are no numbers
_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)", re.DOTALL)
_BY_MONTH = re.compile(
    r"(.*?)(?<![^\W_])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?"
    r"(?![^\W_])(.*)",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a table's digest: a column, or a series of them.

    Attributes
    ----------
    places
        Positions of the columns.
    """

    places: tuple[int, ...]


def arranged(labels: list[Any], dtypes: list[str], terms: Terms) -> list[Entry]:
    """The columns in order, numbered series of one type together unless there is room for each of their columns; those
    the question names stay by themselves."""
    if len(labels) <= _MANY:
        return [Entry((place,)) for place in range(len(labels))]
    series: dict[str, dict[str, list[int]]] = {dtype: {} for dtype in dtypes}
    homes: list[list[int] | None] = []  # the series of each column
    for place, (label, dtype) in enumerate(zip(labels, dtypes, strict=True)):
        key = _key(label, terms, patterns=len(labels) <= _PATTERNED)
        members = series[dtype].get(key) if key is not None else None
        if members is not None:
            members.append(place)
        elif key is not None:
            members = series[dtype][key] = [place]
        homes.append(members)
    entries = []
    least = _SERIES if _LINE * len(labels) > terms.tokens else _LONG_SERIES
    for place, members in enumerate(homes):
        if members is None or len(members) < least:
            entries.append(Entry((place,)))
        elif members[0] == place:
            entries.append(Entry(tuple(members)))
    return entries


def by_type(dtypes: list[str]) -> str:
    """How many columns are of which type: ``float64 4,990, str 10``."""
    counts: dict[str, int] = {}
    for dtype in dtypes:
        counts[dtype] = counts.get(dtype, 0) + 1
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    more = f", {len(ranked) - 5} more types" if len(ranked) > 5 else ""
    return ", ".join(f"{dtype} {count:,}" for dtype, count in ranked[:5]) + more


def _key(label: Any, terms: Terms, *, patterns: bool) -> str | None:
    """What the labels of a series have in common, its last number as a nought, or a month as one; ``None`` for one that
    stands alone."""
    if type(label) is int:
        return ""
    if type(label) is not str or len(label) > 80 or named(label, terms.focus):
        return None
    match = _NUMBERED.fullmatch(label)
    if match is None and patterns and (match := _BY_MONTH.fullmatch(label)):
        return f"{match[1]}month{match[2]}"
    return f"{match[1]}0{match[3]}" if match else None
