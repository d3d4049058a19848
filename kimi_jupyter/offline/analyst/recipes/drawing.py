"""The recipe for a plot: compute what it will show, draw it, report the figures."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

from .. import plots
from ..desk import Answer, Desk, Refusal, Step, Stuck, Work, Writer, measured, timed
from ..markdown import code
from ..mend import Uses
from ..question import Ask, pointed
from ..results import Result
from ..source import Source
from ..tables import Column
from .categories import top
from .numbers import describe, statistic
from .relations import correlation, period_of, time_of, trend

__all__ = ["plot"]

#: More groups than this can't be told apart by colour.
_MOST_COLOURS = 12


@dataclass(frozen=True, slots=True)
class _Picture:
    """What to draw: its name, the recipe whose figures it shows, the code, and the columns used."""

    name: str
    figures: Callable[[Desk], Work]
    ask: Ask
    write: Writer
    uses: Uses
    source: Source
    remark: str = ""


def plot(desk: Desk) -> Work:
    """A plot in two steps: the figures first, since nobody but the user sees the picture."""
    desk = yield from _pointed(desk)
    picture = _choose(desk)
    if picture is None:
        return Answer(
            f"{code(desk.table.name)} has no column that I could plot.",
            "There is neither a numeric nor a category column.",
        )
    figures = yield from picture.figures(replace(desk, ask=picture.ask))
    try:
        outcome = yield from desk.run(
            picture.source,
            picture.write,
            f"Draw {picture.name}",
            f"{figures.thought} Now I draw {picture.name}.",
            picture.uses,
        )
    except Stuck as stuck:
        if stuck.result.error not in ("ModuleNotFoundError", "ImportError"):
            raise
        return Answer(
            f"There is no matplotlib here, so I can't draw {picture.name}. The figures it would show:"
            f"\n\n{figures.text}",
            "matplotlib is not installed.",
        )
    except Refusal as refusal:
        refusal.partial = figures.text
        raise
    lead = f"The plot shows {picture.name}{desk.rows}.{picture.remark}"
    return Answer(
        f"{lead}\n\n{figures.text}{outcome.note}",
        "The plot was drawn; I can't see it, so I report the figures behind it.",
    )


def _pointed(desk: Desk) -> Generator[Step, Result, Desk]:
    """ "Them" with nothing before it: the two columns that correlate most."""
    ask = desk.ask
    pointing = (ask.them and ask.base in ("", "correlation")) or not (ask.values or ask.by or ask.main or ask.base)
    if len(ask.values) >= 2 or not pointing or len(desk.table.numbers) < 2 or (ask.values and not ask.them):
        return desk
    step = correlation(replace(desk, ask=replace(ask, values=(), by=None)))
    try:
        item = next(step)
        while True:
            item = step.send((yield item))
    except StopIteration as stop:
        return replace(desk, ask=replace(ask, values=pointed(stop.value.text, desk.table)))


def _choose(desk: Desk) -> _Picture | None:
    ask, table = desk.ask, desk.table
    numeric = tuple(c for c in ask.values if c.role == "number" or c.holds_numbers)
    groups = tuple(c for c in ask.values if c.role in ("text", "bool") and not c.holds_numbers)
    by = ask.by or next(iter(groups), None)
    time = time_of(table, (*([by] if by else []), *ask.values))
    if (
        ask.base == "trend"
        or ask.shape == "line"
        or ask.period
        or (time is not None and by == time)
        or (time in ask.values and time not in numeric)
    ):
        return _line(desk, numeric, time) if time is not None else None
    if len(numeric) >= 2:
        return _scatter(desk, numeric[0], numeric[1], by)
    if not numeric and ask.base in ("stat", "summary") and by is not None and table.numbers:
        numeric = (next(c for c in table.numbers if c != by),) if any(c != by for c in table.numbers) else ()
    if numeric and by is not None and by != numeric[0]:
        return _boxes(desk, numeric[0], by) if ask.shape == "box" else _bars(desk, numeric[0], by)
    if numeric:
        return _histogram(desk, numeric[0])
    if by is not None:
        return _counted(desk, by)
    if table.numbers:
        return _histogram(desk, table.numbers[0])
    return _counted(desk, table.main_category) if table.main_category else None


def _line(desk: Desk, numeric: tuple[Column, ...], time: Column) -> _Picture:
    column = next((c for c in numeric if c != time), None)
    period = period_of(desk.table, time, desk.ask.period)
    source = measured(desk.source, (column,) if column else ())
    what = f"the {desk.ask.statistic} of {code(column.name)}" if column else "the number of rows"
    return _Picture(
        f"{what} over {code(time.name)}",
        trend,
        replace(desk.ask, kind="trend", values=(column,) if column else (), by=time),
        lambda s: plots.line(s, s.now(time) or time, period, s.now(column), desk.ask.statistic),
        Uses(measured=(column,) if column else (), time=time if period else None),
        timed(source, time) if period else source,
    )


def _scatter(desk: Desk, first: Column, second: Column, by: Column | None) -> _Picture:
    many = by is not None and by.distinct is not None and by.distinct > _MOST_COLOURS
    colour = None if many else by
    remark = (
        f" {code(by.name)} has {by.distinct} values, too many to tell apart by colour."
        if by is not None and many
        else ""
    )
    return _Picture(
        f"{code(first.name)} against {code(second.name)}{f', coloured by {code(colour.name)}' if colour else ''}",
        correlation,
        replace(desk.ask, kind="correlation", values=(first, second), by=None),
        lambda s: plots.scatter(s, s.now(second) or second, s.now(first) or first, s.now(colour)),
        Uses(measured=(first, second)),
        measured(desk.source, (first, second)),
        remark,
    )


def _bars(desk: Desk, column: Column, by: Column) -> _Picture:
    name = desk.ask.statistic
    return _Picture(
        f"the {name} of {code(column.name)} by {code(by.name)}",
        statistic,
        replace(desk.ask, kind="stat", values=(column,), by=by),
        lambda s: plots.bars(s, s.now(column), s.now(by) or by, name),
        Uses(measured=(column,), grouped=(by,)),
        measured(desk.source, (column,)),
    )


def _boxes(desk: Desk, column: Column, by: Column) -> _Picture:
    return _Picture(
        f"the spread of {code(column.name)} in each group of {code(by.name)}",
        statistic,
        replace(desk.ask, kind="stat", values=(column,), by=by, statistic="median"),
        lambda s: plots.boxes(s, s.now(column) or column, s.now(by) or by),
        Uses(measured=(column,), grouped=(by,)),
        measured(desk.source, (column,)),
    )


def _histogram(desk: Desk, column: Column) -> _Picture:
    return _Picture(
        f"the distribution of {code(column.name)}",
        lambda d: describe(d, (column,), ""),
        desk.ask,
        lambda s: plots.histogram(s, s.now(column) or column),
        Uses(measured=(column,)),
        measured(desk.source, (column,)),
    )


def _counted(desk: Desk, by: Column) -> _Picture:
    return _Picture(
        f"the number of rows by {code(by.name)}",
        top,
        replace(desk.ask, kind="top", values=(by,), by=None),
        lambda s: plots.bars(s, None, s.now(by) or by, "size"),
        Uses(grouped=(by,)),
        desk.source,
    )
