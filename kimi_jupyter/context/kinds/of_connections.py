"""Connections to other databases: what they lead to, without a password; of a DuckDB on this machine also its tables.

A database elsewhere is not asked: that is the user's to do, and it may cost money or time.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from typing import Any

from ..attributes import instance_dict
from ..identity import is_a, type_name
from ..terms import Terms
from ..within import Late, within
from .of_sqlite import Tables, file_tables, table_lines

__all__ = ["connection_lines"]

_SECONDS, _LEAST = 0.5, 0.02
_MOST = 4_000
_HOSTS, _NAMES = ("host", "_host", "server_host"), ("database", "_database", "db", "dbname")
_CATALOGUES = "SELECT type, path FROM duckdb_databases() WHERE NOT internal"
_COLUMNS = (
    "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    f" ORDER BY database_oid, schema_oid, table_oid, column_index LIMIT {_MOST}"
)


def connection_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a database connection, an engine or a session."""
    name = type_name(value)
    if is_a(value, "_duckdb.DuckDBPyConnection", "duckdb.DuckDBPyConnection"):
        return _duckdb(value, terms)
    own = instance_dict(value)
    if is_a(value, "sqlalchemy.engine.base.Engine", "sqlalchemy.ext.asyncio.engine.AsyncEngine"):
        return _engine(name, value, terms)
    if is_a(value, "sqlalchemy.engine.base.Connection"):
        return _engine(name, own.get("engine"), terms)
    if is_a(value, "sqlalchemy.orm.session.Session"):
        return _engine(name, own.get("bind"), terms)
    if not name.rpartition(".")[2].lower().startswith(("connection", "mysqlconnection", "asyncconnection")):
        return None
    host, database = (_first(own, names) for names in (_HOSTS, _NAMES))
    said = [f"{word} {terms.quoted(text, 80)}" for word, text in (("host", host), ("database", database)) if text]
    told = f" to {', '.join(said)}" if said and terms.detail == "sample" else ""
    return [f"{name}{told}, not asked for its tables"]


def _first(own: dict[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        held = own.get(name)
        if type(held) is bytes:
            return held.decode("utf-8", "replace")
        if type(held) is str:
            return held
    return ""


def _engine(name: str, engine: Any, terms: Terms) -> list[str]:
    """An engine by its address; the tables only of a SQLite file, which can be read beside it."""
    if is_a(engine, "sqlalchemy.ext.asyncio.engine.AsyncEngine"):
        engine = instance_dict(engine).get("sync_engine")
    url: Any = instance_dict(engine).get("url")
    if not is_a(url, "sqlalchemy.engine.url.URL"):
        return [f"{name}, not asked for its tables"]
    driver, _, _, host, port, database, *_ = tuple.__iter__(url)
    where = f"{host or ''}{f':{port}' if type(port) is int else ''}/{database or ''}"
    address = f"{driver}://{where}" if terms.detail == "sample" else f"{driver}://…"
    said = f"{name} for {terms.plain(address, 160)}"
    backend = str(driver).partition("+")[0]
    if backend != "sqlite" or type(database) is not str or database.startswith((":", "file:")) or not database:
        return [f"{said}, not asked for its tables"]
    try:
        return [said, *table_lines(within(_seconds(terms), lambda: file_tables(database)), terms)]
    except (Late, sqlite3.Error) as error:
        return [f"{said}, tables not known ({type_name(error)})"]


def _seconds(terms: Terms) -> float:
    return max(_LEAST, min(_SECONDS, terms.deadline - time.monotonic()))


def _duckdb(value: Any, terms: Terms) -> list[str]:
    """A DuckDB by its catalogue, asked through a cursor of our own: a result that waits in the user's stays there.

    Temporary tables belong to the user's connection and are not seen. Nothing is asked where a database elsewhere is
    attached, since the catalogue would ask it.
    """
    said = "duckdb.DuckDBPyConnection"
    cursors: list[Any] = []
    try:
        found = within(_seconds(terms), lambda: _catalogue(value, cursors), late=lambda _: _interrupt(cursors))
    except Late as late:
        return [f"{said}, tables {late}"]
    except Exception as error:  # noqa: BLE001 - a border: closed, or another DuckDB than we know; its errors have no one base
        closed = type_name(error).endswith("ConnectionException")
        return [f"{said}, {'closed' if closed else f'tables not known ({type_name(error)})'}"]
    if found is None:
        return [f"{said}, not asked for its tables, since a database elsewhere is attached"]
    return [f"{said}, temporary tables not told", *table_lines(found, terms)]


def _interrupt(cursors: list[Any]) -> None:
    for cursor in cursors:
        cursor.interrupt()


def _catalogue(connection: Any, cursors: list[Any]) -> Tables | None:
    cursor = connection.cursor()
    cursors.append(cursor)
    try:
        attached = cursor.execute(_CATALOGUES).fetchall()
        if any(kind != "duckdb" or "://" in (path or "") or (path or "").startswith("md:") for kind, path in attached):
            return None
        found: Tables = defaultdict(list)
        for schema, table, column, kind in cursor.execute(_COLUMNS).fetchall():
            found["table", table if schema == "main" else f"{schema}.{table}"].append(f"{column} {kind}")
        return dict(found)
    finally:
        cursor.close()
