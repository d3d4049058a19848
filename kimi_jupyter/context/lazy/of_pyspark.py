"""Spark's frames and columns, of the classic session and of Spark Connect. The schema is asked of the driver or the
server, whose analyser knows it; no job is started."""

from __future__ import annotations

from typing import Any

from ..identity import class_name, is_a
from ..outline import Field, Outline
from ..pandas_frame import dtype_text
from ..terms import Terms
from .asked import answer, asked

__all__ = ["FRAMES", "pyspark_outline"]

FRAMES = (
    "pyspark.sql.classic.dataframe.DataFrame",
    "pyspark.sql.connect.dataframe.DataFrame",
    "pyspark.sql.dataframe.DataFrame",
)


def pyspark_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a Spark frame or column, or of a frame of ``pyspark.pandas``."""
    if is_a(value, *FRAMES):
        return _frame(value, terms)
    path = class_name(type(value))
    if path.startswith("pyspark.pandas."):
        return _pandas_like(value, terms, single=path.endswith(".Series"))
    return Outline("pyspark.RDD" if path.endswith(".RDD") else "pyspark.sql.Column")


def _frame(value: Any, terms: Terms) -> Outline:
    fields, why = asked(
        "schema", lambda: [Field(field.name, field.dataType.simpleString()) for field in value.schema.fields], terms
    )
    said = ["of Spark Connect"] if ".connect." in class_name(type(value)) else []
    if not why and answer(lambda: value.isStreaming, terms):
        said.append("streaming")
    return Outline("pyspark.sql.DataFrame", fields, said=(*said, "not computed", *why))


def _pandas_like(value: Any, terms: Terms, *, single: bool) -> Outline:
    fields, why = asked("schema", lambda: _labelled(value, single=single), terms)
    kind = f"pyspark.pandas.{'Series' if single else 'DataFrame'}"
    return Outline(kind, fields, said=("not computed", *why), single=single)


def _labelled(value: Any, *, single: bool) -> list[Field]:
    if single:
        return [Field(value.name, dtype_text(value.dtype))]
    pairs = zip(value.columns.tolist(), value.dtypes.tolist(), strict=True)
    return [Field(label, dtype_text(dtype)) for label, dtype in pairs]
