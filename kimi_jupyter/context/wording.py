"""Facts of texts and of columns of Python objects, from lists of their values.

An object's methods are never run: types are compared by identity and only exact builtin ones are opened (hazards
§2.10). Imports no data library.
"""

from __future__ import annotations

import datetime as dt
import decimal
import heapq
from collections import Counter
from functools import partial
from typing import Any

from .containers import is_container, kinds, literal
from .facts import SMALL_SET, Facts, Study, estimate_distinct
from .identity import is_a
from .labels import canonical
from .numbers import share
from .readings import PLACEHOLDERS, on_a_scale, range_of
from .scalars import is_missing, safe_zone, scalar
from .shapes import Shapes, looks_ordered
from .terms import Terms
from .text import cut, one_line

__all__ = ["asked_values", "object_facts", "tally_facts", "worth_listing"]

_LISTED = 60  # the longest set of categories that is told with counts
_LONG = 400  # … and without
_SORTED = 240  # more texts than these are not ranked to the last
_WIDTH = 32
_AT_ONCE = 512  # texts that are counted between looks at the clock
_EXAMPLES = 3
_RANGED = 5_000  # texts among which the first and last date or number are looked for
_MOST_ASKED = 4
#: Words of every other question that are values of many columns without being meant.
_ORDINARY_WORDS = (
    "a an and are as at be by can do does each find for from get give has have how if in is it its list many me mean"
    " more most much no not of on or per show than that the their them there these this to us was were what when where"
    " which who with yes average column columns count data max min number plot rows row sum table total value values"
)
_ORDINARY = frozenset(_ORDINARY_WORDS.split(" "))
_ORDERED = (int, float, decimal.Decimal, dt.date, dt.datetime, dt.timedelta)
_HASHED = (str, *_ORDERED, bool, bytes)


def tally_facts(
    values: list[str],
    counts: list[int],
    study: Study,
    *,
    missing: int = 0,
    missing_exact: bool = True,
    exact: bool = True,
    distinct: int | None = None,
) -> Facts:
    """Facts of texts from how often each comes.

    Parameters
    ----------
    values
        Different texts, in any order that is the same for the same data.
    counts
        How often each comes.
    study
        How closely the table is looked at.
    missing, missing_exact
        Rows without a value.
    exact
        The counts are of all rows, not of a sample.
    distinct
        Different values, if known better than from the counts.
    """
    terms = study.terms
    if not counts:
        return Facts(study.rows, study.rows if missing else missing, missing_exact)
    sure = exact or distinct is not None
    if distinct is None:
        distinct = len(counts) if exact else _estimated(counts, study.rows - missing)
    complete = len(counts) <= _LISTED and distinct == len(counts)
    shapes = Shapes(values)
    steps = on_a_scale(values) if complete else []
    low, high = _ends(values, shapes)
    return Facts(
        study.rows,
        missing,
        missing_exact,
        distinct,
        sure,
        unique=sure and not missing and distinct == study.rows > 1,
        counts=tuple((terms.quoted(value, _WIDTH), count) for value, count in _ranked(values, counts, complete, steps)),
        counted=sum(counts),
        complete=complete,
        listing=partial(_listing, values, counts, terms)
        if len(counts) == distinct and worth_listing(distinct, sum(counts))
        else None,
        asked=asked_values(values, counts, terms),
        low=terms.plain(low, _WIDTH),
        high=terms.plain(high, _WIDTH),
        range_exact=exact,
        examples=tuple(dict.fromkeys(terms.quoted(value, _WIDTH) for value in shapes.examples(_EXAMPLES))),
        notes=(
            *(["ordered"] if steps else []),
            *(cut(one_line(note), 80) for note in shapes.notes()),  # shapes hold no letter or digit of a value
            *(_placeholders(values, counts, study, exact) if len(counts) > SMALL_SET else []),
        ),
    )


def _ends(values: list[str], shapes: Shapes) -> tuple[str, str]:
    """The first and last of texts that have an order of their own: dates, numbers."""
    if looks_ordered(values):
        return min(values), max(values)
    return range_of(values, shapes.reading) if shapes.reading and len(values) <= _RANGED else ("", "")


def worth_listing(distinct: int, rows: int) -> bool:
    """Whether so many texts of so many rows are categories, though many, and mostly not each a row's own."""
    return SMALL_SET < distinct <= _LONG and rows >= 2 * distinct


def _listing(values: list[str], counts: list[int], terms: Terms) -> tuple[str, ...]:
    """The texts alone, the most frequent first."""
    ranked = sorted(zip(values, counts, strict=True), key=_rank)
    return tuple(terms.quoted(value, _WIDTH) for value, _ in ranked)


def asked_values(values: list[str], counts: list[int], terms: Terms) -> tuple[tuple[str, int], ...]:
    """The texts that the question names, screened, with how often each comes."""
    focus = terms.focus
    if not focus:
        return ()
    found = [
        (value, counts[place])
        for place, value in enumerate(values)
        if len(value) <= _WIDTH and (value.lower() if value.isalnum() else canonical(value)) in focus
    ]
    named = [(value, count) for value, count in found if len(value) > 1 and value.lower() not in _ORDINARY]
    if terms.detail == "stats":
        named = [(value, count) for value, count in named if count > 1]
    return tuple((terms.quoted(value, _WIDTH), count) for value, count in sorted(named, key=_rank)[:_MOST_ASKED])


def _placeholders(values: list[str], counts: list[int], study: Study, exact: bool) -> list[str]:
    """Texts that stand for missing values, with how often they do."""
    found = [(value, counts[values.index(value)]) for value in PLACEHOLDERS.intersection(values)]
    total = sum(counts)
    return [
        f"missing as {study.terms.quoted(value, _WIDTH)} ({f'{count:,}' if exact else '≈' + share(count, total)})"
        for value, count in sorted(found, key=_rank)[:2]
        if study.terms.detail == "sample" or count > 1
    ]


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
    distinct = len(tally) if exact else _estimated(list(tally.values()), study.rows - missing)
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


def _estimated(counts: list[int], rows: int) -> int:
    return estimate_distinct(len(counts), counts.count(1), counts.count(2), rows)


def _ranked(values: list[str], counts: list[int], complete: bool, steps: list[str]) -> list[tuple[str, int]]:
    """The texts with their counts, most frequent first or by their scale: all if they are every text, else three."""
    if steps:
        often = dict(zip(values, counts, strict=True))
        return [(step, often[step]) for step in steps]
    if complete:
        return sorted(zip(values, counts, strict=True), key=_rank)
    bound = 1
    if len(counts) > _SORTED:  # of many, only those that are frequent at all
        most = max(counts)
        bound = max(2, most // 4, sum(counts) // 50)
        if most < bound:
            return []
    frequent = [place for place, count in enumerate(counts) if count >= bound]
    return heapq.nsmallest(3, ((values[place], counts[place]) for place in frequent), key=_rank)


def _rank(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]
