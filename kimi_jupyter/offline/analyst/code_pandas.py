"""Writes pandas: short pieces that a data person would accept, printing what ``results`` reads back.

Imports no data library. Runs on pandas 2 and 3; labels are written as source, so any characters are safe in them.
"""

from __future__ import annotations

from .source import TIME_FORMATS, Cast, Source
from .tables import Column

__all__ = [
    "chain",
    "correlation",
    "correlations",
    "counts",
    "distinct_counts",
    "duplicates",
    "grouped",
    "head",
    "keys",
    "largest",
    "missing_in",
    "numbers",
    "opening",
    "repeated",
    "size",
    "statistic",
    "time_key",
    "trend",
    "written",
]

#: What is taken away before a text is read as a number: currency signs, spaces, and commas between thousands.
_WIDTH = 90
_CLUTTER = r'r"[$€£¥%\s]|,(?=\d{3}\b)"'


def keys(columns: tuple[Column, ...]) -> str:
    """Columns as a list in source, over several lines where it is long."""
    one_line = ", ".join(column.key for column in columns)
    if len(one_line) <= _WIDTH or len(columns) == 1:
        return f"[{one_line}]"
    lines = [""]
    for column in columns:
        if lines[-1] and len(lines[-1]) + len(column.key) > _WIDTH:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else '    '}{column.key},"
    return "\n".join(["[", *lines, "]"])


def chain(frame: str, *calls: str, inside: str = "") -> str:
    """A frame with method calls after it, over several lines where it is long; ``inside`` is a function around it."""
    one_line = f"{frame}{''.join(calls)}"
    if len(inside) + len(one_line) <= _WIDTH:
        return f"{inside}({one_line})" if inside else one_line
    body = "\n".join([f"    {frame}{calls[0]}", *(f"    {call}" for call in calls[1:])])
    return f"{inside}(\n{body}\n)"


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
        lines.insert(0, "import pandas as pd")
        copy = source.fresh(f"{table.name}_read")
        body.append(f"{copy} = {frame}.copy()")
        for cast in source.casts:
            body += _cast(cast, frame, copy)
        frame = copy
    if source.where:
        chosen = source.fresh("chosen")
        body.append(f"{chosen} = {frame}[{' & '.join(_condition(source, frame, i) for i in range(len(source.where)))}]")
        frame = chosen
    return [*lines, *body], frame


def _cast(cast: Cast, frame: str, copy: str) -> list[str]:
    key = cast.column.key
    value = f"{frame}[{key}]"
    match cast.reading:
        case "number":
            return [f"{copy}[{key}] = {value}.astype(float)"]
        case "lenient number":
            text = f'{value}.astype("string").str.replace({_CLUTTER}, "", regex=True)'
            read = f'{copy}[{key}] = pd.to_numeric({text}, errors="coerce").astype("Float64").astype(float)'
        case "date":
            return [f"{copy}[{key}] = pd.to_datetime({value})"]
        case "lenient date":
            read = f'{copy}[{key}] = pd.to_datetime({value}, format="mixed", errors="coerce")'
        case "text":
            return [f'{copy}[{key}] = {value}.map(str, na_action="ignore")']
    return [read, f'print("not readable:", int(({copy}[{key}].isna() & {value}.notna()).sum()))']


def _condition(source: Source, frame: str, number: int) -> str:
    condition = source.where[number]
    column = f"{frame}[{condition.column.key}]{'.dt.year' if condition.year else ''}"
    return (
        f"({column} {condition.operator} {condition.literal})"
        if len(source.where) > 1
        else (f"{column} {condition.operator} {condition.literal}")
    )


def written(lines: list[str], *more: str) -> str:
    """Lines as one piece of code, the imports apart."""
    imports = sorted({line for line in lines if line.startswith(("import ", "from "))})
    body = [*(line for line in lines if line not in imports), *more]
    return "\n".join([*imports, "", *body] if imports else body)


def repeated(source: Source, frame: str) -> str:
    """Which rows repeat an earlier one; lists and dicts are compared by their text."""
    nested = any(column.nested for column in source.table.columns)
    return f"{frame}.astype(str).duplicated()" if nested else f"{frame}.duplicated()"


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
        f"{holes} = {frame}.isna().sum()",
        f'print("missing cells:", {holes}.sum(), "rows with any:", {frame}.isna().any(axis=1).sum())',
        f'print({holes}[{holes} > 0].sort_values(ascending=False).to_frame("missing").to_string())',
    )


def missing_in(source: Source, columns: tuple[Column, ...]) -> str:
    """The missing values of some columns."""
    lines, frame = opening(source)
    return written(
        lines,
        f'print("rows:", len({frame}))',
        f'print({frame}[{keys(columns)}].isna().sum().to_frame("missing").to_string())',
    )


def duplicates(source: Source) -> str:
    """Rows that repeat an earlier one."""
    lines, frame = opening(source)
    return written(lines, f'print("rows:", len({frame}), "repeated rows:", {repeated(source, frame)}.sum())')


def head(source: Source, rows: int) -> str:
    """The first rows."""
    lines, frame = opening(source)
    return written(lines, f"print({frame}.head({rows}).to_string())")


def numbers(source: Source, columns: tuple[Column, ...]) -> str:
    """Count, mean, spread and quartiles of numeric columns."""
    lines, frame = opening(source)
    return written(lines, f"print({frame}[{keys(columns)}].describe().T.to_string())")


def counts(source: Source, column: Column, limit: int) -> str:
    """The most frequent values of a column with their share of all rows."""
    lines, frame = opening(source)
    name = source.fresh("counts")
    return written(
        lines,
        f"{name} = {frame}[{column.key}].value_counts()",
        f'print("rows:", len({frame}), "distinct:", len({name}), "missing:", {frame}[{column.key}].isna().sum())',
        f'print({name}.to_frame("rows").assign(percent=100 * {name} / len({frame})).head({limit}).to_string())',
    )


def statistic(source: Source, columns: tuple[Column, ...], statistic: str) -> str:
    """One statistic of some columns, and how many values it comes from."""
    lines, frame = opening(source)
    return written(lines, f'print({frame}[{keys(columns)}].agg(["{statistic}", "count"]).T.to_string())')


def grouped(source: Source, columns: tuple[Column, ...], by: Column, statistic: str, descending: bool) -> str:
    """One statistic in each group: of one column with the count of its values, or of several columns."""
    lines, frame = opening(source)
    key = by.key if by.title not in (statistic, "count") else f'{frame}[{by.key}].rename("group")'
    groups = f"{frame}.groupby({key}{', observed=True' if by.categorical else ''})"
    if len(columns) > 1:
        return written(lines, f"print({groups}[{keys(columns)}].{statistic}().to_string())")
    order = "" if by.role in ("number", "time") else f'.sort_values("{statistic}", ascending={not descending})'
    calls = (f'[{columns[0].key}].agg(["{statistic}", "count"])', *([order] if order else []), ".to_string()")
    return written(lines, chain(groups, *calls, inside="print"))


def largest(source: Source, column: Column, rows: int, descending: bool, shown: tuple[Column, ...]) -> str:
    """The rows with the largest or smallest values."""
    lines, frame = opening(source)
    others = tuple(other for other in shown if other.name != column.name)
    order = f"{frame}.sort_values({column.key}, ascending={not descending}).head({rows})"
    return written(lines, f"print({order}[{keys((*others, column))}].to_string())")


def distinct_counts(source: Source, columns: tuple[Column, ...]) -> str:
    """How many distinct values columns have."""
    lines, frame = opening(source)
    return written(lines, f'print({frame}[{keys(columns)}].nunique().to_frame("distinct").to_string())')


def correlation(source: Source, first: Column, second: Column) -> str:
    """Pearson's r of two columns over the rows that have both."""
    lines, frame = opening(source)
    pair = source.fresh("pair")
    return written(
        lines,
        f"{pair} = {frame}[{keys((first, second))}].dropna()",
        f'print("rows with both:", len({pair}), "r:", round({pair}[{first.key}].corr({pair}[{second.key}]), 6))',
    )


def correlations(source: Source, columns: tuple[Column, ...]) -> str:
    """The ten pairs of columns with the largest absolute correlation."""
    lines, frame = opening(source, "import numpy as np")
    r, pairs = source.fresh("r"), source.fresh("pairs")
    return written(
        lines,
        f"{r} = {frame}[{keys(columns)}].corr()",
        f"{pairs} = {r}.where(np.triu(np.ones({r}.shape, dtype=bool), k=1)).stack().dropna()",
        f"{pairs} = {pairs}.sort_values(key=abs, ascending=False)",
        f'print("pairs:", len({pairs}))',
        f'print("\\n".join(f"{{value:+.4f}}  {{a!r}} and {{b!r}}" for (a, b), value in {pairs}.head(10).items()))',
    )


def trend(source: Source, time: Column, period: str, column: Column | None, statistic: str) -> str:
    """One statistic, or the number of rows, in each period."""
    lines, frame = opening(source)
    groups = f"{frame}.groupby({time_key(frame, time, period)})"
    if column is None:
        return written(lines, f'print({groups}.size().to_frame("rows").to_string())')
    return written(lines, f'print({groups}[{column.key}].agg(["{statistic}", "count"]).to_string())')


def time_key(frame: str, time: Column, period: str) -> str:
    """What rows are grouped by: a column that already holds periods, or a date cut down to one."""
    if not period:
        return time.key
    column = f"{frame}[{time.key}]"
    if period == "quarter":
        return f'{column}.dt.strftime("%Y-Q") + {column}.dt.quarter.astype("Int64").astype("string")'
    return f'{column}.dt.strftime("{TIME_FORMATS[period]}")'
