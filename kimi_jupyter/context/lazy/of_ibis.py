"""ibis' expressions. Their schema is known without a query; in interactive mode too, since nothing is printed."""

from __future__ import annotations

from typing import Any

from ..identity import loaded, mro
from ..outline import Field, Outline
from ..terms import Terms
from .asked import asked

__all__ = ["ibis_outline"]

_TABLE = "ibis.expr.types.relations.Table"
_COLUMN = "ibis.expr.types.generic.Column"
_STORED = "ibis.expr.operations.relations.PhysicalTable"
_IN_MEMORY = "ibis.expr.operations.relations.InMemoryTable"
_NAMES = 6


def ibis_outline(value: Any, terms: Terms) -> Outline:
    """What is known of an ibis table, column or scalar."""
    table = _extends(value, _TABLE)
    kind = "ibis.Table" if table else "ibis.Column" if _extends(value, _COLUMN) else "ibis.Scalar"
    found, why = asked("schema", lambda: (_fields(value, terms, table=table), _plan(value, terms)), terms)
    if found is None:
        return Outline(kind, said=("not computed", *why))
    fields, said = found
    return Outline(kind, fields, said=(*said, "not computed"), single=not table)


def _fields(value: Any, terms: Terms, *, table: bool) -> list[Field]:
    if table:
        return [Field(name, str(kind)) for name, kind in value.schema().items()]
    # A name that was not given is the plan in words, with the values in it.
    named = terms.detail == "sample" or type(value.op()).__name__ in ("Field", "Alias")
    return [Field(value.get_name() if named else None, str(value.type()))]


def _plan(value: Any, terms: Terms) -> list[str]:
    """The last step, and the tables that are read."""
    sources = _sources(value, terms)
    return [f"made by {type(value.op()).__name__}", *([f"from {sources}"] if sources else [])]


def _extends(value: Any, path: str) -> bool:
    base = loaded(path)
    return any(one is base for one in mro(type(value)))


def _sources(value: Any, terms: Terms) -> str:
    """The tables an expression reads, by name; those in memory have a random one."""
    memory, names = loaded(_IN_MEMORY), []
    for table in value.op().find(loaded(_STORED)):
        in_memory = any(one is memory for one in mro(type(table)))
        names.append("a table in memory" if in_memory else f"table {terms.quoted(str(table.name), 60)}")
    names = list(dict.fromkeys(names))
    return ", ".join(names[:_NAMES]) + (", …" if len(names) > _NAMES else "")
