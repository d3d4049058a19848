"""The facts of a column in words; the one place where they are chosen. Imports no data library."""

from __future__ import annotations

from .facts import SMALL_SET, Facts
from .numbers import about, share
from .terms import Terms

__all__ = ["phrases"]


def phrases(facts: Facts, terms: Terms, level: int) -> list[str]:
    """The facts in words.

    Parameters
    ----------
    facts
        What is known.
    terms
        The detail that is allowed.
    level
        0: nothing; 1: missing, distinct, range, notes; 2: also categories, quartiles, examples; 3: longer lists.
    """
    if level == 0 or terms.detail == "schema" or not facts.rows:
        return []
    if facts.missing == facts.rows:
        return ["all missing" if facts.missing_exact else "all missing in the sample"]
    said: list[str] = []
    if facts.missing:
        mark = "" if facts.missing_exact else "≈"
        said.append(f"{mark}{share(facts.missing, facts.rows)} missing ({mark}{facts.missing:,})")
    constant = facts.distinct == 1 and bool(facts.counts) and facts.rows > 1 and facts.low == facts.high
    listed = level >= 2 and _may_list(facts, terms, level)
    if listed:  # the list comes last, so that a note can't be read as one of its values
        return [*said, *facts.notes, *_distinct(facts, listed)]
    said += _distinct(facts, listed)
    if facts.low and not constant:
        said.append(f"{'' if facts.range_exact else '≈'}{facts.low} … {facts.high}")
    said += facts.notes
    if level >= 2 and facts.distinct != 1:
        said += _inside(facts, terms)
    return said


def _may_list(facts: Facts, terms: Terms, level: int) -> bool:
    """Whether the values are told one by one: a small set, and, where no rows may show, none that is a row's own."""
    if not facts.counts or not facts.complete or facts.distinct == 1:
        return False
    if terms.detail == "stats" and facts.counted < 2 * len(facts.counts):
        return False
    return len(facts.counts) <= SMALL_SET or level >= 3


def _distinct(facts: Facts, listed: bool) -> list[str]:
    if facts.distinct is None:
        return []
    if facts.distinct == 1 and facts.counts and facts.rows > 1:
        always = "always" if facts.distinct_exact else "≈always"
        return [f"{always} {facts.counts[0][0]}"]
    count = f"{facts.distinct:,}" if facts.distinct_exact else about(facts.distinct)
    if not listed:
        return [f"{count} distinct", *(["unique"] if facts.unique else [])]
    return [f"{count} distinct: {', '.join(_counts(facts, len(facts.counts)))}"]


def _counts(facts: Facts, most: int) -> list[str]:
    exact = facts.counted == facts.rows - facts.missing
    if exact and facts.complete and all(count == 1 for _, count in facts.counts):
        return [value for value, _ in facts.counts[:most]]
    return [
        _counted(value, f"{count:,}" if exact else "≈" + share(count, facts.counted))
        for value, count in facts.counts[:most]
    ]


def _counted(value: str, count: str) -> str:
    """A value with its count; bare numbers put it in brackets, ``2007 (110)``, so that the two can't be confused."""
    return f"{value} ({count})" if value[:1].isdigit() or value[:1] == "-" else f"{value} {count}"


def _inside(facts: Facts, terms: Terms) -> list[str]:
    """What lies between the ends of the range."""
    said: list[str] = []
    if facts.quartiles:
        said.append("quartiles " + ", ".join(facts.quartiles))
    if terms.detail == "stats":
        return said
    if facts.counts and facts.counts[0][1] * 20 >= facts.counted and facts.counts[0][1] > 1:
        return [*said, "most often " + ", ".join(_counts(facts, 3))]
    if facts.examples:
        said.append("e.g. " + ", ".join(facts.examples))
    return said
