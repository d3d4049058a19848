"""Dates and times, looked at closely: when there are how many, and when there are none. numpy is handed in."""

from __future__ import annotations

from typing import Any

from ..numbers import share
from ..terms import Terms
from .quantities import rounded
from .words import often

__all__ = ["calendar_unit", "moment_lines", "moment_text", "span_unit"]

_MOST = 24  # years, months or days that are told one by one
_GAPS = 3
_WIDE = 1.5  # times the usual step from which a gap is one
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_UNITS = (("h", "hour"), ("D", "day"), ("M", "month"), ("Y", "year"))
_MONDAY = 3  # 1970-01-01 was a Thursday
_SECONDS = ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"), (1e-3, "milliseconds"))


def moment_lines(np: Any, present: Any, terms: Terms, *, whole: bool) -> list[str]:
    """Lines on moments: counts by year or month, by weekday and by hour; steps and gaps; how many come again.

    Parameters
    ----------
    present
        ``datetime64`` values that are there, in any order.
    terms
        The detail that is allowed: gaps are dated only with ``sample``.
    whole
        These are all the moments of the column, not a sample.
    """
    if not len(present):
        return []
    ordered = np.sort(present)
    if ordered[0] == ordered[-1]:
        return []
    lines = [_by_unit(np, ordered, whole=whole), *_cycles(np, ordered, whole=whole)]
    if whole:
        lines += _steps(np, ordered, terms)
    lines.append("in order in the table" if bool((present[1:] >= present[:-1]).all()) else "not in order in the table")
    return [line for line in lines if line]


def calendar_unit(np: Any, moments: Any, most: int = _MOST) -> str:
    """The finest of hours, days, months and years of which the range has at most so many; else ``"10Y"``."""
    low, high = moments.min(), moments.max()
    by_day = bool((moments == moments.astype("M8[D]")).all())
    for unit, _ in _UNITS[by_day:]:
        if int((high.astype(f"M8[{unit}]") - low.astype(f"M8[{unit}]")).astype(np.int64)) < most:
            return unit
    return "10Y"


def moment_text(np: Any, value: Any) -> str:
    """A moment without the parts that are nought."""
    text = str(value.astype("M8[us]") if np.datetime_data(value.dtype)[0] == "ns" else value).replace("T", " ")
    for ending in (".000000", ".000"):
        text = text.removesuffix(ending)
    return text.removesuffix(":00").removesuffix(" 00:00")


def span_unit(np: Any, spans: Any) -> tuple[Any, str]:
    """Time spans as numbers, and the unit that most of them are at least one of."""
    seconds = spans / np.timedelta64(1, "s")
    middle = float(np.median(np.abs(seconds))) if len(seconds) else 0.0
    size, unit = next((pair for pair in _SECONDS if middle >= pair[0]), (1.0, "seconds"))
    return seconds / size, unit


def _by_unit(np: Any, ordered: Any, *, whole: bool) -> str:
    """How many there are in each year, month, day or hour."""
    unit = calendar_unit(np, ordered)
    values, counts = np.unique(ordered.astype(f"M8[{unit}]"), return_counts=True)
    if len(values) < 2 or len(values) > _MOST:
        return ""
    word = dict(_UNITS).get(unit, "decade")
    if len(set(counts.tolist())) == 1 and whole:
        return f"each {word} {int(counts[0]):,}: {_cell(values[0], unit)} … {_cell(values[-1], unit)}"
    told = [
        f"{_cell(value, unit)} ({often(int(n), len(ordered), whole=whole)})"
        for value, n in zip(values, counts, strict=True)
    ]
    return f"by {word}: {', '.join(told)}"


def _cell(value: Any, unit: str) -> str:
    return f"{str(value)[:4]}s" if unit == "10Y" else str(value).replace("T", " ") + ("h" if unit == "h" else "")


def _cycles(np: Any, ordered: Any, *, whole: bool) -> list[str]:
    """How many there are on each day of the week, and in which hours of the day."""
    days = ordered.astype("M8[D]")
    lines = []
    if int((days[-1] - days[0]).astype(int)) >= len(_WEEKDAYS):
        tally = np.bincount((days.astype(np.int64) + _MONDAY) % len(_WEEKDAYS), minlength=len(_WEEKDAYS)).tolist()
        lines.append(f"by weekday: {', '.join(_shares(_WEEKDAYS, tally, len(ordered), whole=whole))}")
    if bool((ordered != days).any()):
        hours = (ordered.astype("M8[h]") - days.astype("M8[h]")).astype(np.int64)
        tally = np.bincount(hours // 3, minlength=8).tolist()
        names = [f"{3 * part:02}–{3 * part + 3:02}h" for part in range(8)]
        lines.append(f"by time of day: {', '.join(_shares(names, tally, len(ordered), whole=whole))}")
    else:
        lines.append("all at midnight")
    return lines


def _shares(names: Any, tally: list[int], total: int, *, whole: bool) -> list[str]:
    mark = "" if whole else "≈"
    return [
        f"{name} {mark}{share(count, total)}" if count else f"{name} 0"
        for name, count in zip(names, tally, strict=True)
    ]


def _steps(np: Any, ordered: Any, terms: Terms) -> list[str]:
    """How far apart neighbours usually are, where they are farther, and how many come again."""
    different = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    again = len(ordered) - len(different)
    lines = [f"{again:,} come again" if again else "none comes twice"]
    if len(different) < 3:
        return lines
    steps = np.diff(different)
    usual = np.sort(steps)[len(steps) // 2]
    lines.append(f"usual step {_span(np, usual)}")
    wide = np.flatnonzero(steps > usual * _WIDE)
    if not len(wide):
        return [*lines, "no gaps"] if bool((steps == usual).all()) else lines
    largest = wide[np.argsort(-steps[wide].astype(np.int64), kind="stable")[:_GAPS]]
    told = [_gap(np, different, steps, place, terms) for place in largest.tolist()]
    return [*lines, f"{len(wide):,} steps are longer than usual, the longest: {', '.join(told)}"]


def _gap(np: Any, different: Any, steps: Any, place: int, terms: Terms) -> str:
    """One gap; when it was is told only where values may be."""
    length = _span(np, steps[place])
    if terms.detail != "sample":
        return length
    return f"{length} from {moment_text(np, different[place])} to {moment_text(np, different[place + 1])}"


def _span(np: Any, step: Any) -> str:
    """A time span in the largest unit it has at least one of."""
    unit = np.datetime_data(step.dtype)[0]
    if unit in ("Y", "M"):
        return f"{int(step.astype(np.int64))} {'years' if unit == 'Y' else 'months'}"
    seconds = float(step / np.timedelta64(1, "s"))
    size, name = next((pair for pair in _SECONDS if abs(seconds) >= pair[0]), (1e-6, "microseconds"))
    amount = rounded(seconds / size)
    return f"{amount} {name.removesuffix('s') if amount == '1' else name}"
