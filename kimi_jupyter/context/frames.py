"""A table as its describer sees it, of whatever library it is.

One adapter a family makes a :class:`Frame` of a value; ``tables`` lays a Frame out. Adapters are imported when the
first such table is described. Imports no data library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .facts import Facts, Study
from .identity import is_a, type_name
from .scalars import scalar
from .sizes import NARWHALS
from .terms import Terms

__all__ = ["Column", "Frame", "frame_of", "label_text"]

_LONGEST = 80
_UNCLEAR = re.compile(r"""^["'(\[{]|^[-+\d.]+$|[\x00-\x1f\x7f\\]| \(|^\s|\s$|^$|, |: |^(?:None|True|False|nan)$""")


class Column(Protocol):
    """A column of a table."""

    def facts(self, study: Study) -> Facts:
        """What is known of the column."""
        ...

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        """The values at these rows as Python objects."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """A table.

    Attributes
    ----------
    kind
        Library and class: ``pandas.DataFrame``.
    rows
        Number of rows.
    labels
        The columns' labels as the library has them; they may be anything.
    dtypes
        The columns' types in the library's words.
    column
        Gives the column at a position.
    size
        Memory in words, or ``""``.
    index
        Tells the row labels in words, or ``""``.
    row_names
        Gives the labels of the first rows, where they are more than positions.
    block
        Gives a run of columns of one numeric type as one flat array, where that copies nothing.
    single
        It is one column on its own (a Series).
    """

    kind: str
    rows: int
    labels: list[Any]
    dtypes: list[str]
    column: Callable[[int], Column]
    size: Callable[[], str]
    index: Callable[[Study], str]
    row_names: Callable[[int], list[Any]] | None = None
    block: Callable[[int, int], Any] | None = None
    single: bool = False


def frame_of(value: object, terms: Terms) -> Frame | None:
    """The value as a :class:`Frame`, or ``None`` if it is no table of a known library."""
    if is_a(value, "pandas.DataFrame", "pandas.Series"):
        from .pandas_frame import pandas_frame

        return pandas_frame(value, terms)
    if is_a(value, "pyarrow.Table", "pyarrow.RecordBatch", "pyarrow.ChunkedArray"):
        from .arrow_frame import arrow_frame

        return arrow_frame(value)
    if is_a(value, "geopandas.GeoDataFrame", "geopandas.GeoSeries"):
        from .geo_frame import geo_frame

        return geo_frame(value, terms)
    if is_a(value, *NARWHALS):
        from .narwhals_frame import narwhals_frame

        return narwhals_frame(value)
    return None


def label_text(label: Any, terms: Terms) -> str:
    """A column's label for the digest.

    A text stands for itself, or as a JSON string where it would be misread: as a number, a tuple, or with the
    punctuation of a digest line. A label of a type that is not known to be harmless is its type's name.
    """
    if type(label) is str:
        text = terms.plain(label, _LONGEST)
        return terms.quoted(label, _LONGEST) if _UNCLEAR.search(text) else text
    if type(label) is tuple:
        parts = [scalar(part, terms, _LONGEST) or f"({type_name(part)})" for part in label[:8]]
        return f"({', '.join(parts)})"
    return scalar(label, terms, _LONGEST) or f"(label of {type_name(label)})"
