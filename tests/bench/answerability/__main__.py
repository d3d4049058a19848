"""Prints the shares as a table: ``python -m tests.bench.answerability [--unseen] [--missed]``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .atoms import Table
from .first_tables import first_tables
from .score import ASKED, OURS, missed, rows
from .unseen_tables import unseen_tables

BUDGETS = (250, 500, 1000, 2000)


def _print(title: str, tables: Sequence[Table]) -> None:
    questions = sum(len(table.questions) for table in tables)
    print(f"\n{title}: {len(tables)} tables, {questions} questions; share answerable at a budget of tokens")
    print(f"{'':28}" + "".join(f"{budget:>7,}" for budget in BUDGETS) + "   tokens (median, at most 2,000 of ours)")
    for row in rows(tables, BUDGETS):
        print(f"{row.name:28}" + "".join(f"{share:7.2f}" for share in row.shares) + f"{row.tokens:9,}")


def _print_missed(tables: Sequence[Table]) -> None:
    for name, budget in ((OURS, 500), (OURS, 2000), (ASKED, 500), (ASKED, 2000)):
        for table, question in missed(name, tables, budget):
            print(f"{name} at {budget:,}: {table.name}: {question.text}")


def main() -> None:
    """Print the scores of the first tables, or with ``--unseen`` of those that were kept aside too."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.answerability")
    parser.add_argument("--unseen", action="store_true", help="also score the tables kept aside")
    parser.add_argument("--missed", action="store_true", help="list the first tables' questions that are missed")
    options = parser.parse_args()
    tables = first_tables()
    for title, hard in (("first tables, small", False), ("first tables, hard", True)):
        _print(title, [table for table in tables if table.hard is hard])
    if options.missed:
        _print_missed(tables)
    if options.unseen:
        kept = unseen_tables()
        for title, hard in (("unseen tables, small", False), ("unseen tables, hard", True)):
            _print(title, [table for table in kept if table.hard is hard])
        _print("unseen tables, all", kept)


if __name__ == "__main__":
    main()
