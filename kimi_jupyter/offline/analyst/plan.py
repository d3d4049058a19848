"""The analyst's course: which table, what is asked of it, which recipe; and what to do when the user says no."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from .desk import Answer, Desk, Refusal, Step, Stuck, Work, dialect
from .digest import names_in, read_digest
from .fallback import ABILITIES, CONFIGURE, from_words, nothing_known, who_i_am
from .inspect import columns_code, frames_code
from .markdown import code, plain
from .prose import listed_tables, read_prose
from .question import Ask, understand
from .recipes import categories, cleaning, drawing, numbers, relations, shape
from .results import Result, rows_of
from .tables import Column, Table
from .talk import Talk, Turn
from .words import closest, mentions

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
_OF_EMPTY = ("size", "missing", "columns", "duplicates", "head")
_NO_TABLE = Table("df")


def work(talk: Talk) -> Work:
    """The course of the last turn, from its question to its answer."""
    turn = talk.turns[-1]
    tables = _tables(talk)
    table = _choose(turn.question, tables)
    ask = _asked(talk, table or _NO_TABLE)
    if ask.kind in ("help", "cannot"):
        return _declined(ask)
    if talk.tool is None:
        return _without_tool(ask, table)
    try:
        table = yield from _known(turn, table, talk.turns[:-1])
        if table is None:
            return Answer(nothing_known(True), "No DataFrame was found.")
        ask = _asked(talk, table)
        if ask.kind == "unknown":
            return _not_understood(table)
        desk = Desk(ask, table, names_in(turn.context) | {name.name for name in tables})
        return (yield from _settled(desk))
    except Stuck as stuck:
        return _stuck(stuck, ask, table or _NO_TABLE)


def _settled(desk: Desk) -> Work:
    """The recipe's course; a refusal with a wish in it leads to another one."""
    desk = yield from _with_category(desk)
    try:
        return (yield from _course(desk))
    except Refusal as refusal:
        other = understand(refusal.reason, desk.table, desk.ask) if refusal.reason else desk.ask
        if other.kind in _RECIPES and replace(other, question=desk.ask.question) != desk.ask:
            try:
                answer = yield from _course(replace(desk, ask=other))
            except Refusal as again:
                return _refused(again, desk.ask, desk.table)
            return Answer(f"As you asked instead ({plain(refusal.reason)}):\n\n{answer.text}", answer.thought)
        return _refused(refusal, desk.ask, desk.table)


def _course(desk: Desk) -> Work:
    kind = desk.ask.kind
    if kind == "summary" and not desk.ask.values and not desk.ask.numeric and desk.ask.by is None:
        kind = "overview"
    desk = _with_time(desk)
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
    return f"\n\nI took {code(category.name)} as the main category: of the text columns it has the fewest distinct values, at least two."


def _with_time(desk: Desk) -> Desk:
    """The index made a column, where time is asked of and only the index holds it."""
    ask, table = desk.ask, desk.table
    plotted = ask.kind == "plot" and bool(ask.period or ask.shape == "line" or ask.base == "trend")
    if table.index is None or not (ask.kind == "trend" or plotted) or relations.time_of(table, ()) is not None:
        return desk
    columns = (table.index, *table.columns)
    return replace(desk, table=replace(table, columns=columns, convert=f"{table.convert}.reset_index()"))


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
    return f"I read this as a question of the kind “{ask.kind}”{also}{named}. The table is {code(table.name)} ({table.library or 'library unknown'}{size})."


# ---- the table -------------------------------------------------------------------------------------------------------


def _tables(talk: Talk) -> list[Table]:
    """Every table that the talk describes; a later description takes the place of an earlier one."""
    found: dict[str, Table] = {}
    for text in (talk.instructions, *(turn.context for turn in talk.turns)):
        for table in read_digest(text) or ([] if "<context>" in text else read_prose(text)):
            known = found.pop(table.name, None)
            found[table.name] = known if known is not None and known.columns and not table.columns else table
    for seen in (table for turn in talk.turns[:-1] for result in turn.results for table in listed_tables(result.text)):
        told = found.get(seen.name)
        if told is None or not told.complete:
            found[seen.name] = _merged(told or seen, seen)
    return list(found.values())


def _choose(question: str, tables: list[Table]) -> Table | None:
    """The table that the question names, else whose columns it names, else the largest, else the last."""
    for table in tables:
        if f"`{table.name}`" in question or f" {table.name} " in f" {question.strip('?.! ')} ":
            return table
    if not tables:
        return None
    order = {table.name: number for number, table in enumerate(tables)}
    return max(tables, key=lambda table: (len(mentions(question, table)), table.rows or 0, order[table.name]))


def _known(turn: Turn, table: Table | None, earlier: tuple[Turn, ...]) -> Generator[Step, Result, Table | None]:
    """The table with all its columns, looked up where the words did not tell them."""
    if table is None:
        result = yield Step(
            frames_code(),
            "See which DataFrames there are",
            "No table is described, so I list the DataFrames of the session first.",
        )
        if result.refused:
            raise Stuck(result, ())
        return _choose(turn.question, listed_tables(result.text))
    if table.complete:
        return table
    thought = f"I know of {code(table.name)} but not all of its columns and types, so I look at those first."
    result = yield Step(columns_code(table.name + table.convert), f"See the columns of {table.name}", thought)
    found = listed_tables(result.text)
    if result.error == "NameError" and not found:
        again = Step(
            frames_code(),
            "See which DataFrames there are",
            f"There is no {code(table.name)}; I list the DataFrames there are.",
        )
        result = yield again
        others = listed_tables(result.text)
        name = closest(table.name, [other.name for other in others]) or (others[0].name if len(others) == 1 else "")
        found = [other for other in others if other.name == name]
    if not found:
        if table.columns:
            return table
        raise Stuck(result, ())
    return _merged(table, found[0])


def _merged(told: Table, seen: Table) -> Table:
    """What was seen, with the facts that were told of the same columns."""
    facts = {column.name: column for column in told.columns}
    columns = tuple(
        replace(facts[column.name], dtype=column.dtype, label=column.label) if column.name in facts else column
        for column in seen.columns
    )
    return replace(
        seen,
        name=told.name if told.convert else seen.name,
        columns=columns,
        convert=told.convert,
        library=told.library or seen.library,
    )


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


# ---- the question ----------------------------------------------------------------------------------------------------


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


def _declined(ask: Ask) -> Answer:
    if ask.kind == "help":
        return Answer(who_i_am(), "The question is about me, not about data.")
    return Answer(
        f"I can't do that: I am rules, not a language model, and this asks for more than reading a table. {ABILITIES}\n\n{CONFIGURE}",
        "The question asks for something that my rules do not cover, so I say so instead of guessing.",
    )


def _not_understood(table: Table) -> Answer:
    names = ", ".join(code(column.name) for column in table.columns[:12]) + (", …" if len(table.columns) > 12 else "")
    return Answer(
        f"I did not understand what you want to know about {code(table.name)} (columns: {names or 'none'}). {ABILITIES}\n\n{CONFIGURE}",
        "No rule fits the question, so I say so instead of guessing.",
    )


def _without_tool(ask: Ask, table: Table | None) -> Answer:
    if table is None:
        return Answer(nothing_known(False), "There is no table and no tool.")
    if ask.kind == "unknown":
        return _not_understood(table)
    if ask.main and table.main_category is not None:
        ask = _placed(ask, table.main_category)
    told = from_words(ask, table)
    thought = f"There is no tool with a code argument, so I answer from what is said about {code(table.name)}."
    if told is None:
        return Answer(
            f"I can't compute that: this client offers no tool with a `code` argument, and the description of {code(table.name)} does not say it.",
            thought,
        )
    return Answer(
        f"{told}\n\nThis is from the description alone; with a tool that runs code I would compute it.", thought
    )


def _without_category(desk: Desk) -> Answer:
    return Answer(
        f"{code(desk.table.name)} has no text or category column with at least two values, so it has no main category.",
        "The question needs a category, and no column is one.",
    )


def _refused(refusal: Refusal, ask: Ask, table: Table) -> Answer:
    reason = f": {plain(refusal.reason.rstrip('.'))}" if refusal.reason else ""
    told = refusal.partial or from_words(ask, table)
    rest = f"What I can say without it:\n\n{told}" if told else "Without running code I can't answer it."
    return Answer(
        f"That did not run{reason}. I won't propose the same again. {rest}\n\nTell me what you would rather have, and I try that.",
        f"The step was refused{reason}. I respect that and say what is known without it.",
    )


def _stuck(stuck: Stuck, ask: Ask, table: Table) -> Answer:
    if stuck.result.refused:
        return _refused(Refusal(stuck.result.message, Step("", "", "")), ask, table)
    error = plain(f"{stuck.result.error}: {stuck.result.message}".split("\n")[0][:200])
    tried = f" {' '.join(stuck.repairs)}" if stuck.repairs else ""
    told = from_words(ask, table)
    return Answer(
        f"I could not compute this: the code failed with {error}.{tried}"
        + (f"\n\nWhat the description says:\n\n{told}" if told else ""),
        f"The error ({stuck.result.error}) is not one that I can mend, so I say plainly what failed.",
    )
