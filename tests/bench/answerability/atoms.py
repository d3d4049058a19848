"""What a solution needs to find in a text: names, values, numbers, missing counts, keys.

Texts of all serialisers are judged by the same rules, which accept each one's way of saying a thing: a missing count
may be told as the count of values that are there, a date format as an example that can be read in one way only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Atom", "Missing", "Number", "Pattern", "Question", "Table", "Unique", "Word", "words"]

_NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")


class Atom(Protocol):
    """One thing a solution needs."""

    def found(self, text: str) -> bool:
        """Whether the text holds it."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """A name or value, in any case, not within a longer word; or one of its alternatives."""

    alternatives: tuple[str, ...]

    def found(self, text: str) -> bool:
        return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.IGNORECASE) for one in self.alternatives)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text that matches."""

    expression: str

    def found(self, text: str) -> bool:
        return re.search(self.expression, text, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Number:
    """A number within a two-thousandth of itself, however it is written."""

    value: float

    def found(self, text: str) -> bool:
        return any(self._near(float(token.replace(",", ""))) for token in _NUMBER.findall(text))

    def _near(self, other: float) -> bool:
        return abs(other - self.value) <= max(abs(self.value) / 2000, 1e-9)


@dataclass(frozen=True, slots=True)
class Missing:
    """How many values a column lacks: told in its line as that, as the rest, or as per cent."""

    column: str
    count: int
    rows: int

    def found(self, text: str) -> bool:
        wanted = {self.count, self.rows - self.count}
        percent = 100 * self.count / self.rows
        for line in text.splitlines():
            if not Word((self.column,)).found(line):
                continue
            numbers = [float(token.replace(",", "")) for token in _NUMBER.findall(line)]
            if wanted.intersection(numbers) or any(abs(number - percent) < 0.06 for number in numbers if number):
                return True
        there = Number(self.rows - self.count)
        return any(line.startswith("count ") and there.found(line) for line in text.splitlines())


@dataclass(frozen=True, slots=True)
class Unique:
    """That a column has as many values as the table has rows: in words, or as that number in its line."""

    column: str
    rows: int

    def found(self, text: str) -> bool:
        lines = [line for line in text.splitlines() if Word((self.column,)).found(line)]
        if any(Word(("unique", "key", "primary key")).found(line) for line in lines if line.count(",") < 40):
            return True
        return any(Number(self.rows).found(line) for line in text.splitlines() if line.startswith("unique "))


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the words of a benchmark, with what its solution needs."""

    text: str
    atoms: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with questions on it; hard ones need more than a small budget holds."""

    name: str
    frame: object
    questions: tuple[Question, ...]
    hard: bool = False


def words(*names: str) -> tuple[Atom, ...]:
    """An atom for each of these; ``a|b`` is either of two."""
    return tuple(Word(tuple(name.split("|"))) for name in names)
