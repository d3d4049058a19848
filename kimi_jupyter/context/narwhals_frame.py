"""Tables through narwhals: polars, modin, cuDF. The last is written by its documentation: it needs a GPU.

Imported when the first such table is described; narwhals itself imports no data library.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

import narwhals as nw

from .facts import Study
from .frames import Frame
from .identity import class_name
from .library_column import Family, NarwhalsColumn, PandasLikeColumn
from .numbers import memory
from .pandas_frame import dtype_text as pandas_text
from .text import cut, one_line

__all__ = ["dtype_text", "narwhals_frame"]

_TEXTS = (nw.String, nw.Categorical, nw.Enum)
_DEFAULTS = re.compile(r"time_unit=|, time_zone=None|time_zone=|'")
_LEVELS = "Enum("  # what its categories come after
_LONGEST = 60


def narwhals_frame(value: Any) -> Frame:
    """A table or column of an eager library as a :class:`Frame`."""
    library, _, name = class_name(type(value)).partition(".")
    single = name.endswith("Series")
    table = value.to_frame() if single else value
    if library == "polars":
        return _of_polars(table, single=single)
    frame = _of_pandas_kind("modin.pandas" if library == "modin" else library, table, single=single)
    return replace(frame, labels=[value.name]) if single else frame


def _of_polars(table: Any, *, single: bool) -> Frame:
    frame = nw.from_native(table, eager_only=True)
    names = frame.columns
    return Frame(
        "polars.Series" if single else "polars.DataFrame",
        len(frame),
        list(names),
        [dtype_text(dtype) for dtype in table.dtypes],
        column=lambda place: _column(frame.get_column(names[place])),
        size=lambda: memory(int(frame.estimated_size())),
        index=_no_index,
        single=single,
    )


def _of_pandas_kind(library: str, table: Any, *, single: bool) -> Frame:
    """A table of a library that works like pandas: labels may be anything, and come twice; narwhals gets numbers."""
    labels, dtypes = list(table.columns), list(table.dtypes)
    names = [str(place) for place in range(len(labels))]
    frame = nw.from_native(table.set_axis(names, axis=1), eager_only=True)
    return Frame(
        f"{library}.Series" if single else f"{library}.DataFrame",
        len(frame),
        labels,
        [pandas_text(dtype) for dtype in dtypes],
        column=lambda place: _pandas_like(frame.get_column(names[place]), objects=_holds_objects(dtypes[place])),
        size=str,
        index=_no_index,
        single=single,
    )


def dtype_text(dtype: Any) -> str:
    """A polars type in its own words, without the defaults; the levels of a category stay unsaid."""
    return _shortened(str(dtype))


@lru_cache(maxsize=256)
def _shortened(text: str) -> str:
    head, found, _ = text.partition(_LEVELS)
    text = head + _LEVELS[:-1] + ("…" if head else "") if found else head
    if text.startswith("Categorical"):
        text = "Categorical"
    return cut(one_line(_DEFAULTS.sub("", text)), _LONGEST)


def _column(series: Any) -> NarwhalsColumn:
    family = _family(series.dtype)
    if family == "text" and series.dtype != nw.String:
        series = series.cast(nw.String)
    return NarwhalsColumn(series, family)


def _pandas_like(series: Any, *, objects: bool) -> PandasLikeColumn:
    """A column; of Python objects, which narwhals may take for texts, each one is looked at by its type."""
    return PandasLikeColumn(series, "object" if objects or series.dtype == nw.Categorical else _family(series.dtype))


def _family(dtype: Any) -> Family:
    if any(dtype == text for text in _TEXTS):
        return "text"
    if dtype == nw.Boolean or dtype.is_integer() or dtype.is_float():
        return "array"
    if dtype in (nw.Date, nw.Duration) or dtype == nw.Datetime:
        return "array"
    return "object"


def _holds_objects(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") == "O"


def _no_index(study: Study) -> str:
    return ""
