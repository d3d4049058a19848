"""Recipes about how columns go together: correlation and time."""

from __future__ import annotations

import re

from ..desk import Answer, Desk, Work, dialect, measured, timed
from ..markdown import code, counted, plain, table
from ..mend import Uses
from ..results import figures, pairs_of_columns, rows_of, shown
from ..tables import Column, Table

__all__ = ["correlation", "period_of", "time_of", "trend"]

_MOST_COLUMNS = 60
_YEAR = re.compile(r"(^|[\W_])(year|yr|month|jahr|année)s?([\W_]|$)", re.IGNORECASE)
_DATED = re.compile(r"(^|[\W_])(date|datetime|timestamp|day|datum)([\W_]|$)", re.IGNORECASE)


def correlation(desk: Desk) -> Work:
    """Pearson's r of two columns, or the strongest pairs."""
    chosen = tuple(
        column
        for column in (*desk.ask.values, *([desk.ask.by] if desk.ask.by else []))
        if column.role in ("number", "unknown") or column.holds_numbers
    )
    if len(chosen) == 2:
        return (yield from _pair(desk, *chosen))
    columns = chosen if len(chosen) > 2 else desk.table.numbers
    if len(columns) < 2:
        have = f"only {code(columns[0].name)}" if columns else "none"
        return Answer(
            f"A correlation needs two numeric columns; {code(desk.table.name)} has {have}.",
            f"There are {len(columns)} numeric columns.",
        )
    taken = columns[:_MOST_COLUMNS]
    outcome = yield from desk.run(
        desk.source,
        lambda source: dialect(source.table).correlations(source, source.all(taken)),
        "Correlate every pair of numeric columns",
        f"I correlate {len(taken)} numeric columns with each other{desk.rows} and sort by the size of r.",
        Uses(measured=taken),
    )
    pairs = pairs_of_columns(outcome.text)
    if len(chosen) == 1:
        pairs = [pair for pair in pairs if chosen[0].name in pair[:2]] or pairs
    if not pairs:
        return Answer(
            "No two numeric columns vary together in a way that can be computed "
            f"(they are constant or have too few rows).{outcome.note}",
            "No pair has a correlation.",
        )
    first, second, r = pairs[0]
    lines = [[code(a), code(b), shown(figure)] for a, b, figure in pairs]
    cut = (
        f"\n\nOnly the first {_MOST_COLUMNS} numeric columns were compared; there are more."
        if len(columns) > len(taken)
        else ""
    )
    return Answer(
        f"The most strongly correlated pair is {code(first)} and {code(second)}: Pearson's r = **{_signed(r)}**.\n\n"
        f"{table(['column', 'with', 'r'], lines, left=2)}{cut}"
        f"\n\nCorrelation says that they go together, not why.{outcome.note}",
        f"The strongest of the printed pairs is {first} and {second} with {r}.",
    )


def _signed(figure: str) -> str:
    text = shown(figure)
    return text.replace("-", "−") if text.startswith("-") else text


def _pair(desk: Desk, first: Column, second: Column) -> Work:
    outcome = yield from desk.run(
        measured(desk.source, (first, second)),
        lambda source: dialect(source.table).correlation(
            source, source.now(first) or first, source.now(second) or second
        ),
        f"Correlate {first.name} with {second.name}",
        f"I compute Pearson's r of {code(first.name)} and {code(second.name)}{desk.rows}, over rows that have both.",
        Uses(measured=(first, second)),
    )
    found = figures(outcome.text)
    r, rows = found.get("r", "nan"), found.get("rows with both", "?")
    if shown(r) in ("–", "None"):
        return Answer(
            f"{code(first.name)} and {code(second.name)} have no correlation that can be computed: "
            f"one is constant or there are too few rows ({rows}).{outcome.note}",
            "r is not a number.",
        )
    size = abs(float(r))
    strength = (
        "a strong" if size >= 0.7 else "a moderate" if size >= 0.4 else "a weak" if size >= 0.1 else "practically no"
    )
    sign = "" if size < 0.1 else "negative " if r.startswith("-") else "positive "
    lead = (
        f"{code(first.name)} and {code(second.name)}{desk.rows} have {strength} {sign}correlation: "
        f"Pearson's r = **{_signed(r)}** over {rows} rows."
    )
    return Answer(
        f"{lead} It says that they go together, not why.{outcome.note}", f"The output gives r = {r} from {rows} rows."
    )


def time_of(table: Table, named: tuple[Column, ...]) -> Column | None:
    """The column that holds time: named, of a time dtype, dates as text, or a numeric year."""
    dates = [
        *table.of_role("time"),
        *(column for column in table.of_role("text", "unknown") if column.holds_dates or _DATED.search(column.name)),
    ]
    years = [column for column in table.numbers if _YEAR.search(column.name)]
    return next((column for column in named if column in dates or column in years), next(iter([*dates, *years]), None))


def period_of(table: Table, time: Column, asked: str) -> str:
    """The period to group by: as asked, else by the range of the dates; ``""`` for a column that holds years."""
    if time.role == "number":
        return ""
    if asked:
        return asked
    years = [int(year) for year in re.findall(r"\b(\d{4})-", f"{time.low}- {time.high}- {' '.join(time.samples)}")]
    span = max(years) - min(years) if years else 1
    return "year" if span >= 4 else "month"


def trend(desk: Desk) -> Work:
    """One statistic, or the number of rows, over time."""
    ask = desk.ask
    time = time_of(desk.table, (*([ask.by] if ask.by else []), *ask.values))
    if time is None:
        return Answer(
            f"{code(desk.table.name)} has no column with dates or years, so I can't show a trend over time.",
            "No column holds time.",
        )
    column, remark = _followed(desk, time)
    period = period_of(desk.table, time, ask.period)
    what = f"the {ask.statistic} of {code(column.name)}" if column else "the number of rows"
    outcome = yield from desk.run(
        timed(measured(desk.source, (column,) if column else ()), time)
        if period
        else measured(desk.source, (column,) if column else ()),
        lambda source: dialect(source.table).trend(
            source, source.now(time) or time, period, source.now(column), ask.statistic
        ),
        f"Follow {what.replace('`', '')} over {time.name}",
        f"I group by {code(time.name)}{f', one group a {period}' if period else ''}, and take {what}{desk.rows}.",
        Uses(measured=(column,) if column else (), time=time if period else None),
    )
    names = [ask.statistic, "count"] if column else ["rows"]
    rows = [(label, cells) for label, cells in rows_of(outcome.text, names) if shown(cells[0]) not in ("–", "None", "")]
    if not rows:
        return Answer(f"There are no dated values to follow.{outcome.note}", "The output has no period.")
    return Answer(
        _told(rows, what, period, desk) + remark + outcome.note,
        f"The output has {counted(str(len(rows)), 'period')}, from {rows[0][0]} to {rows[-1][0]}.",
    )


def _followed(desk: Desk, time: Column) -> tuple[Column | None, str]:
    """What to follow over time, and the sentence that says why where it was not asked for.

    Counting rows says nothing where every row has a time of its own, so there it is the first numeric column.
    """
    named = next((column for column in desk.ask.values if column != time), None)
    first = next((column for column in desk.table.numbers if column != time), None)
    each = time.distinct is not None and time.distinct == desk.table.rows
    if named is not None or first is None or not (each or desk.ask.numeric):
        return named, ""
    return first, f"\n\nNo column was named, so I followed {code(first.name)}, the first numeric one."


def _told(rows: list[tuple[str, list[str]]], what: str, period: str, desk: Desk) -> str:
    first, last = rows[0], rows[-1]
    low, high = (pick(rows, key=lambda row: float(row[1][0].replace(",", ""))) for pick in (min, max))
    start, end = float(first[1][0].replace(",", "")), float(last[1][0].replace(",", ""))
    verb = "rose" if end > start else "fell" if end < start else "stayed the same"
    if len(rows) == 1:
        lead = f"There is only one period, {plain(first[0])}: {what} is **{shown(first[1][0])}**."
    else:
        lead = (
            f"From {plain(first[0])} to {plain(last[0])}, {what}{desk.rows} {verb}: "
            f"**{shown(first[1][0])}** → **{shown(last[1][0])}**."
        )
        if low[1][0] != high[1][0]:
            lead += (
                f" Highest in {plain(high[0])} ({shown(high[1][0])}), lowest in {plain(low[0])} ({shown(low[1][0])})."
            )
    header = [period or "period", what, *(["values"] if len(first[1]) > 1 else [])]
    lines = [[plain(label), *map(shown, cells)] for label, cells in rows]
    return f"{lead}\n\n{table(header, lines, most=36)}"
