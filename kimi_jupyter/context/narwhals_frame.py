"""Tables through narwhals: polars, modin, cuDF. The last is written by its documentation: it needs a GPU.

Imported when the first such table is described; narwhals itself imports no data library.
"""

from __future__ import annotations

import re
from typing import Any

import narwhals as nw

from .facts import Study
from .frames import Frame
from .identity import class_name
from .library_column import Family, NarwhalsColumn
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
    native = value.to_frame() if single else value
    if library == "polars":
        return _frame("polars", native, list(native.columns), [dtype_text(dtype) for dtype in native.dtypes], single)
    kind = "modin.pandas" if library == "modin" else library
    labels, dtypes = list(native.columns), list(native.dtypes)
    if single:
        labels = [value.name]
    # Labels of pandas' kind may be anything, and come twice; narwhals wants names.
    numbered = native.set_axis([str(place) for place in range(len(labels))], axis=1)
    opaque = frozenset(place for place, dtype in enumerate(dtypes) if getattr(dtype, "kind", "O") == "O")
    return _frame(kind, numbered, labels, [pandas_text(dtype) for dtype in dtypes], single, opaque)


def _frame(
    kind: str, native: Any, labels: list[Any], dtypes: list[str], single: bool, opaque: frozenset[int] = frozenset()
) -> Frame:
    frame = nw.from_native(native, eager_only=True)
    names = frame.columns
    return Frame(
        f"{kind}.Series" if single else f"{kind}.DataFrame",
        len(frame),
        labels,
        dtypes,
        column=lambda place: _column(frame.get_column(names[place]), objects=place in opaque),
        size=lambda: memory(int(frame.estimated_size())) if kind == "polars" else "",
        index=_no_index,
        single=single,
    )


def dtype_text(dtype: Any) -> str:
    """A polars type in its own words, without the defaults; the levels of a category stay unsaid."""
    head, found, _ = str(dtype).partition(_LEVELS)
    text = head + _LEVELS[:-1] + ("…" if head else "") if found else head
    if text.startswith("Categorical"):
        text = "Categorical"
    return cut(one_line(_DEFAULTS.sub("", text)), _LONGEST)


def _column(series: Any, *, objects: bool) -> NarwhalsColumn:
    """A column; of Python objects, which narwhals may take for texts, each one is looked at by its type."""
    family = "object" if objects else _family(series.dtype)
    if family == "text" and series.dtype != nw.String:
        series = series.cast(nw.String)
    return NarwhalsColumn(series, family)


def _family(dtype: Any) -> Family:
    if any(dtype == text for text in _TEXTS):
        return "text"
    if dtype == nw.Boolean or dtype.is_integer() or dtype.is_float():
        return "array"
    if dtype in (nw.Date, nw.Duration) or dtype == nw.Datetime:
        return "array"
    return "object"


def _no_index(study: Study) -> str:
    return ""
