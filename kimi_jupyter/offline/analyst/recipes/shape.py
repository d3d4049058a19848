"""Recipes about the table as a whole: its size, what is missing, its columns, its first rows, an overview."""

from __future__ import annotations

from ..desk import Answer, Desk, Work, dialect
from ..inspect import columns_code
from ..markdown import are, code, counted, listed, plain, printed, table
from ..prose import listed_tables
from ..results import figures, rows_of, shown
from ..tables import Column
from .numbers import describe

__all__ = ["columns", "duplicates", "head", "missing", "overview", "size"]


def size(desk: Desk) -> Work:
    """Rows and columns, with what is missing if that is asked too."""
    both = "missing" in desk.ask.also or desk.ask.kind == "missing"
    outcome = yield from desk.run(
        desk.source,
        lambda source: dialect(source.table).size(source, both),
        "Count rows, columns and missing values" if both else "Count rows and columns",
        f"I count on the frame itself{f', only the rows{desk.rows}' if desk.rows else ''}; the digest may be a sample.",
    )
    found = figures(outcome.text)
    rows, width = found.get("rows", "?"), found.get("columns", "?")
    name = code(outcome.source.table.name)
    lead = (
        f"{name} has **{counted(rows, 'row')}**{desk.rows}."
        if desk.rows
        else f"{name} has **{counted(rows, 'row')}** and **{counted(width, 'column')}**."
    )
    if not both:
        return Answer(lead + outcome.note, f"The output says {counted(rows, 'row')} and {counted(width, 'column')}.")
    holes = rows_of(outcome.text, ["missing"])
    cells = found.get("missing cells", "0")
    thought = f"The output says {rows} rows, {width} columns and {cells} missing cells in {len(holes)} columns."
    if not holes:
        return Answer(f"{lead} No value is missing.{outcome.note}", thought)
    lines = [[code(label), shown(cells[0])] for label, cells in holes]
    told = f"{are(cells, 'cell')} missing, in {counted(found.get('rows with any', '?'), 'row')}:"
    return Answer(f"{lead} {told}\n\n{table(['column', 'missing'], lines)}{outcome.note}", thought)


def missing(desk: Desk) -> Work:
    """Missing values of the columns asked about, else of all."""
    chosen = desk.ask.values
    if not chosen:
        return (yield from size(desk))
    outcome = yield from desk.run(
        desk.source,
        lambda source: dialect(source.table).missing_in(source, source.all(chosen)),
        f"Count the missing values of {listed([column.name for column in chosen])}",
        f"The question is about missing values in {listed([code(column.name) for column in chosen])}; I count them.",
    )
    rows = figures(outcome.text).get("rows", "?")
    holes = rows_of(outcome.text, ["missing"])
    told = [f"{code(label)}: **{shown(cells[0])}**" for label, cells in holes]
    lead = f"Missing values among {rows} rows{desk.rows}: {listed(told)}."
    return Answer(lead + outcome.note, f"The output gives {counted(str(len(holes)), 'count')}.")


def duplicates(desk: Desk) -> Work:
    """Rows that repeat an earlier one."""
    outcome = yield from desk.run(
        desk.source,
        lambda source: dialect(source.table).duplicates(source),
        "Count the rows that repeat an earlier row",
        "A duplicate is a row equal to an earlier one in every column; I count those.",
    )
    found = figures(outcome.text)
    repeated, rows = found.get("repeated rows", "?"), found.get("rows", "?")
    lead = (
        f"No row repeats another one: all {rows} rows are distinct."
        if repeated == "0"
        else f"**{repeated}** of {rows} rows repeat an earlier row."
    )
    return Answer(lead + outcome.note, f"The output says {repeated} repeated rows of {rows}.")


def columns(desk: Desk) -> Work:
    """The columns with their dtypes."""
    outcome = yield from desk.run(
        desk.source,
        lambda source: columns_code(source.table.name),
        "List the columns with their types",
        "The question is which columns there are; I list them with their dtypes.",
    )
    found = listed_tables(outcome.text)
    if not found:
        return Answer(printed(outcome.text), "The output is not in the form I expected, so I show it as it is.")
    described = {column.name: column for column in desk.table.columns}
    lines = [
        [code(column.name), plain(column.dtype), _facts(described.get(column.name))] for column in found[0].columns
    ]
    width, rows = counted(str(found[0].width), "column"), counted(str(found[0].rows), "row")
    lead = f"{code(desk.table.name)} has **{width}** and {rows}:"
    return Answer(
        f"{lead}\n\n{table(['column', 'type', 'range or values'], lines, most=40, left=3)}",
        f"The output lists {found[0].width} columns.",
    )


def _facts(column: Column | None) -> str:
    if column is None:
        return ""
    if column.low:
        return f"{plain(column.low)} … {plain(column.high)}"
    return ", ".join(plain(value) for value in column.samples[:3])


def head(desk: Desk) -> Work:
    """The first rows, as they are printed."""
    rows = min(desk.ask.number or 5, 50)
    outcome = yield from desk.run(
        desk.source,
        lambda source: dialect(source.table).head(source, rows),
        f"Show the first {rows} rows",
        f"The question is how the table looks; the first {rows} rows show it.",
    )
    return Answer(
        f"The first rows of {code(desk.table.name)}{desk.rows}:\n\n{printed(outcome.text)}",
        "I show the rows as they were printed.",
    )


def overview(desk: Desk) -> Work:
    """Size and missing values, then the numeric columns."""
    first = yield from desk.run(
        desk.source,
        lambda source: dialect(source.table).size(source, True),
        "Count rows, columns and missing values",
        "For an overview I look at the size and the gaps first, then at the numbers.",
    )
    found = figures(first.text)
    lead = (
        f"{code(desk.table.name)} has **{counted(found.get('rows', '?'), 'row')}** "
        f"and **{counted(found.get('columns', '?'), 'column')}**; "
        f"{are(found.get('missing cells', '?'), 'cell')} missing."
    )
    if desk.table.numbers:
        rest = yield from describe(desk, desk.table.numbers, lead + "\n\n")
        return Answer(rest.text + _texts(desk), rest.thought)
    return Answer(f"{lead} It has no numeric columns.{_texts(desk)}", "There are no numeric columns to describe.")


def _texts(desk: Desk) -> str:
    """The text columns as the digest describes them."""
    lines = [
        f"- {code(column.name)}: {'about ' if column.approximate else ''}{column.distinct} distinct"
        + (f", most often {plain(column.top[0][0])} ({column.top[0][1]})" if column.top and column.top[0][1] else "")
        for column in desk.table.of_role("text", "bool")
        if column.distinct is not None
    ]
    return (
        "\n\nAccording to the digest of the notebook:\n\n" + "\n".join(lines[:12])
        if lines and not desk.ask.where
        else ""
    )
