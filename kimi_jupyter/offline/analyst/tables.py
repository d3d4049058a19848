"""The tables a question can be about, as far as they are known without touching them.

Imports nothing of ours and no data library: a table here is what a text said of it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Column", "Role", "Table", "quoted", "role_of"]

Role = Literal["number", "text", "bool", "time", "other", "unknown"]

_ROLES: tuple[tuple[str, Role], ...] = (
    (r"(u?(tiny|small|big|huge)?int|float|decimal|double|real|numeric|number|[iuf](8|16|32|64)\b)", "number"),
    (r"bool", "bool"),
    (r"(datetime|date|timestamp|period)", "time"),
    (r"(object|str|string|utf8|large_string|category|categorical|enum|text|varchar|char|factor|dictionary)", "text"),
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?")


def quoted(text: str) -> str:
    """A text as Python source, in double quotes where that needs no escapes."""
    source = repr(text)
    return source if '"' in source or "\\" in source else f'"{source[1:-1]}"'


def role_of(dtype: str) -> Role:
    """What kind of values a dtype holds, by its name in pandas, polars, Arrow, SQL or plain words."""
    name = dtype.strip().lower()
    if not name:
        return "unknown"
    for pattern, role in _ROLES:
        if re.match(pattern, name):
            return role
    return "other"


@dataclass(frozen=True, slots=True)
class Column:
    """One column as a text described it.

    Attributes
    ----------
    name
        The label as text.
    dtype
        The dtype's name, ``""`` if nothing said it.
    label
        The label as Python source, for labels that are no strings (``0``, ``('a', 'b')``); ``""`` means ``repr(name)``.
    missing, distinct
        Counts, ``None`` if unknown; ``approximate`` says that they are estimates.
    low, high
        The range as printed, ``""`` if unknown.
    top
        Frequent values with their counts as printed.
    examples
        A few values as printed, strings in quotes.
    """

    name: str
    dtype: str = ""
    label: str = ""
    missing: int | None = None
    distinct: int | None = None
    approximate: bool = False
    low: str = ""
    high: str = ""
    top: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The label as source code, safe with any characters."""
        return self.label or quoted(self.name)

    @property
    def title(self) -> str:
        """The label as a table prints it."""
        return str(ast.literal_eval(self.label)) if self.label else self.name

    @property
    def role(self) -> Role:
        return role_of(self.dtype)

    @property
    def categorical(self) -> bool:
        """Whether the dtype itself is a category, which groups by unused values unless told not to."""
        return self.dtype.lower().startswith(("category", "categorical", "enum"))

    @property
    def samples(self) -> tuple[str, ...]:
        """Values that were shown, without the quotes of strings."""
        return tuple(value.strip("\"'") for value in (*self.examples, *(label for label, _ in self.top)))

    @property
    def nested(self) -> bool:
        """Whether values that were shown are lists, sets or dicts, which can't be compared as they are."""
        return any(value.startswith(("[", "{", "(")) for value in self.examples)

    @property
    def holds_numbers(self) -> bool:
        """Whether text values that were shown read as numbers."""
        return self.role == "text" and any(_NUMBER.fullmatch(value) for value in self.samples)

    @property
    def holds_dates(self) -> bool:
        """Whether text values that were shown read as dates."""
        return self.role == "text" and any(_DATE.fullmatch(value) for value in (*self.samples, self.low))


@dataclass(frozen=True, slots=True)
class Table:
    """A frame in memory.

    Attributes
    ----------
    name
        The variable.
    library
        ``pandas``, ``polars`` or ``""`` (not said; pandas is tried first).
    columns
        The columns that are known.
    rows, width
        Rows and columns in all; ``None`` if unknown.
    convert
        What is written after the variable to make a frame of it: ``.collect()`` for a LazyFrame.
    engine
        What computes it where it is not in memory: ``dask``, ``duckdb``, ``ibis``, ``polars`` or ``pyspark``.
    index
        The index, where it holds dates.
    seen
        Whether the columns were looked up on the frame itself.
    """

    name: str
    library: str = ""
    columns: tuple[Column, ...] = ()
    rows: int | None = None
    width: int | None = None
    convert: str = ""
    engine: str = ""
    index: Column | None = None
    seen: bool = False

    @property
    def complete(self) -> bool:
        """Whether every column is known, with its dtype, or as many as were looked up."""
        if self.seen:
            return True
        known = bool(self.columns) or self.width == 0
        return known and self.width in (None, len(self.columns)) and all(column.dtype for column in self.columns)

    def of_role(self, *roles: Role) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.role in roles)

    @property
    def numbers(self) -> tuple[Column, ...]:
        return self.of_role("number")

    @property
    def main_category(self) -> Column | None:
        """The text or category column with the fewest distinct values, at least two; the first of several."""
        candidates = [column for column in self.of_role("text") if column.distinct is None or column.distinct >= 2]
        known = [column for column in candidates if column.distinct is not None]
        return min(known, key=lambda column: column.distinct or 0) if known else next(iter(candidates), None)

    def with_labels(self, labels: dict[str, str]) -> Table:
        """The same table with columns renamed to what they are really called: old name → source of the label."""
        columns = (
            replace(column, label=labels[column.name]) if column.name in labels else column for column in self.columns
        )
        return replace(self, columns=tuple(columns))
