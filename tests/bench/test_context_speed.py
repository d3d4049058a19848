"""How long a digest takes beside pandas' own views of the same table. Never fails on time; compare within one run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import build, describe


def mixed(rows: int, columns: int) -> pd.DataFrame:
    """A table of numbers, texts, times and flags by turns."""
    rng = np.random.default_rng(0)
    makers: tuple[Any, ...] = (
        lambda: rng.normal(100, 30, rows),
        lambda: rng.integers(0, 1000, rows),
        lambda: rng.choice(["Paris", "London", "Rome", "Oslo"], rows),
        lambda: pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**6, rows), unit="s"),
        lambda: np.char.add("AB-", rng.integers(1000, 9999, rows).astype(str)),
        lambda: rng.random(rows) > 0.3,
    )
    return pd.DataFrame({f"column {chr(97 + place)}": makers[place % 6]() for place in range(columns)})


LADDER: dict[str, tuple[Any, int]] = {
    "150x5": (lambda: mixed(150, 5), 500),
    "20kx20": (lambda: mixed(20_000, 20), 500),
    "100kx10": (lambda: mixed(100_000, 10), 500),
    "100x2000": (lambda: pd.DataFrame(np.zeros((100, 2000)), columns=[f"x_{n}" for n in range(2000)]), 600),
    "polars 20kx20": (lambda: pl.from_pandas(mixed(20_000, 20)), 500),
}


@pytest.mark.parametrize("size", list(LADDER))
def test_digest(benchmark: Any, size: str) -> None:
    make, tokens = LADDER[size]
    frame = make()
    text = benchmark.pedantic(describe, (frame, "frame"), {"tokens": tokens}, rounds=5, warmup_rounds=1)
    assert estimate_tokens(text) <= tokens


def test_head_of_the_smallest_for_comparison(benchmark: Any) -> None:
    frame = mixed(150, 5)
    assert benchmark.pedantic(lambda: frame.head().to_string(), rounds=5, warmup_rounds=1)


def test_a_namespace_of_a_hundred_tables(benchmark: Any) -> None:
    namespace = {f"table{number}": mixed(500, 6) for number in range(100)}
    context = benchmark.pedantic(
        lambda: build("what is here?", namespace=namespace, cells=[], tokens=4_000), rounds=3, warmup_rounds=1
    )
    assert estimate_tokens(context.text) <= 4_000
