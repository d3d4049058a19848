"""Texts and categories, looked at closely: which there are, how they are written, which are the same but for spelling.

Imports no data library: numpy is handed in.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ...chat.tokens import estimate_tokens
from ..numbers import share
from ..readings import PLACEHOLDERS
from ..shapes import loose_shape
from ..sizes import counted
from ..terms import Terms
from .values import Values, name_text
from .words import often

__all__ = ["text_lines"]

_VALUES = 0.6  # of the budget for the values themselves
_MOST = 400
_COMPARED = 20_000  # different texts among which near-duplicates are looked for
_SHOWN = 8
_SHAPES = 6
_SCALE = 40  # ordered categories that are told in their own order
_ONCE = 8  # values of a single row that are told
_ALIKE = 4
_LENGTH = 60


def text_lines(np: Any, values: Values, terms: Terms, *, whole: bool) -> list[str]:
    """Lines on labels: each with its count, lengths, shapes, near-duplicates, marks of missing values."""
    if not len(values.names):
        return []
    counts = np.bincount(values.array[~values.missing], minlength=len(values.names)).tolist()
    ranked = list(zip(values.names, counts, strict=True))
    texts = [(name, count) for name, count in ranked if type(name) is str]
    ranked = ranked if values.ordered and len(ranked) <= _SCALE else _in_order(ranked)
    lines = [_listed(ranked, terms, whole=whole)]
    if texts:
        lines += [_lengths(texts, whole=whole), _shapes(texts, terms, whole=whole)]
        lines += [_spaces(texts, whole=whole), _missing_marks(texts, terms, whole=whole)]
        lines += _near_duplicates(texts, terms, whole=whole)
    return [line for line in lines if line]


def _in_order(ranked: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """The most frequent first, those of one count by their text, so that the same data give the same line."""
    return sorted(ranked, key=lambda pair: (-pair[1], pair[0] if type(pair[0]) is str else ""))


def _listed(ranked: list[tuple[Any, int]], terms: Terms, *, whole: bool) -> str:
    """The values with their counts, as many as there is room for; under ``stats`` none that only one row has."""
    total = sum(count for _, count in ranked)
    again = [pair for pair in ranked if pair[1] > 1]
    once = ranked[len(again) :] if terms.detail == "sample" else []
    if not again:
        examples = ", ".join(name_text(name, terms, _LENGTH) for name, _ in _spread(once, _ONCE))
        said = f"{'each value' if whole else 'in the sample each value'} comes once"
        return f"{said}, e.g. {examples}" if examples else said
    shown = [*again, *once[:_ONCE]]
    room, parts = int(terms.tokens * _VALUES), list[str]()
    for name, count in shown[:_MOST]:
        part = f"{name_text(name, terms, _LENGTH)} ({often(count, total, whole=whole)})"
        room -= estimate_tokens(part) + 1
        if room < 0:
            break
        parts.append(part)
    left = ranked[len(parts) :]
    more = f", … {len(left):,} more {_between(left, total, whole=whole)}" if left else ""
    return f"values: {', '.join(parts)}{more}"


def _spread(pairs: list[tuple[Any, int]], most: int) -> list[tuple[Any, int]]:
    """Some of the pairs, evenly from all of them."""
    return [pairs[place * len(pairs) // most] for place in range(most)] if len(pairs) > most else pairs


def _between(left: list[tuple[Any, int]], total: int, *, whole: bool) -> str:
    """How often the others come."""
    counts = [count for _, count in left]
    if not whole:
        return f"(≈{share(sum(counts), total)} together)"
    low, high = min(counts), max(counts)
    return f"(each {low:,})" if low == high else f"({low:,} to {high:,} each)"


def _lengths(texts: list[tuple[str, int]], *, whole: bool) -> str:
    lengths = sorted((len(text), count) for text, count in texts)
    low, high, total = lengths[0][0], lengths[-1][0], sum(count for _, count in lengths)
    if low == high:
        return f"{'all' if whole else 'all in the sample'} {counted(low, 'character')} long"
    seen, middle = 0, low
    for length, count in lengths:
        seen += count
        middle = length
        if 2 * seen >= total:
            break
    return f"lengths: {low:,} to {high:,} characters, median {middle:,}"


def _shapes(texts: list[tuple[str, int]], terms: Terms, *, whole: bool) -> str:
    """How the texts are written, by rows: ``shapes: AA-9+ 98 %``."""
    tally: Counter[str] = Counter()
    for text, count in texts[:_COMPARED]:
        tally[loose_shape(text)] += count
    total = sum(tally.values())
    ranked = sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
    told = [
        f"{terms.plain(form, _LENGTH) or '(empty)'} {'' if whole else '≈'}{share(count, total)}"
        for form, count in ranked[:_SHAPES]
    ]
    more = f", {len(ranked) - _SHAPES:,} more shapes" if len(ranked) > _SHAPES else ""
    return f"shapes (A a letters, 9 digits): {', '.join(told)}{more}"


def _spaces(texts: list[tuple[str, int]], *, whole: bool) -> str:
    """How many rows have blanks at an end, or twice within."""
    ends = sum(count for text, count in texts if text != text.strip())
    twice = sum(count for text, count in texts if "  " in text.strip())
    total = sum(count for _, count in texts)
    said = [
        f"{often(count, total, whole=whole)} with {what}"
        for count, what in ((ends, "blanks at an end"), (twice, "double blanks"))
        if count
    ]
    return ", ".join(said)


def _missing_marks(texts: list[tuple[str, int]], terms: Terms, *, whole: bool) -> str:
    """Texts that stand for a missing value."""
    total = sum(count for _, count in texts)
    found = [
        (text, count)
        for text, count in texts
        if text.strip() in PLACEHOLDERS and (terms.detail == "sample" or count > 1)
    ]
    told = [f"{terms.quoted(text, _LENGTH)} ({often(count, total, whole=whole)})" for text, count in found[:_SHOWN]]
    return f"may mean missing: {', '.join(told)}" if told else ""


def _near_duplicates(texts: list[tuple[str, int]], terms: Terms, *, whole: bool) -> list[str]:
    """Texts that differ only in case, blanks or how their characters are composed."""
    total = sum(count for _, count in texts)
    groups: dict[str, list[tuple[str, int]]] = {}
    for text, count in texts[:_COMPARED]:
        groups.setdefault(_folded(text), []).append((text, count))
    alike = [group for group in groups.values() if len(group) > 1]
    alike = [_shown_in(group, terms) for group in alike]
    told = [group for group in alike if group]
    if not told:
        return [f"{len(alike):,} texts are written in several ways"] if alike else []
    lines = [
        " / ".join(
            f"{terms.quoted(text, _LENGTH)} ({often(count, total, whole=whole)})" for text, count in group[:_ALIKE]
        )
        for group in told[:_SHOWN]
    ]
    more = f"; {len(alike) - len(lines):,} more" if len(alike) > len(lines) else ""
    return [f"same but for case, blanks or accents' encoding: {'; '.join(lines)}{more}"]


def _shown_in(group: Sequence[tuple[str, int]], terms: Terms) -> list[tuple[str, int]]:
    """The spellings that may be told; under ``stats`` those that several rows have."""
    shown = sorted(group, key=lambda pair: (-pair[1], pair[0]))
    return shown if terms.detail == "sample" or all(count > 1 for _, count in shown) else []


def _folded(text: str) -> str:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(plain.casefold().split())
