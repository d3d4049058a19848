"""Writes narwhals: a question of a table that is not in memory is computed where the table is, and its result read in.

One way for DuckDB, ibis, polars' LazyFrame and Spark; the kernel has narwhals, which our package needs. What it can't
say is left to pandas or polars, which read in the columns it takes and no others.
Imports no data library.
"""

from __future__ import annotations

from collections.abc import Callable

from .code_pandas import chain, keys, written
from .lazily import or_read_in
from .source import TIME_FORMATS, Source
from .tables import Column, Table

__all__ = [
    "collected",
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

_NARWHALS = "import narwhals as nw"
#: The figures of a summary, by the names under which they are printed.
_DESCRIBED = {
    "count": ".count()",
    "mean": ".mean()",
    "std": ".std()",
    "min": ".min()",
    **{f"{percent}%": f'.quantile(0.{percent:02d}, "linear")' for percent in (25, 50, 75)},
    "max": ".max()",
}


def collected(table: Table) -> str:
    """What is written after a narwhals query to have its rows: polars has frames of its own, the others pandas'."""
    return ".collect()" if table.library == "polars" else '.collect("pandas")'


def opening(source: Source) -> str:
    """The expression for the rows that are asked about."""
    where = ", ".join(
        f"nw.col({c.column.key}){'.dt.year()' if c.year else ''} {c.operator} {c.literal}" for c in source.where
    )
    return f"nw.from_native({source.table.name})" + (f".filter({where})" if where else "")


def _asked(source: Source, *lines: Callable[[str], str]) -> str:
    """Lines about the rows under one name."""
    name = source.fresh(f"{source.table.name}_rows")
    return written([_NARWHALS, f"{name} = {opening(source)}"], *(line(name) for line in lines))


def _printed(source: Source, *calls: str) -> str:
    return written([_NARWHALS], chain(opening(source), *calls, collected(source.table), ".write_csv()", inside="print"))


def _row(source: Source, columns: tuple[Column, ...], calls: dict[str, str], header: str = "", cells: str = "") -> str:
    """Figures of columns, all in one query, a printed line for each column.

    ``cells`` is what is printed of a column; the columns, the row of all figures and the column's number are in reach.
    """
    names, row, number, column = (source.fresh(name) for name in ("columns", "row", "number", "column"))
    asked = [f'    nw.col({names}){call}.name.suffix(" {name}"),' for name, call in calls.items()]
    figures = cells.format(row=row, columns=names, number=number) if cells else f"*{row}[{number} :: len({names})]"
    return written(
        [_NARWHALS, f"{names} = {keys(columns)}"],
        "\n".join([f"{row} = {opening(source)}.select(", *asked, f"){collected(source.table)}.row(0)"]),
        f'print("{header or " ".join(calls)}")',
        f"for {number}, {column} in enumerate({names}):",
        f"    print({column}, {figures})",
    )


@or_read_in
def size(source: Source, missing: bool) -> str:
    """Rows and columns; with ``missing`` also the missing values of every column that has some."""
    get = collected(source.table)
    holes, gaps = source.fresh("missing"), source.fresh("gaps")

    def shape(rows: str) -> str:
        return f'print("rows:", {rows}.select(nw.len()){get}.item(), "columns:", len({rows}.collect_schema()))'

    if not missing:
        return _asked(source, shape)
    return _asked(
        source,
        shape,
        lambda rows: f"{holes} = {rows}.select(nw.all().null_count()){get}.row(0)",
        lambda rows: (
            f"{gaps} = {rows}.select(nw.any_horizontal(nw.all().is_null(), ignore_nulls=False).sum()){get}.item()"
        ),
        lambda rows: f'print("missing cells:", int(sum({holes})), "rows with any:", int({gaps}))',
        lambda rows: (
            f'print("missing", *(f"{{name}} {{int(count)}}" for name, count in zip({rows}.collect_schema(), {holes})'
            f' if count), sep="\\n")'
        ),
    )


@or_read_in
def missing_in(source: Source, columns: tuple[Column, ...]) -> str:
    """The missing values of some columns."""
    get = collected(source.table)
    count = f'print("rows:", {opening(source)}.select(nw.len()){get}.item())'
    return f"{_row(source, columns, {'missing': '.null_count()'}, cells='int({row}[{number}])')}\n{count}"


@or_read_in
def duplicates(source: Source) -> str:
    """Rows that repeat an earlier one."""
    get, total = collected(source.table), source.fresh("total")
    return _asked(
        source,
        lambda rows: f"{total} = {rows}.select(nw.len()){get}.item()",
        lambda rows: (
            f'print("rows:", {total}, "repeated rows:", {total} - {rows}.unique().select(nw.len()){get}.item())'
        ),
    )


@or_read_in
def head(source: Source, rows: int) -> str:
    """The first rows."""
    return _printed(source, f".head({rows})")


@or_read_in
def numbers(source: Source, columns: tuple[Column, ...]) -> str:
    """Count, mean, spread and quartiles of numeric columns."""
    return _row(source, columns, _DESCRIBED)


@or_read_in
def counts(source: Source, column: Column, limit: int) -> str:
    """The most frequent values of a column with their share of all rows."""
    get, key = collected(source.table), column.key
    rows, distinct, missing = (source.fresh(name) for name in ("total", "distinct", "missing"))
    group, name = _group(column, "rows", "percent")
    queries = (
        f".drop_nulls({key})",
        f".group_by({group})",
        '.agg(nw.len().alias("rows"))',
        f'.sort("rows", {name}, descending=[True, False])',
        f".head({limit})",
        f'.with_columns((100 * nw.col("rows") / {rows}).alias("percent"))',
        get,
        ".write_csv()",
    )
    asked = ("nw.len()", f'nw.col({key}).n_unique().alias("distinct")', f'nw.col({key}).null_count().alias("missing")')
    return _asked(
        source,
        lambda frame: (
            f"{rows}, {distinct}, {missing} = map(int, {frame}.select(\n    {', '.join(asked)}\n){get}.row(0))"
        ),
        lambda frame: f'print("rows:", {rows}, "distinct:", {distinct} - ({missing} > 0), "missing:", {missing})',
        lambda frame: chain(frame, *queries, inside="print"),
    )


@or_read_in
def statistic(source: Source, columns: tuple[Column, ...], statistic: str) -> str:
    """One statistic of some columns, and how many values it comes from."""
    return _row(source, columns, {statistic: f".{statistic}()", "count": ".count()"})


@or_read_in
def grouped(source: Source, columns: tuple[Column, ...], by: Column, statistic: str, descending: bool) -> str:
    """One statistic in each group: of one column with the count of its values, or of several columns."""
    group, key = _group(by, statistic, "count")
    groups = (f".drop_nulls({by.key})", f".group_by({group})")
    if len(columns) > 1:
        return _printed(source, *groups, f".agg(nw.col({keys(columns)}).{statistic}())", f".sort({key})")
    column = f"nw.col({columns[0].key})"
    both = f'.agg({column}.{statistic}().alias("{statistic}"), {column}.count().alias("count"))'
    order = f'"{statistic}", {key}, descending=[{descending}, False], nulls_last=True'
    return _printed(source, *groups, both, f".sort({key if by.role in ('number', 'time') else order})")


@or_read_in
def largest(source: Source, column: Column, rows: int, descending: bool, shown: tuple[Column, ...]) -> str:
    """The rows with the largest or smallest values."""
    others = tuple(other for other in shown if other.name != column.name)
    order = (f".sort({column.key}, descending={descending}, nulls_last=True)", f".head({rows})")
    return _printed(source, *order, f".select({keys((*others, column))})")


@or_read_in
def distinct_counts(source: Source, columns: tuple[Column, ...]) -> str:
    """How many distinct values columns have; a missing one is none."""
    calls = {"distinct": ".n_unique()", "missing": ".null_count()"}
    cells = "int({row}[{number}] - ({row}[len({columns}) + {number}] > 0))"
    return _row(source, columns, calls, "distinct", cells)


@or_read_in
def correlation(source: Source, first: Column, second: Column) -> str:
    """Pearson's r of two columns over the rows that have both."""
    rows, r = source.fresh("rows"), source.fresh("r")
    asked = f'.select(nw.len().alias("rows"), nw.corr({first.key}, {second.key}).alias("r"))'
    pair = chain(opening(source), f".drop_nulls({keys((first, second))})", asked, collected(source.table), ".row(0)")
    return written([_NARWHALS], f"{rows}, {r} = {pair}", f'print("rows with both:", int({rows}), "r:", round({r}, 6))')


@or_read_in
def correlations(source: Source, columns: tuple[Column, ...]) -> str:
    """The ten pairs of columns with the largest absolute correlation."""
    row, pairs = source.fresh("row"), source.fresh("pairs")
    return written(
        ["from itertools import combinations", _NARWHALS, f"{pairs} = list(combinations({keys(columns)}, 2))"],
        f"{row} = {opening(source)}.select(",
        f'    *(nw.corr(a, b).alias(f"{{a}} {{b}}") for a, b in {pairs})',
        f"){collected(source.table)}.row(0)",
        f"{pairs} = sorted(((r, *pair) for r, pair in zip({row}, {pairs}) if r == r), key=lambda pair: -abs(pair[0]))",
        f'print("pairs:", len({pairs}))',
        f'print("\\n".join(f"{{value:+.4f}}  {{a!r}} and {{b!r}}" for value, a, b in {pairs}[:10]))',
    )


@or_read_in
def trend(source: Source, time: Column, period: str, column: Column | None, statistic: str) -> str:
    """One statistic, or the number of rows, in each period."""
    key = time_key(time, period)
    if not key:
        return ""
    value = f"nw.col({column.key})" if column is not None else ""
    wanted = (
        f'{value}.{statistic}().alias("{statistic}"), {value}.count().alias("count")'
        if value
        else 'nw.len().alias("rows")'
    )
    groups = (f".drop_nulls({time.key})", f'.group_by({key}.alias("period"))', f".agg({wanted})", '.sort("period")')
    return _printed(source, *groups)


def time_key(time: Column, period: str) -> str:
    """What rows are grouped by: a column that holds periods, or a date cut down to one; ``""`` for no such way."""
    column = f"nw.col({time.key})"
    if not period:
        return column
    return f'{column}.dt.to_string("{TIME_FORMATS[period]}")' if period in ("year", "month", "day") else ""


def _group(by: Column, *taken: str) -> tuple[str, str]:
    """What to group by, and what that column is then called: another name where the results need its own."""
    return (f'nw.col({by.key}).alias("group")', '"group"') if by.title in taken else (by.key, by.key)
