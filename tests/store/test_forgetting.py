"""Forgetting: text is gone from the disk; what was spent and the audit stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kimi_jupyter.chat.messages import Assistant, ToolCall, Usage, User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Forgotten, Keep, Store
from tests.support.stores import begin, change, ran, rows, said, written


def talk(store: Store, word: str, notebook: str = "a.ipynb") -> str:
    """A conversation in which a word is everywhere that text can be."""
    conversation, turn = begin(store, notebook, f"{word}_prompt")
    said(store, conversation, turn, [word])
    ran(store, turn, "c:1", f"{word}_run")
    store.report_usage(turn, 1, Usage(100, 10, cost=0.5))
    store.end_turn(turn, "complete", {"version": 1, "events": [{"type": "text_delta", "text": f"{word}_shown"}]})
    return conversation


def test_what_is_forgotten_is_nowhere_in_the_files_and_the_rest_is_as_it_was(store: Store, path: Path) -> None:
    gone, kept = talk(store, "ptarmigan"), talk(store, "dunnock", "b.ipynb")
    assert store.search("ptarmigan")
    head, spent = store.audit_head(), store.usage_since("2020")
    assert b"ptarmigan" in written(path)
    done = store.delete(gone)
    assert done == Forgotten(1, 1, 4, (), True)
    assert b"ptarmigan" not in written(path)
    assert b"dunnock" in written(path)
    assert store.messages(gone) == []
    assert [one.id for one in store.conversations()] == [kept]
    assert len(store.messages(kept)) == 4
    assert store.verify_audit(head[1]) == []
    assert store.audit()[-1].kind == "forgotten"
    assert store.usage_since("2020") == spent, "what was spent today still counts"
    assert store.search("ptarmigan") == []
    assert {hit.conversation for hit in store.search("dunnock")} == {kept}
    assert rows(path, "PRAGMA foreign_key_check") == []
    with pytest.raises(StoreError, match="not in the store"):
        store.delete(gone)


def test_text_leaves_the_file_as_soon_as_other_processes_let_go_of_it(store: Store, path: Path) -> None:
    gone = talk(store, "ptarmigan")
    other = Store(path)
    other.messages(gone)
    other._database._open.execute("BEGIN")
    other._database._open.execute("SELECT * FROM messages").fetchone()
    store._database._open.execute("PRAGMA busy_timeout = 50")  # else the test waits ten seconds for the reader
    assert not store.delete(gone).emptied
    other.close()
    talk(store, "dunnock")
    store.close()
    assert b"ptarmigan" not in written(path)


def test_sto_12_what_is_old_is_told_by_its_own_time_however_the_clock_went(store: Store, path: Path) -> None:
    old, new = talk(store, "ptarmigan"), talk(store, "dunnock")
    future = talk(store, "godwit")
    days = (datetime.now(UTC) - timedelta(days=40)).isoformat(timespec="milliseconds")
    change(
        path,
        f"UPDATE conversations SET updated = '{days}' WHERE id = '{old}'",
        f"UPDATE conversations SET updated = '2038-01-20T00:00:00.000+00:00' WHERE id = '{future}'",
    )
    assert store.forget_older(41).conversations == 0
    assert store.forget_older(30).conversations == 1
    assert [one.id for one in store.conversations()] == [future, new]
    assert store.forget_older(0).conversations == 1
    assert b"dunnock" not in written(path)


def test_older_copies_are_named_and_go_with_everything(store: Store, path: Path) -> None:
    talk(store, "ptarmigan")
    copies = [path.with_name(f"{path.name}.{name}") for name in ("damaged-1", "damaged-1-wal", "version-1")]
    for copy in copies:
        copy.write_bytes(b"ptarmigan")
    path.with_name("notes.txt").write_text("the user's own")
    assert store.delete(store.conversations()[0].id).copies == tuple(copies)
    talk(store, "dunnock")
    assert store.forget_all().conversations == 1
    assert not any(copy.exists() for copy in copies)
    assert path.with_name("notes.txt").exists()
    assert store.forget_all() == Forgotten(0, 0, 0)
    store.close()
    assert b"dunnock" not in written(path)


def test_without_content_only_that_something_was_asked_is_kept(path: Path) -> None:
    keep = Keep(content=False)
    store = Store(path, keep=lambda: keep)
    conversation = talk(store, "ptarmigan")
    assert b"ptarmigan" not in written(path)
    assert store.messages(conversation) == []
    assert [(turn.prompt, turn.reason) for turn in store.turns(conversation)] == [("", "complete")]
    assert store.usage(conversation).prompt == 100
    assert [entry.kind for entry in store.audit()] == ["proposed", "decided", "started", "finished"]
    assert store.verify_audit() == []
    keep = Keep()  # consent was given
    assert store.search("ptarmigan") == []
    talk(store, "dunnock")
    assert len(store.search("dunnock")) == 4 + 1
    assert store.verify_audit() == []
    store.close()


def test_without_reasoning_the_conversation_goes_on_with_empty_reasoning(path: Path) -> None:
    store = Store(path, keep=lambda: Keep(reasoning=False))
    conversation, turn = begin(store)
    call = ToolCall("c:1", "run_python", "{}")
    told = Assistant("", "a ptarmigan", (call,), "reasoning", ({"text": "a ptarmigan"},))
    for message in (User("q"), told, Assistant("Yes.", None)):
        store.append(conversation, turn, message)
    events = [{"type": "reasoning_delta", "text": "a ptarmigan"}, {"type": "text_delta", "text": "Yes."}]
    store.end_turn(turn, "complete", {"version": 1, "events": events})
    assert store.messages(conversation)[1:] == [Assistant("", "", (call,), "reasoning"), Assistant("Yes.", None)]
    assert store.record(turn) == {"version": 1, "events": events[1:]}
    assert b"ptarmigan" not in written(path)
    store.close()
