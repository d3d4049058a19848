"""pyarrow's tables, record batches and chunked arrays as Frames. Imported when the first one is described."""

from __future__ import annotations

from typing import Any

from .arrow_types import arrow, arrow_family, type_text
from .facts import Study
from .frames import Frame
from .identity import is_a
from .library_column import ArrowColumn
from .numbers import memory

__all__ = ["arrow_column", "arrow_frame"]


def arrow_frame(value: Any) -> Frame:
    """A pyarrow table as a :class:`Frame`; columns are taken by position, since names may come twice."""
    if is_a(value, "pyarrow.ChunkedArray"):
        return _frame("pyarrow.ChunkedArray", len(value), [""], [value], value, single=True)
    name = "pyarrow.Table" if is_a(value, "pyarrow.Table") else "pyarrow.RecordBatch"
    return _frame(name, value.num_rows, list(value.schema.names), value.columns, value)


def arrow_column(values: Any) -> ArrowColumn:
    """An Arrow array as a column; of dictionaries the values they stand for."""
    if values.type == arrow().string_view():  # of which Arrow can't take some rows
        values = values.cast(arrow().large_string())
    family, kind = arrow_family(values.type), values.type
    if not arrow().types.is_dictionary(kind) or family == "opaque":
        return ArrowColumn(values, family)
    chunks = values.chunks if is_a(values, "pyarrow.ChunkedArray") else [values]
    if family == "text" and not any(chunk.dictionary.null_count for chunk in chunks):
        return ArrowColumn(values, family, lambda codes: codes.cast(kind.value_type))
    return ArrowColumn(values.cast(kind.value_type), family)


def _frame(kind: str, rows: int, names: list[Any], columns: list[Any], value: Any, *, single: bool = False) -> Frame:
    types = [type_text(column.type) for column in columns]
    return Frame(
        kind,
        rows,
        names,
        types,
        column=lambda place: arrow_column(columns[place]),
        size=lambda: memory(value.nbytes),
        index=_no_index,
        single=single,
    )


def _no_index(study: Study) -> str:
    return ""
