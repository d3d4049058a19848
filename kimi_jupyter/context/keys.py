"""What identifies a row, and what joins two tables: from values of plain types only, within counted bounds.

Hashing and comparing an object may run its code, so a column that holds anything but plain values is left out. Imports
no data library.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from types import NoneType
from typing import Any

from .facts import Facts
from .frames import Frame, frame_of, label_text
from .identity import is_a, type_name
from .labels import canonical, is_id
from .scalars import safe_zone
from .terms import Terms

__all__ = ["relations", "same_values", "table_notes"]

_CELLS = 40_000  # values that are read of one table
_ROWS = 10_000
_FEWEST = 12  # rows from which it is no accident that none comes twice
_PAIRS = 4
_BY_CHANCE = 3  # repeated pairs to be expected of unrelated columns, from which none at all says something
_TABLES = 12
_TARGET = 10_000  # rows of a table up to which its keys are read
_PROBES = 64
_FEWEST_KEYS = 3
_WIDEST = 60
#: Labels that say what a column is only together with the name of their table.
_VAGUE = frozenset(("id", "key", "code", "no", "nr", "number", "name", "index"))
_SHARE = 0.7
_SAFE = frozenset(id(kind) for kind in (str, int, float, bool, bytes, NoneType, dt.date, dt.timedelta))
_FLOATS = ("float", "double", "decimal")
_MOMENTS = ("date", "time", "duration", "period", "interval")


def table_notes(frame: Frame, known: Sequence[Facts | None], terms: Terms) -> list[str]:
    """Lines about the rows as a whole: how many come twice, which two columns identify one.

    Parameters
    ----------
    frame
        The table.
    known
        The facts of each column, ``None`` where they are not known.
    terms
        What is hidden.
    """
    if frame.single or not _FEWEST <= frame.rows <= _ROWS or len(frame.labels) < 2 or terms.late:
        return []
    if not all(known) or any(facts is not None and facts.unique for facts in known):
        return []
    repeated = _repeated(frame, known)
    if repeated is None:
        return []
    if repeated:
        return [f"{repeated:,} duplicate row{'' if repeated == 1 else 's'}"]
    pair = _identifying(frame, known)
    names = [label_text(frame.labels[place], terms) for place in pair]
    return [f"key: {' + '.join(names)} (unique together)"] if pair else []


def same_values(frame: Frame, first: int, second: int) -> bool:
    """Whether two columns hold the same values row by row; no, if that can't be known cheaply."""
    if frame.rows > _ROWS:
        return False
    one = _plain(frame, first)
    return one is not None and one == _plain(frame, second)


def _plain(frame: Frame, place: int, positions: Sequence[int] | None = None) -> list[Any] | None:
    """The values of a column, missing ones as None; ``None`` if they are not all of plain types."""
    values = frame.column(place).items(positions)
    kinds = {id(type(value)) for value in values}
    if id(float) in kinds:
        values = [None if type(value) is float and value != value else value for value in values]
    if kinds <= _SAFE:
        return values
    others = [value for value in values if id(type(value)) not in _SAFE]
    if all(
        (type(value) is dt.datetime or is_a(value, "pandas.Timestamp")) and safe_zone(value.tzinfo) for value in others
    ):
        return values
    return values if all(type_name(value) == "numpy.datetime64" for value in others) else None


def _repeated(frame: Frame, known: Sequence[Facts | None]) -> int | None:
    """How many rows another row has been before; the columns with most values are read first, and of the others only
    the rows that may still be the same."""
    order = sorted(range(len(known)), key=lambda place: -_distinct(known[place]))
    positions: list[int] | None = None
    groups: list[int] = [0] * frame.rows
    left = _CELLS
    for place in order:
        left -= len(groups)
        values = _plain(frame, place, positions) if left >= 0 else None
        if values is None:
            return None
        pairs = list(zip(groups, values, strict=True))
        often = Counter(pairs)
        kept = [index for index, pair in enumerate(pairs) if often[pair] > 1]
        if not kept:
            return 0
        numbers: dict[Any, int] = {}
        groups = [numbers.setdefault(pairs[index], len(numbers)) for index in kept]
        if len(kept) < len(pairs):
            positions = [positions[index] for index in kept] if positions is not None else kept
    return len(groups) - len(set(groups))


def _distinct(facts: Facts | None) -> int:
    return facts.distinct or 0 if facts else 0


def _identifying(frame: Frame, known: Sequence[Facts | None]) -> tuple[int, ...]:
    """Two columns whose values together come once in each row, where that would hardly happen by chance."""
    places = [
        place
        for place, facts in enumerate(known)
        if facts and facts.distinct and facts.distinct > 1 and not _of(frame, place, _FLOATS)
    ]
    chance = frame.rows * frame.rows / (2 * _BY_CHANCE)
    fitting = [
        pair
        for pair in combinations(places[: _PAIRS * 2], 2)
        if frame.rows <= _distinct(known[pair[0]]) * _distinct(known[pair[1]]) <= chance
    ]
    fitting.sort(key=lambda pair: -sum(_is_id(frame.labels[place]) for place in pair))
    for first, second in fitting[:_PAIRS]:
        one, other = _plain(frame, first), _plain(frame, second)
        if one is not None and other is not None and len(set(zip(one, other, strict=True))) == frame.rows:
            return first, second
    return ()


def _is_id(label: Any) -> bool:
    return type(label) is str and is_id(label)


def _of(frame: Frame, place: int, families: tuple[str, ...]) -> bool:
    return any(family in frame.dtypes[place].lower() for family in families)


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
        if type(label) is str and not _of(frame, place, (*_MOMENTS, "bool"))
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
    values = _plain(one.frame, one.place) if one.frame.rows <= _TARGET else None
    if values is None or len(values) < _FEWEST_KEYS:
        return frozenset()
    found = frozenset(values)
    return found if len(found) == len(values) else frozenset()


def _holds(keys: frozenset[Any], many: _Side) -> bool:
    """Whether most values of a column, of some that are tried, are among these keys."""
    if not keys:
        return False
    step = max(1, many.frame.rows // _PROBES)
    values = _plain(many.frame, many.place, range(0, many.frame.rows, step)[:_PROBES])
    tried = set(values or ()) - {None}
    return bool(tried) and len(tried & keys) >= _SHARE * len(tried)
