"""Which table a question is about, and how its columns come to be known."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace

from .desk import Step, Stuck
from .digest import read_digest
from .inspect import columns_code, frames_code
from .markdown import code
from .naming import mentions
from .prose import listed_tables, read_prose
from .results import Result
from .tables import Table
from .talk import Talk
from .words import closest

__all__ = ["choose", "known", "tables_of"]


def tables_of(talk: Talk) -> list[Table]:
    """Every table that the talk describes; a later description takes the place of an earlier one.

    Frames that the analyst's own earlier code made on its way are left out; a cleaned copy is there to be used.
    """
    found: dict[str, Table] = {}
    for text in (talk.instructions, *(turn.context for turn in talk.turns)):
        for table in read_digest(text) or ([] if "<context>" in text else read_prose(text)):
            known = found.pop(table.name, None)
            found[table.name] = known if known is not None and known.columns and not table.columns else table
    for seen in (table for turn in talk.turns[:-1] for result in turn.results for table in listed_tables(result.text)):
        told = found.get(seen.name)
        if told is None or not told.complete:
            found[seen.name] = _merged(told or seen, seen)
    made = {name for turn in talk.turns for source in turn.codes for name in re.findall(r"(?m)^(\w+) = ", source)}
    return [table for table in found.values() if table.name not in made or "_clean" in table.name]


def choose(question: str, tables: list[Table], before: str = "") -> Table | None:
    """The table that the question names, else whose columns it names, else the one before, else the largest.

    Parameters
    ----------
    question
        The user's words.
    tables
        What there is to choose from, the last described last.
    before
        The name of the table that the question before was about, ``""`` if there was none.
    """
    for table in tables:
        if f"`{table.name}`" in question or f" {table.name} " in f" {question.strip('?.! ')} ":
            return table
    if not tables:
        return None
    order = {table.name: number for number, table in enumerate(tables)}
    return max(
        tables,
        key=lambda table: (
            len(mentions(question, table)),
            table.name == before,
            table.rows or 0,
            table.width or len(table.columns),
            order[table.name],
        ),
    )


def known(question: str, table: Table | None) -> Generator[Step, Result, Table | None]:
    """The table with all its columns, looked up where the words did not tell them."""
    if table is None:
        result = yield Step(
            frames_code(),
            "See which DataFrames there are",
            "No table is described, so I list the DataFrames of the session first.",
        )
        if result.refused:
            raise Stuck(result, ())
        return choose(question, listed_tables(result.text))
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
        engine=told.engine,
        library=told.library or seen.library,
    )
