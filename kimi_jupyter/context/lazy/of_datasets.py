"""Hugging Face's datasets: features, rows and labels. They are memory-mapped files: no row is read."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..facts import Facts
from ..identity import class_name, is_a
from ..outline import Field, Outline
from ..sizes import counted
from ..terms import Terms

__all__ = ["datasets_outline"]

_LABELS = 30
_LISTS = ("datasets.List", "datasets.Sequence", "datasets.LargeList")
_DEPTH = 3


def datasets_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a dataset, a stream of one, or its splits."""
    if is_a(value, "datasets.DatasetDict", "datasets.IterableDatasetDict"):
        return _splits(value, terms)
    if is_a(value, "datasets.IterableDataset"):
        return Outline("datasets.IterableDataset", _fields(value.features, None, terms), said=("not consumed",))
    rows = int(value.num_rows)
    return Outline("datasets.Dataset", _fields(value.features, rows, terms), rows, said=("rows not read",))


def _splits(value: Any, terms: Terms) -> Outline:
    lines = []
    for name, split in dict.items(value):
        text = f"- split {terms.quoted(str(name), 40)}"
        if is_a(split, "datasets.Dataset"):
            text += f": {counted(split.num_rows, 'row')} × {counted(len(split.column_names), 'column')}"
        lines.append(text)
    return Outline(f"datasets.{class_name(type(value)).rpartition('.')[2]}", said=(), lines=tuple(lines))


def _fields(features: Any, rows: int | None, terms: Terms) -> list[Field] | None:
    """Columns by their features; ``None`` where a stream does not know them yet."""
    if features is None:
        return None
    return [Field(name, _type(feature), partial(_labels, feature, rows, terms)) for name, feature in features.items()]


def _type(feature: Any, depth: int = _DEPTH) -> str:
    if is_a(feature, "datasets.Value"):
        return str(feature.dtype)
    if type(feature) is dict:
        return "struct of " + ", ".join(map(str, feature)) if depth else "struct"
    if is_a(feature, *_LISTS) and depth:
        return f"list of {_type(feature.feature, depth - 1)}"
    return class_name(type(feature)).rpartition(".")[2]


def _labels(feature: Any, rows: int | None, terms: Terms) -> Facts:
    """The names that the numbers of a class label stand for."""
    if not is_a(feature, "datasets.ClassLabel") or not feature.names:
        return Facts(0)
    names = [f"{place} = {terms.quoted(str(name), 40)}" for place, name in enumerate(feature.names[:_LABELS])]
    more = [f"{len(feature.names) - _LABELS} more"] if len(feature.names) > _LABELS else []
    return Facts(rows or 1, notes=(f"labels {'; '.join([*names, *more])}",))
