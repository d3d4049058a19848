"""The digest holds what questions need, at the budgets it has; ``python -m tests.bench.answerability`` prints all."""

from __future__ import annotations

from tests.bench.answerability.first_tables import first_tables
from tests.bench.answerability.peers import PEERS, cut_to
from tests.bench.answerability.score import ASKED, OURS, missed, share


def test_small_tables_at_500_tokens_and_hard_ones_at_2000() -> None:
    small = [table for table in first_tables() if not table.hard]
    hard = [table for table in first_tables() if table.hard]
    assert [question.text for _, question in missed(OURS, small, 500)] == []
    assert [question.text for _, question in missed(OURS, hard, 2000)] == []
    assert [question.text for _, question in missed(ASKED, hard, 500)] == []


def test_the_instrument_tells_texts_apart() -> None:
    tables = first_tables()
    best = max(share(name, tables, 500) for name in PEERS)
    assert 0.2 < best < share(OURS, tables, 500)
    assert all(not atom.found("") for table in tables for question in table.questions for atom in question.atoms)
    assert cut_to("one two three " * 100, 10).startswith("one two")
