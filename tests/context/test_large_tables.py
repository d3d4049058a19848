"""Tables that are looked at by a sample and a pass: what is said of them is true, and soon said."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kimi_jupyter.context import describe

ROWS = 200_000


def facts(column: object) -> str:
    text = describe(pd.DataFrame({"x": column, "y": np.arange(len(column))}), "frame")  # type: ignore[arg-type]
    return next(line for line in text.splitlines() if line.startswith("- x ("))


def test_a_column_without_any_value_costs_the_others_nothing() -> None:
    assert facts(np.full(ROWS, np.nan)).endswith(": all missing")
    assert facts(np.full(ROWS, "NaT", dtype="M8[s]")).endswith(": all missing")


def test_one_value_that_no_sample_finds_is_told() -> None:
    numbers = np.full(ROWS, np.nan)
    numbers[100_003] = 7.5
    assert ">99.9 % missing (199,999), 7.5 … 7.5" in facts(numbers)
    times = np.full(ROWS, "NaT", dtype="M8[s]")
    times[100_003] = np.datetime64("2020-02-02")
    assert ">99.9 % missing (199,999), 2020-02-02 … 2020-02-02" in facts(times)


def test_the_range_of_finite_values_is_exact_beside_infinite_ones() -> None:
    numbers = np.linspace(0, 1, ROWS)
    numbers[100_003], numbers[100_005], numbers[3], numbers[5] = np.inf, -np.inf, 1e9, np.nan
    line = facts(numbers)
    assert "<0.1 % missing (1)" in line
    assert ", 0 … 1000000000, 2 infinite" in line
    assert facts(np.full(ROWS, np.inf)).count("200,000 infinite") == 1


def test_times_keep_their_ends_and_missing_ones_are_counted() -> None:
    times = np.datetime64("2020-01-01", "s") + np.arange(ROWS).astype("m8[s]")
    times[[0, 17, ROWS - 1]] = np.datetime64("NaT")
    assert "missing (3)" in facts(times)
    assert "2020-01-01 00:00:01 … 2020-01-03 07:33:18" in facts(times)
    assert "-1 day, 23:59:59 … 2 days, 7:33:18" in facts(np.arange(-1, ROWS - 1).astype("m8[s]"))


def test_narrow_integers_are_counted_one_by_one() -> None:
    numbers = np.zeros(ROWS, dtype="int8")
    numbers[77] = -128
    numbers[78] = 127
    assert "3 distinct: -128 (1), 0 (199,998), 127 (1)" in facts(numbers)
