"""What can be read of a damaged store goes into the new one. Imports ``chat.messages`` and store modules.

Which table a row is of is told by how many values it has and of which kinds. What a row refers to may be lost: a
message without its conversation gets one, a decision without its turn is of no use.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ..chat.messages import message_from_dict
from . import audit
from .leaves import Value, rows_of
from .schema import names_of_tables
from .transactions import transaction

__all__ = ["carry_over"]

_TITLE = "Saved from a damaged store"
#: What is put right after rows were lost, in this order.
_MENDING = (
    """INSERT INTO conversations (id, notebook, title, created, updated, touched)
    SELECT DISTINCT conversation, '', ?1, ?2, ?2, 0
    FROM (SELECT conversation FROM messages UNION SELECT conversation FROM turns)
    WHERE conversation NOT IN (SELECT id FROM conversations)""",
    "UPDATE messages SET turn = NULL WHERE turn NOT IN (SELECT id FROM turns)",
    "UPDATE usage SET turn = NULL WHERE turn NOT IN (SELECT id FROM turns)",
    "DELETE FROM decisions WHERE turn NOT IN (SELECT id FROM turns)",
    "DELETE FROM executions WHERE decision NOT IN (SELECT number FROM decisions)",
)


class _Column(NamedTuple):
    kind: type[int | float | str]
    needed: bool
    is_rowid: bool


def carry_over(connection: sqlite3.Connection, damaged: Path) -> tuple[int, int]:
    """Carry over what can be read of a damaged store, in one transaction.

    Parameters
    ----------
    connection
        The new store, empty.
    damaged
        The damaged one, with its log beside it.

    Returns
    -------
    tuple of int
        How many conversations and messages were saved.
    """
    columns = {table: _columns(connection, table) for table in names_of_tables()}
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        with transaction(connection):
            for rowid, values in rows_of(damaged, damaged.with_name(damaged.name + "-wal")):
                for table, row in _rows(columns, rowid, values):
                    marks = ", ".join("?" * len(row))
                    connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)
            saved = _mend(connection)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
    return saved


def _columns(connection: sqlite3.Connection, table: str) -> list[_Column]:
    kinds: dict[str, type[int | float | str]] = {"INTEGER": int, "REAL": float, "TEXT": str}
    return [
        _Column(kinds[kind], bool(needed), bool(key))
        for _, _, kind, needed, _, key in connection.execute(f"PRAGMA table_info({table})")
    ]


def _rows(columns: dict[str, list[_Column]], rowid: int, values: list[Value]) -> Iterator[tuple[str, list[Value]]]:
    """The table a row is of, and the row as it goes in; nothing for one of no table of ours."""
    for table, wanted in columns.items():
        if len(values) == len(wanted) and all(map(_fits, values, wanted)):
            row = [rowid if column.is_rowid else value for value, column in zip(values, wanted, strict=True)]
            if table != "audit_head" and (table != "messages" or _readable(row[-1])):
                yield table, row
            return


def _fits(value: Value, column: _Column) -> bool:
    if value is None:
        return column.is_rowid or not column.needed
    whole = isinstance(value, int) and column.kind is float  # SQLite stores 2.0 as 2
    return not column.is_rowid and (whole or isinstance(value, column.kind))


def _readable(body: Value) -> bool:
    try:
        message_from_dict(json.loads(str(body)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def _mend(connection: sqlite3.Connection) -> tuple[int, int]:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    for number, statement in enumerate(_MENDING):
        connection.execute(statement, (_TITLE, at) if number == 0 else ())
    last = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    if last is not None:
        connection.execute("INSERT INTO audit_head VALUES (1, ?, ?)", last)
    (conversations,) = connection.execute("SELECT count(*) FROM conversations").fetchone()
    (messages,) = connection.execute("SELECT count(*) FROM messages").fetchone()
    audit.add(connection, at, "salvaged", "", "", {"conversations": conversations, "messages": messages})
    return conversations, messages
