"""What is known of one column, and how closely a table is looked at.

The describers of numbers, times, texts and objects all come to :class:`Facts`; ``phrases`` turns them into words, so a
new fact is one field here and one phrase there. Imports no data library.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from .terms import Terms

__all__ = ["FEW", "SAMPLE", "SMALL_SET", "Facts", "Study", "estimate_distinct", "is_mapped", "worth_counting"]

#: Categories up to this many are told as a whole set with counts.
SMALL_SET = 12
#: Rows of a sample: a category of one in a thousand is missed once in sixty tables.
SAMPLE = 4096
#: Texts that are counted one by one beyond the sample.
FEW = 1_000
#: Share of different texts in a sample from which the column may be a key.
_KEY = 0.9
#: Columns of so many bytes are tried at some places; if these take so many seconds, it is looked at in so few runs.
_LARGE, _PROBES, _SLOW, _RUNS = 64_000_000, 8, 0.001, 16
#: Bytes of a mapped file from which it is not tried first.
_HUGE = 2_000_000_000
_MAPPED = {("numpy", "memmap"), ("mmap", "mmap")}
#: Tables up to this many rows are looked at whole …
_WHOLE_ROWS = 50_000
#: … unless they are so wide that this many cells are exceeded.
_WHOLE_CELLS = 2_500_000
#: Cells up to which columns of numbers are sorted, the dearest way of looking.
_SORTED_CELLS = 750_000
#: Cells that may be passed over for exact ranges beyond the sample. Counted, not timed: same data, same bytes.
_PASS_CELLS = 32_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a column. Texts are screened already.

    Attributes
    ----------
    missing, missing_exact
        Values that are missing, and whether all rows were looked at for it.
    distinct, distinct_exact
        Different values, without the missing ones; ``None`` if not counted.
    unique
        No value comes twice.
    continuous
        The values are measured, so that how many differ says little.
    counts
        Values with how often each comes, most frequent first (numbers: in their order).
    counted
        Values that the counts are of: all that are not missing, or those of the sample.
    complete
        The counts name every value.
    listing
        Gives the values without their counts, all of them, where they are too many for counts but not for a list.
    asked
        Values that the question names, with how often each comes.
    low, high, range_exact
        The range, or ``""``.
    quartiles
        The values at 25, 50 and 75 %.
    examples
        Values, chosen to differ.
    notes
        Further facts that hold no value: ``daily``, ``holds list``, ``shape AA-9999``.
    """

    rows: int
    missing: int = 0
    missing_exact: bool = True
    distinct: int | None = None
    distinct_exact: bool = True
    unique: bool = False
    continuous: bool = False
    counts: tuple[tuple[str, int], ...] = ()
    counted: int = 0
    complete: bool = False
    listing: Callable[[], tuple[str, ...]] | None = field(default=None, compare=False)
    asked: tuple[tuple[str, int], ...] = ()
    low: str = ""
    high: str = ""
    range_exact: bool = True
    quartiles: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Study:
    """How closely one table is looked at: whole if small, else by a sample and a counted allowance of full passes.

    Attributes
    ----------
    rows, columns
        Size of the table.
    terms
        The terms of the description.
    allowance
        Cells that may still be passed over beyond the sample.
    """

    rows: int
    columns: int
    terms: Terms
    allowance: int = _PASS_CELLS
    _index: Any = None
    _whole: Study | None = None
    _slow: bool = False

    def part(self, cells: int) -> Study:
        """The study of so many cells of this table as one column, on the same allowance."""
        return Study(cells, 1, self.terms, _whole=self._whole or self)

    @property
    def whole(self) -> bool:
        """Whether every row is looked at."""
        few = self.rows <= _WHOLE_ROWS and self.rows * self.columns <= _WHOLE_CELLS
        return self.rows <= SAMPLE or few

    @property
    def sorts(self) -> bool:
        """Whether whole columns are sorted."""
        return self.rows <= SAMPLE or (self.whole and self.rows * self.columns <= _SORTED_CELLS)

    @property
    def positions(self) -> list[int]:
        """The rows of the sample: one at a random place in each of equal strata, from a fixed seed.

        A fixed stride saw one of ten categories that came in turn; a jittered one sees them all.
        """
        step, last = self.rows / SAMPLE, self.rows - 1
        return [min(last, int(place * step)) for place in _jittered()]

    def index(self, np: Any) -> Any:
        """The positions as a numpy array; the list itself where there is no numpy."""
        if self._index is None and np is not None:
            places = (_strata(np) * (self.rows / SAMPLE)).astype(np.intp)
            self._index = np.minimum(places, self.rows - 1)
        elif self._index is None:
            self._index = self.positions
        return self._index

    def probe(self, np: Any, take: Callable[[Any], object], size: int, *, mapped: bool = False) -> None:
        """Try a large column at a few places.

        If they come slowly, as from a disk, all columns are looked at in a few runs of neighbours and none is passed
        over. Columns below so many bytes are in memory, or soon are. A huge one that is known to lie in a file
        (``mapped``) is not tried first: places that come quickly are there by chance.
        """
        if size < _LARGE or self._slow:
            return
        if mapped and size > _HUGE:
            self._look_at_few(np)
            return
        index, apart = self.index(np), SAMPLE // _PROBES
        first = time.monotonic_ns() // 1_000 % (apart // 2)  # not the last time's, which are in memory now
        if all(_takes_long(take, index[start::apart]) for start in (first, first + apart // 2)):  # nor neighbours
            self._look_at_few(np)

    def _look_at_few(self, np: Any) -> None:
        starts = [place * (self.rows - SAMPLE // _RUNS) // (_RUNS - 1) for place in range(_RUNS)]
        places = [start + step for start in starts for step in range(SAMPLE // _RUNS)]
        self._index = places if np is None else np.array(places)
        self._slow, (self._whole or self).allowance = True, 0

    def affords(self, cells: int) -> bool:
        """Whether this many cells may be passed over; takes them from the allowance."""
        study = self._whole or self
        if cells > study.allowance or self.terms.late:
            return False
        study.allowance -= cells
        return True

    def scaled(self, seen: int, sampled: int) -> int:
        """A count of the sample, scaled to all rows."""
        return round(seen * self.rows / sampled) if sampled else 0


def is_mapped(array: Any) -> bool:
    """Whether a numpy array's values lie in a file that is mapped into memory."""
    for _ in range(8):
        kind = type(array)
        if (kind.__module__, kind.__name__) in _MAPPED:
            return True
        if kind.__module__ != "numpy" or kind.__name__ != "ndarray":
            return False
        array = array.base
    return False


def _takes_long(take: Callable[[Any], object], places: Any) -> bool:
    start = time.monotonic()
    take(places)
    return time.monotonic() - start > _SLOW


@cache
def _strata(np: Any) -> Any:
    return np.array(_jittered())


@cache
def _jittered() -> tuple[float, ...]:
    """A random place in each stratum, in strata; the same ones always."""
    draw = Random(SAMPLE).random
    return tuple(stratum + draw() for stratum in range(SAMPLE))


def estimate_distinct(seen: int, once: int, twice: int, rows: int) -> int:
    """Distinct values among all rows, from how many the sample has, has once, has twice (Chao, bias-corrected)."""
    return min(rows, round(seen + once * (once - 1) / (2 * (twice + 1))))


def worth_counting(distinct: int) -> bool:
    """Whether texts are counted in all rows, by how many different ones the sample has: a few, or perhaps a key."""
    return distinct <= FEW or distinct > _KEY * SAMPLE
