"""A table that is not computed, as its describer sees it: names, types, and what its library knows without looking.

The counterpart of a ``Frame``; the modules of ``lazy`` make one and ``tables`` lays it out. Imports no data library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .facts import Facts, Study

__all__ = ["Field", "KnownColumn", "Outline"]


def _nothing() -> Facts:
    return Facts(0)


@dataclass(frozen=True, slots=True)
class Field:
    """A column that is not computed.

    Attributes
    ----------
    label
        Its label as the library has it; it may be anything.
    dtype
        Its type in the library's words, without any value.
    facts
        Gives what is known of its values.
    """

    label: Any
    dtype: str
    facts: Callable[[], Facts] = _nothing


@dataclass(frozen=True, slots=True)
class Outline:
    """A lazy table, a lazy column, or something like one.

    Attributes
    ----------
    kind
        Library and class: ``dask.dataframe.DataFrame``.
    fields
        Its columns; ``None`` if it has none, or they are not known.
    rows
        Number of rows, where the library knows it without counting.
    said
        What the first line says besides: ``not computed``.
    lines
        Further lines before the columns. They are texts of ours, or screened.
    single
        It is one column on its own.
    """

    kind: str
    fields: Sequence[Field] | None = None
    rows: int | None = None
    said: tuple[str, ...] = ("not computed",)
    lines: tuple[str, ...] = ()
    single: bool = False


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column of which no value can be had, only what is known of it."""

    known: Callable[[], Facts]

    def facts(self, study: Study) -> Facts:
        """What is known of the column."""
        return self.known()

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        """No values."""
        return []
