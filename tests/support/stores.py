"""What tests put into a store, and how they look at its file without it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from kimi_jupyter.chat.events import CallProposed, CallStatus, Decided, Verdict
from kimi_jupyter.chat.messages import Assistant, ToolCall, ToolResult, User
from kimi_jupyter.store import Store

__all__ = ["CANARY", "begin", "change", "decide", "filled", "proposal", "ran", "rows", "said", "written"]

CANARY = "sk-canary-0123456789abcdef"


def begin(store: Store, notebook: str = "a.ipynb", prompt: str = "How many rows?") -> tuple[str, str]:
    """A conversation and its first turn."""
    conversation = store.begin_conversation(notebook)
    return conversation, store.begin_turn(conversation, prompt, "moonshot", "kimi-k2-thinking")


def proposal(call: str, code: str = "len(df)") -> CallProposed:
    """Code that is proposed."""
    return CallProposed(call, "run_python", {"code": code}, code, "count", "d" * 64, True)


def decide(store: Store, turn: str, proposed: CallProposed, decided: Decided) -> None:
    """A decision on it."""
    store.decide(turn, proposed, decided, provider="moonshot", model="kimi-k2-thinking")


def ran(
    store: Store, turn: str, call: str, code: str = "len(df)", verdict: Verdict = "run", status: CallStatus = "ok"
) -> None:
    """A call that was proposed, decided and, where it was allowed, run to its end."""
    proposed = proposal(call, code)
    store.propose(turn, proposed)
    decide(store, turn, proposed, Decided(call, verdict, "user", f"{code} + 1" if verdict == "edit" else None))
    if verdict != "deny":
        store.start_execution(turn, call)
        store.finish_execution(turn, call, status, "1207")


def said(store: Store, conversation: str, turn: str, texts: Iterable[str]) -> None:
    """Questions, each with a call, its result and an answer: all have the text in them."""
    for number, text in enumerate(texts):
        call = ToolCall(f"{turn[:8]}:{number}", "run_python", f'{{"code": "{text}_code"}}')
        store.append(conversation, turn, User(f"{text}_question"))
        store.append(conversation, turn, Assistant("", f"{text}_thought", (call,)))
        store.append(conversation, turn, ToolResult(call.id, "run_python", f"{text}_result"))
        store.append(conversation, turn, Assistant(f"{text}_answer", None))


def rows(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    """What a query finds in the file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def change(path: Path, *statements: str) -> None:
    """Change the file behind the store's back."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            for statement in statements:
                connection.execute(statement)
    finally:
        connection.close()


def written(path: Path) -> bytes:
    """All that is on the disk in the store's directory."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def filled(path: Path, *, closed: bool = True) -> str:
    """A store with a conversation of 60 messages; with ``closed`` false it is left as by ``kill -9``, with a log."""
    store = Store(path)
    conversation, turn = begin(store, "k.ipynb")
    for number in range(60):
        store.append(conversation, turn, Assistant(str(number), "thinking " * (number % 7 * 400)))
        if number % 20 == 19:
            store.end_turn(turn, "complete")
    left = {file: file.read_bytes() for file in path.parent.iterdir()}
    store.close()
    if not closed:
        for file, content in left.items():
            file.write_bytes(content)
    assert path.with_name(path.name + "-wal").exists() is not closed
    return conversation
