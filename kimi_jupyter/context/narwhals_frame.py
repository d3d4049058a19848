"""Tables through narwhals: polars now, and whatever other eager library narwhals comes to know.

Imported when the first such table is described; narwhals itself imports no data library.
"""

from __future__ import annotations

import re
from typing import Any

import narwhals as nw

from .facts import Study
from .frames import Frame
from .identity import is_a
from .library_column import Family, NarwhalsColumn
from .numbers import memory
from .text import cut, one_line

__all__ = ["dtype_text", "narwhals_frame"]

_TEXTS = (nw.String, nw.Categorical, nw.Enum)
_DEFAULTS = re.compile(r"time_unit=|, time_zone=None|time_zone=|'")
_LEVELS = "Enum("  # what its categories come after
_LONGEST = 60


def narwhals_frame(value: Any) -> Frame:
    """A table or column of an eager library as a :class:`Frame`."""
    single = is_a(value, "polars.Series")
    native = value.to_frame() if single else value
    frame = nw.from_native(native, eager_only=True)
    names = frame.columns
    return Frame(
        "polars.Series" if single else "polars.DataFrame",
        len(frame),
        list(names),
        [dtype_text(dtype) for dtype in native.dtypes],
        column=lambda place: _column(frame.get_column(names[place])),
        size=lambda: memory(int(frame.estimated_size())),
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


def _column(series: Any) -> NarwhalsColumn:
    family = _family(series.dtype)
    coded = family == "text" and series.dtype != nw.String
    return NarwhalsColumn(series, family, (lambda codes: codes.cast(nw.String)) if coded else None)


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
