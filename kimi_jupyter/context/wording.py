"""Facts of columns of Python objects, from lists of their values.

An object's methods are never run: types are compared by identity and only exact builtin ones are opened (hazards
§2.10). Imports no data library.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections import Counter
from typing import Any

from .containers import is_container, kinds, literal
from .facts import SMALL_SET, Facts, Study
from .identity import is_a
from .scalars import is_missing, safe_zone, scalar
from .tallies import estimated, tally_facts

__all__ = ["object_facts"]

_WIDTH = 32
_AT_ONCE = 512  # texts that are counted between looks at the clock
_ORDERED = (int, float, decimal.Decimal, dt.date, dt.datetime, dt.timedelta)
_HASHED = (str, *_ORDERED, bool, bytes)


def object_facts(values: list[Any], study: Study, *, exact: bool) -> Facts:
    """Facts of a column of Python objects.

    Parameters
    ----------
    values
        The values looked at: all of them, or those of the sample. Never changed.
    study
        How closely the table is looked at.
    exact
        Whether these are all the rows.
    """
    texts = [value for value in values if type(value) is str]  # most columns of objects hold nothing else
    others = [value for value in values if type(value) is not str] if len(texts) < len(values) else []
    if texts and all(map(_missing, others)):
        return _text_facts(texts, len(others), study, exact)
    kept = [value for value in values if not _missing(value)]
    lost = len(values) - len(kept)
    missing = lost if exact else study.scaled(lost, len(values))
    if not kept:
        return Facts(study.rows, study.rows if lost else 0, exact)
    only = type(kept[0])
    if not all(type(value) is only for value in kept):
        return _mixed(kept, missing, study, exact)
    if only is bool or (any(only is known for known in _HASHED) and _comparable(kept)):
        return _ordered(kept, missing, study, exact)
    return _opaque(kept, missing, study, exact)


def _text_facts(texts: list[str], lost: int, study: Study, exact: bool) -> Facts:
    """Facts of texts among so many missing values."""
    tally: Counter[str] = Counter()
    seen = 0
    while seen < len(texts) and not study.terms.late:  # a text may be a million characters long
        tally.update(texts[seen : seen + _AT_ONCE])
        seen += _AT_ONCE
    exact = exact and seen >= len(texts)
    missing = lost if exact else study.scaled(lost, len(texts) + lost)
    return tally_facts(list(tally), list(tally.values()), study, missing=missing, missing_exact=exact, exact=exact)


def _missing(value: Any) -> bool:
    exact = type(value)
    return exact is not str and exact is not int and is_missing(value)


def _comparable(values: list[Any]) -> bool:
    """Whether hashing and comparing runs no foreign code: of times only those whose zones are a library's own."""
    if type(values[0]) is not dt.datetime:
        return True
    aware = {value.tzinfo is not None for value in values}
    return len(aware) == 1 and all(safe_zone(value.tzinfo) for value in values)


def _ordered(kept: list[Any], missing: int, study: Study, exact: bool) -> Facts:
    """Facts of plain values of one exact builtin type."""
    tally = Counter(kept)
    distinct = len(tally) if exact else estimated(list(tally.values()), study.rows - missing)
    small = len(tally) <= SMALL_SET and (len(kept) >= 2 * len(tally) or type(kept[0]) is bool)
    pairs = sorted(tally.items()) if small else []
    write = [(_text(value, study), count) for value, count in pairs]
    ranged = any(type(kept[0]) is known for known in _ORDERED)
    only = type(kept[0]).__name__
    return Facts(
        study.rows,
        missing,
        exact,
        distinct,
        exact,
        unique=exact and not missing and distinct == study.rows > 1,
        counts=tuple(write),
        counted=len(kept),
        complete=small,
        low=_text(min(tally), study) if ranged else "",
        high=_text(max(tally), study) if ranged else "",
        range_exact=exact,
        examples=() if small else tuple(_text(value, study) for value in list(tally)[:3]),
        notes=(f"holds {only}",),
    )


def _mixed(kept: list[Any], missing: int, study: Study, exact: bool) -> Facts:
    return Facts(
        study.rows,
        missing,
        exact,
        examples=tuple(dict.fromkeys(literal(value, study.terms, _WIDTH) for value in kept[:50]))[:3],
        notes=(f"holds {_shares(kept, exact)}",),
    )


def _shares(kept: list[Any], exact: bool) -> str:
    return kinds(kept) if exact else f"{kinds(kept)} in a sample of {len(kept):,}"


def _opaque(kept: list[Any], missing: int, study: Study, exact: bool) -> Facts:
    """Containers by their lengths, arrays by their shapes, library values as they print, others by their type."""
    notes = [f"holds {kinds(kept)}"]
    shown: tuple[str, ...] = ()
    if is_container(kept[0]):
        lengths = [len(value) for value in kept]
        notes.append(_range("length", min(lengths), max(lengths)))
        notes += _keys(kept, study)
        shown = tuple(literal(value, study.terms, _WIDTH) for value in kept[:2])
    elif is_a(kept[0], "numpy.ndarray"):
        shapes = Counter(value.shape for value in kept)
        notes.append(f"shape {shapes.most_common(1)[0][0]}" if len(shapes) == 1 else f"{len(shapes):,} shapes")
        notes.append(f"of {kept[0].dtype}" if len({value.dtype for value in kept}) == 1 else "of several dtypes")
    elif scalar(kept[0], study.terms, 8) is not None:
        shown = tuple(dict.fromkeys(_text(value, study) for value in kept[:50]))[:3]
    return Facts(study.rows, missing, exact, examples=shown, notes=tuple(notes))


def _keys(kept: list[Any], study: Study) -> list[str]:
    """The keys that dicts in cells have."""
    if type(kept[0]) is not dict:
        return []
    names = Counter(key for value in kept[:1000] for key in list(value)[:100] if type(key) is str)
    if study.terms.detail == "stats":
        names = Counter({name: count for name, count in names.items() if 2 * count > min(len(kept), 1000)})
    told = [study.terms.plain(name, _WIDTH) for name, _ in names.most_common(8)]
    more = len(names) - len(told)
    return ["keys " + ", ".join(told) + (f", {more:,} more" if more else "")] if told else []


def _range(what: str, low: int, high: int) -> str:
    return f"{what} {low:,}" if low == high else f"{what} {low:,} to {high:,}"


def _text(value: Any, study: Study) -> str:
    return scalar(value, study.terms, _WIDTH) or "?"
