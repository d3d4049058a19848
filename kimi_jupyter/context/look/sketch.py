"""Sketches of a table: by groups, of columns side by side, of a few rows, of the keys it shares with another table.

Imports no data library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts import Study
from ..frames import Frame, label_text
from ..identity import type_name
from ..numeric import numpy
from ..phrases import phrases
from ..rows import MOST_ROWS, rows_at
from ..sizes import counted, lazy_library
from ..terms import Terms
from .groups import group_lines
from .overlap import overlap_lines
from .page import NOT_TOLD, column_lines
from .pairs import pair_lines
from .paths import Found, column_of, find

__all__ = ["Look", "sketch_lines"]

_MOST_BY = 2
_MEASURED = re.compile(r"u?int\d|(half)?float|double|decimal|bool|duration|timedelta|sparse\[", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """What of a value is asked for.

    Attributes
    ----------
    by
        Names of one or two columns to group a table's rows by.
    columns
        Names of the columns that are told by group, or beside each other.
    rows
        ``"first"``, ``"last"`` or ``"random"``: three rows of a table.
    join
        The name of another table.
    """

    by: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: str = ""
    join: str = ""

    @property
    def plain(self) -> bool:
        """Whether nothing but the value itself is asked for."""
        return not (self.by or self.columns or self.rows or self.join)


def sketch_lines(found: Found, namespace: Mapping[str, object], terms: Terms, asked: Look) -> list[str]:
    """What was asked of a table: groups, columns side by side, rows, another table's keys."""
    frame = found.frame
    if frame is None or frame.single or found.place >= 0:
        what = "a column" if frame is not None else f"a {type_name(found.value)}"
        lazy = ", which is not computed" if lazy_library(found.value) else ""
        return [f"{found.path} is {what}{lazy}; by, columns, rows and join are for tables in memory."]
    chosen = _places(frame, (*asked.by, *asked.columns), found.path, terms)
    if isinstance(chosen, str):
        return [chosen]
    by, columns = chosen[: len(asked.by)], chosen[len(asked.by) :]
    if len(by) > _MOST_BY:
        return [f"by takes one column or two, and was given {len(by)}."]
    if terms.detail == "schema":
        types = [f"{label_text(frame.labels[p], terms)} ({terms.plain(frame.dtypes[p], 60)})" for p in chosen]
        return [f"{found.path}: {NOT_TOLD}: {', '.join(types) or 'no groups, keys or rows'}."]
    np = numpy()
    if np is None or not frame.rows:
        return [f"{found.path} has no rows." if np is not None else "There is no numpy here to compute this with."]
    lines = [f"{found.path}: {frame.kind}, {counted(frame.rows, 'row')} × {counted(len(frame.labels), 'column')}"]
    if asked.join:
        lines += _joined(np, found, frame, namespace, asked.join, terms)
    if asked.rows:
        lines += _rows(np, frame, asked.rows, terms)
    if by:
        told = columns or _measured(frame)
        return [*lines, *group_lines(np, frame, by, told, terms, asked=bool(columns))]
    if len(columns) == 1:
        return [
            *lines,
            *column_lines(f"{found.path}.{label_text(frame.labels[columns[0]], terms)}", frame, columns[0], terms),
        ]
    return [*lines, *_side_by_side(np, frame, columns, terms)] if columns else lines


def _places(frame: Frame, names: Sequence[str], path: str, terms: Terms) -> list[int] | str:
    found: list[int] = []
    for name in names:
        place = column_of(frame, name, path, terms)
        if isinstance(place, str):
            return place
        found += [place] if place not in found else []
    return found


def _measured(frame: Frame) -> list[int]:
    """The columns whose types say that they hold numbers, flags or time spans."""
    return [place for place, dtype in enumerate(frame.dtypes) if _MEASURED.match(dtype)]


def _side_by_side(np: Any, frame: Frame, columns: Sequence[int], terms: Terms) -> list[str]:
    """A line for each column as the digest has it, then how they go together."""
    lines = []
    for place in columns:
        said = phrases(frame.column(place).facts(Study(frame.rows, len(columns), terms)), terms, 1)
        dtype = terms.plain(frame.dtypes[place], 60)
        lines.append(f"- {label_text(frame.labels[place], terms)} ({dtype}): {', '.join(said)}")
    return [*lines, *pair_lines(np, frame, columns, terms)]


def _rows(np: Any, frame: Frame, which: str, terms: Terms) -> list[str]:
    if terms.detail != "sample":
        return [f"No rows are told with detail {terms.detail}."]
    count = min(MOST_ROWS, frame.rows)
    places: Sequence[int] = range(count)
    if which == "last":
        places = range(frame.rows - count, frame.rows)
    if which == "random":  # from a fixed seed: asking again tells no more
        places = sorted(np.random.default_rng(frame.rows).choice(frame.rows, count, replace=False).tolist())
    return rows_at(frame, terms, places, f"{which} rows (CSV)")


def _joined(np: Any, found: Found, frame: Frame, namespace: Mapping[str, object], name: str, terms: Terms) -> list[str]:
    other = find(name, namespace, terms)
    if isinstance(other, str):
        return [other]
    if other.frame is None or other.frame.single or other.place >= 0:
        return [f"{other.path} is no table in memory, so nothing can join it."]
    return overlap_lines(np, (found.path, frame), (other.path, other.frame), terms)
