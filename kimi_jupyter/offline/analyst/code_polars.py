"""Writes polars: the same pieces as ``code_pandas``, printed as CSV, which polars keeps whole where its tables are cut.

Imports no data library. Runs on polars 1 and 2; labels are written as source, so any characters are safe in them.
"""

from __future__ import annotations

from .code_pandas import chain, keys, written
from .source import TIME_FORMATS, Cast, Source
from .tables import Column

__all__ = [
    "correlation",
    "correlations",
    "counts",
    "distinct_counts",
    "duplicates",
    "grouped",
    "head",
    "largest",
    "missing_in",
    "numbers",
    "opening",
    "size",
    "statistic",
    "time_key",
    "trend",
]

_POLARS = "import polars as pl"
_CLUTTER = r'r"[$€£¥%\s]"'
_HOLES = (".null_count()", '.unpivot(variable_name="column", value_name="missing")')
#: Forms of dates that are tried one after another; the month before the day where both would do, as pandas does.
_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%b %d %Y",
    "%d-%b-%y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M",
)
_THOUSANDS = r'r",(\d{3})\b"'


def opening(source: Source, *imports: str) -> tuple[list[str], str]:
    """The lines that come first, and the expression for the frame to work on."""
    table = source.table
    lines = list(imports)
    frame = table.name
    body: list[str] = []
    if table.convert:
        frame = source.fresh(f"{table.name}_frame")
        body.append(f"{frame} = {table.name}{table.convert}")
    if source.casts:
        read = source.fresh(f"{table.name}_read")
        casts = [f"    {_cast(cast)}," for cast in source.casts]
        body += [f"{read} = {frame}.with_columns(", *casts, ")"]
        for cast in source.casts:
            if cast.reading.startswith("lenient"):
                nulls = f"[{cast.column.key}].null_count()"
                body.append(f'print("not readable:", {read}{nulls} - {frame}{nulls})')
        frame = read
    if source.where:
        chosen = source.fresh("chosen")
        body.append(f"{chosen} = {frame}.filter({', '.join(_condition(source, i) for i in range(len(source.where)))})")
        frame = chosen
    if (source.casts or source.where) and _POLARS not in lines:
        lines.insert(0, _POLARS)
    return [*lines, *body], frame


def _cast(cast: Cast) -> str:
    column = f"pl.col({cast.column.key})"
    match cast.reading:
        case "number":
            return f"{column}.cast(pl.Float64)"
        case "lenient number":
            text = f'{column}.cast(pl.String).str.replace_all({_CLUTTER}, "").str.replace_all({_THOUSANDS}, "$1")'
            return f"{text}.cast(pl.Float64, strict=False)"
        case "date":
            return f"{column}.str.to_datetime()"
        case "lenient date":
            tries = (f'        {column}.str.to_datetime("{form}", strict=False),' for form in _DATES)
            return "\n".join(["pl.coalesce(", *tries, "    )"])
        case "text":
            return f"{column}.cast(pl.String)"


def _condition(source: Source, number: int) -> str:
    condition = source.where[number]
    column = f"pl.col({condition.column.key}){'.dt.year()' if condition.year else ''}"
    return f"{column} {condition.operator} {condition.literal}"


def _printed(frame: str, *calls: str) -> str:
    """A print of a frame as CSV after some method calls."""
    return chain(frame, *calls, ".write_csv()", inside="print")


def _aggregate(column: Column, statistic: str, alias: str = "") -> str:
    return f"pl.col({column.key}).{statistic}()" + (f'.alias("{alias}")' if alias else "")


def _group(by: Column, *taken: str) -> tuple[str, str]:
    """What to group by, and what that column is then called: another name where the results need its own."""
    return (f'pl.col({by.key}).alias("group")', '"group"') if by.title in taken else (by.key, by.key)


def size(source: Source, missing: bool) -> str:
    """Rows and columns; with ``missing`` also the missing values of every column that has some."""
    lines, frame = opening(source, *([_POLARS] if missing else []))
    shape = f'print("rows:", {frame}.height, "columns:", {frame}.width)'
    if not missing:
        return written(lines, shape)
    holes = source.fresh("missing")
    return written(
        lines,
        shape,
        f"{holes} = {frame}{''.join(_HOLES)}",
        f'print("missing cells:", {holes}["missing"].sum(), "rows with any:", '
        f"{frame}.select(pl.any_horizontal(pl.all().is_null()).sum()).item())",
        _printed(holes, '.filter(pl.col("missing") > 0)', '.sort("missing", descending=True)'),
    )


def missing_in(source: Source, columns: tuple[Column, ...]) -> str:
    """The missing values of some columns."""
    lines, frame = opening(source)
    return written(lines, f'print("rows:", {frame}.height)', _printed(frame, f".select({keys(columns)})", *_HOLES))


def duplicates(source: Source) -> str:
    """Rows that repeat an earlier one."""
    lines, frame = opening(source)
    return written(lines, f'print("rows:", {frame}.height, "repeated rows:", {frame}.height - {frame}.unique().height)')


def head(source: Source, rows: int) -> str:
    """The first rows."""
    lines, frame = opening(source)
    return written(lines, _printed(frame, f".head({rows})"))


def numbers(source: Source, columns: tuple[Column, ...]) -> str:
    """Count, mean, spread and quartiles of numeric columns."""
    lines, frame = opening(source)
    return written(lines, _printed(frame, f".select({keys(columns)})", '.describe(interpolation="linear")'))


def counts(source: Source, column: Column, limit: int) -> str:
    """The most frequent values of a column with their share of all rows."""
    lines, frame = opening(source, _POLARS)
    name, key = source.fresh("counts"), column.key
    grouped = chain(
        frame,
        f".drop_nulls({key})",
        f".group_by({_group(column, 'rows', 'percent')[0]})",
        '.agg(pl.len().alias("rows"))',
        '.sort("rows", descending=True)',
    )
    percent = f'.with_columns((100 * pl.col("rows") / {frame}.height).alias("percent"))'
    return written(
        lines,
        f"{name} = {grouped}",
        f'print("rows:", {frame}.height, "distinct:", {name}.height, "missing:", {frame}[{key}].null_count())',
        _printed(name, percent, f".head({limit})"),
    )


def statistic(source: Source, columns: tuple[Column, ...], statistic: str) -> str:
    """One statistic of some columns, and how many values it comes from."""
    lines, frame = opening(source, _POLARS)
    chosen = f"pl.col({keys(columns)})"
    return written(
        lines,
        "print(",
        "    pl.DataFrame(",
        f'        {{"column": {keys(columns)},',
        f'         "{statistic}": {frame}.select({chosen}.{statistic}()).row(0),',
        f'         "count": {frame}.select({chosen}.count()).row(0)}},',
        "        strict=False,",
        "    ).write_csv()",
        ")",
    )


def grouped(source: Source, columns: tuple[Column, ...], by: Column, statistic: str, descending: bool) -> str:
    """One statistic in each group: of one column with the count of its values, or of several columns."""
    lines, frame = opening(source, _POLARS)
    group, key = _group(by, statistic, "count")
    groups = (f".drop_nulls({by.key})", f".group_by({group})")
    if len(columns) > 1:
        return written(lines, _printed(frame, *groups, f".agg(pl.col({keys(columns)}).{statistic}())", f".sort({key})"))
    ordered = key if by.role in ("number", "time") else f'"{statistic}", descending={descending}, nulls_last=True'
    both = f"{_aggregate(columns[0], statistic, statistic)}, {_aggregate(columns[0], 'count', 'count')}"
    return written(lines, _printed(frame, *groups, f".agg({both})", f".sort({ordered})"))


def largest(source: Source, column: Column, rows: int, descending: bool, shown: tuple[Column, ...]) -> str:
    """The rows with the largest or smallest values."""
    lines, frame = opening(source)
    others = tuple(other for other in shown if other.name != column.name)
    order = (f".sort({column.key}, descending={descending}, nulls_last=True)", f".head({rows})")
    return written(lines, _printed(frame, *order, f".select({keys((*others, column))})"))


def distinct_counts(source: Source, columns: tuple[Column, ...]) -> str:
    """How many distinct values columns have."""
    lines, frame = opening(source, _POLARS)
    counted = f".select(pl.col({keys(columns)}).drop_nulls().n_unique())"
    return written(lines, _printed(frame, counted, '.unpivot(variable_name="column", value_name="distinct")'))


def correlation(source: Source, first: Column, second: Column) -> str:
    """Pearson's r of two columns over the rows that have both."""
    lines, frame = opening(source, _POLARS)
    pair, r = source.fresh("pair"), source.fresh("r")
    return written(
        lines,
        f"{pair} = {frame}.select({keys((first, second))}).drop_nulls()",
        f"{r} = {pair}.select(pl.corr({first.key}, {second.key})).item()",
        f'print("rows with both:", {pair}.height, "r:", round({r}, 6))',
    )


def correlations(source: Source, columns: tuple[Column, ...]) -> str:
    """The ten pairs of columns with the largest absolute correlation."""
    lines, frame = opening(source, "from itertools import combinations", _POLARS)
    pairs = source.fresh("pairs")
    return written(
        lines,
        f"{pairs} = [",
        f"    ({frame}.drop_nulls([a, b]).select(pl.corr(a, b)).item(), a, b)",
        f"    for a, b in combinations({keys(columns)}, 2)",
        "]",
        f"{pairs} = sorted((pair for pair in {pairs} if pair[0] == pair[0]), key=lambda pair: -abs(pair[0]))",
        f'print("pairs:", len({pairs}))',
        f'print("\\n".join(f"{{value:+.4f}}  {{a!r}} and {{b!r}}" for value, a, b in {pairs}[:10]))',
    )


def trend(source: Source, time: Column, period: str, column: Column | None, statistic: str) -> str:
    """One statistic, or the number of rows, in each period."""
    lines, frame = opening(source, _POLARS)
    groups = (f".drop_nulls({time.key})", f'.group_by({time_key(time, period)}.alias("period"))')
    wanted = (
        'pl.len().alias("rows")'
        if column is None
        else (f"{_aggregate(column, statistic, statistic)}, {_aggregate(column, 'count', 'count')}")
    )
    return written(lines, _printed(frame, *groups, f".agg({wanted})", '.sort("period")'))


def time_key(time: Column, period: str) -> str:
    """What rows are grouped by: a column that already holds periods, or a date cut down to one."""
    column = f"pl.col({time.key})"
    if not period:
        return column
    if period == "quarter":
        return f'pl.format("{{}}-Q{{}}", {column}.dt.year(), {column}.dt.quarter())'
    return f'{column}.dt.strftime("{TIME_FORMATS[period]}")'
