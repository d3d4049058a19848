"""A table's rows in groups: numbers for the groups of each row, made of values of plain types.

No library's own group-by is called: it would hash and compare whatever the cells hold. Imports no data library.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..numbers import number
from ..terms import Terms
from .moments import calendar_unit, span_unit
from .quantities import rounded
from .values import Values, bare_text

__all__ = ["Groups", "grouped", "least_rows", "merged"]

_MOST = 12
_IN_TIME = 24
_FEW = 12  # different numbers that are groups of their own
_OTHER = "other"
_MISSING = "(missing)"


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows in groups: the number of each row's group, and the groups' names, a cell for each column they are by."""

    codes: Any
    names: list[tuple[str, ...]]
    ordered: bool  # the names have an order of their own


def least_rows(terms: Terms) -> int:
    """Rows of a group that is told by itself: two where no row's values may show."""
    return 2 if terms.detail == "stats" else 1


def grouped(np: Any, values: Values, terms: Terms) -> Groups:
    """The rows in groups by one column."""
    match values.kind:
        case "flag":
            return _with_missing(np, values.array.astype(np.intp), values.missing, ["False", "True"], ordered=True)
        case "moment":
            return _by_time(np, values)
        case "number":
            return _by_size(np, values.array.astype(np.float64), values.missing)
        case "span":
            numbers, unit = span_unit(np, values.array)
            found = _by_size(np, numbers, values.missing)
            return Groups(found.codes, [(f"{name} {unit}",) for (name,) in found.names], ordered=True)
        case _:
            names = [bare_text(name, terms) for name in values.names]
            ordered = values.ordered and len(names) <= _IN_TIME
            found = _with_missing(np, values.array, values.missing, names, ordered=ordered)
            return found if ordered else _by_rank(np, found, terms)


def _with_missing(np: Any, codes: Any, missing: Any, names: list[str], *, ordered: bool) -> Groups:
    """The groups with those rows that have no value as the last one, if there are any."""
    if not missing.any():
        return Groups(codes, [(name,) for name in names], ordered)
    return Groups(np.where(missing, len(names), codes), [(name,) for name in [*names, _MISSING]], ordered)


def _by_time(np: Any, values: Values) -> Groups:
    present = values.present
    if not len(present):
        return _with_missing(np, np.zeros(len(values.array), np.intp), values.missing, [], ordered=True)
    unit = calendar_unit(np, present, _IN_TIME)
    cells = values.array.astype("M8[Y]" if unit == "10Y" else f"M8[{unit}]")
    if unit == "10Y":
        cells = (cells.astype(np.int64) // 10 * 10).astype("M8[Y]")
    found, codes = np.unique(cells[~values.missing], return_inverse=True)
    every = np.zeros(len(values.array), np.intp)
    every[~values.missing] = codes
    names = [str(cell).replace("T", " ") + ("h" if unit == "h" else "s" if unit == "10Y" else "") for cell in found]
    return _with_missing(np, every, values.missing, names, ordered=True)


def _by_size(np: Any, numbers: Any, missing: Any) -> Groups:
    """Few different numbers as they are, many in quarters."""
    missing = missing | ~np.isfinite(numbers)
    present = numbers[~missing]
    every = np.zeros(len(numbers), np.intp)
    found = np.unique(present)
    if len(found) <= _FEW:
        every[~missing] = np.searchsorted(found, present)
        return _with_missing(np, every, missing, [number(float(value)) for value in found], ordered=True)
    cuts = np.unique(np.percentile(present, (25, 50, 75)))
    every[~missing] = np.searchsorted(cuts, present, side="left")
    ends = [rounded(float(cut)) for cut in cuts]
    names = [
        f"to {ends[0]}",
        *(f"over {low} to {high}" for low, high in pairwise(ends)),
        f"over {ends[-1]}",
    ]
    return _with_missing(np, every, missing, names, ordered=True)


def _by_rank(np: Any, groups: Groups, terms: Terms) -> Groups:
    """The largest groups first, the others as one."""
    sizes = np.bincount(groups.codes, minlength=len(groups.names))
    least = least_rows(terms)
    order = sorted(range(len(groups.names)), key=lambda code: (-int(sizes[code]), groups.names[code]))
    kept = [code for code in order if sizes[code] >= least][:_MOST]
    rest = sum(int(sizes[code] > 0) for code in order) - len(kept)
    again = np.full(len(groups.names), len(kept), dtype=np.intp)
    again[kept] = np.arange(len(kept))
    names = [groups.names[code] for code in kept]
    width = len(names[0]) if names else 1
    if rest > 0:
        names.append((f"({_OTHER} {rest})", *[""] * (width - 1)))
    return Groups(again[groups.codes], names, ordered=False)


def merged(np: Any, parts: list[Groups], terms: Terms) -> Groups:
    """The groups by one column, or by two at once; where no row may show, none of a single row."""
    if len(parts) == 1:
        groups = parts[0]
    else:
        first, second = parts
        names = [(*one, *other) for one in first.names for other in second.names]
        groups = Groups(first.codes * len(second.names) + second.codes, names, first.ordered and second.ordered)
        if not groups.ordered or len(np.unique(groups.codes)) > _IN_TIME:
            return _by_rank(np, groups, terms)
    sizes = np.bincount(groups.codes, minlength=len(groups.names))
    if groups.ordered and terms.detail == "stats" and ((sizes > 0) & (sizes < least_rows(terms))).any():
        return _by_rank(np, groups, terms)
    used = np.flatnonzero(sizes)
    again = np.zeros(len(sizes), np.intp)
    again[used] = np.arange(len(used))
    return Groups(again[groups.codes], [groups.names[code] for code in used.tolist()], groups.ordered)
