"""Facts of numbers, booleans and times in numpy arrays, from one sort of the column or of its sample.

Sorted values give distinct counts, quartiles, range and small sets at once. numpy is handed in: it is loaded whenever
there is an array. Reads arrays of numeric, bool and datetime kinds only; never objects.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .facts import SMALL_SET, Facts, Study, estimate_distinct, is_mapped
from .identity import loaded
from .numbers import integer, number
from .passes import passed_over, price, tallied
from .tells import number_notes

__all__ = ["array_facts", "numpy", "present", "sorted_facts"]

_GLANCE = 32  # moments that mostly show in which unit all are
_FIRST = 256  # steps between moments that show whether there is a rhythm
_SPAN = 10_000  # integers that are counted one by one
_STEPS = {1: "every second", 60: "every minute", 3600: "hourly", 86_400: "daily", 604_800: "weekly"}


def numpy() -> Any:
    """numpy if it is loaded, else ``None``."""
    return sys.modules.get("numpy") if loaded("numpy.ndarray") is not None else None


def array_facts(array: Any, study: Study, *, masked: Any = None) -> Facts:
    """Facts of a one-dimensional array of numbers, booleans, datetimes or timedeltas.

    Parameters
    ----------
    array
        The whole column; it is read, never copied as a whole unless it is small.
    study
        How closely to look.
    masked
        True where a value is missing, for arrays that have no missing value of their own.
    """
    np = numpy()
    if not study.sorts:
        study.probe(np, array.__getitem__, len(array) * array.itemsize, mapped=is_mapped(array))
    picked, exact = (array, True) if study.sorts else (array[study.index(np)], False)
    if masked is not None:
        picked, size = picked[~(masked if study.sorts else masked[study.index(np)])], len(picked)
    else:
        size = len(picked)
    kept = present(np, picked)
    missing = size - len(kept)
    if study.sorts:
        return sorted_facts(kept, study, missing=missing, missing_exact=True)
    if masked is not None or array.dtype.kind not in "biufMm" or not study.affords(price(array)):
        return sorted_facts(kept, study, missing=study.scaled(missing, size), missing_exact=exact)
    found = passed_over(np, array, study)
    if found is None:
        return sorted_facts(kept, study, missing=study.scaled(missing, size), missing_exact=exact)
    ends = found.ends
    facts = sorted_facts(kept, study, missing=found.missing, missing_exact=True, ends=ends)
    if found.infinite:
        return replace(facts, notes=(f"{found.infinite:,} infinite",))
    if ends and array.dtype.kind in "iu" and int(ends[1]) - int(ends[0]) < _SPAN:
        return _counted(np, array, int(ends[0]), int(ends[1]), facts, study)
    return facts


def _counted(np: Any, array: Any, low: int, high: int, facts: Facts, study: Study) -> Facts:
    """The facts with each integer counted, which over a small span is cheaper than sorting."""
    if not study.affords(4 * study.rows):
        return facts
    tally = tallied(np, array, low, high)
    used = np.flatnonzero(tally)
    small = len(used) <= SMALL_SET
    return replace(
        facts,
        distinct=len(used),
        distinct_exact=True,
        counts=tuple((integer(low + place), int(tally[place])) for place in used.tolist()) if small else (),
        counted=study.rows,
        complete=small,
    )


def present(np: Any, picked: Any) -> Any:
    """The values that are there: no NaN, no NaT."""
    kind = picked.dtype.kind
    if kind in "fc":
        kept = picked[picked == picked]
        return kept.astype(np.float32) if picked.dtype.itemsize == 2 else kept
    return picked[~np.isnat(picked)] if kind in "Mm" else picked


def sorted_facts(
    kept: Any, study: Study, *, missing: int, missing_exact: bool, ends: Sequence[Any] | None = None
) -> Facts:
    """Facts of the values that are there: all of them if the study is whole, else those of the sample.

    Parameters
    ----------
    kept
        Values without missing ones.
    study
        How closely the table is looked at.
    missing, missing_exact
        Rows without a value, among all rows.
    ends
        Least and greatest of all values, if known beyond the sample.
    """
    np = numpy()
    if not len(kept):
        return _unseen(np, study, missing, missing_exact, ends)
    ordered, kind, whole = _sorted(np, kept), kept.dtype.kind, study.sorts
    write = _writer(np, ordered)
    starts, counts = _runs(np, ordered)
    distinct = len(starts) if whole else _estimated(np, counts, study.rows - missing)
    small = len(starts) <= SMALL_SET and (len(ordered) >= 2 * len(starts) or kind == "b")
    if not ends or not _finite(np, ends):
        ends = None
    low, high = ends or _finite_ends(np, ordered)
    notes = _notes(np, ordered, starts, whole)
    if kind in "iuf" and not notes:
        notes = number_notes(np, ordered, starts, counts, whole=whole)
    middle = () if small or len(starts) < 4 else tuple(write(ordered[len(ordered) * part // 4]) for part in (1, 2, 3))
    return Facts(
        study.rows,
        missing,
        missing_exact,
        distinct,
        whole,
        unique=whole and not missing and len(starts) == study.rows > 1,
        continuous=kind == "f" and bool(middle) and "whole numbers" not in notes,
        counts=_pairs(write, ordered[starts], counts) if small else (),
        counted=len(ordered),
        complete=small,
        low="" if kind in "bc" else write(low),
        high="" if kind in "bc" else write(high),
        range_exact=whole or ends is not None,
        quartiles=middle if kind in "fiu" and "consecutive" not in notes else (),
        examples=middle if kind == "c" else (),
        notes=notes,
    )


def _sorted(np: Any, kept: Any) -> Any:
    """The values in order; moments as integers, which are sorted in a third of the time."""
    return np.sort(kept.view("i8")).view(kept.dtype) if kept.dtype.kind in "Mm" else np.sort(kept)


def _runs(np: Any, ordered: Any) -> tuple[Any, Any]:
    """Where each different value begins, and how often it comes."""
    changes = ordered[1:] != ordered[:-1]
    if changes.all():
        return np.arange(len(ordered)), np.ones(len(ordered), dtype=np.intp)
    bounds = np.flatnonzero(changes)
    bounds += 1
    starts = np.empty(len(bounds) + 1, dtype=np.intp)
    starts[0], starts[1:] = 0, bounds
    counts = np.empty_like(starts)
    counts[:-1], counts[-1] = bounds - starts[:-1], len(ordered) - starts[-1]
    return starts, counts


def _unseen(np: Any, study: Study, missing: int, exact: bool, ends: Sequence[Any] | None) -> Facts:
    """Facts of a column of which the sample holds no value: none at all, or ones found by the pass over all rows."""
    if not ends:
        return Facts(study.rows, study.rows if missing else 0, exact)
    low, high = map(_writer(np, np.array(ends)), ends)
    return Facts(study.rows, missing, exact, low=low, high=high)


def _estimated(np: Any, counts: Any, rows: int) -> int:
    once, twice = (int(np.count_nonzero(counts == times)) for times in (1, 2))
    return estimate_distinct(len(counts), once, twice, rows)


def _pairs(write: Callable[[Any], str], values: Any, counts: Any) -> tuple[tuple[str, int], ...]:
    return tuple(zip((write(value) for value in values), counts.tolist(), strict=True))


def _finite(np: Any, ends: Sequence[Any]) -> bool:
    return all(end.dtype.kind != "f" or np.isfinite(end) for end in ends)


def _finite_ends(np: Any, ordered: Any) -> tuple[Any, Any]:
    if ordered.dtype.kind != "f" or (np.isfinite(ordered[0]) and np.isfinite(ordered[-1])):
        return ordered[0], ordered[-1]
    finite = ordered[np.isfinite(ordered)]
    return (finite[0], finite[-1]) if len(finite) else (ordered[0], ordered[-1])


def _writer(np: Any, ordered: Any) -> Callable[[Any], str]:
    kind = ordered.dtype.kind
    if kind == "M":
        return _moments(np, ordered)
    if kind == "m":
        return lambda value: str(value.astype("m8[us]").item())
    if kind == "f":
        return lambda value: number(float(value))
    if kind == "c":
        return lambda value: f"{number(float(value.real))}{float(value.imag):+g}j"
    return lambda value: integer(int(value)) if kind != "b" else str(bool(value))


def _moments(np: Any, ordered: Any) -> Callable[[Any], str]:
    """Dates if every value is a midnight, else as exact as the values are."""
    unit = np.datetime_data(ordered.dtype)[0]
    for coarse in ("D", "m", "s", "ms"):
        if coarse == unit or unit in ("Y", "M", "W"):
            break
        if all(np.array_equal(some.astype(f"M8[{coarse}]"), some) for some in (ordered[:_GLANCE], ordered)):
            unit = coarse
            break
    return lambda value: str(value.astype(f"M8[{unit}]")).replace("T", " ")


def _notes(np: Any, ordered: Any, starts: Any, whole: bool) -> tuple[str, ...]:
    kind = ordered.dtype.kind
    if kind == "f" and (infinite := int(np.count_nonzero(np.isinf(ordered)))):
        return (f"{infinite:,} infinite" if whole else "some infinite",)
    if kind in "iu" and whole and len(ordered) == len(starts) > SMALL_SET:
        return ("consecutive",) if int(ordered[-1]) - int(ordered[0]) == len(ordered) - 1 else ()
    if kind == "M" and whole and len(starts) > 2:
        found = _rhythm(np, ordered[starts])
        return (found,) if found else ()
    return ()


def _rhythm(np: Any, moments: Any) -> str:
    """How often the sorted, different moments come: ``daily``, ``monthly``, ``weekdays``, ``mostly hourly``."""
    steps = np.diff(moments)
    if len(np.unique(steps[:_FIRST])) > _FIRST // 4:
        return ""
    common, counts = np.unique(steps, return_counts=True)
    main = common[counts.argmax()]
    seconds = main.astype("m8[s]").astype(int) if main.dtype != "m8[M]" and main.dtype != "m8[Y]" else 0
    name = _STEPS.get(int(seconds), "")
    if len(common) == 1 and name:
        return name
    by_month = _by_month(np, moments)
    if by_month:
        return by_month
    days = moments.astype("M8[D]")
    if name == "daily" and np.is_busday(days).all() and len(moments) == np.busday_count(days[0], days[-1]) + 1:
        return "weekdays"
    if len(common) == 1 and seconds:
        return f"every {main.astype('m8[s]').item()}"
    return f"{name} with gaps" if name and counts.max() >= 0.8 * len(steps) else ""


def _by_month(np: Any, moments: Any) -> str:
    months = moments.astype("M8[M]")
    steps = np.unique(np.diff(months).astype(int))
    if len(steps) != 1 or int(steps[0]) not in (1, 3, 12):
        return ""
    days = moments.astype("M8[D]")
    first = np.unique(days - months.astype("M8[D]"))
    last = np.unique((months + 1).astype("M8[D]") - days)
    if len(first) > 1 and len(last) > 1:
        return ""
    return {1: "monthly", 3: "quarterly", 12: "yearly"}[int(steps[0])]
