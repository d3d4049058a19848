"""How long a digest takes and how many tokens it has, beside other ways to put the same table in words.

One table of figures at the end of the run. Never fails on time, only on a digest that breaks its budget.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import build, describe

from .tables import LADDER, ODD, Rung, many
from .tabulators import OTHERS, measured

#: Also those that take many seconds: ``make bench DEAR=1``.
DEAR = bool(os.environ.get("DEAR"))
HEAD = ("ms / tokens", "first", "kimi_jupyter", *(other.name for other in OTHERS))
#: A fresh process that has made its table: what the first digest costs.
FIRST = """
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

Row = Callable[..., None]


@pytest.fixture
def size(request: pytest.FixtureRequest) -> Callable[[Rung], tuple[int, int]]:
    """The size a table is made in: its own, or where nothing is measured a small one."""
    if request.config.getoption("benchmark_disable"):
        return lambda rung: (min(rung.rows, 500), min(rung.columns, 60))
    return lambda rung: (rung.rows, rung.columns)


def ours(benchmark: Any, tell: Callable[[], str], tokens: int) -> tuple[str, str]:
    """The first digest in milliseconds; the best of some with its tokens."""
    gc.collect()
    start = time.perf_counter()
    tell()
    first = time.perf_counter() - start
    text = benchmark.pedantic(tell, rounds=7)
    assert text
    assert estimate_tokens(text) <= tokens
    best = 1000 * benchmark.stats["min"] if benchmark.stats else 0.0
    return f"{1000 * first:.1f}", f"{best:.1f} / {estimate_tokens(text):,}"


@pytest.mark.parametrize("rung", LADDER, ids=[rung.name for rung in LADDER])
def test_a_digest_beside_others(benchmark: Any, rung: Rung, size: Callable[[Rung], tuple[int, int]], row: Row) -> None:
    table = rung.make(*size(rung))
    figures = ours(benchmark, lambda: describe(table, "table", tokens=rung.tokens), rung.tokens)
    row(*HEAD)
    row(rung.name, *figures, *(measured(other, table, dear=DEAR) for other in OTHERS))


def test_a_hundred_tables_at_once(benchmark: Any, row: Row) -> None:
    tables = many(5 if benchmark.disabled else 100)

    def told() -> str:
        context = build("what is here?", namespace=tables, cells=[], tokens=4_000)
        assert len(context.parts) == len(tables)
        return context.text

    row(*HEAD)
    row("100 tables", *ours(benchmark, told, 4_000), *("" for _ in OTHERS))


@pytest.mark.parametrize("name", list(ODD))
def test_odd_tables_beside_others(benchmark: Any, name: str, row: Row) -> None:
    table = ODD[name](500)
    figures = ours(benchmark, lambda: describe(table, "table"), 500)
    row(*HEAD)
    row(name, *figures, *(measured(other, table, dear=True) for other in OTHERS))


@pytest.mark.parametrize("name", ["150 × 5", "50k × 30, polars", "50k × 30, pyarrow"])
def test_the_first_digest_of_a_process(benchmark: Any, name: str, figure: Callable[..., None]) -> None:
    def run() -> tuple[float, float]:
        command = [sys.executable, "-c", FIRST.format(name=name)]
        loading, first = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return float(loading), float(first)

    runs = [benchmark.pedantic(run), *(() if benchmark.disabled else (run(), run()))]
    loading, first = (min(times) for times in zip(*runs, strict=True))
    figure(f"first digest of a process, {name}: loading the package", loading, "ms")
    figure(f"first digest of a process, {name}: the digest", first, "ms")
