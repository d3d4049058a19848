"""The share of questions whose every atom is in a text, for a digest or a peer at a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from kimi_jupyter.chat.tokens import estimate_tokens

from .atoms import Question, Table
from .peers import PEERS, asked, cut_to, told

__all__ = ["ASKED", "OURS", "Row", "missed", "rows", "share"]

OURS, ASKED = "kimi_jupyter", "kimi_jupyter, asked"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: who, the share at each budget, and the median size when there is room."""

    name: str
    shares: tuple[float, ...]
    tokens: int


def rows(tables: Sequence[Table], budgets: Sequence[int]) -> Iterator[Row]:
    """A row for our digest, for the digest of a question, and for each peer."""
    for name in (OURS, ASKED, *PEERS):
        sizes = sorted(estimate_tokens(_full(name, table)) for table in tables)
        yield Row(name, tuple(share(name, tables, budget) for budget in budgets), sizes[len(sizes) // 2])


def share(name: str, tables: Sequence[Table], budget: int) -> float:
    """The share of the tables' questions that can be answered from this text at this budget."""
    total = sum(len(table.questions) for table in tables)
    return 1 - sum(1 for _ in missed(name, tables, budget)) / total


def missed(name: str, tables: Sequence[Table], budget: int) -> Iterator[tuple[Table, Question]]:
    """The questions that can't be answered."""
    for table in tables:
        text_for = _texts(name, table, budget)
        for question in table.questions:
            text = text_for(question)
            if not all(atom.found(text) for atom in question.atoms):
                yield table, question


def _texts(name: str, table: Table, budget: int) -> Callable[[Question], str]:
    if name == ASKED:
        return lambda question: asked(table.frame, question.text, budget)
    text = told(table.frame, budget) if name == OURS else cut_to(_full(name, table), budget)
    return lambda question: text


def _full(name: str, table: Table) -> str:
    return told(table.frame, 2000) if name in (OURS, ASKED) else _peer(name, _Known(table))


@dataclass(frozen=True)
class _Known:
    """A table, known by its name."""

    table: Any

    def __hash__(self) -> int:
        return hash(self.table.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.table.name == self.table.name


@cache
def _peer(name: str, known: _Known) -> str:
    return PEERS[name](known.table.frame)
