"""However odd or large a value is, its description takes little time and room (hazards INP-13, RO-10, RO-12)."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kimi_jupyter.context import build, describe
from kimi_jupyter.context.describe import describe_value
from kimi_jupyter.context.terms import Terms

ROWS = 100_000_000
LEVELS = [f"level {number}" for number in range(1_000_000)]


def repeated(value: Any, rows: int = ROWS) -> Any:
    """An array of so many rows that takes the memory of one."""
    return np.broadcast_to(np.asarray(value), rows)


def long_texts(rows: int = 2_000) -> list[str]:
    return [str(number) + "x" * 50_000 for number in range(rows)]


BOUNDED: dict[str, Callable[[], Any]] = {
    "million character cell": lambda: pd.DataFrame({"x": ["x" * 1_000_000, None]}),
    "long texts": lambda: pd.DataFrame({"x": long_texts()}),
    "long objects": lambda: pd.DataFrame({"x": pd.Series(long_texts(), dtype=object)}),
    "long polars": lambda: pl.DataFrame({"x": long_texts()}),
    "ten thousand columns": lambda: pd.DataFrame(
        np.zeros((3, 10_000)), columns=[f"c{n % 7}x{n}y" for n in range(10_000)]
    ),
    "ten thousand object columns": lambda: pd.concat([pd.Series(["a", 1, None], dtype=object)] * 10_000, axis=1),
    "rows without columns": lambda: pd.DataFrame(index=pd.RangeIndex(ROWS)),
    "floats": lambda: pd.Series(repeated(1.5), copy=False),
    "small integers": lambda: pd.Series(repeated(np.int8(3)), copy=False),
    "moments": lambda: pd.Series(repeated(np.datetime64("2020-01-01", "s")), copy=False),
    "codes": lambda: pd.Series(pd.Categorical.from_codes(repeated(np.int8(0)), ["a", "b"])),
    "array": lambda: repeated(1.5),
    "array in steps": lambda: np.broadcast_to(np.float64(1), (10_000, 10_000))[::2, ::3],
    "complex": lambda: repeated(1 + 2j),
    "a million levels": lambda: pd.DataFrame({"x": pd.Categorical.from_codes(np.arange(1_000_000), LEVELS)}),
    "levels of few rows": lambda: pd.DataFrame({"x": pd.Categorical.from_codes(np.arange(10), LEVELS)}),
    "index of texts": lambda: pd.DataFrame({"x": range(1_000_000)}, index=pd.Index(LEVELS, dtype=object)),
    "polars codes": lambda: pl.DataFrame({"x": pl.Series(["a", "b"] * 1_000_000, dtype=pl.Categorical)}),
    "arrow codes": lambda: pa.table(
        {"x": pa.DictionaryArray.from_arrays(pa.array(np.zeros(5_000_000, "i4")), pa.array(["a"]))}
    ),
    "polars lists": lambda: pl.DataFrame({"x": [[0.5] * 300] * 20_000}),
    "long lists": lambda: pd.DataFrame({"x": [[0] * 1_000_000] * 50}),
    "integers of many digits": lambda: pd.DataFrame(
        {"x": pd.Series([10**50_000 + n for n in range(100)], dtype=object)}
    ),
    "fractions of many digits": lambda: pd.DataFrame({"x": [fractions.Fraction(10**5000 + 1, 3)] * 3}),
    "decimals": lambda: pd.DataFrame({"x": [decimal.Decimal("NaN"), decimal.Decimal(10) ** 5000, decimal.Decimal(1)]}),
    "no rows": lambda: pd.DataFrame({"a": [], "b": pd.Series([], dtype="datetime64[ns]")}),
    "nothing": pd.DataFrame,
    "all missing": lambda: pd.Series(repeated(np.nan), copy=False),
    "zoned": lambda: pd.DataFrame({"x": pd.date_range("1970", periods=1_000_000, freq="s", tz="Europe/Berlin")}),
    "periods": lambda: pd.DataFrame({"x": pd.period_range("1700", periods=100_000, freq="D")}),
    "intervals": lambda: pd.DataFrame({"x": pd.interval_range(0, 300_000)}),
    "sparse": lambda: pd.DataFrame({"x": pd.arrays.SparseArray(np.arange(3_000_000) % 50 // 49)}),
    "nullable": lambda: pd.DataFrame({"x": pd.array(np.zeros(10_000_000, "i8"), dtype="Int64")}),
    "list": lambda: list(range(1_000_000)),
    "dict": lambda: dict.fromkeys(range(1_000_000), "x"),
    "text": lambda: "abc " * 3_000_000,
}


@pytest.mark.parametrize("name", list(BOUNDED))
def test_inp_13_a_summary_is_bounded_in_time_and_size(name: str) -> None:
    value = BOUNDED[name]()
    start = time.process_time()
    text = describe(value, "x", tokens=4_000)
    assert time.process_time() - start < 2
    assert 0 < len(text.encode()) < 20_000
    assert "could not be described" not in text
    assert "no time" not in text


def test_ro_12_a_column_of_a_hundred_gigabytes_on_disk(tmp_path: Any) -> None:
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.truncate(100 * 10**9)
    series = pd.Series(np.memmap(path, dtype="float64", mode="r"), copy=False)
    start = time.process_time()
    text = describe(series, "series")
    assert time.process_time() - start < 2
    assert "12,500,000,000 values, 100 GB" in text


def slow(columns: int = 40) -> pd.DataFrame:
    """A frame that takes a fifth of a second: each value is an object to be asked one by one."""
    days = [dt.date(2000, 1, 1) + dt.timedelta(number) for number in range(8_000)]
    return pd.DataFrame(
        {f"day{chr(97 + place % 26)}{place}x": pd.Series(days, dtype=object) for place in range(columns)}
    )


def within(value: object, seconds: float, tokens: int = 4_000) -> tuple[str, float]:
    """The text, and the seconds it took of this process: others may hold it up."""
    start = time.process_time()
    text = describe_value(value, "x", Terms(tokens, deadline=time.monotonic() + seconds))
    return text, time.process_time() - start


def test_columns_for_which_there_is_no_time_say_so_and_the_rest_is_told() -> None:
    text, took = within(slow(), 0.05)
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert "2000-01-01 … 2021-11-25" in lines[0]
    assert lines[-1].endswith("(object): not looked at: no time")
    assert len(lines) == 40
    assert took < 0.5


def test_no_time_at_all_leaves_names_and_types() -> None:
    text, took = within(pd.DataFrame({"a": [1], "b": ["x"]}, index=["k"]), -1)
    assert text.splitlines()[0].startswith("pandas.DataFrame, 1 row × 2 columns")
    assert "- a (int64): not looked at: no time" in text
    assert took < 0.5


def test_long_texts_are_counted_as_far_as_time_allows() -> None:
    frame = pd.DataFrame(
        {"x": pd.Series([f"{n}{'x' * 200_000}" for n in range(2_500)], dtype=object)}
    )  # 0.5 GB to hash
    text, took = within(frame, 0.02)
    assert "- x (object): ≈" in text
    assert took < 0.2


def test_a_slow_value_leaves_time_for_the_others() -> None:
    namespace = {"first": slow(60), "second": pd.DataFrame({"n": range(5)})}
    start = time.process_time()
    context = build("compare first and second", namespace=namespace, cells=[], seconds=1, tokens=20_000)
    assert time.process_time() - start < 2
    assert "not looked at: no time" in context.text
    assert "- n (int64): 5 distinct" in context.text


def test_the_same_data_give_the_same_text_when_time_is_no_matter() -> None:
    frame = slow(6)
    assert (
        len({within(frame, seconds)[0] for seconds in (10, 20, 30)} | {describe_value(frame, "x", Terms(4_000))}) == 1
    )


CHANGES: dict[str, Callable[[pd.DataFrame, int], Any]] = {
    "columns come and go": lambda frame, turn: (
        frame.__setitem__(f"n{turn % 9}", turn)
        if turn % 3
        else frame.pop(frame.columns[-1])
        if frame.shape[1] > 4
        else 0
    ),
    "types change": lambda frame, turn: frame.__setitem__("b", [turn, "x"][turn % 2]),
    "rows come": lambda frame, turn: frame.__setitem__("r", 1) if turn % 2 else frame.loc.__setitem__(len(frame), 5),
    "cells change": lambda frame, turn: frame.iloc.__setitem__((turn % 200, turn % 3), turn),
    "names change": lambda frame, turn: setattr(frame, "columns", [f"{c}"[:5] + str(turn % 7) for c in frame.columns]),
}


@pytest.mark.filterwarnings("ignore::Warning")  # pandas' own, of the frame's fragments and changing types
@pytest.mark.parametrize("name", list(CHANGES))
def test_ro_10_a_frame_may_change_while_it_is_described(name: str) -> None:
    frame = pd.DataFrame(
        {"a": np.arange(200) * 0.5, "b": ["x", "y"] * 100, "c": pd.Series([1, "z"] * 100, dtype=object)}
    )
    frame.insert(3, "d", pd.date_range("2020", periods=200))
    stop = threading.Event()

    def change() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            if len(frame) < 400:
                CHANGES[name](frame, turn)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            text = describe(frame, "frame")
            assert text.startswith("pandas.DataFrame, ")
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
