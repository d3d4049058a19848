"""Tables that are not computed: the code that is proposed collects them first, and no figure is made up before."""

from __future__ import annotations

from typing import Any

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


def lazy(library: str, frame: pd.DataFrame) -> Any:
    if library == "dask":
        return dask.dataframe.from_pandas(frame, npartitions=3)
    if library == "duckdb":
        return duckdb.connect().from_arrow(pa.Table.from_pandas(frame))
    if library == "ibis":
        return ibis.memtable(pa.Table.from_pandas(frame))
    return pl.from_pandas(frame).lazy()


def ask(library: str, question: str) -> Answered:
    value = lazy(library, penguins())
    return Client({"table": value}, f"# Values in memory\n## table\n{describe(value, 'table')}").ask(question)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # ibis' own, of DuckDB and pandas
@pytest.mark.parametrize("library", ["dask", "duckdb", "ibis", "polars"])
def test_a_lazy_table_is_collected(library: str) -> None:
    frame = penguins()
    means = frame.groupby("species")["bill_length_mm"].mean()
    answered = ask(library, "average bill length by species")
    assert all(has(answered, mean) for mean in means), (answered.codes, answered.outputs, answered.text)
    answered = ask(library, "how many values are missing in sex?")
    assert has(answered, frame["sex"].isna().sum()), (answered.codes, answered.outputs, answered.text)
    answered = ask(library, "how many rows are there?")
    assert has(answered, len(frame)), (answered.codes, answered.outputs, answered.text)


def test_a_declared_table_is_no_frame() -> None:
    table = sa.Table("people", sa.MetaData(), sa.Column("id", sa.Integer))
    context = f"# Values in memory\n## people\n{describe(table, 'people')}"
    answered = Client({"people": table}, context).ask("how many rows are there?")
    assert not any("people.to_pandas()" in code for code in answered.codes)


@pytest.mark.parametrize("dtype", ["BIGINT", "UBIGINT", "HUGEINT", "SMALLINT", "TINYINT", "INTEGER", "uint8", "int64"])
def test_integers_are_numbers_by_whatever_name_a_database_has_for_them(dtype):
    assert role_of(dtype) == "number"
