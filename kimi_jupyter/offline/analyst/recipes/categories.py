"""Recipes about categories: the most common values, how many there are."""

from __future__ import annotations

from ..desk import Answer, Desk, Work, dialect
from ..markdown import are, code, counted, plain, table
from ..mend import Uses
from ..results import figures, rows_of, shown
from ..tables import Column

__all__ = ["distinct", "top"]


def _chosen(desk: Desk) -> Column | None:
    return next(iter(desk.ask.values), None) or desk.ask.by or desk.table.main_category


def _chosen_as(desk: Desk) -> str:
    return " (the category with the fewest distinct values)" if desk.ask.main else ""


def top(desk: Desk) -> Work:
    """The most common values of a column, with their share of the rows."""
    column = _chosen(desk)
    if column is None:
        return Answer(
            f"{code(desk.table.name)} has no text or category column with at least two values; "
            "name a column and I count its values.",
            "No column is a category.",
        )
    limit = min(desk.ask.number or 10, 50)
    outcome = yield from desk.run(
        desk.source,
        lambda source: dialect(source.table).counts(source, source.now(column) or column, limit),
        f"Count the values of {column.name}",
        f"I count the values of {code(column.name)}{desk.rows}{_chosen_as(desk)}.",
        Uses(grouped=(column,)),
    )
    found = figures(outcome.text)
    rows = rows_of(outcome.text, ["rows", "percent"])
    if not rows:
        return Answer(f"{code(column.name)} has no values{desk.rows}.{outcome.note}", "The output lists no value.")
    label, (count, percent) = rows[0]
    lines = [[plain(value), shown(cells[0]), f"{shown(cells[1])} %"] for value, cells in rows]
    name = f"the main category, {code(column.name)}," if desk.ask.main else code(column.name)
    total = f"{name}{desk.rows} has **{counted(found.get('distinct', '?'), 'distinct value')}**"
    share = f"**{shown(count)}** of {found.get('rows', '?')} rows, {shown(percent)} %"
    if found.get("distinct") == found.get("rows") and count == "1":
        lead = f"No value of {name} comes twice{desk.rows}."
    elif desk.ask.kind == "distinct":
        lead = f"{total}; the most common is {plain(label)} ({shown(count)} of {found.get('rows', '?')} rows)."
    else:
        lead = f"The most common value of {name}{desk.rows} is **{plain(label)}** ({share})."
    gaps = found.get("missing", "0")
    more = "" if desk.ask.kind == "distinct" else f" It has {counted(found.get('distinct', '?'), 'distinct value')}."
    more += f" {are(gaps, 'value')} missing." if gaps != "0" else ""
    return Answer(
        f"{lead}{more}\n\n{table([code(column.name), 'rows', 'share'], lines, most=50)}{outcome.note}",
        f"The output lists {counted(str(len(rows)), 'value')}; the first is {label} with {counted(count, 'row')}.",
    )


def distinct(desk: Desk) -> Work:
    """How many distinct values a column has, or every column."""
    if desk.ask.values or desk.ask.main:
        return (yield from top(desk))
    columns = desk.table.columns[:30]
    if not columns:
        return Answer(f"{code(desk.table.name)} has no columns.", "There is nothing to count.")
    outcome = yield from desk.run(
        desk.source,
        lambda source: dialect(source.table).distinct_counts(source, source.all(columns)),
        "Count the distinct values of each column",
        "No column is named, so I count the distinct values of each.",
    )
    lines = [[code(label), shown(cells[0])] for label, cells in rows_of(outcome.text, ["distinct"])]
    return Answer(
        f"Distinct values of each column of {code(desk.table.name)}{desk.rows}:"
        f"\n\n{table(['column', 'distinct'], lines, most=30)}{outcome.note}",
        f"The output has counts for {len(lines)} columns.",
    )
