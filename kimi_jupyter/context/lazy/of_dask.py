"""dask's collections. What they are made of is read; partitions are told only where that computes nothing.

To ask ``set_index`` for its divisions runs the whole computation before it, and a parquet reader lists its files.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from ..identity import class_name, is_a, loaded, mro
from ..outline import Field, Outline
from ..pandas_frame import dtype_text
from ..scalars import scalar
from ..sizes import counted
from ..terms import Terms
from .asked import answer, asked

__all__ = ["dask_outline"]

_EXPRESSIONS = ("dask.dataframe.dask_expr._expr", "dask_expr._expr")  # the latter before dask 2025
_FRAMES = ("DataFrame", "Series", "Index")
_SOURCES = ("FromPandas", "FromMap")  # they know their partitions
_STEPS = 200  # of a plan that are looked at


def dask_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a dask collection."""
    if is_a(value, "dask.array.Array"):
        return _array(value)
    if is_a(value, "dask.bag.Bag"):
        return Outline("dask.bag.Bag", said=(counted(value.npartitions, "partition"), "not computed"))
    name = class_name(type(value)).rpartition(".")[2]
    if name in _FRAMES:
        return _frame(name, value, terms)
    return Outline(f"dask.dataframe.{name}" if name == "Scalar" else "dask.delayed.Delayed")


def _frame(name: str, value: Any, terms: Terms) -> Outline:
    single = name != "DataFrame"
    fields, why = asked("schema", lambda: _fields(value, single=single), terms)
    plan = answer(lambda: _plan(value, terms), terms) if fields else None
    rows, said, lines = plan or (None, (), ())
    return Outline(f"dask.dataframe.{name}", fields, rows, (*said, "not computed", *why), lines, single=single)


def _fields(value: Any, *, single: bool) -> list[Field]:
    if single:
        return [Field(value.name, dtype_text(value.dtype))]
    return [
        Field(label, dtype_text(dtype))
        for label, dtype in zip(value.columns.tolist(), value.dtypes.tolist(), strict=True)
    ]


def _plan(value: Any, terms: Terms) -> tuple[int | None, tuple[str, ...], tuple[str, ...]]:
    """Rows if they are known; the last step and the partitions; what the index of the partitions is divided by."""
    top = value.expr
    said = [f"made by {class_name(type(top)).rpartition('.')[2]}"]
    steps = list(islice(top.walk(), _STEPS + 1))
    if len(steps) > _STEPS or not all(_is_plain(step) for step in steps):
        return None, tuple(said), ()
    divisions = value.divisions
    said.append(counted(len(divisions) - 1, "partition"))
    rows = _rows(top) if all(_keeps_rows(step) for step in steps) else None
    return rows, tuple(said), _divided(divisions, terms)


def _divided(divisions: tuple[Any, ...], terms: Terms) -> tuple[str, ...]:
    ends = [scalar(divisions[place], terms, 32) for place in (0, -1)]
    if terms.detail == "schema" or divisions[0] is None or None in ends:
        return ()
    return (f"partitions by index, {ends[0]} … {ends[1]}",)


def _is_plain(step: Any) -> bool:
    """Whether this step of a plan has the partitions of the one before, or is a source that knows its own."""
    return _is_source(step) or (_extends(step, "Blockwise") and not _extends(step, "PartitionsFiltered"))


def _keeps_rows(step: Any) -> bool:
    return _is_source(step) or _extends(step, "Elemwise")


def _is_source(step: Any) -> bool:
    return class_name(type(step)).rpartition(".")[2] in _SOURCES


def _extends(step: Any, name: str) -> bool:
    bases = [loaded(f"{module}.{name}") for module in _EXPRESSIONS]
    return any(one is base for base in bases for one in mro(type(step)))


def _rows(top: Any) -> int | None:
    """Rows of the one frame in memory that all of it is made from."""
    sources = [step for step in top.walk() if _is_source(step)]
    if len(sources) != 1 or class_name(type(sources[0])).rpartition(".")[2] != "FromPandas":
        return None
    return len(sources[0].frame)


def _array(value: Any) -> Outline:
    shape = "(" + ", ".join(map(str, value.shape)) + ("," if value.ndim == 1 else "") + ")"
    pieces = 1
    for count in value.numblocks:
        pieces *= count
    return Outline(
        "dask.array.Array", said=(f"shape {shape}", str(value.dtype)[:60], counted(pieces, "chunk"), "not computed")
    )
