"""Whether digests hold what questions need, beside what other assistants send. Run by ``make bench`` only.

``test_answerability.py`` holds ours to it in every run of the tests; here are the shares of all.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from .answerability.first_tables import first_tables
from .answerability.peers import PEERS, Teller
from .answerability.score import OURS, rows
from .answerability.unseen_tables import unseen_tables
from .contenders import Failed, Worker, there, working
from .report import Limit, Report
from .test_context_speed import TELLERS

_TOPIC = "answers"
_BUDGETS = (500, 2_000)


@pytest.mark.timeout(3600)
def test_what_questions_need(benchmark: Any, report: Report, tmp_path: Path) -> None:
    first, unseen = first_tables(), unseen_tables()
    sets = {
        "first tables, small": [table for table in first if not table.hard],
        "first tables, hard": [table for table in first if table.hard],
        "unseen tables": unseen,
    }
    others = there([one for one in TELLERS if one.environment], report, _TOPIC)
    shares: dict[str, dict[str, tuple[float, ...]]] = {title: {} for title in sets}

    def run() -> None:
        with working(others) as workers:
            numbers = itertools.count()
            tellers = {name: _apart(worker, tmp_path, numbers) for name, worker in workers.items()}
            for title, tables in sets.items():
                for row in rows(tables, _BUDGETS, PEERS | tellers):
                    shares[title][row.name] = row.shares
                    told = zip(_BUDGETS, row.shares, strict=True)
                    cells = {f"{title}, {budget:,}": f"{share:.2f}" for budget, share in told}
                    report.row(_TOPIC, row.name, cells | {f"{title}, tokens": row.tokens})

    benchmark.pedantic(run, rounds=1)
    small, hard, new = shares.values()
    best = max(share[-1] for name, share in new.items() if not name.startswith(OURS))
    report.goal(_TOPIC, "small tables at 500 tokens", small[OURS][0], Limit(0.98, "", least=True))
    report.goal(_TOPIC, "hard tables at 2,000", hard[OURS][1], Limit(0.9, "", least=True))
    ahead = "unseen tables at 2,000, ahead of the best of the others"
    report.goal(_TOPIC, ahead, new[OURS][1] - best, Limit(0.08, "", least=True))


def _apart(worker: Worker, place: Path, numbers: Any) -> Teller:
    """Another assistant, in an environment of its own; gets a table as a Parquet file, says nothing where it fails."""

    def tell(frame: pd.DataFrame) -> str:
        path = place / f"{next(numbers)}.parquet"
        frame.to_parquet(path)
        try:
            return str(worker.ask(table=str(path))["text"])
        except Failed:
            return ""

    return tell
