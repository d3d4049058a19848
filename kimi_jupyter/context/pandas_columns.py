"""pandas' extension columns, one small class each. Imported with ``pandas_frame``; imports no data library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from .facts import SMALL_SET, Facts, Study, worth_counting
from .numbers import share
from .numeric import array_facts, numpy
from .passes import tallied
from .scalars import is_missing, safe_zone, scalar
from .tallies import asked_values, worth_listing
from .wording import object_facts

__all__ = [
    "CategoryColumn",
    "ExtensionColumn",
    "MaskedColumn",
    "ObjectColumn",
    "SparseColumn",
    "UnknownColumn",
    "ZonedColumn",
]

_OBJECTS = 8_192  # Python objects that are looked at in one column
_PRICE = 128  # cells of numbers that could be passed over in the time one object takes
_LEVELS = 60
_ASKED = 4_096  # categories among which those that a question names are looked for
_WIDTH = 32


class ObjectColumn:
    """A numpy array of Python objects."""

    def __init__(self, array: Any) -> None:
        self.values = array

    def facts(self, study: Study) -> Facts:
        if study.rows <= _OBJECTS:
            return object_facts(self.items(None), study, exact=True)
        some = self.items(study.index(numpy()))
        whole = study.whole and _worth_more(some) and study.affords(_PRICE * study.rows)
        return object_facts(self.items(None) if whole else some, study, exact=whole)

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        np = numpy()
        picked = self.values if positions is None else self.values[np.asarray(positions, dtype=np.intp)]
        return list(picked.tolist())


def _worth_more(some: list[Any]) -> bool:
    """Whether these values of a sample call for all the rows: types are mixed, or texts are few, or perhaps a key."""
    texts = [value for value in some if type(value) is str]
    mixed = len(texts) < len(some) and not all(is_missing(value) for value in some if type(value) is not str)
    return mixed or worth_counting(len(set(texts)))


class ExtensionColumn:
    """Periods and intervals: values of pandas' own that are looked at one by one."""

    def __init__(self, array: Any) -> None:
        self.values = array

    def facts(self, study: Study) -> Facts:
        whole = study.rows <= _OBJECTS
        facts = object_facts(self.items(None if whole else study.index(numpy())), study, exact=whole)
        missing = int(numpy().count_nonzero(self.values.isna()))
        return replace(facts, missing=missing, missing_exact=True, notes=())

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        np = numpy()
        picked = self.values if positions is None else self.values.take(np.asarray(positions, dtype=np.intp))
        return list(picked.astype(object).tolist())


class MaskedColumn:
    """Nullable numbers and booleans: an array and a mask."""

    def __init__(self, array: Any) -> None:
        self.values = array

    def facts(self, study: Study) -> Facts:
        np = numpy()
        values = self.values if study.sorts else self.values.take(study.index(np))
        mask = values.isna()
        plain = values.to_numpy(dtype=values.dtype.numpy_dtype, na_value=0)
        if study.sorts:
            return array_facts(plain, study, masked=mask)
        missing = int(np.count_nonzero(self.values.isna()))
        facts = array_facts(plain[~mask], study.part(int((~mask).sum())))
        return replace(facts, rows=study.rows, missing=missing, distinct_exact=False, range_exact=False, unique=False)

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        np = numpy()
        picked = self.values if positions is None else self.values.take(np.asarray(positions, dtype=np.intp))
        return list(picked.to_numpy(dtype=object, na_value=None).tolist())


class ZonedColumn:
    """Moments with a time zone; told in UTC, in which they are kept."""

    def __init__(self, array: Any) -> None:
        self.values = array

    def facts(self, study: Study) -> Facts:
        facts = array_facts(self.values.asi8.view(f"M8[{self.values.unit}]"), study)
        return replace(facts, notes=(*facts.notes, "told in UTC")) if facts.low else facts

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        np = numpy()
        picked = self.values if positions is None else self.values.take(np.asarray(positions, dtype=np.intp))
        if not safe_zone(self.values.tz):
            return list(picked.asi8.view(f"M8[{picked.unit}]"))
        return list(picked.astype(object).tolist())


class SparseColumn:
    """A column that keeps only what differs from its fill value."""

    def __init__(self, array: Any) -> None:
        self.values = array

    def facts(self, study: Study) -> Facts:
        kept = self.values.sp_values
        if not study.rows:
            return Facts(0)
        density = share(len(kept), study.rows)
        fill = scalar(self.values.fill_value, study.terms, _WIDTH) or "?"
        notes = (f"{density} differ from the fill value {fill}",)
        if kept.dtype.kind not in "biufc" or not len(kept):
            return Facts(study.rows, notes=notes)
        facts = array_facts(kept, study.part(len(kept)))
        return Facts(study.rows, low=facts.low, high=facts.high, range_exact=facts.range_exact, notes=notes)

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        np = numpy()
        places = range(len(self.values)) if positions is None else positions
        return list(self.values.take(np.array(places, dtype=np.intp)).to_dense().tolist())


class CategoryColumn:
    """Codes and categories: counts come from one pass over the codes."""

    def __init__(self, array: Any) -> None:
        self.values = array

    def facts(self, study: Study) -> Facts:
        np = numpy()
        codes, levels = self.values.codes, len(self.values.categories)
        exact = study.whole or study.affords(4 * study.rows + levels)
        picked = codes if exact else codes[study.index(np)]
        tally = tallied(np, picked, -1, levels - 1)
        lost, tally = int(tally[0]), tally[1:]
        used = np.flatnonzero(tally)
        shown = used if self.values.ordered and len(used) <= SMALL_SET else _most_frequent(np, tally, used)
        texts = self._texts(shown, study)
        unused = levels - len(used)
        notes = [f"of {levels:,} categories"] if exact and unused and len(used) else []
        notes += ["ordered"] if self.values.ordered else []
        return Facts(
            study.rows,
            lost if exact else study.scaled(lost, len(picked)),
            exact,
            len(used),
            exact,
            counts=tuple(zip(texts, tally[shown].tolist(), strict=True)),
            counted=int(tally.sum()),
            complete=len(used) <= _LEVELS,
            listing=partial(self._listing, used, tally, study)
            if exact and worth_listing(len(used), int(tally.sum()))
            else None,
            asked=self._asked(used[:_ASKED], tally, study) if study.terms.focus else (),
            examples=tuple(texts[:3]),
            notes=tuple(notes),
        )

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        np = numpy()
        codes = self.values.codes if positions is None else self.values.codes[np.asarray(positions, dtype=np.intp)]
        names = self._names(np.unique(codes[codes >= 0]))
        return [names.get(code) for code in codes.tolist()]

    def _asked(self, codes: Any, tally: Any, study: Study) -> tuple[tuple[str, int], ...]:
        """The categories that the question names."""
        names = [(code, name) for code, name in self._names(codes).items() if type(name) is str]
        return asked_values([name for _, name in names], [int(tally[code]) for code, _ in names], study.terms)

    def _listing(self, used: Any, tally: Any, study: Study) -> tuple[str, ...]:
        """The categories alone, the most frequent first."""
        return tuple(self._texts(used[numpy().argsort(-tally[used], kind="stable")], study))

    def _texts(self, codes: Any, study: Study) -> list[str]:
        names = self._names(codes)
        return [scalar(names[code], study.terms, _WIDTH) or "?" for code in codes.tolist()]

    def _names(self, codes: Any) -> dict[int, Any]:
        """The categories behind these codes."""
        return dict(zip(codes.tolist(), self.values.categories.take(codes).tolist(), strict=True))


def _most_frequent(np: Any, tally: Any, used: Any) -> Any:
    """The codes that come most often, at most so many as are ever told; of a million only these are sorted."""
    if len(used) > _LEVELS:
        counts = tally[used]
        bound = np.partition(counts, len(counts) - _LEVELS)[len(counts) - _LEVELS]
        above = used[counts > bound]
        used = np.sort(np.concatenate([above, used[counts == bound][: _LEVELS - len(above)]]))
    return used[np.argsort(-tally[used], kind="stable")]


class UnknownColumn:
    """A column of a type that is not looked into."""

    def facts(self, study: Study) -> Facts:
        return Facts(study.rows, notes=("values not looked at",))

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        return [_NotSeen] * len(positions or ())


class _NotSeen:
    """Stands for a value that is not looked at."""
