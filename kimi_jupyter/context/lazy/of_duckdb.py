"""DuckDB's relations: their columns, and in full detail their SQL. No row is counted: that is a query.

A relation's connection may be busy with a query of another thread, so even its columns are asked for under a limit.
"""

from __future__ import annotations

import re
from typing import Any

from ..outline import Field, Outline
from ..terms import Terms
from .asked import asked

__all__ = ["duckdb_outline"]

_LEVELS = "ENUM("  # what a type's categories come after
_LISTS = re.compile(r"\)((?:\[\d*\])*)$")
#: A name that DuckDB made up, another one each time.
_MADE_UP = re.compile(r"_[0-9a-f]{12,}")
_LONGEST = 300


def duckdb_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a ``DuckDBPyRelation``."""
    found, why = asked("schema", lambda: _known(value, terms), terms)
    if found is None:
        return Outline("duckdb.DuckDBPyRelation", said=("not computed", *why))
    fields, alias, sql = found
    said = (f"named {terms.quoted(alias, 60)}",) if alias and _MADE_UP.search(alias) is None else ()
    short = sql and len(sql) <= _LONGEST and _MADE_UP.search(sql) is None
    lines = (f"SQL: {terms.plain(sql, _LONGEST)}",) if short else ()
    return Outline("duckdb.DuckDBPyRelation", fields, said=(*said, "not computed"), lines=lines)


def _known(value: Any, terms: Terms) -> tuple[list[Field], str, str]:
    """Columns, name and query; the query, which may hold values, only in full detail."""
    fields = [Field(name, _type(kind)) for name, kind in zip(value.columns, value.types, strict=True)]
    return fields, str(value.alias), str(value.sql_query()) if terms.detail == "sample" else ""


def _type(kind: Any) -> str:
    """A type without the categories of an enumeration, which are values."""
    head, found, rest = str(kind).partition(_LEVELS)
    if not found:
        return head
    lists = _LISTS.search(rest)
    return f"{head}ENUM{'…' if head else lists[1] if lists else ''}"
