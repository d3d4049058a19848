"""DuckDB's relations: their columns, and in full detail their SQL. No row is counted: that is a query.

A relation's connection may be busy with a query of another thread, so even its columns are asked for under a limit.
"""

from __future__ import annotations

import re
from typing import Any

from ..outline import Field, Outline
from ..terms import Terms
from .asked import answer, asked

__all__ = ["duckdb_outline"]

_LEVELS = "ENUM("  # what a type's categories come after
_LISTS = re.compile(r"\)((?:\[\d*\])*)$")
#: A name that DuckDB made up, another one each time.
_MADE_UP = re.compile(r"_[0-9a-f]{12,}")
_LONGEST = 300


def duckdb_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a ``DuckDBPyRelation``."""
    schema, why = asked("schema", lambda: (value.columns, value.types))
    fields = [Field(name, _type(kind)) for name, kind in zip(*schema, strict=True)] if schema else None
    alias = answer(lambda: value.alias)
    named = type(alias) is str and _MADE_UP.search(alias) is None
    said = (f"named {terms.quoted(alias, 60)}",) if alias and named else ()
    return Outline("duckdb.DuckDBPyRelation", fields, said=(*said, "not computed", *why), lines=_sql(value, terms))


def _sql(value: Any, terms: Terms) -> tuple[str, ...]:
    """The query, which may hold values, if it is short."""
    if terms.detail != "sample":
        return ()
    sql = answer(value.sql_query)
    if type(sql) is not str or len(sql) > _LONGEST or _MADE_UP.search(sql):
        return ()
    return (f"SQL: {terms.plain(sql, _LONGEST)}",)


def _type(kind: Any) -> str:
    """A type without the categories of an enumeration, which are values."""
    head, found, rest = str(kind).partition(_LEVELS)
    if not found:
        return head
    lists = _LISTS.search(rest)
    return f"{head}ENUM{'…' if head else lists[1] if lists else ''}"
