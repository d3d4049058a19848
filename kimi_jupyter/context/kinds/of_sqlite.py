"""SQLite databases: tables with their columns and types, read so that the user's connection is left as it is.

What must not happen, and how it is kept from happening:

- A query on the user's connection would run the callbacks that were set on it (trace, authorizer, progress). They can
  be seen among what it refers to; then it is not asked.
- It would wait for another thread's query, and if the user then closed the connection, Python would crash. Only a
  connection that is bound to this thread is asked, here and now: nobody else can be using it.
- It would begin a snapshot within an open transaction. So a file is read through a connection of our own, read-only,
  under a time limit, and the user's is only asked where it is (``PRAGMA database_list``, which takes no lock); a
  database in memory, which nobody else can lock, is asked itself.
- ``row_factory`` and ``text_factory`` would run. The cursor has none, and texts come as bytes.
- Functions and collations of the user's would run, even under the names of SQLite's own. Nothing is compared or sorted.

No row is read or counted.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from gc import get_referents
from types import ModuleType
from typing import Any
from urllib.parse import quote

from ..identity import is_a, type_name
from ..terms import Terms
from ..within import Late, within

__all__ = ["file_tables", "sqlite_lines", "table_lines"]

_SECONDS, _LEAST = 0.5, 0.02
_LOCKED = 0.05  # seconds that our own connection waits for a lock
_STEPS = 1_000_000  # of SQLite's machine, after which our own connection gives up
_TABLES, _COLUMNS = 40, 40
_MOST = 4_000  # columns that are read
_COLUMNS_OF = (
    "SELECT CAST(m.type AS BLOB), CAST(m.name AS BLOB), CAST(c.name AS BLOB), CAST(c.type AS BLOB), c.pk"
    " FROM {schema}.sqlite_master AS m JOIN pragma_table_info(m.name, ?) AS c LIMIT ?"
)
#: What a table is, and its columns with their types.
Tables = dict[tuple[str, str], list[str]]


def sqlite_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a connection or a cursor of the standard library."""
    if is_a(value, "sqlite3.Cursor"):
        return ["sqlite3.Cursor, not read", *_connection(value.connection, terms)]
    return _connection(value, terms) if is_a(value, "sqlite3.Connection") else None


def _connection(connection: Any, terms: Terms) -> list[str]:
    said = "sqlite3.Connection"
    if not is_a(connection, "sqlite3.Connection"):
        return [f"of a connection of type {type_name(connection)}"]
    try:
        why_not = _why_not(connection)
        if why_not:
            return [f"{said}, {why_not}"]
        files = _files(connection)
        tables: Tables = {}
        for schema, path in files:
            tables |= _of_file(path, schema, terms) if path else _tables(connection, schema)
    except Late as late:
        return [f"{said}, tables {late}"]
    except sqlite3.Error as error:
        return [f"{said}, tables not known ({type_name(error)})"]
    places = [_place(path, terms) for _, path in files]
    open_one = ", a transaction is open, tables as last committed" if connection.in_transaction else ""
    return [f"{said} to {' and '.join(places)}{open_one}", *table_lines(tables, terms)]


def _why_not(connection: Any) -> str:
    """Why a connection is not asked, ``""`` if it can be. To look at a limit of it waits for nobody."""
    if any(type(held) is ModuleType for held in get_referents(connection)):
        return "not asked for its tables, since it calls functions of the user's"
    try:
        connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)
    except sqlite3.ProgrammingError as error:
        bound = "thread" in str(error)
        return "not asked for its tables, since it belongs to another thread" if bound else "closed"
    if not within(_SECONDS, lambda: _is_bound(connection)):
        return "not asked for its tables, since other threads may be using it"
    return ""


def _is_bound(connection: Any) -> bool:
    """Whether another thread, which this must be called on, may not use the connection."""
    try:
        connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)
    except sqlite3.ProgrammingError:
        return True
    return False


def _of_file(path: str, schema: str, terms: Terms) -> Tables:
    left = max(_LEAST, min(_SECONDS, terms.deadline - time.monotonic()))
    return within(left, lambda: file_tables(path, schema))


def _place(path: str, terms: Terms) -> str:
    if not path:
        return "memory"
    return f"file {terms.quoted(path, 120)}" if terms.detail == "sample" else "a file"


def _files(connection: Any) -> list[tuple[str, str]]:
    """The databases of a connection by name, each with its file, ``""`` for one in memory."""
    cursor = sqlite3.Cursor(connection)
    cursor.row_factory = None
    if connection.text_factory is not str:
        rows = cursor.execute("SELECT CAST(name AS BLOB), CAST(file AS BLOB) FROM pragma_database_list")
        return [(name.decode(), (path or b"").decode("utf-8", "replace")) for name, path in rows.fetchall()]
    return [(name, path or "") for _, name, path in cursor.execute("PRAGMA database_list").fetchall()]


def file_tables(path: str, schema: str = "main") -> Tables:
    """The tables of a database file, through a connection of our own that can't write.

    Raises
    ------
    sqlite3.Error
        It can't be read, is locked, or takes too long.
    """
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=_LOCKED, isolation_level=None)
    try:
        connection.set_progress_handler(lambda: 1, _STEPS)
        found = _tables(connection, "main")
    finally:
        connection.close()
    return found if schema == "main" else {(kind, f"{schema}.{name}"): held for (kind, name), held in found.items()}


def _tables(connection: Any, schema: str) -> Tables:
    cursor = sqlite3.Cursor(connection)
    cursor.row_factory = None
    name = schema.replace('"', '""')
    found: Tables = defaultdict(list)
    for row in cursor.execute(_COLUMNS_OF.format(schema=f'"{name}"'), (schema, _MOST)).fetchall():
        kind, table, column, declared = ((part or b"").decode("utf-8", "replace") for part in row[:4])
        if kind not in ("table", "view") or table.startswith("sqlite_"):
            continue
        label = table if schema == "main" else f"{schema}.{table}"
        found[kind, label].append(f"{column} {declared}".rstrip() + (" primary key" if row[4] else ""))
    return dict(found)


def table_lines(tables: Tables, terms: Terms) -> list[str]:
    """A line for each table with its columns."""
    lines = []
    for (kind, name), columns in list(tables.items())[:_TABLES]:
        told = ", ".join(terms.plain(column, 80) for column in columns[:_COLUMNS])
        more = f", {len(columns) - _COLUMNS} more" if len(columns) > _COLUMNS else ""
        lines.append(f"- {kind} {terms.plain(name, 80)}: {told}{more}")
    if len(tables) > _TABLES:
        lines.append(f"… {len(tables) - _TABLES:,} more tables")
    return lines or ["no tables"]
