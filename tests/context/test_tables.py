"""A table's digest says what is true, and says what it left out."""

from __future__ import annotations

import datetime as dt
import decimal
import time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import describe


def line(text: str, name: str) -> str:
    return next(one for one in text.splitlines() if one.startswith(f"- {name} ("))


def penguins(rows: int = 344) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "species": np.repeat(["Adelie", "Gentoo", "Chinstrap"], [152, 124, 68])[:rows],
            "bill": [None, None, *np.round(rng.normal(44, 5, rows - 2), 1)],
            "year": rng.choice([2007, 2008, 2009], rows),
            "tag": [f"AA-{number:04d}" for number in range(rows)],
            "day": pd.date_range("2012-01-01", periods=rows),
            "tagged": rng.random(rows) > 0.5,
        }
    )


def test_the_digest_of_a_small_table_word_for_word() -> None:
    frame = pd.DataFrame({"city": ["Oslo", "Rome", "Rome"] * 4, "n": range(12), "x": [1.5, None, 2.5] * 4})
    text = describe(frame, "frame")
    first, *rest = text.splitlines()
    assert first.startswith("pandas.DataFrame, 12 rows × 3 columns, ")
    assert first.endswith(", index RangeIndex 0 … 11")
    city = frame["city"].dtype
    assert rest == [
        f'- city ({city}): 2 distinct: "Rome" 8, "Oslo" 4',
        "- n (int64): 12 distinct, unique, 0 … 11, quartiles 3, 6, 9",
        "- x (float64): 33.3 % missing (4), 2 distinct: 1.5 (4), 2.5 (4)",
        "first rows (CSV):",
        "city,n,x",
        "Oslo,0,1.5",
        "Rome,1,",
        "Rome,2,2.5",
    ]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_each_library_gets_the_same_facts(library: str) -> None:
    pandas = penguins()
    made: Any = {"pandas": pandas, "polars": pl.from_pandas(pandas), "pyarrow": pa.Table.from_pandas(pandas)}[library]
    text = describe(made, "penguins")
    assert text.startswith(f"{library}.")
    assert "344 rows × 6 columns" in text
    assert '3 distinct: "Adelie" 152, "Gentoo" 124, "Chinstrap" 68' in line(text, "species")
    bill = pandas["bill"]
    assert "0.6 % missing (2)" in line(text, "bill")
    assert f"{bill.nunique()} distinct" in line(text, "bill")
    assert f"{bill.min():g} … {bill.max():g}" in line(text, "bill")
    assert "344 distinct, unique, shape AA-9999" in line(text, "tag")
    assert "2012-01-01 … 2012-12-09, daily" in line(text, "day")
    assert f"True {int(pandas['tagged'].sum())}" in line(text, "tagged")
    assert len(text.split("first rows (CSV):\n")[1].splitlines()) == 4


def test_detail_schema_holds_no_value_and_stats_no_row() -> None:
    frame = pd.DataFrame({f"column{number}": [f"canary{number}x{row}" for row in range(100)] for number in range(10)})
    frame["size"] = range(777000, 777100)
    for made in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        schema = describe(made, "frame", detail="schema", tokens=2000)
        stats = describe(made, "frame", detail="stats", tokens=2000)
        assert "canary" not in schema
        assert "777" not in schema
        assert "- column3 (" in schema
        assert "canary" not in stats
        assert "777000 … 777099" in stats


def test_large_tables_are_sampled_and_say_so() -> None:
    rows = 300_000
    frame = pd.DataFrame({"turn": np.arange(rows) % 10, "text": np.array(list("abcdefghij"))[np.arange(rows) % 10]})
    frame["value"] = np.arange(rows) * 0.5
    text = describe(frame, "frame")
    assert "≈ marks estimates from a sample" in text
    assert "each 30,000 times, 10 distinct: 0, 1, 2" in line(text, "turn")
    assert "≈10 distinct:" in line(text, "text")
    assert all(f'"{letter}" ≈' in line(text, "text") for letter in "abcdefghij"), "a cycle of ten shows all ten"
    assert "0 … 150000" in line(text, "value").replace("149999.5", "150000").replace("149999", "150000")


def test_the_extremes_of_a_large_table_are_exact() -> None:
    values = np.full(1_000_000, 5.0)
    values[123_456], values[654_321], values[7] = -1e9, 1e9, np.nan
    text = line(describe(pd.DataFrame({"x": values}), "frame"), "x")
    assert "-1000000000 … 1000000000" in text
    assert "<0.1 % missing (1)" in text
    assert "≈always 5" in text


def test_wide_tables_are_told_by_their_pattern() -> None:
    frame = pd.DataFrame(np.zeros((3, 1000)), columns=[f"x_{number}" for number in range(1000)])
    frame["label"] = ["a", "b", "c"]
    text = describe(frame, "frame")
    assert "- x_0 … x_999 (float64 × 1,000)" in text
    assert "- label (" in text
    assert estimate_tokens(text) < 150


def test_what_did_not_fit_is_named() -> None:
    frame = pd.DataFrame(
        {f"{word}_amount": [1, 2] for word in ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]}
    )
    text = describe(frame, "frame", tokens=60)
    assert "alpha_amount" in text
    assert "theta_amount" in text or "more" in text
    text = describe(
        pd.DataFrame(np.zeros((2, 300)), columns=[chr(97 + n % 26) * (n // 26 + 1) for n in range(300)]), "f"
    )
    assert "more columns: " in text


NOW = dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)

ODD: dict[str, Any] = {
    "duplicate columns": lambda: pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"]),
    "duplicate arrow": lambda: pa.table([[1], [2]], names=["x", "x"]),
    "multiindex": lambda: pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])),
    "multiindex rows": lambda: pd.DataFrame({"v": [1, 2]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
    "integer names": lambda: pd.DataFrame([[1, 2]]),
    "lists": lambda: pd.DataFrame({"x": [[1, 2], [3], None]}),
    "arrays": lambda: pd.DataFrame({"x": [np.zeros(3), np.ones(3)]}),
    "dicts": lambda: pd.DataFrame({"x": [{"a": 1}, {"a": 2, "b": [1]}]}),
    "empty": lambda: pd.DataFrame(),
    "no rows": lambda: pd.DataFrame({"a": [], "b": []}),
    "no columns": lambda: pd.DataFrame(index=range(5)),
    "decimal": lambda: pd.DataFrame({"x": [decimal.Decimal("1.5"), decimal.Decimal("NaN"), decimal.Decimal("sNaN")]}),
    "bytes": lambda: pd.DataFrame({"x": [b"ab", b"\xff" * 500]}),
    "period": lambda: pd.DataFrame({"x": pd.period_range("2020-01", periods=3, freq="M")}),
    "interval": lambda: pd.DataFrame({"x": pd.interval_range(0, 3)}),
    "sparse": lambda: pd.DataFrame({"x": pd.arrays.SparseArray([0, 0, 5, 0])}),
    "sparse empty": lambda: pd.DataFrame({"x": pd.arrays.SparseArray([0, 0])}),
    "zone": lambda: pd.DataFrame({"x": pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin")}),
    "all missing": lambda: pd.DataFrame({"x": [np.nan] * 3, "y": [None] * 3, "z": [pd.NaT] * 3}),
    "complex": lambda: pd.DataFrame({"x": np.array([1 + 2j, complex("nan")])}),
    "nullable": lambda: pd.DataFrame({"x": pd.array([1, None, 3], dtype="Int64"), "y": pd.array([True, None, False])}),
    "timedelta": lambda: pd.DataFrame({"x": pd.to_timedelta([1, 2, None], unit="h")}),
    "dates": lambda: pd.DataFrame({"x": [dt.date(2020, 1, 1), dt.date(2021, 1, 1)]}),
    "zoned objects": lambda: pd.DataFrame({"x": np.array([NOW, NOW.replace(tzinfo=None)], dtype=object)}),
    "mixed": lambda: pd.DataFrame({"x": [1, "a", 2.5, None]}),
    "infinite": lambda: pd.DataFrame({"x": [np.inf, -np.inf, 1.0]}),
    "half": lambda: pd.DataFrame({"x": np.array([1, np.nan], dtype="float16")}),
    "huge ints": lambda: pd.DataFrame({"x": [10**400, 3]}),
    "uint64": lambda: pd.DataFrame({"x": np.array([2**64 - 1, 0], dtype="uint64")}),
    "categories": lambda: pd.DataFrame(
        {"x": pd.Categorical(["a", None, "b"], categories=["c", "b", "a"], ordered=True)}
    ),
    "arrow typed": lambda: pd.DataFrame({"x": pd.array([1, None], dtype="int32[pyarrow]")}),
    "arrow list": lambda: pa.table({"x": [[1, 2], None], "s": [{"a": 1}, {"a": None}]}),
    "arrow dictionary": lambda: pa.table({"x": pa.array(["a", "b", None]).dictionary_encode()}),
    "arrow null": lambda: pa.table({"x": pa.nulls(3)}),
    "polars odd": lambda: pl.DataFrame(
        {
            "l": [[1], None],
            "s": [{"a": 1}, {"a": 2}],
            "o": pl.Series([object(), None], dtype=pl.Object),
            "b": [b"x", None],
        }
    ),
    "polars times": lambda: pl.DataFrame(
        {"t": [dt.time(1), None], "d": [dt.date(2020, 1, 1), None], "u": [dt.timedelta(1), None]}
    ),
    "polars category": lambda: pl.DataFrame({"c": pl.Series(["a", "b", "a"], dtype=pl.Categorical)}),
    "polars decimal": lambda: pl.DataFrame({"x": [decimal.Decimal("1.50"), None]}),
    "polars empty": lambda: pl.DataFrame({"x": []}),
    "series": lambda: pd.Series([1, 2, 3], name="n"),
    "polars series": lambda: pl.Series("n", [1, 2, 3]),
    "arrow chunks": lambda: pa.chunked_array([[1, 2], [3]]),
    "arrow batch": lambda: pa.record_batch({"x": [1, 2]}),
    "index of dates": lambda: pd.DataFrame({"v": range(4)}, index=pd.date_range("2020", periods=4, name="when")),
}


@pytest.mark.parametrize("name", list(ODD))
@pytest.mark.parametrize("detail", ["schema", "stats", "sample"])
def test_inp_13_odd_tables_are_described(name: str, detail: Any) -> None:
    text = describe(ODD[name](), "odd", detail=detail)
    assert "could not be described" not in text
    assert text.startswith(("pandas.", "polars.", "pyarrow."))


def test_what_odd_columns_say() -> None:
    def only(frame: Any, name: str = "x") -> str:
        return line(describe(frame, "odd"), name)

    assert "holds list, length 1 to 2" in only(ODD["lists"]())
    assert "holds dict, length 1 to 2, keys a, b" in only(ODD["dicts"]())
    assert "shape (3,)" in only(ODD["arrays"]())
    assert "66.7 % missing (2)" in only(ODD["decimal"]())
    assert "all missing" in only(ODD["all missing"]())
    assert "2 infinite" in only(ODD["infinite"]())
    assert "UTC" in only(ODD["zone"]())
    assert "int of 1,329 bits" in describe(ODD["huge ints"](), "odd")
    assert "18446744073709551615" in only(ODD["uint64"]())
    assert '("a", "x") (int64)' in describe(ODD["multiindex"](), "odd")
    assert describe(ODD["duplicate columns"](), "odd").count("- x (") == 2
    assert "- 0 (int64)" in describe(ODD["integer names"](), "odd")
    assert "index DatetimeIndex when" in describe(ODD["index of dates"](), "odd")
    assert "ordered" in only(ODD["categories"]())


@pytest.mark.parametrize(
    ("moments", "rhythm"),
    [
        (pd.date_range("2020-01-01", periods=50), "daily"),
        (pd.date_range("2020-01-01", periods=50, freq="h"), "hourly"),
        (pd.date_range("2020-01-31", periods=20, freq="ME"), "monthly"),
        (pd.date_range("2020-01-01", periods=20, freq="MS"), "monthly"),
        (pd.date_range("2020-03-31", periods=20, freq="QE"), "quarterly"),
        (pd.date_range("1990-01-01", periods=20, freq="YS"), "yearly"),
        (pd.bdate_range("2020-01-01", periods=50), "weekdays"),
        (pd.date_range("2020-01-01", periods=50).delete([10, 20]), "daily with gaps"),
        (pd.date_range("2020-01-01", periods=50, freq="7D"), "weekly"),
        (pd.date_range("2020-01-01", periods=50, freq="15min"), "every 0:15:00"),
    ],
)
def test_the_rhythm_of_dates(moments: pd.DatetimeIndex, rhythm: str) -> None:
    assert line(describe(pd.DataFrame({"x": moments}), "f"), "x").endswith(rhythm)


def test_irregular_dates_have_no_rhythm() -> None:
    moments = pd.to_datetime(["2020-01-01", "2020-01-07", "2020-03-01", "2021-01-01"])
    assert line(describe(pd.DataFrame({"x": moments}), "f"), "x").endswith("2020-01-01 … 2021-01-01")


def test_constant_columns_and_dates_in_texts() -> None:
    frame = pd.DataFrame({"c": ["x"] * 30, "day": [f"2020-{month:02d}-01" for month in range(1, 11)] * 3})
    frame["day2"] = [f"2020-01-{day:02d}" for day in range(1, 31)]
    text = describe(frame, "f")
    assert line(text, "c").endswith(': always "x"')
    assert "2020-01-01 … 2020-01-30" in line(text, "day2")


def test_column_names_that_would_be_misread_are_json() -> None:
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a (b", '"q"', "n\nl", "7", "</context>"])
    text = describe(frame, "f")
    assert '- "a (b" (int64)' in text
    assert '- "\\"q\\"" (int64)' in text
    assert '- "n\\nl" (int64)' in text
    assert '- "7" (int64)' in text
    assert "</context" not in text
    assert len([one for one in text.splitlines() if one.startswith("- ")]) == 5


def test_long_cells_and_large_categories_are_cut_and_quick() -> None:
    frame = pd.DataFrame({"long": ["x" * 1_000_000, "y<" * 500_000], "list": [[0] * 1_000_000, [1]]})
    start = time.process_time()
    text = describe(frame, "f")
    levels = pd.Series(
        pd.Categorical.from_codes(np.arange(10) * 7, categories=[f"level {n}" for n in range(1_000_000)])
    )
    describe(levels, "levels")
    assert time.process_time() - start < 2
    assert len(text) < 2_000


def test_the_same_data_give_the_same_bytes() -> None:
    frame = penguins()
    again = frame.copy(deep=True)
    assert describe(frame, "a") == describe(again, "a")
    large = pl.DataFrame({"t": [f"word{n * 7919 % 5000}" for n in range(20_000)], "v": range(20_000)})
    assert len({describe(large.clone(), "a") for _ in range(5)}) == 1


cells = st.one_of(
    st.integers(), st.floats(), st.text(max_size=30), st.none(), st.booleans(), st.lists(st.integers(), max_size=3)
)
columns = st.dictionaries(st.text(max_size=20), st.lists(cells, min_size=5, max_size=5), max_size=12)


@settings(max_examples=60, deadline=None)
@given(columns, st.integers(0, 300), st.sampled_from(["schema", "stats", "sample"]))
def test_no_budget_is_ever_exceeded(data: dict[str, list[Any]], tokens: int, detail: Any) -> None:
    text = describe(
        pd.DataFrame({key: pd.Series(value, dtype=object) for key, value in data.items()}),
        "f",
        tokens=tokens,
        detail=detail,
    )
    assert estimate_tokens(text) <= tokens
    assert "could not be described" not in text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.floats(width=32), st.integers(-(2**60), 2**60)), min_size=1, max_size=40),
    st.integers(20, 200),
)
def test_ranges_and_counts_are_true(values: list[float], tokens: int) -> None:
    series = pd.Series(values, dtype="float64")
    text = describe(series, "s", tokens=500)
    finite = series[np.isfinite(series)]
    assert f"{len(series):,} value" in text
    if series.isna().all():
        assert "all missing" in text
    elif finite.nunique() > 12:
        assert f"{series.nunique()} distinct" in text
    assert estimate_tokens(describe(series, "s", tokens=tokens)) <= tokens


def test_a_list_of_values_comes_last_in_its_line() -> None:
    frame = pd.DataFrame({"c": pd.Categorical(["b", "a"] * 5, categories=["b", "a"], ordered=True)})
    frame["k"] = ["A-1", "B-2", "C-3", "A-1", "A-1"] * 2
    text = describe(frame, "f")
    assert line(text, "c").endswith('ordered, 2 distinct: "b" 5, "a" 5')
    assert line(text, "k").endswith('shape A-9, 3 distinct: "A-1" 6, "B-2" 2, "C-3" 2')


def test_many_columns_of_one_value_share_a_line() -> None:
    frame = pd.DataFrame({"x": range(20), **{f"{word}_flag": [word] * 20 for word in ("red", "green", "blue", "tan")}})
    assert "constant: " not in describe(frame, "f"), "a few keep their lines"
    frame["level"], frame["gone"] = 3, None
    text = describe(frame, "f")
    assert 'constant: red_flag = "red", green_flag = "green", blue_flag = "blue", tan_flag = "tan", level = 3' in text
    assert "- level (" not in text
    assert "- x (" in text
    assert line(text, "gone").endswith("all missing")
    assert "red" not in describe(frame, "f", detail="schema").replace("red_flag", "")


def test_series_by_month_are_told_as_one_where_each_has_no_room() -> None:
    months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    frame = pd.DataFrame(
        {f"{what}_{month}": [1.5, 2.5] for what in ("sales", "cost", "staff", "rent") for month in months}
    )
    assert "- sales_jan … sales_dec (float64 × 12)" in describe(frame, "f", tokens=300)
    assert "- sales_mar (float64)" in describe(frame, "f", tokens=1000)


def test_columns_with_one_set_of_values_name_it_once_while_room_is_short() -> None:
    answers = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({f"q{number}": rng.choice(answers, 80) for number in range(8)})
    text = describe(frame, "f", tokens=220)
    assert '5 distinct: "Strongly disagree"' in line(text, "q0")
    assert "5 distinct, ordered, the values of q0" in line(text, "q7")
    assert "the values of" not in describe(frame, "f", tokens=1000)


def test_a_list_of_values_is_whole_or_not_there() -> None:
    towns = [f"Town {chr(65 + number // 26)}{chr(97 + number % 26)}" for number in range(150)]
    frame = pd.DataFrame({"town": towns * 4, "n": range(600)})
    told = {tokens: line(describe(frame, "f", tokens=tokens), "town") for tokens in (120, 300, 500, 1500)}
    assert all(town in told[1500] for town in towns)
    assert all("Town Bc" not in told[tokens] for tokens in (120, 300))
    assert 'e.g. "Town ' in told[300]


def test_stats_tell_no_value_that_one_row_has() -> None:
    frame = pd.DataFrame(
        {"a": ["x"] * 20 + ["y"] * 9 + ["canary"], "b": [None] * 29 + ["canary"], "c": [1, 2, 777] * 10}
    )
    frame["d"] = pd.Categorical(frame["a"])
    frame.loc[0, "c"] = 4242
    for made in (frame, pl.from_pandas(frame)):
        text = describe(made, "f", detail="stats")
        assert "canary" not in text
        assert "4242" not in text
        assert '1 rare value untold, 3 distinct: "x" 20, "y" 9' in line(text, "a")
        assert "1 rare value untold, 4 distinct: 1 (9)" in line(text, "c")
