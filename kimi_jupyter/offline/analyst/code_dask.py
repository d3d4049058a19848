"""Writes dask: pandas that is computed at the end, so that partitions stay where they are and a result is read in.

What dask can't do, or only estimates (quartiles, medians), is left to pandas with the columns it takes. Imports no data
library.
"""

from __future__ import annotations

from dataclasses import replace

from . import code_pandas
from .code_pandas import chain, keys, time_key, written
from .lazily import or_read_in
from .source import Source
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
    "trend",
]


def opening(source: Source, *imports: str) -> tuple[list[str], str]:
    """The lines that come first, and the expression for the frame, which is not computed."""
    return code_pandas.opening(replace(source, table=replace(source.table, convert="")), *imports)


@or_read_in
def size(source: Source, missing: bool) -> str:
    """Rows and columns; with ``missing`` also the missing values of every column that has some."""
    lines, frame = opening(source)
    shape = f'print("rows:", len({frame}), "columns:", {frame}.shape[1])'
    if not missing:
        return written(lines, shape)
    holes = source.fresh("missing")
    return written(
        lines,
        shape,
        f"{holes} = {frame}.isna().sum().compute()",
        f'print("missing cells:", {holes}.sum(), "rows with any:", {frame}.isna().any(axis=1).sum().compute())',
        f'print({holes}[{holes} > 0].sort_values(ascending=False).to_frame("missing").to_string())',
    )


@or_read_in
def missing_in(source: Source, columns: tuple[Column, ...]) -> str:
    """The missing values of some columns."""
    lines, frame = opening(source)
    return written(
        lines,
        f'print("rows:", len({frame}))',
        f'print({frame}[{keys(columns)}].isna().sum().compute().to_frame("missing").to_string())',
    )


@or_read_in
def duplicates(source: Source) -> str:
    """Rows that repeat an earlier one."""
    lines, frame = opening(source)
    total = source.fresh("total")
    return written(
        lines,
        f"{total} = len({frame})",
        f'print("rows:", {total}, "repeated rows:", {total} - len({frame}.drop_duplicates()))',
    )


@or_read_in
def head(source: Source, rows: int) -> str:
    """The first rows, of as many partitions as that takes."""
    lines, frame = opening(source)
    return written(lines, f"print({frame}.head({rows}, npartitions=-1).to_string())")


@or_read_in
def numbers(source: Source, columns: tuple[Column, ...]) -> str:
    """Count, mean, spread and quartiles: dask would only estimate them."""
    return ""


@or_read_in
def counts(source: Source, column: Column, limit: int) -> str:
    """The most frequent values of a column with their share of all rows."""
    lines, frame = opening(source)
    name, total = source.fresh("counts"), source.fresh("total")
    return written(
        lines,
        f"{total}, {name} = len({frame}), {frame}[{column.key}].value_counts().compute()",
        f'{name} = {name}.sort_index().sort_values(ascending=False, kind="stable")',
        f'print("rows:", {total}, "distinct:", len({name}), "missing:", {total} - {name}.sum())',
        f'print({name}.to_frame("rows").assign(percent=100 * {name} / {total}).head({limit}).to_string())',
    )


@or_read_in
def statistic(source: Source, columns: tuple[Column, ...], statistic: str) -> str:
    """One statistic of some columns, and how many values it comes from; a median would only be estimated."""
    if statistic == "median":
        return ""
    lines, frame = opening(source, "import dask", "import pandas as pd")
    both = source.fresh("figures")
    some = f"{frame}[{keys(columns)}]"
    return written(
        lines,
        f"{both} = dask.compute({some}.{statistic}(), {some}.count())  # in one go",
        f'print(pd.DataFrame(dict(zip(["{statistic}", "count"], {both}))).to_string())',
    )


@or_read_in
def grouped(source: Source, columns: tuple[Column, ...], by: Column, statistic: str, descending: bool) -> str:
    """One statistic in each group, of one column with the count of its values, or of several columns; no medians."""
    if statistic == "median":
        return ""
    lines, frame = opening(source)
    key = by.key if by.title not in (statistic, "count") else f'{frame}[{by.key}].rename("group")'
    groups = f"{frame}.groupby({key}{', observed=True' if by.categorical else ''})"
    if len(columns) > 1:
        ordered = f".sort_index()[{keys(columns)}]"  # dask may give them in an order of its own
        calls = (f"[{keys(columns)}].{statistic}()", ".compute()", ordered, ".to_string()")
        return written(lines, chain(groups, *calls, inside="print"))
    order = "" if by.role in ("number", "time") else f'.sort_values("{statistic}", ascending={not descending})'
    calls = (f'[{columns[0].key}].agg(["{statistic}", "count"])', ".compute()", f".sort_index(){order}", ".to_string()")
    return written(lines, chain(groups, *calls, inside="print"))


@or_read_in
def largest(source: Source, column: Column, rows: int, descending: bool, shown: tuple[Column, ...]) -> str:
    """The rows with the largest or smallest values."""
    lines, frame = opening(source)
    others = tuple(other for other in shown if other.name != column.name)
    order = f"{frame}.{'nlargest' if descending else 'nsmallest'}({rows}, {column.key})"
    return written(lines, chain(order, f"[{keys((*others, column))}]", ".compute()", ".to_string()", inside="print"))


@or_read_in
def distinct_counts(source: Source, columns: tuple[Column, ...]) -> str:
    """How many distinct values columns have."""
    lines, frame = opening(source)
    return written(lines, f'print({frame}[{keys(columns)}].nunique().compute().to_frame("distinct").to_string())')


@or_read_in
def correlation(source: Source, first: Column, second: Column) -> str:
    """Pearson's r of two columns over the rows that have both."""
    lines, frame = opening(source)
    pair, r = source.fresh("pair"), source.fresh("r")
    return written(
        lines,
        f"{pair} = {frame}[{keys((first, second))}].dropna()",
        f"{r} = {pair}[{first.key}].corr({pair}[{second.key}]).compute()",
        f'print("rows with both:", len({pair}), "r:", round({r}, 6))',
    )


@or_read_in
def correlations(source: Source, columns: tuple[Column, ...]) -> str:
    """The ten pairs of columns with the largest absolute correlation."""
    lines, frame = opening(source, "import numpy as np")
    r, pairs = source.fresh("r"), source.fresh("pairs")
    return written(
        lines,
        f"{r} = {frame}[{keys(columns)}].corr().compute()",
        f"{pairs} = {r}.where(np.triu(np.ones({r}.shape, dtype=bool), k=1)).stack().dropna()",
        f"{pairs} = {pairs}.sort_values(key=abs, ascending=False)",
        f'print("pairs:", len({pairs}))',
        f'print("\\n".join(f"{{value:+.4f}}  {{a!r}} and {{b!r}}" for (a, b), value in {pairs}.head(10).items()))',
    )


@or_read_in
def trend(source: Source, time: Column, period: str, column: Column | None, statistic: str) -> str:
    """One statistic, or the number of rows, in each period."""
    lines, frame = opening(source)
    groups = f"{frame}.groupby({time_key(frame, time, period)})"
    value = ".size()" if column is None else f'[{column.key}].agg(["{statistic}", "count"])'
    named = ('.to_frame("rows")',) if column is None else ()
    return written(lines, chain(groups, value, ".compute()", ".sort_index()", *named, ".to_string()", inside="print"))
