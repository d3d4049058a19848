"""Parquet files and Arrow's datasets: their schema, and what parquet footers say of rows, nulls and ranges.

A footer is read when the file is opened, so what it says is free. Of a dataset's files the footers are read under a
time limit, if they are few and on this machine. Readers and scanners are not consumed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import islice
from typing import Any

from ..arrow_types import type_text
from ..facts import Facts
from ..identity import class_name, is_a
from ..outline import Field, Outline
from ..scalars import scalar
from ..shapes import looks_ordered
from ..sizes import counted
from ..terms import Terms
from .asked import answer

__all__ = ["pyarrow_outline"]

_FILES = 16  # of a dataset, up to which footers are read
_GROUPS = 2_000  # row groups up to which their statistics are put together
_TEXT = 32


def pyarrow_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a parquet file, a dataset, a scanner or a reader of batches."""
    name = class_name(type(value)).rpartition(".")[2]
    if is_a(value, "pyarrow.RecordBatchReader"):
        return Outline("pyarrow.RecordBatchReader", _fields(value.schema), said=("not consumed",))
    if is_a(value, "pyarrow.dataset.Scanner"):
        return Outline("pyarrow.dataset.Scanner", _fields(value.projected_schema), said=("not run",))
    if is_a(value, "pyarrow.parquet.ParquetFile"):
        return _told("pyarrow.parquet.ParquetFile", value.schema_arrow, [value.metadata], terms, "not read")
    if is_a(value, "pyarrow.parquet.ParquetDataset"):
        footers = answer(lambda: _footers(value.fragments), terms) or []
        files = f"{counted(len(value.files), 'file')}"
        return _told("pyarrow.parquet.ParquetDataset", value.schema, footers, terms, files, "not read")
    return _dataset(f"pyarrow.dataset.{name}", value, terms)


def _dataset(kind: str, value: Any, terms: Terms) -> Outline:
    if not is_a(value, "pyarrow.dataset.FileSystemDataset"):
        return Outline(kind, _fields(value.schema), said=("not read",))
    files = f"{counted(len(value.files), 'file')} ({value.format.default_extname})"
    few = len(value.files) <= _FILES and is_a(value.filesystem, "pyarrow.fs.LocalFileSystem")
    footers = answer(lambda: _footers(value.get_fragments()), terms) if few else None
    return _told(kind, value.schema, footers or [], terms, files, "not read")


def _told(kind: str, schema: Any, footers: list[Any], terms: Terms, *said: str) -> Outline:
    """A table on disk with the footers of all of its files, or with none."""
    if not footers:
        return Outline(kind, _fields(schema), said=said)
    rows = sum(footer.num_rows for footer in footers)
    groups = sum(footer.num_row_groups for footer in footers)
    told = _statistics(footers, rows, terms) if groups <= _GROUPS else None
    return Outline(kind, _fields(schema, told), rows, said=said)


def _fields(schema: Any, told: Callable[[str], Facts] | None = None) -> list[Field]:
    if told is None:
        return [Field(field.name, type_text(field.type)) for field in schema]
    return [Field(field.name, type_text(field.type), partial(told, field.name)) for field in schema]


def _footers(fragments: Any) -> list[Any]:
    """The footers of a dataset's files; none unless all are parquet files that are read whole."""
    footers: list[Any] = []
    for fragment in islice(fragments, _FILES + 1):
        if not is_a(fragment, "pyarrow.dataset.ParquetFileFragment") or len(footers) == _FILES:
            return []
        footers.append(fragment.metadata)
        if footers[-1].num_row_groups != fragment.num_row_groups:
            return []
    return footers


def _statistics(footers: list[Any], rows: int, terms: Terms) -> Callable[[str], Facts]:
    """A function that gives what the footers say of a column."""
    places = [_flat(footer) for footer in footers]
    groups = [[footer.row_group(place) for place in range(footer.num_row_groups)] for footer in footers]

    @cache
    def told(name: str) -> Facts:
        if not rows or any(name not in place for place in places):
            return Facts(0)
        chunks = [group.column(place[name]) for place, some in zip(places, groups, strict=True) for group in some]
        return _merged([chunk.statistics for chunk in chunks], rows, terms)

    return told


def _flat(footer: Any) -> dict[str, int]:
    """Where each column that is not nested stands; names that come twice stand nowhere."""
    found: dict[str, int] = {}
    twice = set()
    for place in range(footer.num_columns):
        column = footer.schema.column(place)
        if column.path in found or column.path != column.name or column.max_repetition_level:
            twice.add(column.path)
        found[column.path] = place
    return {path: place for path, place in found.items() if path not in twice}


def _merged(statistics: list[Any], rows: int, terms: Terms) -> Facts:
    """The statistics of a column's chunks as those of the column; chunks without any leave it unknown."""
    if any(one is None or not one.has_null_count for one in statistics):
        return Facts(0)
    missing = sum(one.null_count for one in statistics)
    filled = [one for one in statistics if one.num_values]
    if not filled or not all(one.has_min_max for one in filled):
        return Facts(rows, missing)
    try:
        low, high = min(one.min for one in filled), max(one.max for one in filled)
    except (ValueError, OverflowError, TypeError):  # a moment that Python's datetime can't hold
        return Facts(rows, missing)
    told = _ends(low, high, terms)
    return Facts(rows, missing, low=told[0], high=told[1])


def _ends(low: Any, high: Any, terms: Terms) -> tuple[str, str]:
    """A range in words; of texts only where they are in an order that says something, of bytes and booleans none."""
    if type(low) is str:
        shown = (terms.plain(low, _TEXT), terms.plain(high, _TEXT)) if looks_ordered([low, high]) else ("", "")
    elif type(low) is bool or type(low) is bytes:
        shown = ("", "")
    else:
        shown = (scalar(low, terms, _TEXT) or "", scalar(high, terms, _TEXT) or "")
    return shown if all(shown) else ("", "")
