"""How long a digest takes and how many tokens it has, beside other ways to put the same table in words.

Never fails on time, only on a digest that breaks its budget.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import build, describe

from .contenders import Contender, Failed, Worker, there, working
from .report import Limit, Report
from .tables import LADDER, MANY, ODD, Rung, many

_TOPIC = "context"
OURS = Contender("kimi_jupyter", "digests:ours")
TELLERS = (
    OURS,
    Contender("head().to_string()", "digests:head"),
    Contender("info(deep)", "digests:info"),
    Contender("describe(all)", "digests:describe"),
    Contender("polars describe", "digests:polars"),
    Contender("DuckDB SUMMARIZE", "digests:summarize"),
    Contender("mito-ai", "digests:mito", "mito-ai"),
    Contender("marimo", "digests:marimo", "marimo"),
    Contender("pandas-ai", "digests:pandasai", "pandasai"),
    Contender("querychat", "digests:querychat", "querychat"),
    Contender("LIDA", "digests:lida", "lida"),
    Contender("jupyter-ai {df}", "digests:jupyter_ai", "jupyter-ai-magics"),
)
#: Milliseconds that a digest of ours may take, by rung.
_GOALS = {"150 × 5": 2, "50k × 30": 20, "1M × 50": 30, "10M × 20": 30, "1000 × 5000": 20, MANY: 60}
_TOKENS = {"150 × 5": 500, "50k × 30": 1_000, "1M × 50": 1_000, "10M × 20": 500, "1000 × 5000": 600, MANY: 4_000}
#: Seconds a contender may take for a table.
_PATIENCE = 30
_PLOTTED = "1M × 50"
_ODD = "Odd tables of 500 rows"
#: Milliseconds after which a contender is asked for no larger table, unless ``make bench DEAR=1``.
_SLOW = float("inf") if os.environ.get("DEAR") else 3_000
#: A fresh process that has made its table: what the first digest costs.
_FIRST = """
import time
from tests.bench.tables import LADDER
rung = next(rung for rung in LADDER if rung.name == {name!r})
table = rung.make(rung.rows, rung.columns)
start = time.perf_counter()
from kimi_jupyter.context import describe
loaded = time.perf_counter()
describe(table, "table", tokens=rung.tokens)
print(1000 * (loaded - start), 1000 * (time.perf_counter() - loaded))
"""


@pytest.mark.parametrize("rung", LADDER, ids=[rung.name for rung in LADDER])
def test_a_digest_keeps_its_budget(rung: Rung) -> None:
    table = rung.make(min(rung.rows, 500), min(rung.columns, 60))
    assert 0 < estimate_tokens(describe(table, "table", tokens=rung.tokens)) <= rung.tokens


def test_many_tables_keep_their_budget() -> None:
    context = build("what is here?", namespace=many(5), cells=[], tokens=4_000)
    assert len(context.parts) == 5
    assert 0 < estimate_tokens(context.text) <= 4_000


@pytest.mark.timeout(3600)
def test_digests_beside_each_other(benchmark: Any, report: Report) -> None:
    """A table after another, each told by all; with benchmarks disabled the odd ones, by ours."""
    contenders = [OURS] if benchmark.disabled else there(TELLERS, report, _TOPIC)

    def run() -> None:
        with working(contenders) as workers:
            if not benchmark.disabled:
                _climb(report, workers)
            for table in ODD:
                found = _told(report, table, workers)
                assert 0 < estimate_tokens(found[OURS.name][1]) <= 500
                for name, (times, text) in found.items():
                    report.row(_TOPIC, name, {table: _cell(times, text)}, _heading(table))

    benchmark.pedantic(run, rounds=1)


def _climb(report: Report, workers: Mapping[str, Worker]) -> None:
    """The ladder; those that are slow are not asked for what is larger."""
    slow: dict[str, int] = {}
    fastest: dict[str, float] = {}
    for table, size, only_ours in _ladder():
        wanted = [OURS.name] if only_ours else [name for name in workers if slow.get(name, size) >= size]
        for name, (times, text) in _told(report, table, {name: workers[name] for name in wanted}).items():
            _note(report, table, name, times, text)
            if min(times) > _SLOW:
                slow[name] = size
            if table == _PLOTTED:
                fastest[name] = min(times)
    bars = sorted(fastest.items(), key=lambda bar: bar[1])
    report.bars(_TOPIC, f"A digest of {_PLOTTED}", "ms, less is better", bars)


def _ladder() -> Iterator[tuple[str, int, bool]]:
    """Each rung: its name, its cells, and whether only ours takes it."""
    yield from ((rung.name, rung.rows * rung.columns, rung.ours) for rung in LADDER)
    yield MANY, 0, False


def _told(report: Report, table: str, tellers: Mapping[str, Worker]) -> dict[str, tuple[list[float], str]]:
    """Milliseconds and text of each, in two turns; what fails is noted."""
    found: dict[str, tuple[list[float], str]] = {}
    failed: dict[str, str] = {}
    for name, worker in [*tellers.items()] * 2:
        if name in failed or (name in found and found[name][0][0] > 1_000):
            continue
        try:
            answer = worker.ask(_PATIENCE, table=table, rounds=5)
        except Failed as error:
            failed[name] = str(error)
        else:
            found[name] = (found.get(name, ([], ""))[0] + answer["ms"], answer["text"])
    for name in tellers:  # in their order, whoever failed first
        why = failed.get(name, "").partition("\n")[0]
        report.row(_TOPIC, name, {table: why if why.startswith("over") else "fails" if why else ""}, _heading(table))
        if why and not why.startswith("over"):
            report.note(_TOPIC, f"- {name} fails on {table}: {why[:140]}")
    return {name: told for name, told in found.items() if name not in failed}


def _heading(table: str) -> str:
    return _ODD if table in ODD else ""


def _cell(times: list[float], text: str) -> str:
    return f"{min(times):,.1f} / {estimate_tokens(text):,}"


def _note(report: Report, table: str, name: str, times: list[float], text: str) -> None:
    report.row(_TOPIC, name, {table: _cell(times, text)})
    if name != OURS.name:
        return
    report.row(_TOPIC, "kimi_jupyter, first time", {table: times[0]})
    if table in _GOALS:
        report.goal(_TOPIC, f"a digest of {table}", min(times), Limit(_GOALS[table], "ms"))
    if table in _TOKENS:
        report.goal(_TOPIC, f"tokens of {table}", estimate_tokens(text), Limit(_TOKENS[table], "tokens"))


@pytest.mark.parametrize("name", ["150 × 5", "50k × 30, polars", "50k × 30, pyarrow"])
def test_the_first_digest_of_a_process(benchmark: Any, name: str, report: Report) -> None:
    def run() -> tuple[float, float]:
        command = [sys.executable, "-c", _FIRST.format(name=name)]
        loading, first = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return float(loading), float(first)

    runs = [benchmark.pedantic(run), *(() if benchmark.disabled else (run(), run()))]
    loading, first = (min(times) for times in zip(*runs, strict=True))
    cells = {"loading the package, ms": loading, "the digest, ms": first}
    report.row(_TOPIC, name, cells, "The first digest of a fresh process that has its table")
