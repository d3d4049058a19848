"""What is the same for every table that is not in memory: whether it can be asked where it is, and reading in a part.

Imports no data library; ``code_lazy`` and ``code_dask`` write the questions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec

from . import code_pandas, code_polars
from .code_pandas import keys
from .source import Source
from .tables import Column, quoted

__all__ = ["or_read_in", "read_in", "speaks"]

_Terms = ParamSpec("_Terms")
#: What leaves only some columns of a table, by how it is then read in.
_ONLY: dict[str, Callable[[tuple[Column, ...]], str]] = {
    ".collect()": lambda columns: f".select({keys(columns)})",
    ".compute()": lambda columns: f"[{keys(columns)}]",
    ".df()": lambda columns: f".project({quoted(', '.join(_sql(column.name) for column in columns))})",
    ".to_pandas()": lambda columns: f".select({keys(columns)})",
    ".toPandas()": lambda columns: f".select({keys(columns)})",
}


def _sql(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def speaks(source: Source) -> bool:
    """Whether a source can be asked where it is: it is lazy, and no column is read as something else or has no name."""
    return bool(source.table.engine) and not source.casts and not any(column.label for column in source.table.columns)


def read_in(source: Source, columns: tuple[Column, ...]) -> Source:
    """The source with no more than some columns read in, and those its rows are chosen by."""
    table = source.table
    wanted = tuple(dict.fromkeys((*columns, *(condition.column for condition in source.where))))
    only = _ONLY.get(table.convert)
    if not table.engine or only is None or not columns or any(column.label for column in wanted):
        return source
    return replace(source, table=replace(table, convert=only(wanted) + table.convert))


def or_read_in(write: Callable[Concatenate[Source, _Terms], str]) -> Callable[Concatenate[Source, _Terms], str]:
    """A piece of code for a table where it is; where that can't be, the same piece on the columns it takes, read in."""

    @wraps(write)
    def written_either_way(source: Source, /, *terms: _Terms.args, **more: _Terms.kwargs) -> str:
        code = write(source, *terms, **more) if speaks(source) else ""
        if code:
            return code
        columns: list[Column] = []
        for term in terms:
            columns += [term] if isinstance(term, Column) else term if isinstance(term, tuple) else ()
        module = code_polars if source.table.library == "polars" else code_pandas
        return str(getattr(module, write.__name__)(read_in(source, tuple(columns)), *terms, **more))

    return written_either_way
