"""A few of a table's rows as CSV with long cells cut. Imports no data library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .containers import literal
from .frames import Frame, label_text
from .scalars import is_missing
from .terms import Terms

__all__ = ["MOST_ROWS", "csv_field", "first_rows", "rows_at"]

#: Rows that are ever shown (``sample``; ``schema`` and ``stats`` show none).
MOST_ROWS = 3
_CELL = 40
_WIDEST = 60  # columns that rows are told of, where they are asked for
#: Fields in quotes: by CSV's rules, and those that would begin a line like a heading of the context or a digest line.
_QUOTED = re.compile(r'[",\n\r]|^[\s#…]|^- |\s$')


def first_rows(frame: Frame, terms: Terms) -> list[str]:
    """The lines of the block: its title, the labels, at most three rows; empty where there is nothing to show."""
    count = min(MOST_ROWS, frame.rows)
    if not count or not frame.labels:
        return []
    columns, head = _columns(frame, range(count), len(frame.labels), terms)
    if frame.row_names is not None:
        columns.insert(0, frame.row_names(count))
        head.insert(0, "(index)")
    rows = _lines(columns, terms)
    if frame.single:
        return [f"first values: {', '.join(rows)}"] if frame.row_names is None else ["first values (CSV):", *rows]
    return ["first rows (CSV):", ",".join(head), *rows]


def rows_at(frame: Frame, terms: Terms, places: Sequence[int], title: str) -> list[str]:
    """Some rows under a title, with the place of each; of very many columns the first."""
    columns, head = _columns(frame, places, _WIDEST, terms)
    more = len(frame.labels) - len(head)
    title = f"{title}, without {more:,} more columns" if more else title
    return [f"{title}:", ",".join(["(row)", *head]), *_lines([list(places), *columns], terms)]


def csv_field(text: str) -> str:
    """A field of a line of CSV that is told among other lines."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _columns(frame: Frame, places: Sequence[int], most: int, terms: Terms) -> tuple[list[list[Any]], list[str]]:
    """The values of each column at these rows, and the columns' labels."""
    columns = [frame.column(place).items(places) for place in range(len(frame.labels))[:most]]
    return columns, [csv_field(_label(label, terms)) for label in frame.labels[:most]]


def _lines(columns: list[list[Any]], terms: Terms) -> list[str]:
    return [",".join(csv_field(_cell(value, terms)) for value in row) for row in zip(*columns, strict=True)]


def _label(label: Any, terms: Terms) -> str:
    return terms.plain(label, 80) if type(label) is str else label_text(label, terms)


def _cell(value: Any, terms: Terms) -> str:
    if type(value) is str:
        return terms.plain(value, _CELL)
    if is_missing(value):
        return ""
    text = literal(value, terms, _CELL)
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"
