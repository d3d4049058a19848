"""Columns of libraries that keep their nulls apart from their values: Arrow, and through narwhals polars and others.

One way of looking, two sets of primitives; a further library is a further small class. Imports no data library.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Literal

from .facts import FEW, SAMPLE, Facts, Study, worth_counting
from .numeric import numpy, present, sorted_facts
from .tallies import tally_facts
from .wording import object_facts

__all__ = ["ArrowColumn", "Family", "LibraryColumn", "NarwhalsColumn", "PandasLikeColumn"]

#: How a column's values are looked at: as a numpy array, as texts, as Python objects, or not at all.
Family = Literal["array", "text", "object", "opaque"]

#: Row positions: a numpy array of integers, or a list where there is no numpy.
Positions = Any
#: Bytes of texts, and of values that become Python objects, that are looked at in one column.
_TEXT_BYTES, _OBJECT_BYTES = 32_000_000, 4_000_000
#: Different texts, and how often each comes.
Tally = tuple[list[str], list[int]]


class LibraryColumn(ABC):
    """A column by its library's own primitives; subclasses supply these.

    Attributes
    ----------
    family
        How the values are looked at.
    values
        The library's series or array.
    decode
        Gives what stands behind the codes of a dictionary; of the few that are looked at, not of a whole column.
    """

    def __init__(self, values: Any, family: Family, decode: Callable[[Any], Any] | None = None) -> None:
        self.values = values
        self.family: Family = family
        self.decode = decode

    def facts(self, study: Study) -> Facts:
        """What is known of the column."""
        if self.family == "opaque":
            return Facts(study.rows, notes=("values not looked at",))
        nulls = self.nulls()
        if nulls == study.rows:
            return Facts(study.rows, nulls)
        if study.rows > SAMPLE:
            study.probe(numpy(), self.take, self.size())
        if self.family == "array" and numpy() is not None:
            return self._array_facts(study, nulls)
        if self.family == "text":
            return self._text_facts(study, nulls)
        heavy = self.size() > _OBJECT_BYTES
        whole = study.whole and not heavy
        return object_facts(self.items(None if whole else self._some(study, _OBJECT_BYTES)), study, exact=whole)

    def _array_facts(self, study: Study, nulls: int) -> Facts:
        np = numpy()
        picked = self.array(None if study.sorts else study.index(np))
        kept = present(np, picked)
        lost, ends = len(picked) - len(kept), None
        if not study.sorts and kept.dtype.kind in "iufMm" and study.affords(study.rows):
            ends = self.ends(kept)
        missing = nulls + (lost if study.sorts else study.scaled(lost, len(picked)))
        return sorted_facts(kept, study, missing=missing, missing_exact=study.sorts or not lost, ends=ends)

    def _text_facts(self, study: Study, nulls: int) -> Facts:
        light = self.size() <= _TEXT_BYTES
        few = light and study.rows <= SAMPLE
        tally, distinct = self.tally(None if few else self._some(study, _TEXT_BYTES)), None
        exact = few
        if not few and light and study.whole and worth_counting(len(tally[0])):
            distinct, found = self.counts(few=len(tally[0]) <= FEW)
            exact = found is not None
            tally = tally if found is None else found
        return tally_facts(*tally, study, missing=nulls, exact=exact, distinct=distinct)

    def _some(self, study: Study, most: int) -> Positions:
        """The rows of the sample; of long values as many of them, evenly, as together have at most so many bytes."""
        rows = study.index(numpy()) if study.rows > SAMPLE else list(range(study.rows))
        step = -(-self.size() * len(rows) // (study.rows * most))
        return rows[:: max(1, step)]

    def _at(self, positions: Positions | None) -> Any:
        """The library's values at these rows."""
        picked = self.values if positions is None else self.take(positions)
        return picked if self.decode is None else self.decode(picked)

    @abstractmethod
    def take(self, positions: Positions) -> Any:
        """The library's own values at these rows."""

    @abstractmethod
    def size(self) -> int:
        """Bytes of the values, 0 if that is not known."""

    @abstractmethod
    def nulls(self) -> int:
        """Rows that are null, exactly."""

    @abstractmethod
    def items(self, positions: Positions | None) -> list[Any]:
        """The values at these rows as Python objects, nulls as None."""

    def tally(self, positions: Positions | None) -> Tally:
        """How often each text comes at these rows."""
        tally = Counter(self.items(positions))
        tally.pop(None, None)
        return list(tally), list(tally.values())

    @abstractmethod
    def array(self, positions: Positions | None) -> Any:
        """The values at these rows that are not null, as a numpy array."""

    @abstractmethod
    def ends(self, like: Any) -> Sequence[Any] | None:
        """Least and greatest value, of the dtype of ``like``."""

    @abstractmethod
    def counts(self, *, few: bool) -> tuple[int | None, Tally | None]:
        """How many different texts, and how often each comes if that is quickly told; few if they seem to be."""


class ArrowColumn(LibraryColumn):
    """An Arrow array or chunked array: of a pyarrow table, or within a pandas column."""

    def nulls(self) -> int:
        return int(self.values.null_count)

    def items(self, positions: Positions | None) -> list[Any]:
        found: list[Any] = self._at(positions).to_pylist()
        return found

    def tally(self, positions: Positions | None) -> Tally:
        return _tally(self._at(positions).value_counts())

    def array(self, positions: Positions | None) -> Any:
        kept = self._at(positions).drop_null()
        return kept.to_numpy(zero_copy_only=False)

    def ends(self, like: Any) -> Sequence[Any] | None:
        found = import_module("pyarrow.compute").min_max(self.values)
        ends = [found["min"], found["max"]]
        if any(end.as_py() is None for end in ends):
            return None
        return [_as_numpy(end, like) for end in ends]

    def counts(self, *, few: bool) -> tuple[int | None, Tally | None]:
        tally = self._at(None).value_counts()
        distinct = len(tally) - (tally.field("values").null_count > 0)
        return distinct, None if distinct > 4 * FEW else _tally(tally)

    def take(self, positions: Positions) -> Any:
        return self.values.take(import_module("pyarrow").array(positions))

    def size(self) -> int:
        return int(self.values.nbytes)


class NarwhalsColumn(LibraryColumn):
    """A narwhals series: of polars, and of every other eager library narwhals knows."""

    def nulls(self) -> int:
        return int(self.values.null_count())

    def items(self, positions: Positions | None) -> list[Any]:
        found: list[Any] = self._at(positions).to_list()
        return found

    def array(self, positions: Positions | None) -> Any:
        picked = self._at(positions)
        return (picked.drop_nulls() if picked.null_count() else picked).to_numpy()

    def ends(self, like: Any) -> Sequence[Any] | None:
        ends = [self.values.min(), self.values.max()]
        return None if None in ends else [numpy().array(end).astype(like.dtype)[()] for end in ends]

    def counts(self, *, few: bool) -> tuple[int | None, Tally | None]:
        kept = self._at(None)
        kept = kept.drop_nulls() if self.nulls() else kept
        if not few:
            return kept.n_unique(), None
        tally = kept.value_counts(name="count")
        if len(tally) > FEW:  # the texts' order is not the same each time; a sample's is
            return len(tally), None
        pairs = sorted(zip(tally[:, 0].to_list(), tally[:, 1].to_list(), strict=True))
        return len(pairs), ([text for text, _ in pairs], [count for _, count in pairs])

    def take(self, positions: Positions) -> Any:
        return self.values[positions]

    def size(self) -> int:
        measure = getattr(self.values.to_native(), "estimated_size", None)
        return int(measure()) if measure is not None else 0


class PandasLikeColumn(NarwhalsColumn):
    """A narwhals series of a library that can make pandas' of its own; to make lists they warn, or refuse."""

    def items(self, positions: Positions | None) -> list[Any]:
        found: list[Any] = self._at(positions).to_pandas().tolist()
        return found


def _tally(found: Any) -> Tally:
    """Arrow's counts of values, without the null's."""
    texts, counts = found.field("values").to_pylist(), found.field("counts").to_pylist()
    if None in texts:
        place = texts.index(None)
        del texts[place], counts[place]
    return texts, counts


def _as_numpy(end: Any, like: Any) -> Any:
    """An Arrow scalar as a numpy one; temporal ones by their integer, since Python's times end at microseconds."""
    np = numpy()
    value = end.value if like.dtype.kind in "Mm" else end.as_py()
    return np.array(value).astype(like.dtype)[()]
