"""What code is written about: a frame, the readings of its columns, the rows kept.

Pure values; ``code_pandas``, ``code_polars``, ``code_lazy`` and ``code_dask`` turn them into code.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from .conditions import Condition
from .tables import Column, Table

__all__ = ["TIME_FORMATS", "Cast", "Cleaning", "CleaningDialect", "Dialect", "Reading", "Source"]

#: How text is read: ``number`` and ``date`` stop at what can't be read; the ``lenient`` ones leave it missing and
#: count it.
Reading = Literal["number", "lenient number", "date", "lenient date", "text"]

#: strftime formats of periods, the same in pandas and polars.
TIME_FORMATS = {"year": "%Y", "month": "%Y-%m", "week": "%G-W%V", "day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00"}


@dataclass(frozen=True, slots=True)
class Cast:
    """A column whose values must be read before they can be used."""

    column: Column
    reading: Reading


@dataclass(frozen=True, slots=True)
class Source:
    """A frame as a piece of code uses it.

    Attributes
    ----------
    table
        The frame.
    casts
        Columns to read as something else first, on a copy.
    where
        Conditions on the rows.
    taken
        Names that may be the user's and must not be rebound.
    """

    table: Table
    casts: tuple[Cast, ...] = ()
    where: tuple[Condition, ...] = ()
    taken: frozenset[str] = field(default=frozenset())

    def fresh(self, name: str) -> str:
        """A variable name that is nobody's."""
        number, candidate = 2, name
        while candidate in self.taken:
            candidate, number = f"{name}_{number}", number + 1
        return candidate

    def now(self, column: Column | None) -> Column | None:
        """A column as it is known by now: a mend may have found its real label."""
        if column is None:
            return None
        return next((other for other in self.table.columns if other.name == column.name), column)

    def all(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """Several columns as they are known by now."""
        return tuple(self.now(column) or column for column in columns)

    def reading(self, column: Column) -> Reading | None:
        return next((cast.reading for cast in self.casts if cast.column.name == column.name), None)

    def read_as(self, column: Column, reading: Reading) -> Source:
        """The same with a column read in another way."""
        others = tuple(cast for cast in self.casts if cast.column.name != column.name)
        return replace(self, casts=(*others, Cast(column, reading)))


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a look at a frame found to clean, by column; only what is here is applied.

    Attributes
    ----------
    padded, blank
        Text columns with spaces around values, and with values that only stand for "missing".
    numbers, dates
        Text columns whose every value reads as a number, as an ISO date.
    categories
        Text columns with few distinct values.
    whole
        Columns of fractions that hold whole numbers only.
    empty
        Columns with no value at all.
    duplicates
        Rows that repeat another, in all.
    """

    padded: tuple[Column, ...] = ()
    blank: tuple[Column, ...] = ()
    numbers: tuple[Column, ...] = ()
    dates: tuple[Column, ...] = ()
    categories: tuple[Column, ...] = ()
    whole: tuple[Column, ...] = ()
    empty: tuple[Column, ...] = ()
    duplicates: int = 0

    @property
    def anything(self) -> bool:
        return bool(
            self.padded
            or self.blank
            or self.numbers
            or self.dates
            or self.categories
            or self.whole
            or self.empty
            or self.duplicates
        )


class Dialect(Protocol):
    """Code for one data library; the modules ``code_pandas``, ``code_polars``, ``code_lazy`` and ``code_dask``.

    Every function returns a whole piece of code that prints what ``results`` reads back.
    """

    def size(self, source: Source, missing: bool) -> str: ...
    def missing_in(self, source: Source, columns: tuple[Column, ...]) -> str: ...
    def duplicates(self, source: Source) -> str: ...
    def head(self, source: Source, rows: int) -> str: ...
    def numbers(self, source: Source, columns: tuple[Column, ...]) -> str: ...
    def counts(self, source: Source, column: Column, limit: int) -> str: ...
    def statistic(self, source: Source, columns: tuple[Column, ...], statistic: str) -> str: ...
    def grouped(
        self, source: Source, columns: tuple[Column, ...], by: Column, statistic: str, descending: bool
    ) -> str: ...
    def largest(
        self, source: Source, column: Column, rows: int, descending: bool, shown: tuple[Column, ...]
    ) -> str: ...
    def distinct_counts(self, source: Source, columns: tuple[Column, ...]) -> str: ...
    def correlation(self, source: Source, first: Column, second: Column) -> str: ...
    def correlations(self, source: Source, columns: tuple[Column, ...]) -> str: ...
    def trend(self, source: Source, time: Column, period: str, column: Column | None, statistic: str) -> str: ...


class CleaningDialect(Protocol):
    """Code that looks for dirt, cleans a copy, and compares; ``clean_pandas`` and ``clean_polars``."""

    def inspect(self, source: Source, texts: tuple[Column, ...], fractions: tuple[Column, ...]) -> str: ...
    def clean(self, source: Source, cleaning: Cleaning, name: str) -> str: ...
    def compare(self, source: Source, name: str) -> str: ...
