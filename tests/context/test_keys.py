"""What identifies a row, which rows and columns come twice, and what joins two tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.context import build, describe
from kimi_jupyter.context.keys import relations
from kimi_jupyter.context.terms import Terms


class Loud:
    """Fails when it is hashed or compared."""

    def __hash__(self) -> int:
        raise AssertionError("hashed")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_repeated_rows_are_counted(library: str) -> None:
    frame = pd.DataFrame({"a": [*range(20), 3, 3], "b": [None, *"abcdefghijklmnopqrs", "c", "c"], "c": [1.5] * 22})
    made: Any = {"pandas": frame, "polars": pl.from_pandas(frame), "pyarrow": pa.Table.from_pandas(frame)}[library]
    assert int(frame.duplicated().sum()) == 2
    assert "\n2 duplicate rows\n" in describe(made, "f")
    assert "duplicate" not in describe(made[:20], "f")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", None]), st.sampled_from([0.5, float("nan"), 2.0])),
        min_size=12,
        max_size=40,
    )
)
def test_repeated_rows_are_those_pandas_finds(rows: list[tuple[Any, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    repeated = int(frame.duplicated().sum())
    assert (f"\n{repeated} duplicate row" in describe(frame, "f")) == (repeated > 0)


@pytest.mark.parametrize("seed", range(4))
def test_repeated_rows_of_larger_tables_are_found_by_their_numbers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"n": rng.integers(0, 9000, 20_000), "x": rng.integers(-3, 3, 20_000) / 2, "t": "a"})
    frame["t"] = frame["t"].where(rng.random(20_000) < 0.5, "b")
    frame["x"] = np.where(rng.random(20_000) < 0.5, -frame["x"], frame["x"])  # -0.0 and 0.0 are one
    few = frame.drop_duplicates()
    assert "duplicate" not in describe(few, "f")
    again = pd.concat([few, few.sample(37, random_state=seed)], ignore_index=True)
    assert "\n37 duplicate rows\n" in describe(again, "f")


def test_two_columns_that_identify_a_row_are_named() -> None:
    days = pd.date_range("2024-01-01", periods=20)
    frame = pd.DataFrame(
        {"store": np.repeat(["a", "b", "c", "d"], 20), "day": [*days] * 4, "sold": np.arange(80) // 2 % 9}
    )
    assert "\nkey: store + day (unique together)\n" in describe(frame, "f")
    frame.loc[1, "day"] = frame.loc[0, "day"]
    assert "key:" not in describe(frame, "f")


def test_columns_of_the_same_values_are_told_once() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.random(50), "b": rng.choice(list("xyz"), 50)})
    frame["copy"], frame["shuffled"] = frame["b"], frame["b"].sample(frac=1, random_state=1).to_numpy()
    text = describe(frame, "f")
    assert f"- copy ({frame['copy'].dtype}): same values as b, row by row" in text
    assert "- shuffled (" in text
    assert text.count("same values") == 1


def test_ro_01_nothing_that_is_no_plain_value_is_hashed_or_compared() -> None:
    loud = pd.DataFrame({"a": [Loud() for _ in range(20)], "b": [1, 2] * 10, "c": [[1]] * 20})
    zoned = pd.DataFrame(
        {"id": pd.Series([dt.datetime(2020, 1, 1, tzinfo=dt.UTC)] * 20, dtype=object), "b": [1, 2] * 10}
    )
    mixed = pd.DataFrame({"a": [Loud(), 0.5] * 10, "b": [1, 2] * 10})
    for frame in (loud, zoned, mixed):
        assert "rows × " in describe(frame, "f")
        assert "could not" not in describe(frame, "f")
    assert relations({"a": loud, "bs": loud.assign(id=loud["a"])}, Terms(500)) == {}


def shop() -> dict[str, object]:
    rng = np.random.default_rng(0)
    return {
        "customers": pd.DataFrame({"id": range(1000, 1200), "country": rng.choice(["DE", "FR"], 200)}),
        "products": pl.DataFrame({"sku": [f"S-{n}" for n in range(30)], "price_usd": rng.random(30)}),
        "orders": pd.DataFrame(
            {
                "order_id": range(500),
                "customer_id": rng.integers(1000, 1200, 500),
                "sku": rng.choice([f"S-{n}" for n in range(30)], 500),
                "country": rng.choice(["DE", "FR"], 500),
            }
        ),
    }


def test_columns_that_join_other_tables_are_said() -> None:
    joins = relations(shop(), Terms(500))
    assert set(joins) == {"orders"}
    (said,) = joins["orders"]
    assert said.startswith("joins: ")
    assert "customer_id → customers.id (unique there)" in said
    assert "sku → products.sku (unique there)" in said
    assert "country" not in said, "a column that is unique nowhere joins nothing"
    text = build("join them", namespace=shop(), cells=[]).text
    assert f"\n{said}\n" in text
    assert build("join them", namespace=shop(), cells=[]).text == text


def test_names_that_fit_do_not_join_without_values_that_do() -> None:
    tables = shop()
    orders = tables["orders"]
    assert isinstance(orders, pd.DataFrame)
    strangers = {**tables, "orders": orders.assign(customer_id=orders["customer_id"] + 5000, sku="none")}
    assert relations(strangers, Terms(500)) == {}


def test_versions_of_one_table_do_not_join() -> None:
    orders = shop()["orders"]
    assert isinstance(orders, pd.DataFrame)
    assert relations({"raw": orders, "clean": orders.dropna(), "top": orders.head(50)}, Terms(500)) == {}


def test_schema_says_nothing_of_joins() -> None:
    assert relations(shop(), Terms(500, "schema")) == {}
    assert "joins" not in build("join them", namespace=shop(), cells=[], detail="schema").text
