"""The lines of a table's columns, each told as fully as there is room for. Imports no data library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..chat.tokens import estimate_tokens
from .facts import SMALL_SET, Facts, Study
from .frames import Frame, label_text
from .identity import type_name
from .labels import is_id, unit_of
from .numeric import array_facts
from .phrases import has_lists, phrases
from .repeats import same_values
from .wide import Entry

__all__ = ["Line", "Lines", "cost_of"]

_ALL_BUT_LISTS = 2  # the level at which most columns are told in full
_GATHERED = 5  # columns of one value, or of none, from which they share a line
_GONE = 100  # the level of a column that is told elsewhere
_LEAST = 3  # tokens below which nothing more is said
_MISSES = 8  # lines that did not fit, after which no other is tried
_RANKED = 200  # lines up to which the cheapest are told first
_COMPARED = 60  # columns up to which those of the same values are looked for
_LONG_SET = 24  # characters of a set of values that is not told twice while room is short
_UNSEEN = Facts(1, notes=("not looked at: no time",))
_NUMBERS = re.compile(r"u?int|float|double|decimal", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with what it costs.

    Attributes
    ----------
    text
        The line.
    cost
        Its tokens, with its end.
    leans_on
        The place of a line that it speaks of, which must name its values too; -1 if there is none.
    """

    text: str
    cost: int
    leans_on: int = -1


class Lines:
    """The lines of some columns, or series of columns, of a table.

    Parameters
    ----------
    frame
        The table.
    study
        How closely it is looked at.
    entries
        What gets a line each.

    Attributes
    ----------
    told
        The lines as they stand.
    """

    def __init__(self, frame: Frame, study: Study, entries: Sequence[Entry]) -> None:
        self._frame = frame
        self._study = study
        self._terms = study.terms
        self._entries = entries
        self._levels = [-1] * len(entries)
        self._known: dict[int, Facts] = {}
        self._titles: dict[int, str] = {}
        self._lines: dict[tuple[int, int], Line] = {}
        self._costs: dict[str, int] = {}
        self._first: dict[object, int] = {}  # the first column of some facts, and of some set of values
        self.told: list[Line] = []

    @property
    def cost(self) -> int:
        """Tokens of the lines as they stand."""
        return sum(line.cost for line in self.told)

    @property
    def known(self) -> list[Facts | None]:
        """The facts of each entry, as far as they were looked for."""
        return [self._known.get(place) for place in range(len(self._entries))]

    def tell_all(self, level: int, room: int) -> bool:
        """Tell every line at this level; none, and as soon as that is clear, if there is no room for it."""
        told: list[Line] = []
        for place in range(len(self._entries)):
            told.append(self.line(place, level))
            room -= told[-1].cost
            if room < 0:
                return False
        self.told, self._levels = told, [level] * len(told)
        return True

    def deepen(self, places: Sequence[int], level: int, room: int) -> int:
        """Tell the lines at these places at a level, as far as there is room; returns what is left of it."""
        if room < _LEAST:
            return room
        least = min(level, 2) - 1  # what is not even told at level 1 is not looked at further
        places = [place for place in places if least <= self._levels[place] < level and self._has_more(place)]
        if level > 1 and len(places) <= _RANKED:
            places = sorted(places, key=lambda place: (self.line(place, level).cost, place))
        misses = 0
        for place in places:
            if room < _LEAST or misses == _MISSES:
                break
            left = self._raised(place, level, room)
            misses += left is None
            room = room if left is None else left
        return room

    def _raised(self, place: int, level: int, room: int) -> int | None:
        """The room left when this line is told at this level; ``None``, and nothing done, if there is none for it."""
        line = self.line(place, level)
        if line.leans_on >= 0 and self._levels[line.leans_on] < level:
            left = self._raised(line.leans_on, level, room)
            if left is None:
                return None
            room = left
        if len(line.text) <= len(self.told[place].text) and line.leans_on < 0:
            self._levels[place] = level
            return room
        if (more := line.cost - self.told[place].cost) > room:
            return None
        self.told[place], self._levels[place] = line, level
        return room - more

    def _has_more(self, place: int) -> bool:
        """Whether a line may say more at this level than at the one it is told at."""
        at = self._levels[place]
        return at < _ALL_BUT_LISTS or self.told[place].leans_on >= 0 or has_lists(self._facts(place))

    def gather(self, spared: Sequence[int]) -> tuple[list[str], int]:
        """Lines for columns that hold one value or none, where these are many; they lose their own lines.

        Parameters
        ----------
        spared
            Places that keep their lines.

        Returns
        -------
        tuple of list and int
            The lines, and the tokens that are saved.
        """
        before, lines = self.cost, []
        told = [place for place, level in enumerate(self._levels) if level >= 1 and place not in spared]
        constant = [place for place in told if _is_constant(self._known.get(place))]
        if len(constant) >= _GATHERED:
            values = [f"{self._label(place)} = {self._known[place].counts[0][0]}" for place in constant]
            lines.append(f"constant: {', '.join(values)}")
        empty = [place for place in told if _is_empty(self._known.get(place))]
        if len(empty) >= _GATHERED:
            lines.append(f"all missing: {', '.join(map(self._label, empty))}")
        for places in (constant, empty):
            for place in places if len(places) >= _GATHERED else ():
                self.told[place], self._levels[place] = Line("", 0), _GONE
        return lines, before - self.cost - cost_of(lines)

    def line(self, place: int, level: int) -> Line:
        """The line of an entry at a level, whose facts are found when they are first wanted."""
        if (known := self._lines.get((place, level))) is not None:
            return known
        if place not in self._titles:
            self._titles[place] = _title(self._frame, self._entries[place], self._study)
        text, first = self._titles[place], -1
        if level and self._terms.detail != "schema":
            facts = self._facts(place)
            first = self._shared_set(facts, place) if level == _ALL_BUT_LISTS else -1
            said = phrases(facts, self._terms, level if first < 0 else 1)
            if first >= 0:
                said.append(f"the values of {self._label(first)}")
            text += f": {', '.join(said)}" if said else ""
        if text not in self._costs:
            self._costs[text] = cost_of(text)
        line = self._lines[place, level] = Line(text, self._costs[text], first)
        return line

    def _label(self, place: int) -> str:
        return label_text(self._frame.labels[self._entries[place].places[0]], self._terms)

    def _facts(self, place: int) -> Facts:
        if place not in self._known:
            self._known[place] = self._seen(place)
        return self._known[place]

    def _seen(self, place: int) -> Facts:
        """The facts of an entry, or why there are none."""
        if self._terms.late:
            return _UNSEEN
        try:
            return self._found(place)
        except Exception as error:  # noqa: BLE001 - a border: a column of anyone's making costs its line, not the table
            return Facts(1, notes=(f"could not be described: {type_name(error)}",))

    def _found(self, place: int) -> Facts:
        entry = self._entries[place]
        if len(entry.places) > 1:
            return _series_facts(self._frame, entry, self._study)
        column = entry.places[0]
        facts = self._frame.column(column).facts(self._study)
        if facts.distinct is not None and facts.distinct > 2 and len(self._frame.labels) <= _COMPARED:
            first = self._first.setdefault((self._frame.dtypes[column], facts), place)
            if first != place and same_values(self._frame, self._entries[first].places[0], column):
                return Facts(facts.rows, notes=(f"same values as {self._label(first)}, row by row",))
        return _with_label(facts, self._frame.labels[column], self._frame.dtypes[column])

    def _shared_set(self, facts: Facts, place: int) -> int:
        """The place of the first column with the same set of values, -1 if this is it or the set is soon told."""
        if not facts.complete or not 2 < len(facts.counts) <= SMALL_SET:
            return -1
        values = frozenset(value for value, _ in facts.counts)
        if sum(map(len, values)) < _LONG_SET or len(self._entries) > _COMPARED:
            return -1
        first = self._first.setdefault(values, place)
        return first if first < place else -1


def _is_constant(facts: Facts | None) -> bool:
    """Whether every row is known to hold the same value."""
    if facts is None or facts.distinct != 1 or not facts.distinct_exact or facts.missing:
        return False
    return bool(facts.counts) and facts.rows > 1


def _is_empty(facts: Facts | None) -> bool:
    return facts is not None and facts.missing_exact and facts.missing == facts.rows > 0


def cost_of(lines: list[str] | str) -> int:
    """Tokens of a line or lines with their line ends, rounded up."""
    if isinstance(lines, str):
        return estimate_tokens(lines + "\n") + (1 if len(lines) > 60 else 0)
    return sum(map(cost_of, lines))


def _title(frame: Frame, entry: Entry, study: Study) -> str:
    first = entry.places[0]
    if frame.single and frame.labels[first] is None:
        return f"- values ({frame.dtypes[first]})"
    name, dtype = label_text(frame.labels[first], study.terms), frame.dtypes[first]
    if len(entry.places) == 1:
        return f"- {name} ({dtype})"
    return f"- {name} … {label_text(frame.labels[entry.places[-1]], study.terms)} ({dtype} × {len(entry.places):,})"


def _series_facts(frame: Frame, entry: Entry, study: Study) -> Facts:
    """The facts of neighbouring columns taken as one, where that copies nothing."""
    places = entry.places
    together = places[-1] - places[0] == len(places) - 1
    cells = frame.rows * len(places)
    if frame.block is None or not together or not cells or not study.affords(cells):
        return Facts(0)
    array = frame.block(places[0], places[-1])
    if array is None:
        return Facts(0)
    facts = array_facts(array, study.part(cells))
    return replace(facts, distinct=None, counts=(), complete=False, quartiles=())


def _with_label(facts: Facts, label: object, dtype: str) -> Facts:
    """The facts with what the label says of numbers: their unit, or that they are names and no quantities."""
    if type(label) is not str or not facts.low or not _NUMBERS.match(dtype):
        return facts
    if unit := unit_of(label):
        return replace(facts, notes=(f"in {unit}", *facts.notes))
    if is_id(label) and not facts.unique and "float" not in dtype.lower():
        return replace(facts, notes=(*facts.notes, "looks like an id"), quartiles=())
    return replace(facts, quartiles=()) if is_id(label) and facts.unique else facts
