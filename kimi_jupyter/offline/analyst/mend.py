"""Mends a piece of code that failed: reads the error and says what to change.

Imports no recipe. Each mend is a change of the source, so the same code is written anew for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Generator
from dataclasses import dataclass, replace

from .inspect import frames_code
from .markdown import code
from .prose import listed_tables
from .results import Result
from .source import Reading, Source
from .steps import Step
from .tables import Column, Table
from .words import closest

__all__ = ["Mended", "Uses", "mend", "relabelled"]


@dataclass(frozen=True, slots=True)
class Uses:
    """How a piece of code uses its columns: measured as numbers, read as time, grouped or counted by value."""

    measured: tuple[Column, ...] = ()
    time: Column | None = None
    grouped: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Mended:
    """A source to try again with, the thinking, and the sentence that the answer tells it in."""

    source: Source
    thought: str
    told: str


def mend(source: Source, result: Result, uses: Uses) -> Generator[Step, Result, Mended | None]:
    """What to change after an error; looks at the frame first where that is needed."""
    kind, message = result.error, result.message
    if kind in ("KeyError", "ColumnNotFoundError") or "not in index" in message:
        return (yield from _columns(source, message))
    if kind == "NameError" and repr(source.table.name) in message:
        return (yield from _frames(source))
    if source.table.engine and kind not in ("KeyboardInterrupt", "MemoryError"):
        return _read_in(source, kind, message)
    if kind == "AttributeError":
        return _attribute(source, message, uses)
    if "unhashable" in message:
        return _as_text(source, uses)
    if kind in (
        "ValueError",
        "TypeError",
        "InvalidOperationError",
        "ComputeError",
        "SchemaError",
        "DataError",
        "DateParseError",
        "ParserError",
        "OutOfBoundsDatetime",
        "NotImplementedError",
        "DecimalException",
        "InvalidOperation",
    ):
        return _values(source, kind, message, uses)
    return None


def _read_in(source: Source, kind: str, message: str) -> Mended:
    """Where a table can't be asked, what the question takes of it is read in and asked in memory."""
    name = code(source.table.name)
    return Mended(
        replace(source, table=replace(source.table, engine="")),
        f"{source.table.engine} could not compute it ({kind}: {_first(message)}), so I read {name} in.",
        f"A first attempt failed where {name} is, so it was read into memory.",
    )


def _first(message: str) -> str:
    return message.split("\n")[0][:160]


def _columns(source: Source, message: str) -> Generator[Step, Result, Mended | None]:
    """The frame has other columns than the text said: look, and take the closest."""
    table = source.table
    thought = (
        f"The code failed: there is no such column ({_first(message)}). I look at what the columns are really called."
    )
    result = yield Step(f"print(list({table.name}.columns))", "See what the columns are really called", thought)
    match = re.search(r"^\[.*\]$", result.text, re.MULTILINE | re.DOTALL)
    try:
        labels = ast.literal_eval(match[0]) if match and not result.refused else []
    except (ValueError, SyntaxError):
        labels = []
    real = {str(label): repr(label) for label in labels}
    changed: dict[str, str] = {}
    for column in table.columns:
        if column.name in real:
            if real[column.name] != (column.label or repr(column.name)):
                changed[column.name] = real[column.name]
        elif other := closest(column.name, [name for name in real if name not in {c.name for c in table.columns}]):
            changed[column.name] = real[other]
    if not changed:
        return None
    used = [f"{code(name)} is really {code(label)}" for name, label in changed.items()][:3]
    told = f"A first attempt failed because the columns are named differently: {', '.join(used)}."
    return Mended(
        relabelled(source, source.table.with_labels(changed)),
        f"The real columns are known now: {', '.join(used)}.",
        told,
    )


def relabelled(source: Source, table: Table) -> Source:
    """The source about the table as it is known by now."""
    column = {column.name: column for column in table.columns}
    casts = tuple(replace(cast, column=column.get(cast.column.name, cast.column)) for cast in source.casts)
    where = tuple(
        replace(condition, column=column.get(condition.column.name, condition.column)) for condition in source.where
    )
    return replace(source, table=table, casts=casts, where=where)


def _frames(source: Source) -> Generator[Step, Result, Mended | None]:
    """The variable does not exist: see which frames there are."""
    name = source.table.name
    thought = f"There is no variable {code(name)} in the session. I list the DataFrames there are."
    result = yield Step(frames_code(), "See which DataFrames there are", thought)
    found = listed_tables(result.text)
    best = max(found, key=lambda table: _likeness(source.table, table), default=None)
    if best is None or result.refused:
        return None
    table = replace(source.table, name=best.name, library=best.library, convert="", engine="")
    told = f"There is no variable {code(name)}; I used {code(best.name)}, the DataFrame most like it."
    return Mended(
        replace(source, table=table), f"{code(best.name)} is the closest to {code(name)}, so I go on with it.", told
    )


def _likeness(wanted: Table, found: Table) -> tuple[int, bool]:
    names = {column.name for column in found.columns}
    return len(names & {column.name for column in wanted.columns}), closest(wanted.name, [found.name]) is not None


def _attribute(source: Source, message: str, uses: Uses) -> Mended | None:
    if ".dt accessor" in message and uses.time is not None:
        return _reread(source, (uses.time,), "AttributeError", message, date=True)
    if "'DataFrame' object has no attribute" in message or "'Series' object has no attribute" in message:
        other = "pandas" if source.table.library == "polars" else "polars"
        told = f"A first attempt took {code(source.table.name)} for another library's frame; it is a {other} one."
        changed = replace(source, table=replace(source.table, library=other))
        return Mended(
            changed,
            f"That method does not exist: {_first(message)}. So this is a {other} frame; I write {other}.",
            told,
        )
    return None


def _as_text(source: Source, uses: Uses) -> Mended | None:
    if not uses.grouped:
        return None
    for column in uses.grouped:
        source = source.read_as(column, "text")
    names = ", ".join(code(column.name) for column in uses.grouped)
    told = f"{names} holds lists or other values that can't be counted as they are, so I counted their text."
    return Mended(source, f"The values of {names} are not hashable; I turn them into text first.", told)


def _values(source: Source, kind: str, message: str, uses: Uses) -> Mended | None:
    """Values that are not what they were taken for."""
    about_time = uses.time is not None and re.search(r"time|date|strftime|format|parse|month|%", message, re.IGNORECASE)
    if about_time and uses.time is not None and source.reading(uses.time) != "lenient date":
        return _reread(source, (uses.time,), kind, message, date=True)
    for condition in source.where:
        if condition.year and source.reading(condition.column) == "date":
            return _reread(source, (condition.column,), kind, message, date=True)
    again = tuple(
        column for column in uses.measured if source.reading(column) != "lenient number" and column.role != "number"
    )
    again = again or tuple(column for column in uses.measured if source.reading(column) is None)
    return _reread(source, again, kind, message, date=False) if again else None


def _reread(source: Source, columns: tuple[Column, ...], kind: str, message: str, *, date: bool) -> Mended:
    for column in columns:
        reading: Reading = (
            "lenient date" if date and source.reading(column) == "date" else "date" if date else "lenient number"
        )
        if date and source.table.library != "polars":
            reading = "lenient date"
        source = source.read_as(column, reading)
    names = ", ".join(code(column.name) for column in columns)
    what = "a date" if date else "a number"
    thought = (
        f"The code failed with {kind}: {_first(message)}. Some values of {names} are not {what}; "
        "I read what can be read and count the rest."
    )
    told = f"A first attempt failed because some values of {names} could not be read as {what}."
    return Mended(source, thought, told)
