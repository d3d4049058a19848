"""SQLAlchemy's tables, columns and statements: what they declare. No database is asked, no statement is compiled."""

from __future__ import annotations

from typing import Any

from ..identity import class_name, is_a
from ..outline import Field, Outline
from ..terms import Terms
from .asked import asked

__all__ = ["sqlalchemy_outline"]

_SIZES = ("length", "precision", "scale")
_TABLES = 12


def sqlalchemy_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a table, a statement, a column or the metadata of a database."""
    kind = f"sqlalchemy.{class_name(type(value)).rpartition('.')[2]}"
    if is_a(value, "sqlalchemy.MetaData"):
        return _metadata(kind, value, terms)
    if is_a(value, "sqlalchemy.Column"):
        return Outline(kind, [_field(value, terms)], said=_of_table(value, terms), single=True)
    columns, why = asked("columns", lambda: [_field(column, terms) for column in _columns(value)], terms)
    if is_a(value, "sqlalchemy.Table"):
        return Outline(kind, columns, said=(f"named {terms.quoted(str(value.name), 60)}", "rows not read", *why))
    return Outline(kind, columns, said=("not run", *why))


def _columns(value: Any) -> list[Any]:
    if is_a(value, "sqlalchemy.Select", "sqlalchemy.CompoundSelect"):
        return list(value.selected_columns)
    return list(value.columns)


def _of_table(column: Any, terms: Terms) -> tuple[str, ...]:
    table = column.table
    return (f"of table {terms.quoted(str(table.name), 60)}",) if is_a(table, "sqlalchemy.Table") else ()


def _metadata(kind: str, value: Any, terms: Terms) -> Outline:
    tables = list(value.tables.values())
    lines = []
    for table in tables[:_TABLES]:
        names = [terms.quoted(str(column.name), 60) for column in table.columns]
        lines.append(f"- table {terms.quoted(str(table.name), 60)}: {', '.join(names)}")
    said = f"{len(tables)} tables" if len(tables) != 1 else "1 table"
    more = (f"… {len(tables) - _TABLES} more tables",) if len(tables) > _TABLES else ()
    return Outline(kind, said=(said,), lines=(*lines, *more))


def _field(column: Any, terms: Terms) -> Field:
    """A column with its type and keys; they are what it declares, so they stand with the type."""
    told = [_type(getattr(column, "type", None))]
    if getattr(column, "primary_key", False):
        told.append("primary key")
    keys = getattr(column, "foreign_keys", ()) if is_a(column, "sqlalchemy.Column") else ()
    told += sorted(f"→ {terms.plain(str(key.target_fullname), 60)}" for key in keys)
    return Field(str(getattr(column, "name", "")), ", ".join(told))


def _type(kind: Any) -> str:
    """A type by its class and size; its own words may be a user's code, and an enumeration's are values."""
    name = class_name(type(kind))
    if not name.startswith("sqlalchemy."):
        return name
    sizes = [vars(kind).get(size) for size in _SIZES]
    told = ", ".join(str(size) for size in sizes if type(size) is int)
    short = name.rpartition(".")[2]
    return f"{short}({told})" if told and short != "Enum" else short
