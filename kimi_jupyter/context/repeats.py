"""What is told of a table's rows as a whole: how many come twice, which two columns identify one.

Works on values of plain types only, since hashing and comparing an object may run its code. Imports no data library.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from types import NoneType
from typing import Any

from .facts import Facts
from .frames import Frame, label_text
from .identity import is_a, type_name
from .labels import is_id
from .numeric import numpy
from .scalars import safe_zone
from .terms import Terms

__all__ = ["is_of", "plain_values", "same_values", "table_notes"]

_CELLS = 16_000  # values that are read of one table
_READ = 4_096  # rows up to which they are read without a hint which ones may be the same
_ROWS = 50_000
_SAME = 10_000
_MIXED = 4  # columns of numbers that are hashed
_PRIME = 0x9E3779B97F4A7C15
_FEWEST = 12  # rows from which it is no accident that none comes twice
_PAIRS = 4
_BY_CHANCE = 3  # repeated pairs to be expected of unrelated columns, from which none at all says something
_SAFE = frozenset(id(kind) for kind in (str, int, float, bool, bytes, NoneType, dt.date, dt.timedelta))
_FLOATS = ("float", "double", "decimal")


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
    pair = _identifying(frame, known) if frame.rows <= _READ else ()
    names = [label_text(frame.labels[place], terms) for place in pair]
    return [f"key: {' + '.join(names)} (unique together)"] if pair else []


def same_values(frame: Frame, first: int, second: int) -> bool:
    """Whether two columns hold the same values row by row; no, if that can't be known cheaply."""
    if frame.rows > _SAME:
        return False
    one = plain_values(frame, first)
    return one is not None and one == plain_values(frame, second)


def plain_values(frame: Frame, place: int, positions: Sequence[int] | None = None) -> list[Any] | None:
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
    positions = _suspects(frame, order)
    if positions is None and frame.rows > _READ:
        return None
    groups: list[int] = [0] * (frame.rows if positions is None else len(positions))
    left = _CELLS
    for place in order:
        left -= len(groups)
        values = plain_values(frame, place, positions) if left >= 0 else None
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


def _suspects(frame: Frame, order: Sequence[int]) -> list[int] | None:
    """Rows that another is like in some columns of numbers, by a hash of these; ``None`` if there are none."""
    np: Any = numpy()
    mixed: Any = None
    for array in islice(_arrays(frame, order), _MIXED):
        bits = (array + array.dtype.type(0) if array.dtype.kind == "f" else array).view("u8")  # -0.0 is 0.0
        mixed = bits.copy() if mixed is None else mixed * np.uint64(_PRIME) + bits
        mixed ^= mixed >> np.uint64(29)
    if mixed is None:
        return None
    ranked = np.argsort(mixed, kind="stable")
    again = np.flatnonzero(mixed[ranked[1:]] == mixed[ranked[:-1]])
    return np.unique(ranked[np.concatenate([again, again + 1])]).tolist()  # type: ignore[no-any-return]


def _arrays(frame: Frame, order: Sequence[int]) -> Iterator[Any]:
    """The columns that are arrays of numbers of eight bytes without a missing one."""
    for place in order:
        values = getattr(frame.column(place), "values", None)
        if is_a(values, "numpy.ndarray") and _is_hashed(values):
            yield values


def _is_hashed(values: Any) -> bool:
    if values.dtype.kind not in "iufM" or values.dtype.itemsize != 8:
        return False
    return values.dtype.kind != "f" or bool((values == values).all())


def _distinct(facts: Facts | None) -> int:
    return facts.distinct or 0 if facts else 0


def _identifying(frame: Frame, known: Sequence[Facts | None]) -> tuple[int, ...]:
    """Two columns whose values together come once in each row, where that would hardly happen by chance."""
    places = [
        place
        for place, facts in enumerate(known)
        if facts and facts.distinct and facts.distinct > 1 and not is_of(frame, place, _FLOATS)
    ]
    chance = frame.rows * frame.rows / (2 * _BY_CHANCE)
    fitting = [
        pair
        for pair in combinations(places[: _PAIRS * 2], 2)
        if frame.rows <= _distinct(known[pair[0]]) * _distinct(known[pair[1]]) <= chance
    ]
    fitting.sort(key=lambda pair: -sum(_is_id(frame.labels[place]) for place in pair))
    for first, second in fitting[:_PAIRS]:
        one, other = plain_values(frame, first), plain_values(frame, second)
        if one is not None and other is not None and len(set(zip(one, other, strict=True))) == frame.rows:
            return first, second
    return ()


def _is_id(label: Any) -> bool:
    return type(label) is str and is_id(label)


def is_of(frame: Frame, place: int, families: tuple[str, ...]) -> bool:
    """Whether a column is of one of these families of types, by its name."""
    return any(family in frame.dtypes[place].lower() for family in families)
