"""Tables that are not computed are told without computing them: each library is watched while it is described."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
import dask.array
import dask.bag
import dask.dataframe
import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
import sqlalchemy as sa
from dask.callbacks import Callback

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import build, describe
from kimi_jupyter.context.names import candidates
from kimi_jupyter.context.sizes import is_table
from kimi_jupyter.context.within import Late, within

CANARY = "canary31337"


def frame(rows: int = 120) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": range(rows),
            "text": ["x", CANARY] * (rows // 2),
            "day": pd.date_range("2020-01-01", periods=rows),
        }
    )


class Started(Callback):
    """Counts what dask's own schedulers start."""

    def __init__(self) -> None:
        self.count = 0
        super().__init__(start=self._count)

    def _count(self, graph: object) -> None:
        self.count += 1


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "frame.parquet"
    pyarrow.parquet.write_table(pa.Table.from_pandas(frame()), path, row_group_size=50)
    return path


def dask_values(parquet: Path) -> dict[str, Any]:
    made = dask.dataframe.from_pandas(frame(), npartitions=4)
    read = dask.dataframe.read_parquet(parquet)
    return {
        "frame": made,
        "parquet": read,
        "filtered": read[read.number > 5],
        "assigned": made.assign(twice=made.number * 2),
        "merged": made.merge(read, on="number"),
        "indexed": made.set_index("text"),
        "sorted": made.sort_values("text"),
        "grouped": made.groupby("text").number.sum(),
        "column": made.number,
        "index": made.index,
        "scalar": made.number.sum(),
        "array": dask.array.ones((40, 4), chunks=(10, 2)),
        "bag": dask.bag.from_sequence(range(10), npartitions=2),
        "delayed": dask.delayed(len)([1]),
    }


def test_dask_computes_nothing(parquet: Path) -> None:
    values = dask_values(parquet)
    with Started() as started:
        for value in values.values():
            assert "not computed" in describe(value, "value")
        assert started.count == 0
        values["indexed"].divisions  # noqa: B018 - what a careless digest would ask for
        assert started.count == 1, "the watch sees a computation"


def test_dask_computes_nothing_on_a_cluster(parquet: Path) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1, processes=False, host="127.0.0.1", protocol="tcp://", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        values = dask_values(parquet)
        before = cluster.scheduler.transition_counter
        for value in values.values():
            describe(value, "value")
        time.sleep(0.1)  # messages to the scheduler would be under way
        assert cluster.scheduler.transition_counter == before
        assert client.compute(values["column"].sum()).result() == sum(range(120))
        assert cluster.scheduler.transition_counter > before, "the watch sees a computation"


def test_dask_tells_rows_and_partitions_where_they_are_known(parquet: Path) -> None:
    values = dask_values(parquet)
    told = {name: describe(value, name).splitlines() for name, value in values.items()}
    assert told["frame"] == [
        "dask.dataframe.DataFrame, 120 rows × 3 columns, made by FromPandas, 4 partitions, not computed",
        "partitions by index, 0 … 119",
        "- number (int64)",
        f"- text ({values['frame'].dtypes['text']})",
        f"- day ({values['frame'].dtypes['day']})",
    ]
    assert told["assigned"][0].startswith("dask.dataframe.DataFrame, 120 rows × 4 columns, made by Assign")
    assert "rows" not in told["filtered"][0]
    assert "partitions" not in told["indexed"][0]
    assert told["column"][0].startswith("dask.dataframe.Series, 120 values, ")
    assert told["array"] == ["dask.array.Array, shape (40, 4), float64, 8 chunks, not computed"]
    assert told["bag"] == ["dask.bag.Bag, 2 partitions, not computed"]


class Streamed:
    """An Arrow table that counts how often it is read, and how often only its schema is."""

    def __init__(self) -> None:
        self.table, self.read = pa.Table.from_pandas(frame()), 0

    def __arrow_c_schema__(self) -> object:
        return self.table.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        self.read += 1
        return self.table.__arrow_c_stream__(requested_schema)


def test_duckdb_reads_nothing() -> None:
    connection, streamed = duckdb.connect(), Streamed()
    calls: list[int] = []
    connection.create_function("watched", lambda n: calls.append(n) or n, ["BIGINT"], "BIGINT")
    connection.register("streamed", streamed)
    relation = connection.sql("SELECT watched(number) AS n, text FROM streamed")
    before = streamed.read
    for detail in ("schema", "stats", "sample"):
        text = describe(relation, "relation", detail=detail)
        assert "2 columns" in text
        assert "- n (BIGINT)\n- text (VARCHAR)" in text
    assert (calls, streamed.read) == ([], before)
    relation.fetchall()
    assert len(calls) == 120, "the watch sees a query"
    assert streamed.read > before


def test_duckdb_tells_its_query_only_in_full_detail() -> None:
    connection = duckdb.connect()
    connection.execute(f"CREATE TYPE mood AS ENUM ('{CANARY}', 'b')")
    connection.execute("CREATE TABLE moods AS SELECT range AS n, 'b'::mood AS m, ['b'::mood] AS ms FROM range(10)")
    relation = connection.table("moods").filter(f"m = '{CANARY}'")
    assert CANARY in describe(relation, "relation")
    for detail in ("schema", "stats"):
        assert describe(relation, "relation", detail=detail).splitlines() == [
            'duckdb.DuckDBPyRelation, 3 columns, named "moods", not computed',
            "- n (BIGINT)",
            "- m (ENUM)",
            "- ms (ENUM[])",
        ]


def test_duckdb_the_same_data_give_the_same_text() -> None:
    connection = duckdb.connect()
    data = frame()
    assert describe(connection.from_df(data), "a") == describe(connection.from_df(data), "a")


def test_duckdb_a_busy_connection_is_not_waited_for() -> None:
    connection = duckdb.connect()
    relation = connection.sql("SELECT 1 AS one")
    entered, done = threading.Event(), threading.Event()

    def hold(number: int) -> int:
        entered.set()
        done.wait(30)
        return number

    connection.create_function("hold", hold, ["BIGINT"], "BIGINT")
    busy = threading.Thread(target=lambda: connection.execute("SELECT hold(1)").fetchall())
    busy.start()
    try:
        assert entered.wait(10)
        started = time.monotonic()
        text = describe(relation, "relation")
        assert time.monotonic() - started < 1.5
        assert text.startswith("duckdb.DuckDBPyRelation, ")
    finally:
        done.set()
        busy.join(30)


@contextmanager
def ibis_watch(connection: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of ibis' own methods that ran a query."""
    ran: list[str] = []

    def watched(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            ran.append(name)
            return method(*arguments, **named)

        return run

    for name in ("execute", "raw_sql", "to_pyarrow", "to_pyarrow_batches"):
        monkeypatch.setattr(connection, name, watched(name, getattr(connection, name)))
    yield ran


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # ibis' own use of DuckDB
@pytest.mark.parametrize("interactive", [False, True])
def test_ibis_runs_no_query(monkeypatch: pytest.MonkeyPatch, interactive: bool) -> None:
    connection = ibis.duckdb.connect()
    connection.raw_sql("CREATE TABLE stored AS SELECT range AS number, 'x' AS text FROM range(120)")
    table, memory = connection.table("stored"), ibis.memtable(pa.table({"number": [1, 2], "day": [3, 4]}))
    monkeypatch.setattr(ibis.options, "interactive", interactive)
    with ibis_watch(connection, monkeypatch) as ran:
        told = [
            describe(value, "value")
            for value in (
                table,
                memory,
                table.filter(table.text == CANARY),
                table.join(memory, "number"),
                table.number,
                table.number.sum(),
                table.group_by("text").agg(total=table.number.sum()),
            )
        ]
        assert ran == []
        connection.to_pyarrow(table.number.sum())
        assert ran != [], "the watch sees a query"
    assert all("not computed" in text for text in told)
    assert told[0].splitlines() == [
        'ibis.Table, 2 columns, made by DatabaseTable, from table "stored", not computed',
        "- number (int64)",
        "- text (string)",
    ]
    assert told[1].startswith("ibis.Table, 2 columns, made by InMemoryTable, from a table in memory")
    assert told[4].endswith("- number (int64)")


def test_ibis_a_column_without_a_name_holds_no_value() -> None:
    column = ibis.table({"text": "string"}, name="t").text.replace("a", CANARY)
    assert CANARY not in describe(column, "column", detail="stats")
    assert "(string)" in describe(column, "column", detail="stats")


def test_polars_lets_no_function_see_the_data() -> None:
    seen: list[Any] = []

    def spy(data: Any) -> Any:
        seen.append(data.to_dict(as_series=False) if isinstance(data, pl.DataFrame) else data.to_list())
        return data

    data = pl.LazyFrame({"number": [31337], "level": pl.Series([CANARY], dtype=pl.Enum([CANARY]))})
    mapped = data.map_batches(spy)
    text = describe(mapped, "lazy")
    assert text == "polars.LazyFrame, 2 columns, not computed\n- number (Int64)\n- level (Enum)"
    assert seen == []
    # polars itself tries a function whose type it isn't told on a made-up value, whenever it is asked for a schema.
    describe(data.with_columns(twice=pl.col("number").map_batches(spy)), "lazy")
    assert "31337" not in str(seen)
    mapped.collect()
    assert "31337" in str(seen), "the watch sees a computation"


def test_polars_a_schema_that_takes_long_is_not_waited_for() -> None:
    asked = threading.Event()

    def slow(lazy: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
        asked.wait(20)
        return lazy

    started = time.monotonic()
    text = describe(pl.LazyFrame({"a": [1]}).pipe_with_schema(slow), "lazy")
    asked.set()
    assert text == "polars.LazyFrame, not computed, schema not known within 0.5 s"
    assert time.monotonic() - started < 1.5


def test_polars_a_wrong_plan_costs_one_line() -> None:
    text = describe(pl.LazyFrame({"a": [1]}).select("nothing"), "lazy")
    assert text == "polars.LazyFrame, not computed, schema not known (polars.exceptions.ColumnNotFoundError)"


def test_polars_expressions_hold_no_value() -> None:
    text = describe((pl.col("a") + pl.col("b") * pl.lit(31337)).alias("c"), "expression")
    assert text == 'polars.Expr, not computed, makes column "c", from "a", "b"'


def test_late_questions_do_not_pile_up() -> None:
    done = threading.Event()
    try:
        for _ in range(4):
            with pytest.raises(Late, match=r"not known within 0\.01 s"):
                within(0.01, lambda: done.wait(30))
        started = time.monotonic()
        with pytest.raises(Late, match="earlier questions"):
            within(5, lambda: 1)
        assert time.monotonic() - started < 1
    finally:
        done.set()


def test_what_a_question_raises_is_raised_but_no_exit() -> None:
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(RuntimeError, match="SystemExit"):
        within(5, leave)
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
    assert within(5, lambda: None) is None


def test_sqlalchemy_declares() -> None:
    metadata = sa.MetaData()
    people = sa.Table(
        "people",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20)),
        sa.Column("mood", sa.Enum(CANARY, "b")),
    )
    orders = sa.Table("orders", metadata, sa.Column("person", sa.ForeignKey("people.id")))
    assert describe(people, "people").splitlines() == [
        'sqlalchemy.Table, 3 columns, named "people", rows not read',
        "- id (Integer, primary key)",
        "- name (String(20))",
        "- mood (Enum)",
    ]
    assert "- person (Integer, → people.id)" in describe(orders, "orders")
    text = describe(sa.select(people.c.name, sa.func.count()).where(people.c.name == CANARY), "statement")
    assert text.startswith("sqlalchemy.Select, 2 columns, not run\n- name (String(20))\n- count")
    assert CANARY not in text
    assert '- table "orders": "person"' in describe(metadata, "metadata")


def test_sqlalchemy_sends_nothing() -> None:
    engine = sa.create_engine("sqlite://")
    sent: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *arguments: sent.append(arguments[2]))
    people = sa.Table("people", sa.MetaData(), sa.Column("id", sa.Integer))
    with engine.connect() as connection:
        people.metadata.create_all(connection)
        before = len(sent)
        for value in (people, sa.select(people), people.c.id, sa.select(people).subquery()):
            describe(value, "value")
        assert len(sent) == before
        connection.execute(sa.select(people))
        assert len(sent) == before + 1, "the watch sees a query"
    engine.dispose()


def test_parquet_footers_give_rows_nulls_and_ranges(tmp_path: Path) -> None:
    table = pa.table(
        {
            "number": [3, None, 1],
            "price": [1.5, 2.5, None],
            "name": [CANARY, "b", "c"],
            "day": [dt.date(2020, 1, 1), dt.date(2021, 1, 1), None],
            "list": [[31337], [2], None],
            "nested": [{"number": 31337}, {"number": 2}, None],
            "nothing": pa.nulls(3, pa.int32()),
        }
    )
    path = tmp_path / "table.parquet"
    pyarrow.parquet.write_table(table, path, row_group_size=2)
    with pyarrow.parquet.ParquetFile(path) as file:
        text = describe(file, "file")
    columns = [
        "- number (int64): 33.3 % missing (1), 1 … 3",
        "- price (double): 33.3 % missing (1), 1.5 … 2.5",
        "- name (string)",
        "- day (date32[day]): 33.3 % missing (1), 2020-01-01 … 2021-01-01",
        "- list (list<element: int64>)",
        "- nested (struct<number: int64>)",
        "- nothing (int32): all missing",
    ]
    assert text.splitlines() == ["pyarrow.parquet.ParquetFile, 3 rows × 7 columns, not read", *columns]
    dataset = describe(pyarrow.dataset.dataset(path), "dataset").splitlines()
    assert dataset == [
        "pyarrow.dataset.FileSystemDataset, 3 rows × 7 columns, 1 file (parquet), not read",
        *columns,
    ]
    with pyarrow.parquet.ParquetFile(path) as file:
        bare = describe(file, "file", detail="schema").splitlines()[1:]
    assert bare == [column.partition("): ")[0].removesuffix(")") + ")" for column in columns]


def test_datasets_that_are_no_parquet_are_told_by_their_schema(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"number,text\n1,{CANARY}\n")
    text = describe(pyarrow.dataset.dataset(tmp_path / "a.csv", format="csv"), "dataset")
    assert text.splitlines() == [
        "pyarrow.dataset.FileSystemDataset, 2 columns, 1 file (csv), not read",
        "- number (int64)",
        "- text (string)",
    ]


def test_a_filtered_dataset_is_not_told_the_rows_of_the_whole(parquet: Path) -> None:
    whole = pyarrow.dataset.dataset(parquet)
    text = describe(whole.filter(pyarrow.dataset.field("number") > 100), "dataset")
    assert "120" not in text
    assert "3 columns" in text


def test_readers_are_not_consumed() -> None:
    table = pa.Table.from_pandas(frame())
    reader = table.to_reader()
    assert describe(reader, "reader").startswith("pyarrow.RecordBatchReader, 3 columns, not consumed\n- number (int64)")
    assert reader.read_all().num_rows == 120


WIDE = {f"x_{number}": "float64" for number in range(10_000)} | {"label": "string"}


def wide(library: str) -> Any:
    if library == "ibis":
        return ibis.table(WIDE, name="wide")
    return pl.LazyFrame(schema={name: pl.Float64 if kind == "float64" else pl.String for name, kind in WIDE.items()})


@pytest.mark.parametrize("library", ["ibis", "polars"])
def test_ten_thousand_columns_are_grouped_and_named_ones_told(library: str) -> None:
    value = wide(library)
    text = describe(value, "wide")
    assert "10,001 columns" in text
    assert "- x_0 … x_9999 (" in text
    assert "- label (" in text
    assert estimate_tokens(text) < 120
    context = build("mean of x_77 in wide", namespace={"wide": value}, cells=[], tokens=2_000)
    assert "- x_77 (" in context.text


@pytest.mark.parametrize("tokens", [10, 30, 60, 120, 500])
def test_budgets_hold(tokens: int) -> None:
    names = [f"{chr(97 + number % 26) * (1 + number // 26)}_column" for number in range(300)]
    value = ibis.table(dict.fromkeys(names, "int64"), name="many")
    assert 0 < estimate_tokens(describe(value, "many", tokens=tokens)) <= tokens


def test_lazy_tables_are_tables_of_a_context() -> None:
    lazy = pl.LazyFrame({"a": [1]})
    for value in (lazy, dask.bag.from_sequence([1]), ibis.table({"a": "int64"}, name="t"), duckdb.sql("SELECT 1")):
        assert is_table(value)
    namespace = {"count": 3, "lazy": lazy}
    assert [candidate.name for candidate in candidates("how many?", namespace, [])] == ["lazy"]


def test_names_forge_no_line() -> None:
    text = describe(pl.LazyFrame(schema={"a\n## df": pl.Struct({"b\n## other": pl.Int64})}), "lazy")
    assert not any(line.startswith("## ") for line in text.splitlines())
    eager = describe(pa.table({"s": pa.array([{"b\n## other": 1}])}), "table", detail="schema")
    assert not any(line.startswith("## ") for line in eager.splitlines())


class Liar(pl.LazyFrame):
    """A subclass: its methods are a user's."""

    def collect_schema(self) -> pl.Schema:
        raise AssertionError("a user's code ran")


def test_subclasses_are_told_by_their_type() -> None:
    text = describe(Liar({"a": [1]}), "liar")
    assert text.startswith("object of type ")
    assert "Liar" in text
    assert "polars.LazyFrame" in text
