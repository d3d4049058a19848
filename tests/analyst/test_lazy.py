"""Tables that are not in memory: figures are computed where the table is, and no more is read in than needed."""

from __future__ import annotations

import re
from typing import Any

import dask
import dask.dataframe
import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sqlalchemy as sa

from kimi_jupyter.context import describe
from kimi_jupyter.offline.analyst.tables import role_of
from tests.analyst.driver import Answered, Client, has
from tests.analyst.frames import penguins

LIBRARIES = ["dask", "duckdb", "ibis", "polars"]
#: What would have the rows of ``table`` in memory, or some of its columns.
WHOLE = re.compile(r"\btable\.(collect|compute|df|to_pandas)\(")
SOME = re.compile(r"\btable_frame = table(\[|\.select\(|\.project\().*\.(collect|compute|df|to_pandas)\(", re.DOTALL)


def lazy(library: str, frame: pd.DataFrame) -> Any:
    if library == "dask":
        return dask.dataframe.from_pandas(frame, npartitions=2)
    if library == "duckdb":
        return duckdb.connect().from_arrow(pa.Table.from_pandas(frame))
    if library == "ibis":
        return ibis.memtable(pa.Table.from_pandas(frame))
    return pl.from_pandas(frame).lazy()


def ask(library: str, question: str, frame: pd.DataFrame) -> Answered:
    value = lazy(library, frame)
    client = Client({"table": value}, f"# Values in memory\n## table\n{describe(value, 'table')}")
    with dask.config.set(scheduler="synchronous"):  # threads take longer than such small partitions
        return client.ask(question)


def expected(frame: pd.DataFrame) -> dict[str, list[float]]:
    """Questions that are computed where the table is, and figures of their answers."""
    mass, bill = frame.body_mass_g, frame.bill_length_mm
    heavy = frame[frame.body_mass_g > 4000]
    return {
        "how many rows are there?": [len(frame)],
        "how many rows and columns are there, and what is missing?": [*frame.isna().sum()[lambda s: s > 0], 11],
        "how many values are missing in sex?": [frame.sex.isna().sum()],
        "are there duplicate rows?": [int(frame.duplicated().sum())],
        "average bill length by species": list(frame.groupby("species").bill_length_mm.mean()),
        "average body_mass_g and bill_length_mm by sex": [
            *frame.groupby("sex").body_mass_g.mean(),
            *frame.groupby("sex").bill_length_mm.mean(),
        ],
        "total of body_mass_g where body_mass_g over 4000": [heavy.body_mass_g.sum(), len(heavy)],
        "most common values of sex": [*frame.sex.value_counts(), frame.sex.isna().sum()],
        "how many distinct values does each column have?": list(frame.nunique()),
        "correlation between body_mass_g and bill_length_mm": [mass.corr(bill)],
        "which two numeric columns are most strongly correlated?": [mass.corr(frame.flipper_length_mm)],
        "top 3 rows by body_mass_g": list(mass.nlargest(3)),
        "plot the average bill_length_mm by species as bars": list(frame.groupby("species").bill_length_mm.mean()),
        "plot the number of birds by island": list(frame.island.value_counts()),
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # ibis' own, of DuckDB and pandas
@pytest.mark.parametrize("library", LIBRARIES)
def test_ro_08_figures_are_computed_where_the_table_is(library: str) -> None:
    frame = penguins()
    for question, figures in expected(frame).items():
        answered = ask(library, question, frame)
        told = (question, answered.codes, answered.outputs, answered.text)
        assert all(has(answered, figure) or figure == 0 for figure in figures), told
        assert library == "dask" or all("nw.from_native(table)" in code for code in answered.codes), told
        assert not any(WHOLE.search(code) or SOME.search(code) for code in answered.codes), told
        assert "attempt failed" not in answered.text, told


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("library", LIBRARIES)
def test_what_needs_rows_reads_in_the_columns_it_draws_and_no_others(library: str) -> None:
    frame = penguins()
    for question in (
        "plot body_mass_g against flipper_length_mm, coloured by species",
        "plot a histogram of body_mass_g",
        "box plot of body_mass_g by island",
    ):
        answered = ask(library, question, frame)
        told = (question, answered.codes, answered.outputs, answered.text)
        assert SOME.search(answered.codes[-1]), told
        assert "bill_depth_mm" not in answered.codes[-1], told
        assert not any(WHOLE.search(code) for code in answered.codes), told
        assert "attempt failed" not in answered.text, told


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("library", LIBRARIES)
def test_quartiles_and_medians_are_exact_also_where_the_library_only_estimates_them(library: str) -> None:
    frame = penguins()
    assert has(ask(library, "median body_mass_g", frame), frame.body_mass_g.median())
    by_island = ask(library, "median body_mass_g by island", frame)
    assert all(has(by_island, median) for median in frame.groupby("island").body_mass_g.median()), by_island.text
    answered = ask(library, "summarise body_mass_g", frame)
    assert all(has(answered, figure) for figure in frame.body_mass_g.describe()), answered.text
    assert not any(WHOLE.search(code) for code in answered.codes)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("library", LIBRARIES)
def test_time_is_followed_in_periods_and_gaps_do_not_count(library: str) -> None:
    days = pd.date_range("2023-11-01", periods=200, freq="D").astype("datetime64[us]")
    frame = pd.DataFrame({"day": days, "count": [None if i % 7 == 0 else float(i) for i in range(200)]})
    for period, form in (("month", "%Y-%m"), ("quarter", "")):
        answered = ask(library, f"total count per {period}", frame)
        key = frame.day.dt.strftime(form) if form else frame.day.dt.to_period("Q")
        assert all(has(answered, total) for total in frame.groupby(key)["count"].sum()), (answered.codes, answered.text)
        assert bool(SOME.search(answered.codes[0])) == (library != "dask" and not form)


def test_where_the_library_can_not_the_table_is_read_in_and_the_answer_says_so() -> None:
    value = lazy("duckdb", penguins())
    client = Client({"table": value}, f"# Values in memory\n## table\n{describe(value, 'table')}")
    failed = 'Traceback (most recent call last):\n  File "<cell>", line 1\nNotImplementedError: not here'
    answered = client.ask("average bill length by species", lambda step, code: None if step else failed)
    assert len(answered.codes) == 2
    assert "table.df()" in answered.codes[1]
    assert "was read into memory" in answered.text
    assert has(answered, penguins().groupby("species").bill_length_mm.mean()["Gentoo"])


def test_a_declared_table_is_no_frame() -> None:
    table = sa.Table("people", sa.MetaData(), sa.Column("id", sa.Integer))
    context = f"# Values in memory\n## people\n{describe(table, 'people')}"
    answered = Client({"people": table}, context).ask("how many rows are there?")
    assert not any("people.to_pandas()" in code for code in answered.codes)


@pytest.mark.parametrize("dtype", ["BIGINT", "UBIGINT", "HUGEINT", "SMALLINT", "TINYINT", "INTEGER", "uint8", "int64"])
def test_integers_are_numbers_by_whatever_name_a_database_has_for_them(dtype):
    assert role_of(dtype) == "number"
