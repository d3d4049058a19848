"""Connections to databases: tables and columns, the user's connection as it was, nothing asked that is elsewhere."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from kimi_jupyter.context import describe


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, placed TEXT, total REAL)")
        connection.execute("CREATE VIEW large AS SELECT id FROM orders WHERE total > 100")
        connection.execute("INSERT INTO orders VALUES (1, 'canary31337', 5)")
    connection.close()
    return path


def in_time(connection: object) -> str:
    """The description, again if the machine was too busy for the time limit."""
    texts = (describe(connection, "con") for _ in range(20))
    return next(text for text in texts if "not known within" not in text)


TABLES = "- table orders: id INTEGER primary key, placed TEXT, total REAL\n- view large: id INTEGER"


def test_a_sqlite_file_is_told_by_its_tables(file: Path) -> None:
    connection = sqlite3.connect(file)
    text = describe(connection, "con")
    assert text.startswith('sqlite3.Connection to file "')
    assert text.endswith(f'shop.db"\n{TABLES}')
    assert describe(connection, "con", detail="schema") == f"sqlite3.Connection to a file\n{TABLES}"
    assert "canary" not in text
    connection.close()
    assert describe(connection, "con") == "sqlite3.Connection, closed"


def test_a_transaction_stays_as_it_is_and_takes_no_lock(file: Path) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN")
    assert "a transaction is open, tables as last committed" in describe(connection, "con")
    other = sqlite3.connect(file, timeout=0, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")  # a snapshot of the user's connection would forbid it
    assert "tables not known" in describe(connection, "con")
    other.execute("ROLLBACK")
    assert connection.in_transaction
    connection.close()
    other.close()


def test_a_database_in_memory_is_told_without_a_callback_or_a_change() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("CREATE TABLE a (x INTEGER); CREATE TABLE 'we\"ird' (y)")
    waiting = connection.execute("SELECT 1 UNION SELECT 2")
    assert waiting.fetchone() == (1,)
    assert describe(connection, "con") == 'sqlite3.Connection to memory\n- table a: x INTEGER\n- table we"ird: y'
    assert waiting.fetchone() == (2,)
    assert not connection.in_transaction
    seen: list[str] = []
    connection.set_trace_callback(seen.append)
    assert "not asked for its tables, since it calls functions" in describe(connection, "con")
    assert seen == []
    connection.close()


def test_a_connection_that_others_may_use_is_not_asked() -> None:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    started = threading.Event()
    connection.create_function("wait", 0, lambda: started.set() or time.sleep(0.8))
    thread = threading.Thread(target=lambda: connection.execute("SELECT wait()").fetchall())
    thread.start()
    started.wait()
    start = time.perf_counter()
    assert "since other threads may be using it" in describe(connection, "con")
    assert time.perf_counter() - start < 0.5
    thread.join()
    connection.close()


def test_duckdb_is_asked_through_a_cursor_of_our_own() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (a INTEGER, b VARCHAR); CREATE SCHEMA s; CREATE TABLE s.q (x DOUBLE)")
    connection.execute("SELECT 42")
    text = in_time(connection)
    assert text.split("\n")[1:] == ["- table t: a INTEGER, b VARCHAR", "- table s.q: x DOUBLE"]
    assert connection.fetchall() == [(42,)], "a result that waits is still there"
    connection.close()
    assert describe(connection, "con") == "duckdb.DuckDBPyConnection, closed"


def test_an_engine_is_told_by_its_address_without_a_password(file: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{file}")
    text = describe(engine, "engine")
    assert text.startswith("sqlalchemy.engine.base.Engine for sqlite:///")
    assert text.endswith(TABLES)
    assert engine.pool.checkedout() == 0
    with engine.connect() as connection, Session(engine) as session:
        assert describe(connection, "connection").endswith(TABLES)
        assert describe(session, "session").endswith(TABLES)
    engine.dispose()


def test_a_server_is_not_asked() -> None:
    calls: list[object] = []
    engine = sa.create_engine("sqlite+pysqlite://", creator=lambda: calls.append(1))
    url = sa.make_url("postgresql+psycopg://ann:hunter2@db.example:5432/sales?sslpassword=hunter3")
    engine.url = url
    text = describe(engine, "engine")
    assert text == (
        "sqlalchemy.engine.base.Engine for postgresql+psycopg://db.example:5432/sales, not asked for its tables"
    )
    assert "db.example" not in describe(engine, "engine", detail="schema")
    assert calls == []
