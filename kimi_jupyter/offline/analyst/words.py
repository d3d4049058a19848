"""Words: what they come down to, which of them only ask, and how alike two names are.

Imports nothing of ours.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

__all__ = ["ASKING", "NEVER", "UNITS", "closest", "fold", "same", "words_of"]

_WORD = re.compile(r"[A-Z]?[a-z\u00df-\u024f]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")
#: Words that are part of asking; alone they name a column only when they are its whole name.
ASKING = frozenset(
    re.findall(
        r"\w+",
        "a again against all an and are as at average avg bar be between box by can category chart clean colored "
        "coloured column common compare correlation count data dataset describe different distribution do draw "
        "each every first for frame frequent from give graph group groups has have high highest histogram how i "
        "id in is it last least line low main many max maximum me mean median min minimum missing most much name "
        "nan no not now null number numeric of on or other over overview per please plot plotted relate related "
        "relationship row rows same scatter show size some std sum summarise summarize summary table than that "
        "the them there these this those time to top total trend two type unique unit up using value values was "
        "were what where which who why with yes you your ",
    )
)
#: These may not name a column even when they are its whole name, unless quoted.
NEVER = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at by for how i in is it many me of on or that the there this to what which ",
    )
)
#: Parts of a column's name that nobody says.
UNITS = frozenset(
    re.findall(
        r"\w+",
        "cm eur ft g gbp hr id in kg km lb lbs m min mm ms no nr num oz pct percent percentage s sec usd ",
    )
)


def fold(word: str) -> str:
    """A word without case and plural."""
    word = word.lower()
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "ies")):
        return word[:-1]
    return word


def words_of(text: str) -> list[tuple[str, int, int]]:
    """The folded words of a text with their places; snake and camel case come apart."""
    return [(fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]


def closest(name: str, candidates: list[str]) -> str | None:
    """The candidate most like a name, or ``None`` where none is like it at all."""
    bare = re.sub(r"[\W_]+", "", name).lower()
    scored = [
        (SequenceMatcher(None, bare, re.sub(r"[\W_]+", "", other).lower()).ratio(), other) for other in candidates
    ]
    score, best = max(scored, default=(0.0, ""))
    return best if score >= 0.6 else None


def same(part: str, word: str) -> bool:
    """Whether two folded words are the same, or one is the other cut short."""
    if part == word:
        return True
    short, long = sorted((part, word), key=len)
    return len(short) >= 4 and long.startswith(short)
