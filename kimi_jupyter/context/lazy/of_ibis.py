"""ibis' expressions. Their schema is known without a query; in interactive mode too, since nothing is printed."""

from __future__ import annotations

from typing import Any

from ..identity import loaded, mro
from ..outline import Field, Outline
from ..terms import Terms
from .asked import answer, asked

__all__ = ["ibis_outline"]

_TABLE = "ibis.expr.types.relations.Table"
_COLUMN = "ibis.expr.types.generic.Column"
_STORED = "ibis.expr.operations.relations.PhysicalTable"
_IN_MEMORY = "ibis.expr.operations.relations.InMemoryTable"
_NAMES = 6


def ibis_outline(value: Any, terms: Terms) -> Outline:
    """What is known of an ibis table, column or scalar."""
    step = answer(lambda: type(value.op()).__name__)
    said = [f"made by {step}"] if step else []
    if sources := answer(lambda: _sources(value, terms)):
        said.append(f"from {sources}")
    if _extends(value, _TABLE):
        schema, why = asked("schema", lambda: [(name, str(kind)) for name, kind in value.schema().items()])
        fields = None if schema is None else [Field(name, kind) for name, kind in schema]
        return Outline("ibis.Table", fields, said=(*said, "not computed", *why))
    # A name that was not given is the plan in words, with the values in it.
    named = step in ("Field", "Alias") or terms.detail == "sample"
    column, why = asked("type", lambda: Field(value.get_name() if named else None, str(value.type())))
    kind = "ibis.Column" if _extends(value, _COLUMN) else "ibis.Scalar"
    return Outline(kind, None if column is None else [column], said=(*said, "not computed", *why), single=True)


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
