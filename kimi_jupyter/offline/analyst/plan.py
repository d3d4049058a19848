"""The analyst's course: which table, what is asked of it, which recipe; and what to do when the user says no."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from .answers import declined, not_understood, refused, stuck, without_tool
from .desk import Answer, Desk, Refusal, Step, Stuck, Work, dialect
from .digest import names_in
from .fallback import nothing_known
from .fixing import fixing
from .followup import understand
from .known import choose, known, tables_of
from .markdown import code, plain
from .question import Ask
from .recipes import categories, cleaning, drawing, numbers, relations, shape
from .results import Result, rows_of
from .tables import Column, Table
from .talk import Talk

__all__ = ["work"]

_RECIPES: dict[str, Callable[[Desk], Work]] = {
    "size": shape.size,
    "missing": shape.missing,
    "duplicates": shape.duplicates,
    "columns": shape.columns,
    "head": shape.head,
    "summary": numbers.summary,
    "overview": shape.overview,
    "stat": numbers.statistic,
    "extreme": numbers.largest,
    "top": categories.top,
    "distinct": categories.distinct,
    "correlation": relations.correlation,
    "trend": relations.trend,
    "plot": drawing.plot,
    "clean": cleaning.clean,
}
_OF_EMPTY = ("size", "missing", "columns", "duplicates", "head", "clean")
_NO_TABLE = Table("df")


def work(talk: Talk) -> Work:
    """The course of the last turn, from its question to its answer."""
    turn = talk.turns[-1]
    fix = fixing(talk)
    if fix is not None:
        return (yield from fix)
    tables = tables_of(talk)
    table = None
    for asked in talk.turns:
        table = choose(asked.question, tables, table.name if table is not None else "")
    ask = _asked(talk, table or _NO_TABLE)
    if ask.kind in ("help", "cannot"):
        return declined(ask)
    if talk.tool is None:
        return without_tool(_placed(ask, table.main_category) if ask.main and table is not None else ask, table)
    try:
        table = yield from known(turn.question, table)
        if table is None:
            return Answer(nothing_known(True), "No DataFrame was found.")
        ask = _asked(talk, table)
        if ask.kind == "unknown":
            return not_understood(table)
        desk = Desk(ask, table, names_in(turn.context) | {name.name for name in tables})
        return (yield from _settled(desk))
    except Stuck as failure:
        return stuck(failure, ask, table or _NO_TABLE)


def _settled(desk: Desk) -> Work:
    """The recipe's course; a refusal with a wish in it leads to another one."""
    try:
        desk = yield from _with_category(desk)
        return (yield from _course(desk))
    except Refusal as refusal:
        other = understand(refusal.reason, desk.table, desk.ask) if refusal.reason else desk.ask
        if other.kind not in _RECIPES or _same(other, desk.ask):
            return refused(refusal, desk.ask, desk.table)
        try:
            answer = yield from _course(replace(desk, ask=other))
        except Refusal as again:
            return refused(again, desk.ask, desk.table)
        return Answer(f"As you asked instead ({plain(refusal.reason)}):\n\n{answer.text}", answer.thought)


def _same(ask: Ask, other: Ask) -> bool:
    """Whether two questions ask the same, in whatever words."""
    return replace(ask, question="", plain="") == replace(other, question="", plain="")


def _course(desk: Desk) -> Work:
    kind = desk.ask.kind
    if kind == "summary" and not desk.ask.values and not desk.ask.numeric and desk.ask.by is None:
        kind = "overview"
    desk = _with_time(desk)
    if desk.table.width == 0:
        name = code(desk.table.name)
        return Answer(f"{name} has {desk.table.rows or 0} rows and 0 columns: there is nothing in it.", "It is empty.")
    if desk.table.rows == 0 and kind not in _OF_EMPTY:
        return Answer(
            f"{code(desk.table.name)} has 0 rows, so there is nothing to compute from.", "The table is empty."
        )
    if desk.ask.main and desk.table.main_category is None and desk.ask.by is None and kind != "plot":
        return _without_category(desk)
    answer = yield from _told_first(desk, _RECIPES[kind](desk))
    return replace(answer, text=answer.text + _meant(desk)) if desk.ask.main else answer


def _meant(desk: Desk) -> str:
    """Which column the main category was taken to be."""
    category = desk.table.main_category
    if category is None:
        return ""
    return (
        f"\n\nI took {code(category.name)} as the main category: "
        "of the text columns it has the fewest distinct values, at least two."
    )


def _with_time(desk: Desk) -> Desk:
    """The index made a column, where time is asked of and only the index holds it."""
    ask, table = desk.ask, desk.table
    plotted = ask.kind == "plot" and bool(ask.period or ask.shape == "line" or ask.base == "trend")
    if table.index is None or not (ask.kind == "trend" or plotted) or relations.time_of(table, ()) is not None:
        return desk
    columns = (table.index, *table.columns)
    return replace(desk, table=replace(table, columns=columns, convert=f"{table.convert}.reset_index()", engine=""))


def _told_first(desk: Desk, course: Work) -> Work:
    """The recipe's steps, the first one's thinking led in by what was understood."""
    lead = _understood(desk)
    first = True
    try:
        item = next(course)
        while True:
            if first:
                item = replace(item, thought=f"{lead} {item.thought}")
                first = False
            item = course.send((yield item))
    except StopIteration as stop:
        answer: Answer = stop.value
        return replace(answer, thought=f"{lead} {answer.thought}") if first else answer


def _understood(desk: Desk) -> str:
    table, ask = desk.table, desk.ask
    size = (
        f", {table.rows} rows × {table.width or len(table.columns)} columns by the context"
        if table.rows is not None
        else ""
    )
    columns = [
        f"{code(column.name)} ({column.dtype or 'type unknown'})"
        for column in (*ask.values, *([ask.by] if ask.by else []))
    ][:6]
    named = f", about {', '.join(columns)}" if columns else ""
    also = f" (and {', '.join(ask.also)})" if ask.also else ""
    library = f"{table.engine}, not in memory" if table.engine else table.library or "library unknown"
    known = f"{code(table.name)} ({library}{size})"
    return f"I read this as a question of the kind “{ask.kind}”{also}{named}. The table is {known}."


def _with_category(desk: Desk) -> Generator[Step, Result, Desk]:
    """ "The main category" made a column; distinct values are counted where the context does not tell them."""
    ask, table = desk.ask, desk.table
    if not ask.main:
        return desk
    unknown = tuple(column for column in table.of_role("text") if column.distinct is None)
    if unknown and len(table.of_role("text")) > 1:
        outcome = yield from desk.run(
            replace(desk.source, where=()),
            lambda source: dialect(source.table).distinct_counts(source, source.all(unknown)),
            "Count the distinct values of the text columns",
            "The main category is the text column with the fewest distinct values, at least two; I count them.",
        )
        counts = {label: int(cells[0]) for label, cells in rows_of(outcome.text, ["distinct"]) if cells[0].isdigit()}
        columns = tuple(
            replace(c, distinct=counts[c.title]) if c.title in counts and c.role == "text" else c for c in table.columns
        )
        table = replace(table, columns=columns)
    category = table.main_category or next(iter(table.of_role("bool")), None)
    return replace(desk, table=table, ask=_placed(ask, category))


def _placed(ask: Ask, category: Column | None) -> Ask:
    if category is None:
        return ask
    if ask.kind in ("top", "distinct", "missing", "summary", "size"):
        return replace(ask, values=(category,), kind="top" if ask.kind == "size" else ask.kind)
    return replace(ask, by=category)


def _asked(talk: Talk, table: Table) -> Ask:
    """What the last question asks, after all questions before it."""
    ask = before = None
    answer = ""
    for turn in talk.turns:
        ask = understand(turn.question, table, before, answer)
        if ask.kind in _RECIPES:  # a question that was not understood is nothing to go on from
            before, answer = ask, turn.answer
    assert ask is not None
    return ask


def _without_category(desk: Desk) -> Answer:
    return Answer(
        f"{code(desk.table.name)} has no text or category column with at least two values, so it has no main category.",
        "The question needs a category, and no column is one.",
    )
