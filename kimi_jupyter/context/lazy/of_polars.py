"""polars' lazy frames and expressions. The plan is not told: to print it may take as long as to optimise it."""

from __future__ import annotations

from typing import Any

from ..identity import is_a
from ..narwhals_frame import dtype_text
from ..outline import Field, Outline
from ..terms import Terms
from .asked import answer, asked

__all__ = ["polars_outline"]

_NAMES = 8


def polars_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a polars ``LazyFrame`` or ``Expr``."""
    if is_a(value, "polars.Expr"):
        return _expression(value, terms)
    schema, why = asked("schema", value.collect_schema, terms)
    if schema is None:
        return Outline("polars.LazyFrame", said=("not computed", *why))
    return Outline("polars.LazyFrame", [Field(name, dtype_text(dtype)) for name, dtype in schema.items()])


def _expression(value: Any, terms: Terms) -> Outline:
    """The column an expression makes and those it reads; not its text, which holds values and may print objects."""
    makes, reads = answer(lambda: _columns(value.meta), terms) or (None, [])
    said = ["not computed"]
    if makes is not None:
        said.append(f"makes column {terms.quoted(makes, 60)}")
    if reads:
        more = ", …" if len(reads) > _NAMES else ""
        said.append(f"from {', '.join(terms.quoted(name, 60) for name in reads[:_NAMES])}{more}")
    return Outline("polars.Expr", said=tuple(said))


def _columns(meta: Any) -> tuple[str | None, list[str]]:
    return meta.output_name(raise_if_undetermined=False), list(dict.fromkeys(meta.root_names()))
