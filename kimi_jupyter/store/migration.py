"""Bringing a store of an older version up to date: in one transaction, with a copy of the old one beside it.

Version 1 had no audit, no records and no titles: the audit's lines are made of the decisions and runs that were noted,
as if they had been written then. Imports ``audit``, ``schema`` and ``titles``.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from . import audit
from .schema import TABLES, VERSION, names_of_tables
from .titles import name_by_first
from .transactions import transaction

__all__ = ["bring_up_to_date"]

#: What an older table has no column for.
_FILLED = {"usage": {"at": "(SELECT t.started FROM old_turns t WHERE t.id = o.turn)"}}


def bring_up_to_date(connection: sqlite3.Connection, file: Path, version: int) -> None:
    """Make a store of an older version one of ours. Interrupted, it is as it was.

    Raises
    ------
    sqlite3.Error
        It can't be read or written; nothing was changed.
    """
    _copy(connection, file.with_name(f"{file.name}.version-{version}"))
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA legacy_alter_table = ON")  # else references follow the renamed table
    try:
        with transaction(connection):
            for table in _move_away(connection):
                _carry_over(connection, table)
            for table in reversed(names_of_tables()):
                connection.execute(f"DROP TABLE IF EXISTS old_{table}")
            _name_conversations(connection)
            _chain(connection)
            connection.execute(f"PRAGMA user_version = {VERSION}")
    finally:
        connection.execute("PRAGMA legacy_alter_table = OFF")
        connection.execute("PRAGMA foreign_keys = ON")


def _copy(connection: sqlite3.Connection, copy: Path) -> None:
    """Copy the whole store. A copy that is there already is of a try that was interrupted, and the same."""
    partial = copy.with_name(copy.name + "-partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection.execute("VACUUM INTO ?", (str(partial),))
    partial.replace(copy)


def _move_away(connection: sqlite3.Connection) -> list[str]:
    """Rename the tables there are and make ours; the names of those that were there."""
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    indexes = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for (name,) in indexes:
        quoted = str(name).replace('"', '""')
        connection.execute(f'DROP INDEX "{quoted}"')
    old = [table for table in names_of_tables() if table in found]
    for table in old:
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for statement in TABLES:
        connection.execute(statement)
    return old


def _carry_over(connection: sqlite3.Connection, table: str) -> None:
    old = _columns(connection, f"old_{table}")
    values = {name: f"o.{name}" for name in _columns(connection, table) if name in old} | _FILLED.get(table, {})
    connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM old_{table} o"
    )


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _name_conversations(connection: sqlite3.Connection) -> None:
    for conversation, prompt in connection.execute("SELECT conversation, prompt FROM turns ORDER BY seq").fetchall():
        name_by_first(connection, conversation, prompt)


def _chain(connection: sqlite3.Connection) -> None:
    """Make the audit of the decisions and runs that were noted, in their order."""
    rows = connection.execute(
        "SELECT turn, call, tool, code, digest, edited, d.verdict, decider, seconds, provider, model, at, started, "
        "ended, status, result FROM decisions d LEFT JOIN executions ON decision = number ORDER BY number"
    ).fetchall()
    for turn, call, tool, code, digest, edited, verdict, by, seconds, provider, model, at, started, ended, *end in rows:
        facts = {
            "tool": tool,
            "digest": digest,
            "code": audit.digest_of(code),
            "edited": audit.digest_of(edited),
            "verdict": verdict,
            "by": by,
            "seconds": round(seconds, 3),
            "provider": provider,
            "model": model,
        }
        audit.add(connection, at, "decided", turn, call, facts)
        if started is not None:
            audit.add(connection, started, "started", turn, call, {})
        if ended is not None:
            audit.add(connection, ended, "finished", turn, call, {"status": end[0], "result": audit.digest_of(end[1])})
