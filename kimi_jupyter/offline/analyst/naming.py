"""Finds the columns that a question names: quoted, whole, or in part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .tables import Column, Table
from .words import ASKING, NEVER, UNITS, same, words_of

__all__ = ["Mention", "mentions"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Columns that a span of a question names: one, or several that fit it equally well."""

    start: int
    end: int
    columns: tuple[Column, ...]


def mentions(question: str, table: Table) -> list[Mention]:
    """The columns a question names, in the order it names them.

    Quoted names come first, then whole names, then runs of words that are part of a name ("bill length" for
    ``bill_length_mm``). A run that fits several columns equally well names them all.
    """
    found: list[Mention] = []
    free = list(question)
    for match in re.finditer(r"`([^`]+)`|\"([^\"]+)\"|'([^']+)'", question):
        quoted = next(group for group in match.groups() if group is not None)
        named = [column for column in table.columns if column.name == quoted]
        named = named or [column for column in table.columns if column.name.lower() == quoted.lower()]
        if named:
            _take(found, free, match.start(), match.end(), (named[0],))
    for column in sorted(table.columns, key=lambda column: -len(column.name)):
        if column.name.strip() and column.name.lower() not in NEVER:
            _whole(found, free, column)
    _partial(found, free, table)
    return sorted(found, key=lambda mention: mention.start)


def _take(found: list[Mention], free: list[str], start: int, end: int, columns: tuple[Column, ...]) -> None:
    found.append(Mention(start, end, columns))
    free[start:end] = "\0" * (end - start)


def _whole(found: list[Mention], free: list[str], column: Column) -> None:
    name = column.name if len(column.name) < 3 else column.name.lower()
    text = "".join(free) if len(column.name) < 3 else "".join(free).lower()
    if len(text) != len(free):  # a few characters change their length with their case
        return
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if len(column.name) > 2 and text[end : end + 1] == "s" and not column.name.endswith("s"):
            end += 1
        if not (_joins(text, start) or _joins(text, end)):
            _take(found, free, start, end, (column,))
            text = text[:start] + "\0" * (end - start) + text[end:]
        start = text.find(name, end)


def _joins(text: str, place: int) -> bool:
    """Whether a word runs on across this place (Han text has no spaces between words)."""
    around = text[max(0, place - 1) : place + 1]
    return (
        len(around) == 2
        and place > 0
        and all(c.isalnum() or c == "_" for c in around)
        and not any("\u4e00" <= c <= "\u9fff" for c in around)
    )


def _partial(found: list[Mention], free: list[str], table: Table) -> None:
    words = words_of("".join(free))
    names = [(column, [word for word, _, _ in words_of(column.name)]) for column in table.columns]
    holding = _holding({word for word, _, _ in words}, names)
    taken: set[int] = set()
    for length in range(min(5, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            span = range(first, first + length)
            run = [words[i][0] for i in span]
            if taken & set(span) or (length == 1 and (run[0] in ASKING or len(run[0]) < 3)):
                continue
            candidates = sorted(set.intersection(*(holding[word] for word in run)))
            columns = _best_fit(run, [names[i] for i in candidates])
            if columns:
                taken |= set(span)
                _take(found, free, words[first][1], words[first + length - 1][2], columns)


def _holding(asked: set[str], names: Sequence[tuple[Column, list[str]]]) -> dict[str, set[int]]:
    """Which columns hold each asked word in their name, so that wide tables are searched once."""
    places: dict[str, set[int]] = {}
    for number, (_, parts) in enumerate(names):
        for part in parts:
            places.setdefault(part, set()).add(number)
    return {word: set().union(*(held for part, held in places.items() if same(part, word))) for word in asked}


def _best_fit(run: list[str], names: Sequence[tuple[Column, list[str]]]) -> tuple[Column, ...]:
    """The columns whose names hold this run of words with the fewest words left over; units do not count."""
    scored: list[tuple[int, Column]] = []
    for column, parts in names:
        if _in_order(parts, run):
            left = [part for part in parts if part not in UNITS and not any(same(part, word) for word in run)]
            scored.append((len(left), column))
    best = min((score for score, _ in scored), default=0)
    fitting = tuple(column for score, column in scored if score == best)
    return fitting if len(fitting) <= 6 else fitting[:1]


def _in_order(parts: list[str], run: list[str]) -> bool:
    """Whether the run's words stand in the name in this order."""
    rest = iter(parts)
    return all(any(same(part, word) for part in rest) for word in run)
