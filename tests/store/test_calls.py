"""Decisions and runs: nothing runs that was not allowed first, and nothing twice (hazards §2)."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import pytest

from kimi_jupyter.agent.conversation import HEALED, Conversation
from kimi_jupyter.agent.legality import mended
from kimi_jupyter.chat.events import Decided
from kimi_jupyter.chat.messages import Assistant, ToolCall, ToolResult, User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Store
from tests.support.stores import begin, decide, proposal, rows


def test_a_decision_and_its_run_are_on_record(store: Store, path: Path) -> None:
    _, turn = begin(store)
    decide(
        store, turn, proposal("run_python:0"), Decided("run_python:0", "edit", "user", "len(df) + 1", "off by one", 2.5)
    )
    store.start_execution(turn, "run_python:0")
    store.finish_execution(turn, "run_python:0", "ok", "1208")
    store.close()
    assert rows(
        path,
        "SELECT call, tool, code, purpose, digest, verdict, decider, edited, reason, seconds, provider, model "
        "FROM decisions",
    ) == [
        (
            "run_python:0",
            "run_python",
            "len(df)",
            "count",
            "d" * 64,
            "edit",
            "user",
            "len(df) + 1",
            "off by one",
            2.5,
            "moonshot",
            "kimi-k2-thinking",
        )
    ]
    assert rows(path, "SELECT status, result FROM executions WHERE ended >= started") == [("ok", "1208")]


def test_nothing_runs_that_was_not_allowed_first(store: Store) -> None:
    _, turn = begin(store)
    with pytest.raises(StoreError, match="Nobody allowed"):
        store.start_execution(turn, "run_python:0")
    decide(store, turn, proposal("run_python:0"), Decided("run_python:0", "deny", "user", None, "no"))
    with pytest.raises(StoreError, match="Nobody allowed"):
        store.start_execution(turn, "run_python:0")
    with pytest.raises(StoreError, match="never started"):
        store.finish_execution(turn, "run_python:0", "ok", "")


def test_nothing_is_decided_or_run_twice(store: Store) -> None:
    _, turn = begin(store)
    decide(store, turn, proposal("run_python:0"), Decided("run_python:0", "run", "user"))
    with pytest.raises(StoreError):
        decide(store, turn, proposal("run_python:0"), Decided("run_python:0", "deny", "user"))
    store.start_execution(turn, "run_python:0")
    with pytest.raises(StoreError):
        store.start_execution(turn, "run_python:0")


def test_the_tables_themselves_refuse_a_run_without_leave(store: Store, path: Path) -> None:
    _, turn = begin(store)
    decide(store, turn, proposal("run_python:0"), Decided("run_python:0", "deny", "rule"))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = ON")
    for decision, verdict in ((1, "run"), (1, "deny"), (99, "run")):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(
                "INSERT INTO executions (decision, verdict, started) VALUES (?, ?, 'now')", (decision, verdict)
            )
    connection.close()


def test_sto_02_a_run_whose_end_nobody_saw_is_unknown_and_stays_run(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    _, elsewhere = begin(store, "b.ipynb")
    for number, where in enumerate((turn, turn, elsewhere)):
        decide(store, where, proposal(f"run_python:{number}"), Decided(f"run_python:{number}", "run", "user"))
        store.start_execution(where, f"run_python:{number}")
    store.finish_execution(turn, "run_python:1", "error", "NameError")
    store.close()
    again = Store(path)
    again.begin_turn(conversation, "go on", "moonshot", "kimi-k2-thinking")
    with pytest.raises(StoreError):
        again.start_execution(turn, "run_python:0")
    again.close()
    assert rows(path, "SELECT status FROM executions ORDER BY decision") == [("unknown",), ("error",), (None,)]


def test_sto_03_what_was_approved_and_not_started_stays_approved_and_is_not_run(store: Store, path: Path) -> None:
    """The kernel was killed between the two: the next one answers the call, and its code has to be approved anew."""
    conversation, turn = begin(store)
    call = ToolCall("run_python:0", "run_python", '{"code": "len(df)"}')
    store.append(conversation, turn, User("How many rows?"))
    store.append(conversation, turn, Assistant("", "I count.", (call,)))
    decide(store, turn, proposal(call.id), Decided(call.id, "run", "user"))
    store.close()
    again = Store(path)
    after = again.begin_turn(conversation, "go on", "moonshot", "kimi-k2-thinking")
    resumed = Conversation(
        conversation, mended(again.messages(conversation)), on_append=partial(again.append, conversation, after)
    )
    resumed.ask("go on")
    assert again.messages(conversation)[-2:] == [ToolResult(call.id, "run_python", HEALED), User("go on")]
    assert call.id in resumed.call_ids, "no later call can be taken for it"
    with pytest.raises(StoreError, match="Nobody allowed"):
        again.start_execution(after, call.id)
    assert again.verify_audit() == []
    again.close()
    assert rows(path, "SELECT verdict FROM decisions") == [("run",)]
    assert rows(path, "SELECT * FROM executions") == []
