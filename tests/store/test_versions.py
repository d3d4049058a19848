"""Stores of older and of newer versions (hazards STO-10)."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
from pathlib import Path

import pytest

from kimi_jupyter.chat.messages import Assistant, ToolResult, Usage, User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Store, open_store
from kimi_jupyter.store.schema import TABLES, VERSION, normal
from tests.support.stores import begin, change, filled, ran, rows

#: A store that version 1 made: two turns, the second of which was cut off while its code ran.
FIRST = Path(__file__).parents[1] / "data" / "store-version-1.sql"


def test_sto_10_a_store_of_a_newer_version_is_read_and_never_written(path: Path) -> None:
    conversation = filled(path)
    change(path, "ALTER TABLE conversations ADD COLUMN novelty TEXT", f"PRAGMA user_version = {VERSION + 1}")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = path.read_bytes()
    store = Store(path)
    assert store.read_only
    assert len(store.messages(conversation)) == 60
    assert store.latest("k.ipynb") == conversation
    assert [hit.message for hit in store.search("thinking", limit=2)] == [60, 59]
    for write in (
        lambda: store.begin_conversation("k.ipynb"),
        lambda: store.append(conversation, None, User("x")),
        lambda: store.delete(conversation),
        store.forget_all,
    ):
        with pytest.raises(StoreError, match=r"made by a newer kimi_jupyter .* pip install -U"):
            write()
    store.close()
    store, warning = open_store(path)
    begin(store)
    store.close()
    assert warning is not None
    assert "made by a newer kimi_jupyter" in warning
    assert path.read_bytes() == before


def old(path: Path) -> None:
    """Make the store of version 1."""
    path.parent.mkdir(mode=0o700)
    connection = sqlite3.connect(path)
    connection.executescript(FIRST.read_text(encoding="utf-8"))
    connection.close()


def test_sto_10_a_store_of_version_1_is_brought_up_to_date_with_a_copy_beside_it(path: Path) -> None:
    old(path)
    store = Store(path)
    assert store.warning is None
    (conversation,) = store.conversations()
    assert (conversation.title, conversation.turns) == ("How many rows?", 2)
    messages = store.messages(conversation.id)
    assert [type(message) for message in messages] == [
        *(User, Assistant, ToolResult, ToolResult, Assistant, User, Assistant)
    ]
    assert messages[4] == Assistant("1207 rows.", "One off.")
    assert store.usage(conversation.id) == store.usage_since("2026") == Usage(100, 20, 64, 10, 0.5)
    assert [(entry.kind, entry.call[-1]) for entry in store.audit()] == [
        *(("decided", "0"), ("started", "0"), ("finished", "0"), ("decided", "1"), ("decided", "2"), ("started", "2"))
    ]
    turn = store.begin_turn(conversation.id, "go on", "moonshot", "kimi-k2-thinking")
    ran(store, turn, "c:9")
    assert store.verify_audit() == []
    assert [hit.place for hit in store.search("off")] == ["reasoning"]
    store.close()
    copy = path.with_name(f"{path.name}.version-1")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, "PRAGMA user_version") == [(1,)]
    assert rows(copy, "SELECT count(*) FROM messages") == [(7,)]
    assert rows(path, "SELECT status FROM executions ORDER BY decision") == [("ok",), ("unknown",), ("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert {normal(str(sql)) for (sql,) in rows(path, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")} >= {
        *map(normal, TABLES)
    }


def test_sto_10_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    old(path)
    change(path, "CREATE VIEW old_messages AS SELECT 1")  # in the way
    before = rows(path, "SELECT * FROM messages"), rows(path, "SELECT sql FROM sqlite_master")
    for _ in range(2):
        store, warning = open_store(path)
        assert store.path == ":memory:"
        assert warning is not None
        assert "can't be opened" in warning
        store.close()
    assert (rows(path, "SELECT * FROM messages"), rows(path, "SELECT sql FROM sqlite_master")) == before
    assert rows(path, "PRAGMA user_version") == [(1,)]
    change(path, "DROP VIEW old_messages")
    store = Store(path)
    assert [one.turns for one in store.conversations()] == [2]
    store.close()


def test_a_change_of_the_tables_needs_a_new_version() -> None:
    digest = hashlib.sha256("\n".join(map(normal, TABLES)).encode()).hexdigest()
    assert (VERSION, digest[:16]) == (2, "924adc5aaa89c61d"), "raise VERSION, write the upgrade, then change this line"
