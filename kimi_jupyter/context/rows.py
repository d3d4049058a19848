"""A table's first rows as CSV with long cells cut. Imports no data library."""

from __future__ import annotations

import re
from typing import Any

from .containers import literal
from .frames import Frame, label_text
from .scalars import is_missing
from .terms import Terms

__all__ = ["MOST_ROWS", "first_rows"]

#: Rows that are ever shown (``sample``; ``schema`` and ``stats`` show none).
MOST_ROWS = 3
_CELL = 40
#: Fields in quotes: by CSV's rules, and those that would begin a line like a heading of the context or a digest line.
_QUOTED = re.compile(r'[",\n\r]|^[\s#…]|^- |\s$')


def first_rows(frame: Frame, terms: Terms) -> list[str]:
    """The lines of the block: its title, the labels, at most three rows; empty where there is nothing to show."""
    count = min(MOST_ROWS, frame.rows)
    if not count or not frame.labels:
        return []
    columns = [frame.column(place).items(range(count)) for place in range(len(frame.labels))]
    head = [_field(_label(label, terms)) for label in frame.labels]
    if frame.row_names is not None:
        columns.insert(0, frame.row_names(count))
        head.insert(0, "(index)")
    rows = [",".join(_field(_cell(column[row], terms)) for column in columns) for row in range(count)]
    if frame.single:
        return [f"first values: {', '.join(rows)}"] if frame.row_names is None else ["first values (CSV):", *rows]
    return ["first rows (CSV):", ",".join(head), *rows]


def _label(label: Any, terms: Terms) -> str:
    return terms.plain(label, 80) if type(label) is str else label_text(label, terms)


def _cell(value: Any, terms: Terms) -> str:
    if type(value) is str:
        return terms.plain(value, _CELL)
    if is_missing(value):
        return ""
    text = literal(value, terms, _CELL)
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
