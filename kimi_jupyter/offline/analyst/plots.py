"""Writes plots: plain matplotlib over a pandas or polars frame.

Imports no data library. Labels are written as source, with ``$`` escaped, since matplotlib would read maths in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import code_dask, code_lazy, code_pandas, code_polars
from .code_pandas import written
from .lazily import read_in, speaks
from .source import Source
from .tables import Column, quoted

__all__ = ["bars", "boxes", "histogram", "line", "scatter"]

_PLT = "import matplotlib.pyplot as plt"
_BINS = 30


def _label(name: str) -> str:
    return quoted(name.replace("$", r"\$"))


def _text(label: str, by: Column) -> str:
    """A group's label as text in source; ``$`` is escaped unless all values are known to have none."""
    known = by.distinct is not None and by.distinct == len(by.top)
    if known and not any("$" in value for value in by.samples):
        return f"str({label})"
    return rf'str({label}).replace("$", r"\$")'


def _polars(source: Source) -> bool:
    return source.table.library == "polars"


def _opening(source: Source, *columns: Column | None) -> tuple[list[str], str, str]:
    """The first lines, the frame, and the axes' name; of a lazy one only the columns that are drawn are read in."""
    source = read_in(source, tuple(column for column in columns if column is not None))
    lines, frame = (code_polars if _polars(source) else code_pandas).opening(source, _PLT)
    ax = source.fresh("ax")
    return [*lines, f"{source.fresh('fig')}, {ax} = plt.subplots()"], frame, ax


@dataclass(frozen=True, slots=True)
class _Asked:
    """What figures are asked of: the first lines, the frame and the axes' name; then how columns are named in a query.

    ``module`` is what has ``col``, ``""`` for pandas; ``ending`` reads a query's rows.
    """

    lines: list[str]
    frame: str
    ax: str
    module: str
    ending: tuple[str, ...] = ()


def _asked(source: Source, lazily: bool, *columns: Column | None) -> _Asked:
    if lazily and source.table.engine == "dask":
        lines, frame = code_dask.opening(source, _PLT)
        ax = source.fresh("ax")
        return _Asked([*lines, f"{source.fresh('fig')}, {ax} = plt.subplots()"], frame, ax, "", (".compute()",))
    if lazily:
        ax = source.fresh("ax")
        first = [_PLT, "import narwhals as nw", f"{source.fresh('fig')}, {ax} = plt.subplots()"]
        return _Asked(first, code_lazy.opening(source), ax, "nw", (code_lazy.collected(source.table),))
    lines, frame, ax = _opening(source, *columns)
    if not _polars(source):
        return _Asked(lines, frame, ax, "")
    return _Asked(["import polars as pl", *lines], frame, ax, "pl")


def _present(source: Source, column: str) -> str:
    return f"{column}.drop_nulls()" if _polars(source) else f"{column}.dropna()"


def _closing(ax: str, x: str, y: str, title: str) -> list[str]:
    return [f"{ax}.set(xlabel={_label(x)}, ylabel={_label(y)}, title={_label(title)})", "plt.show()"]


def _groups(source: Source, frame: str, by: Column) -> tuple[str, str, str]:
    """The groups to loop over, with the names of a group's label and of its rows."""
    label, rows = source.fresh("group"), source.fresh("part")
    if _polars(source):
        return (
            f"({label},), {rows} in {frame}.drop_nulls({by.key}).group_by({by.key}, maintain_order=True)",
            label,
            rows,
        )
    return f"{label}, {rows} in {frame}.groupby({by.key}{', observed=True' if by.categorical else ''})", label, rows


def histogram(source: Source, column: Column) -> str:
    """How the values of a numeric column spread."""
    lines, frame, ax = _opening(source, column)
    values = _present(source, f"{frame}[{column.key}]")
    return written(
        lines,
        f"{ax}.hist({values}, bins={_BINS})",
        *_closing(ax, column.name, "rows", f"Distribution of {column.name}"),
    )


def scatter(source: Source, x: Column, y: Column, by: Column | None) -> str:
    """Two numeric columns against each other, coloured by a third."""
    lines, frame, ax = _opening(source, x, y, by)
    title = f"{y.name} against {x.name}"
    if by is None:
        return written(
            lines,
            f"{ax}.scatter({frame}[{x.key}], {frame}[{y.key}], s=14, alpha=0.7)",
            *_closing(ax, x.name, y.name, title),
        )
    loop, label, rows = _groups(source, frame, by)
    return written(
        lines,
        f"for {loop}:",
        f"    {ax}.scatter({rows}[{x.key}], {rows}[{y.key}], s=14, alpha=0.7, label={_text(label, by)})",
        f"{ax}.legend(title={_label(by.name)})",
        *_closing(ax, x.name, y.name, title),
    )


def boxes(source: Source, column: Column, by: Column) -> str:
    """The spread of a numeric column in each group."""
    lines, frame, ax = _opening(source, column, by)
    loop, label, rows = _groups(source, frame, by)
    parts = source.fresh("parts")
    return written(
        lines,
        f"{parts} = {{str({label}): {_present(source, f'{rows}[{column.key}]')} for {loop}}}",
        f"{ax}.boxplot(list({parts}.values()))",
        f"{ax}.set_xticks(range(1, len({parts}) + 1), [{_text('text', by)} for text in {parts}])",
        *_closing(ax, by.name, column.name, f"{column.name} by {by.name}"),
    )


def bars(source: Source, column: Column | None, by: Column, statistic: str) -> str:
    """One statistic in each group, or the number of rows, as bars; the thirty longest."""
    asked = _asked(source, speaks(source), column, by)
    lines, frame, ax = asked.lines, asked.frame, asked.ax
    name = source.fresh("bars")
    if table := asked.module:
        wanted = f"{table}.len()" if column is None else f"{table}.col({column.key}).{statistic}()"
        calls = (
            f".drop_nulls({by.key})",
            f'.group_by({table}.col({by.key}).alias("group"))',
            f'.agg({wanted}.alias("height"))',
            f'.sort("height", descending=True).head({_BINS})',
            *asked.ending,
        )
        lines.append(f"{name} = {code_pandas.chain(frame, *calls)}")
        labels, heights = f'{name}["group"]', f'{name}["height"]'
    else:
        observed = ", observed=True" if by.categorical else ""
        groups = f"{frame}.groupby({by.key}{observed})"
        value = ".size()" if column is None else f"[{column.key}].{statistic}()"
        calls = (value, *asked.ending, f".sort_values(ascending=False).head({_BINS})")
        lines.append(f"{name} = {code_pandas.chain(groups, *calls)}")
        labels, heights = f"{name}.index", name
    y = "rows" if column is None else f"{statistic} of {column.name}"
    return written(
        lines,
        f"{ax}.bar([{_text('label', by)} for label in {labels}], {heights})",
        f'{ax}.tick_params(axis="x", rotation=45)',
        *_closing(ax, by.name, y, f"{y} by {by.name}"),
    )


def line(source: Source, time: Column, period: str, column: Column | None, statistic: str) -> str:
    """One statistic, or the number of rows, over time."""
    lazily = code_lazy.time_key(time, period) if speaks(source) else ""
    asked = _asked(source, bool(lazily), time, column)
    lines, frame, ax = asked.lines, asked.frame, asked.ax
    name = source.fresh("series")
    if table := asked.module:
        wanted = f"{table}.len()" if column is None else f"{table}.col({column.key}).{statistic}()"
        key = lazily or code_polars.time_key(time, period)
        calls = (
            f".drop_nulls({time.key})",
            f'.group_by({key}.alias("period"))',
            f'.agg({wanted}.alias("value"))',
            '.sort("period")',
            *asked.ending,
        )
        lines.append(f"{name} = {code_pandas.chain(frame, *calls)}")
        x, y = f'{name}["period"]', f'{name}["value"]'
    else:
        groups = f"{frame}.groupby({code_pandas.time_key(frame, time, period)})"
        value = ".size()" if column is None else f"[{column.key}].{statistic}()"
        ordered = (*asked.ending, ".sort_index()") if asked.ending else ()
        lines.append(f"{name} = {code_pandas.chain(groups, value, *ordered)}")
        x, y = f"{name}.index", name
    label = "rows" if column is None else f"{statistic} of {column.name}"
    return written(
        lines,
        f'{ax}.plot({x}, {y}, marker="o")',
        f"{ax}.xaxis.set_major_locator(plt.MaxNLocator(12))"
        if period
        else f"{ax}.xaxis.set_major_locator(plt.MaxNLocator(integer=True))",
        f'{ax}.tick_params(axis="x", rotation=45)',
        *_closing(ax, time.name, label, f"{label} over time"),
    )
