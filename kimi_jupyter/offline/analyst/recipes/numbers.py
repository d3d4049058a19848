"""Recipes about numeric columns: a summary, one statistic, statistics by group, the largest rows."""

from __future__ import annotations

import csv
import io

from ..desk import Answer, Desk, Work, dialect, measured
from ..markdown import code, counted, listed, plain, printed, table
from ..mend import Uses
from ..results import rows_of, shown
from ..tables import Column
from .categories import top

__all__ = ["describe", "largest", "statistic", "summary"]

_DESCRIBED = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"]
_WORDS = {
    "mean": "average",
    "median": "median",
    "sum": "total",
    "std": "standard deviation",
    "max": "highest",
    "min": "lowest",
}
_MOST_COLUMNS = 30
_MOST_ACROSS = 8


def _limited(columns: tuple[Column, ...]) -> tuple[tuple[Column, ...], str]:
    """The columns that are taken, and the sentence that says so where some are not."""
    if len(columns) <= _MOST_COLUMNS:
        return columns, ""
    return columns[:_MOST_COLUMNS], f"\n\nThese are the first {_MOST_COLUMNS} numeric columns; there are more."


def _named(columns: tuple[Column, ...]) -> str:
    return listed([code(column.name) for column in columns[:8]]) + (" and more" if len(columns) > 8 else "")


def summary(desk: Desk) -> Work:
    """Numeric columns described; a single text column counted."""
    chosen = desk.ask.values
    numeric = tuple(
        column for column in chosen if column.role == "number" or column.holds_numbers or column.role == "unknown"
    )
    if chosen and not numeric:
        return (yield from top(desk))
    columns = numeric or desk.table.numbers
    if not columns:
        return Answer(f"{code(desk.table.name)} has no numeric columns to summarise.", "No column has a numeric dtype.")
    return (yield from describe(desk, columns, ""))


def describe(desk: Desk, columns: tuple[Column, ...], lead: str) -> Work:
    """Count, mean, spread and quartiles."""
    taken, cut = _limited(columns)
    outcome = yield from desk.run(
        measured(desk.source, taken),
        lambda source: dialect(source.table).numbers(source, source.all(taken)),
        "Summarise the numeric columns" if len(taken) > 1 else f"Summarise {taken[0].name}",
        f"I describe {_named(taken)}{desk.rows}.",
        Uses(measured=taken),
    )
    rows = _described(outcome.text)
    if not rows:
        return Answer(
            f"{lead}The summary could not be read; its output is above.{outcome.note}", "No row of figures was found."
        )
    lines = [[code(label), *(shown(cell) for cell in cells)] for label, cells in rows]
    if len(rows) == 1:
        label, cells = rows[0]
        said = dict(zip(_DESCRIBED, map(shown, cells), strict=True))
        told = (
            f"{code(label)}{desk.rows} has {counted(said['count'], 'value')} from {said['min']} to {said['max']}, "
            f"with mean **{said['mean']}** and median **{said['50%']}**."
        )
    else:
        told = f"The {len(rows)} numeric columns{desk.rows}:"
    shown_table = table(
        ["column", "count", "mean", "std", "min", "25 %", "median", "75 %", "max"], lines, most=_MOST_COLUMNS
    )
    return Answer(
        f"{lead}{told}\n\n{shown_table}{cut}{outcome.note}",
        f"The output has figures for {counted(str(len(rows)), 'column')}.",
    )


def _described(text: str) -> list[tuple[str, list[str]]]:
    """Rows of ``describe``: pandas prints a row a column, polars a column a column."""
    rows = rows_of(text, _DESCRIBED)
    if rows:
        return rows
    for number, line in enumerate(text.split("\n")):
        if line.startswith("statistic,"):
            header, *body = csv.reader(io.StringIO("\n".join(text.split("\n")[number:])))
            by_name = {row[0]: row[1:] for row in body if len(row) == len(header)}
            if all(name in by_name for name in _DESCRIBED):
                return [
                    (label, [by_name[name][i] or "NaN" for name in _DESCRIBED]) for i, label in enumerate(header[1:])
                ]
    return []


def statistic(desk: Desk) -> Work:
    """One statistic of columns, overall or in groups."""
    ask = desk.ask
    second = tuple(c for c in ask.beside if c in ask.values and c.role == "text" and not c.holds_numbers)
    columns = tuple(column for column in ask.values if column != ask.by and column not in second) or tuple(
        c for c in desk.table.numbers if c != ask.by
    )
    words = tuple(c for c in columns if c.role in ("text", "bool", "time") and not c.holds_numbers and c.samples)
    if words and ask.statistic not in ("max", "min"):
        first = words[0]
        seen = listed([plain(value) for value in first.samples[:3]])
        return Answer(
            f"{code(first.name)} holds no numbers (for example {seen}), so it has no {_WORDS[ask.statistic]}.",
            f"{code(first.name)} is {first.dtype}; a {ask.statistic} is not defined for it.",
        )
    if not columns:
        return Answer(
            f"{code(desk.table.name)} has no numeric columns to take the {_WORDS[ask.statistic]} of.",
            "No column is numeric.",
        )
    if ask.by is None:
        return (yield from _overall(desk, columns))
    answer = yield from _grouped(desk, columns, ask.by)
    if not second:
        return answer
    left = listed([code(column.name) for column in second])
    return Answer(f"{answer.text}\n\nI group by one column at a time, so {left} is left out.", answer.thought)


def _overall(desk: Desk, columns: tuple[Column, ...]) -> Work:
    taken, cut = _limited(columns)
    name = desk.ask.statistic
    outcome = yield from desk.run(
        measured(desk.source, taken) if name not in ("max", "min") else desk.source,
        lambda source: dialect(source.table).statistic(source, source.all(taken), name),
        f"Compute the {_WORDS[name]} of {listed([column.name for column in taken[:4]])}",
        f"I compute the {name} of {listed([code(column.name) for column in taken[:8]])}{desk.rows}.",
        Uses(measured=taken),
    )
    rows = rows_of(outcome.text, [name, "count"])
    if not rows:
        return Answer(
            f"The figure could not be read; the output is above.{outcome.note}", "No row of figures was found."
        )
    if len(rows) == 1:
        value, count = map(shown, rows[0][1])
        word = f"{_WORDS[name]} value" if name in ("max", "min") else _WORDS[name]
        told = f"The {word} of {code(rows[0][0])}{desk.rows} is **{value}** (from {count} values)."
    else:
        lines = [[code(label), *map(shown, cells)] for label, cells in rows]
        body = table(["column", _WORDS[name], "values"], lines, most=_MOST_COLUMNS)
        told = f"The {_WORDS[name]} of {len(rows)} columns{desk.rows}:\n\n{body}"
    return Answer(told + cut + outcome.note, f"The output gives {counted(str(len(rows)), 'figure')}.")


def _grouped(desk: Desk, columns: tuple[Column, ...], by: Column) -> Work:
    taken, cut = _limited(columns)
    name, descending = desk.ask.statistic, desk.ask.descending
    outcome = yield from desk.run(
        measured(desk.source, taken),
        lambda source: dialect(source.table).grouped(source, source.all(taken), source.now(by) or by, name, descending),
        f"Compute the {_WORDS[name]} of {listed([c.name for c in taken[:4]])} in each group of {by.name}",
        f"I group by {code(by.name)} and take the {name} of {listed([code(c.name) for c in taken[:8]])}{desk.rows}.",
        Uses(measured=taken, grouped=(by,)),
    )
    names = [name, "count"] if len(taken) == 1 else [column.title for column in outcome.source.all(taken)]
    rows = rows_of(outcome.text, names)
    if not rows:
        return Answer(
            f"There are no groups with values to compare in {code(by.name)}{desk.rows}.{outcome.note}",
            "The output has no group.",
        )
    told = _one(rows, taken[0], by, name, desk) if len(taken) == 1 else _several(rows, taken, by, name, desk)
    return Answer(told + cut + outcome.note, f"The output has {counted(str(len(rows)), 'group')} of {code(by.name)}.")


def _one(rows: list[tuple[str, list[str]]], column: Column, by: Column, name: str, desk: Desk) -> str:
    known = [(label, cells) for label, cells in rows if shown(cells[0]) not in ("–", "None", "")]
    ends = (
        sorted(known, key=lambda row: float(row[1][0].replace(",", "")))
        if all(_is_number(c[0]) for _, c in known)
        else known
    )
    lines = [[plain(label), *map(shown, cells)] for label, cells in rows]
    body = table([code(by.name), f"{_WORDS[name]} {code(column.name)}", "values"], lines)
    if not ends:
        return f"No group of {code(by.name)} has values of {code(column.name)}.\n\n{body}"
    low, high = ends[0], ends[-1]
    first, last = (high, low) if desk.ask.descending else (low, high)
    end = "highest" if desk.ask.descending else "lowest"
    lead = (
        f"By {code(by.name)}{desk.rows}, the {_WORDS[name]} of {code(column.name)} is {end} "
        f"for **{plain(first[0])}** ({shown(first[1][0])})"
    )
    rest = (
        f" and {'lowest' if desk.ask.descending else 'highest'} for {plain(last[0])} ({shown(last[1][0])})"
        if len(ends) > 1
        else ""
    )
    return f"{lead}{rest}.\n\n{body}"


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ""))
    except ValueError:
        return False
    return True


def _several(rows: list[tuple[str, list[str]]], columns: tuple[Column, ...], by: Column, name: str, desk: Desk) -> str:
    lead = f"The {_WORDS[name]} of {len(columns)} numeric columns by {code(by.name)}{desk.rows}, {len(rows)} groups:"
    if len(rows) <= 6 and len(columns) > 1:
        lines = [[code(column.name), *(shown(cells[i]) for _, cells in rows)] for i, column in enumerate(columns)]
        return f"{lead}\n\n{table(['column', *(plain(label) for label, _ in rows)], lines, most=_MOST_COLUMNS)}"
    lines = [[plain(label), *map(shown, cells[:_MOST_ACROSS])] for label, cells in rows]
    body = table([code(by.name), *(code(column.name) for column in columns[:_MOST_ACROSS])], lines)
    rest = f"\n\nThe other {len(columns) - _MOST_ACROSS} columns are in the output above."
    return f"{lead}\n\n{body}{rest if len(columns) > _MOST_ACROSS else ''}"


def largest(desk: Desk) -> Work:
    """The rows with the largest or smallest values of a column; of a group, where one is asked for."""
    ask = desk.ask
    named = (*ask.values, *([ask.by] if ask.by else []))
    column = next((c for c in named if c.role in ("number", "unknown", "time") or c.holds_numbers), None)
    if column is None:
        return (yield from (top(desk) if named else statistic(desk)))
    rows = min(ask.number or 5, 50)
    others = tuple(other for other in (*named, *desk.table.columns) if other != column)
    shown_columns = tuple(dict.fromkeys(others))[:5]
    end = "largest" if ask.descending else "smallest"
    outcome = yield from desk.run(
        measured(desk.source, (column,)),
        lambda source: dialect(source.table).largest(
            source, source.now(column) or column, rows, ask.descending, source.all(shown_columns)
        ),
        f"Show the {rows} rows with the {end} {column.name}",
        f"I sort by {code(column.name)}{desk.rows} and take the {rows} {end}.",
        Uses(measured=(column,)),
    )
    return Answer(
        f"The {rows} rows with the {end} {code(column.name)}{desk.rows}:\n\n{printed(outcome.text)}{outcome.note}",
        "I show the rows as they were printed.",
    )
