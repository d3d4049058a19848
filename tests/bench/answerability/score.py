"""The share of questions whose every atom is in a text, for a digest or a peer at a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kimi_jupyter.chat.tokens import estimate_tokens

from .atoms import Question, Table
from .peers import PEERS, Teller, asked, cut_to, told

__all__ = ["ASKED", "OURS", "Row", "missed", "rows", "share"]

Peers = Mapping[str, Teller]
OURS, ASKED = "kimi_jupyter", "kimi_jupyter, asked"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: who, the share at each budget, and the median size when there is room."""

    name: str
    shares: tuple[float, ...]
    tokens: int


def rows(tables: Sequence[Table], budgets: Sequence[int], peers: Peers = PEERS) -> Iterator[Row]:
    """A row for our digest, for the digest of a question, and for each peer."""
    for name in (OURS, ASKED, *peers):
        sizes = sorted(estimate_tokens(_full(name, table, peers)) for table in tables)
        shares = tuple(share(name, tables, budget, peers) for budget in budgets)
        yield Row(name, shares, sizes[len(sizes) // 2])


def share(name: str, tables: Sequence[Table], budget: int, peers: Peers = PEERS) -> float:
    """The share of the tables' questions that can be answered from this text at this budget."""
    total = sum(len(table.questions) for table in tables)
    return 1 - sum(1 for _ in missed(name, tables, budget, peers)) / total


def missed(name: str, tables: Sequence[Table], budget: int, peers: Peers = PEERS) -> Iterator[tuple[Table, Question]]:
    """The questions that can't be answered."""
    for table in tables:
        text_for = _texts(name, table, budget, peers)
        for question in table.questions:
            text = text_for(question)
            if not all(atom.found(text) for atom in question.atoms):
                yield table, question


def _texts(name: str, table: Table, budget: int, peers: Peers) -> Callable[[Question], str]:
    if name == ASKED:
        return lambda question: asked(table.frame, question.text, budget)
    text = told(table.frame, budget) if name == OURS else cut_to(_full(name, table, peers), budget)
    return lambda question: text


def _full(name: str, table: Table, peers: Peers) -> str:
    return told(table.frame, 2000) if name in (OURS, ASKED) else _peer(peers[name], _Known(table))


@dataclass(frozen=True)
class _Known:
    """A table, known by its name."""

    table: Table

    def __hash__(self) -> int:
        return hash(self.table.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.table.name == self.table.name


@cache
def _peer(teller: Teller, known: _Known) -> str:
    return teller(known.table.frame)
