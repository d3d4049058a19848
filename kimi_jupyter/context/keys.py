"""What joins two tables of a session: columns whose names and values fit, within counted bounds.

Imports no data library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from .frames import Frame, frame_of, label_text
from .labels import canonical
from .repeats import is_of, plain_values
from .terms import Terms

__all__ = ["relations"]

_PAIRS = 4  # joins that are told of one table
_TABLES = 12
_TARGET = 10_000  # rows of a table up to which its keys are read
_PROBES = 64
_SHARE = 0.7
_FEWEST_KEYS = 3
_WIDEST = 60
_MOMENTS = ("date", "time", "duration", "period", "interval")
#: Labels that say what a column is only together with the name of their table.
_VAGUE = frozenset(("id", "key", "code", "no", "nr", "number", "name", "index"))


@dataclass(frozen=True, slots=True)
class _Side:
    """A column that may join its table to another."""

    table: str
    frame: Frame
    place: int

    @property
    def label(self) -> str:
        return str(self.frame.labels[self.place])


def relations(tables: Mapping[str, object], terms: Terms) -> dict[str, tuple[str, ...]]:
    """How tables join others, a line each: ``joins: customer_id → customers.id (unique there)``.

    Columns are looked at whose names fit (``customer_id`` and ``id`` of ``customers``, or one id's name in both), whose
    values are plain, and of which most, of a few that are tried, are in the other, where none comes twice.

    Parameters
    ----------
    tables
        Tables by their names; of many, the first are looked at.
    terms
        What is hidden, and until when may be looked.
    """
    if len(tables) < 2 or terms.detail == "schema":
        return {}
    try:
        found = _joins(list(tables.items())[:_TABLES], terms)
    except Exception:  # noqa: BLE001 - a border: a table of anyone's making costs these lines, not the turn
        return {}
    return {name: (f"joins: {', '.join(lines)}",) for name, lines in found.items()}


def _joins(tables: list[tuple[str, object]], terms: Terms) -> dict[str, list[str]]:
    """What each table's columns join, in words."""
    found: dict[str, list[tuple[int, str]]] = {}
    frames = {name: frame for name, value in tables if not terms.late and (frame := frame_of(value, terms))}
    sides = [_Side(name, frame, place) for name, frame in frames.items() for place in _joinable(frame)]
    by_name: dict[str, list[_Side]] = {}
    for side in sides:
        by_name.setdefault(canonical(side.label), []).append(side)
    versions = {(one, other) for one, other in permutations(frames, 2) if _versions(frames[one], frames[other])}
    for one in sides:
        fitting = [many for many in _fitting(one, by_name) if (many.table, one.table) not in versions]
        keys = _keys(one) if fitting and not terms.late else frozenset()
        for many in fitting:
            if keys and len(found.get(many.table, ())) < _PAIRS and _holds(keys, many):
                there = f"{terms.plain(one.table, 80)}.{label_text(one.label, terms)}"
                text = f"{label_text(many.label, terms)} → {there} (unique there)"
                found.setdefault(many.table, []).append((many.place, text))
    return {name: [text for _, text in sorted(lines)] for name, lines in found.items()}


def _joinable(frame: Frame) -> list[int]:
    """The columns that may join this table to another, by label and type."""
    if frame.single or not frame.rows:
        return []
    return [
        place
        for place, label in enumerate(frame.labels[:_WIDEST])
        if type(label) is str and not is_of(frame, place, (*_MOMENTS, "bool"))
    ]


def _fitting(one: _Side, by_name: Mapping[str, list[_Side]]) -> list[_Side]:
    """Columns of other tables of the same name, or for customers' ``id`` those of the name ``customer_id``."""
    name, thing = canonical(one.label), canonical(one.table)
    names = dict.fromkeys((thing.removesuffix("s") + name, thing + name)) if name in _VAGUE else (name,)
    return [side for fitting in names for side in by_name.get(fitting, ()) if side.table != one.table]


def _versions(one: Frame, other: Frame) -> bool:
    """Whether two tables look like versions of the same one, by the columns that they share."""
    mine, theirs = ({label for label in frame.labels[:_WIDEST] if type(label) is str} for frame in (one, other))
    return 2 * len(mine & theirs) > len(mine) + 1


def _keys(one: _Side) -> frozenset[Any]:
    """The values of a column in which none comes twice, else nothing; it has to be small enough to be read whole."""
    values = plain_values(one.frame, one.place) if one.frame.rows <= _TARGET else None
    if values is None or len(values) < _FEWEST_KEYS:
        return frozenset()
    found = frozenset(values)
    return found if len(found) == len(values) else frozenset()


def _holds(keys: frozenset[Any], many: _Side) -> bool:
    """Whether most values of a column, of some that are tried, are among these keys."""
    if not keys:
        return False
    step = max(1, many.frame.rows // _PROBES)
    values = plain_values(many.frame, many.place, range(0, many.frame.rows, step)[:_PROBES])
    tried = set(values or ()) - {None}
    return bool(tried) and len(tried & keys) >= _SHARE * len(tried)
