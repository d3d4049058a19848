"""Facts of texts, from how often each comes: categories, what they stand for, which of them a question names.

Imports no data library.
"""

from __future__ import annotations

import heapq
from functools import partial

from .facts import SMALL_SET, Facts, Study, estimate_distinct
from .labels import canonical
from .numbers import share
from .readings import PLACEHOLDERS, on_a_scale, range_of
from .shapes import Shapes, looks_ordered
from .terms import Terms
from .text import cut, one_line

__all__ = ["asked_values", "estimated", "tally_facts", "worth_listing"]

_LISTED = 60  # the longest set of categories that is told with counts
_LONG = 400  # … and without
_SORTED = 240  # more texts than these are not ranked to the last
_WIDTH = 32
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
        distinct = len(counts) if exact else estimated(counts, study.rows - missing)
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


def estimated(counts: list[int], rows: int) -> int:
    """Different values among so many rows, from how often each of a sample comes."""
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
