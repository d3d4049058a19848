"""The facts of a column in words; the one place where they are chosen. Imports no data library."""

from __future__ import annotations

from dataclasses import replace

from .facts import SMALL_SET, Facts
from .numbers import about, share
from .terms import Terms

__all__ = ["DEEPEST", "has_lists", "phrases"]

#: The level at which all is told.
DEEPEST = 5
_FEW = 4
_NAMES = 60  # values that are listed by name at level 3, and with counts at level 4


def phrases(facts: Facts, terms: Terms, level: int) -> list[str]:
    """The facts in words.

    Parameters
    ----------
    facts
        What is known.
    terms
        The detail that is allowed.
    level
        0: nothing; 1: missing, distinct, values asked for, range, notes; 2: also small sets and examples; 3: also the
        names in sets of some size; 4: also their counts, quartiles, and how many measured values differ; 5: also the
        names in large sets.
    """
    if level == 0 or terms.detail == "schema" or not facts.rows:
        return []
    if facts.missing == facts.rows:
        return ["all missing" if facts.missing_exact else "all missing in the sample"]
    facts, said = _without_rows(facts) if terms.detail == "stats" else (facts, [])
    if facts.missing:
        mark = "" if facts.missing_exact else "≈"
        said.append(f"{mark}{share(facts.missing, facts.rows)} missing ({mark}{facts.missing:,})")
    if listed := _listed(facts, level):  # the list comes last, so that a note can't be read as one of its values
        unique = ["unique"] if facts.unique else []
        return [*said, *unique, *facts.notes, *_evenly(facts), f"{_how_many(facts)} distinct: {', '.join(listed)}"]
    said += _distinct(facts) if level >= 4 or not facts.continuous else []
    if facts.asked:
        said.append("includes " + ", ".join(_tallied(facts, facts.asked)))
    if facts.low and not _is_constant(facts):
        said.append(f"{'' if facts.range_exact else '≈'}{facts.low} … {facts.high}")
    said += facts.notes
    if level >= 2 and facts.distinct != 1:
        said += _inside(facts, terms, level)
    return said


def _without_rows(facts: Facts) -> tuple[Facts, list[str]]:
    """The facts without values that only one row has, and how many these are."""
    kept = tuple((value, count) for value, count in facts.counts if count > 1)
    own = len(facts.counts) - len(kept)
    said = [f"{own:,} rare value{'' if own == 1 else 's'} untold"] if own and kept and facts.complete else []
    return replace(facts, counts=kept, listing=None), said


def has_lists(facts: Facts) -> bool:
    """Whether there is something to be said beyond level 2."""
    return bool(facts.quartiles) or facts.listing is not None or len(facts.counts) > SMALL_SET


def _is_constant(facts: Facts) -> bool:
    return facts.distinct == 1 and bool(facts.counts) and facts.rows > 1 and facts.low == facts.high


def _listed(facts: Facts, level: int) -> list[str]:
    """The values one by one: a small set, or where there is room a larger one."""
    if facts.distinct is None or facts.distinct == 1 or level < 2:
        return []
    longer = level >= (DEEPEST if facts.unique else 4)
    if facts.complete and facts.counts and (len(facts.counts) <= SMALL_SET or longer):
        return [] if facts.low and len(facts.counts) > SMALL_SET else _tallied(facts, facts.counts)
    if facts.listing is None or facts.low or facts.unique:
        return []
    few = facts.complete and len(facts.counts) <= _NAMES
    return list(facts.listing()) if (level >= 3 and few) or level >= DEEPEST else []


def _distinct(facts: Facts) -> list[str]:
    if facts.distinct is None:
        return []
    if facts.distinct == 1 and facts.counts and facts.rows > 1:
        always = "always" if facts.distinct_exact else "≈always"
        return [f"{always} {facts.counts[0][0]}"]
    return [f"{_how_many(facts)} distinct", *(["unique"] if facts.unique else [])]


def _how_many(facts: Facts) -> str:
    return f"{facts.distinct:,}" if facts.distinct_exact else about(facts.distinct or 0)


def _even(facts: Facts) -> bool:
    """Whether each of several values is known to come as often as any other."""
    exact = facts.counted == facts.rows - facts.missing
    same = facts.complete and len({count for _, count in facts.counts}) == 1
    return exact and same and (facts.counts[0][1] == 1 or len(facts.counts) > _FEW)


def _evenly(facts: Facts) -> list[str]:
    return [f"each {facts.counts[0][1]:,} times"] if _even(facts) and facts.counts[0][1] > 1 else []


def _tallied(facts: Facts, counts: tuple[tuple[str, int], ...]) -> list[str]:
    """Values with how often each comes; without, where all come equally often."""
    if _even(facts):
        return [value for value, _ in counts]
    exact = facts.counted == facts.rows - facts.missing
    return [_counted(value, f"{count:,}" if exact else "≈" + share(count, facts.counted)) for value, count in counts]


def _counted(value: str, count: str) -> str:
    """A value with its count; bare numbers put it in brackets, ``2007 (110)``, so that the two can't be confused."""
    return f"{value} ({count})" if value[:1].isdigit() or value[:1] == "-" else f"{value} {count}"


def _inside(facts: Facts, terms: Terms, level: int) -> list[str]:
    """What lies between the ends of the range."""
    said = ["quartiles " + ", ".join(facts.quartiles)] if facts.quartiles and level >= 4 else []
    if terms.detail == "stats":
        return said
    if facts.counts and facts.counts[0][1] * 20 >= facts.counted and facts.counts[0][1] > 1:
        return [*said, "most often " + ", ".join(_tallied(facts, facts.counts[:3]))]
    if facts.examples:
        said.append("e.g. " + ", ".join(facts.examples))
    return said
