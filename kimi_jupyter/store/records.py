"""The store: short methods, one transaction each. Imports ``chat.messages`` and ``chat.events`` for their types."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..chat.messages import Message, Usage, message_from_dict, message_to_dict
from ..errors import StoreError
from .database import Database
from .texts import as_json, plain

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from ..chat.events import CallProposed, CallStatus, Decided, EndReason

__all__ = ["Store", "StoredConversation", "StoredTurn"]


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as the store knows it; times are UTC, ISO 8601."""

    id: str
    notebook: str
    title: str
    created: str
    updated: str
    turns: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as the store knows it. ``ended`` and ``reason`` are ``None`` if nobody saw its end."""

    id: str
    seq: int
    prompt: str
    provider: str
    model: str
    started: str
    ended: str | None
    reason: str | None


class Store:
    """Conversations, messages, decisions, runs and usage in one SQLite file.

    When a method returns, what it wrote is safe from the end of the process, however sudden. A power cut may take the
    last messages, but no decision and no turn that ended, nor anything before them: those wait for the disk.

    Parameters
    ----------
    path
        The file, made with its directory if it is not there; ``":memory:"`` for none.
    secrets
        Gives the texts that must never be written, asked anew at each write.

    Attributes
    ----------
    path
        The file.
    read_only
        True where a newer version made the file: reading works as far as it can, writing raises.
    warning
        One line for the user about how the file was found, or ``None``.

    Raises
    ------
    StoreError
        By the constructor and every method: what is wrong with the file and what to do.
    """

    def __init__(self, path: str | os.PathLike[str], *, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self._secrets = secrets
        self._database = Database(os.fspath(path))
        self.path = self._database.path
        self.read_only = self._database.read_only
        self.warning = self._database.warning

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._database.close()

    # ---- conversations -----------------------------------------------------------------------------------------------

    def begin_conversation(self, notebook: str, title: str = "") -> str:
        """Begin a conversation of a notebook and return its id."""
        key, now = uuid.uuid4().hex, _now()
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO conversations (id, notebook, title, created, updated, touched) "
                "SELECT ?, ?, ?, ?, ?, coalesce(max(touched), 0) + 1 FROM conversations",
                (key, self._text(notebook), self._text(title), now, now),
            )
        return key

    def latest(self, notebook: str) -> str | None:
        """The notebook's conversation that was begun or gone on with last, or ``None``."""
        rows = self._database.read(
            "SELECT id FROM conversations WHERE notebook = ? ORDER BY touched DESC LIMIT 1", self._text(notebook)
        )
        return rows[0][0] if rows else None

    def conversations(self, notebook: str | None = None) -> list[StoredConversation]:
        """The conversations, of one notebook or all, last used first."""
        rows = self._database.read(
            "SELECT id, notebook, title, created, updated, (SELECT count(*) FROM turns WHERE conversation = c.id) "
            "FROM conversations c WHERE ?1 IS NULL OR notebook = ?1 ORDER BY touched DESC",
            None if notebook is None else self._text(notebook),
        )
        return [StoredConversation(*row) for row in rows]

    def messages(self, conversation: str) -> list[Message]:
        """What was said, oldest first; ``[]`` for a conversation that is not there."""
        rows = self._database.read("SELECT seq, body FROM messages WHERE conversation = ? ORDER BY seq", conversation)
        return [_message(seq, body) for seq, body in rows]

    def usage(self, conversation: str) -> Usage:
        """Tokens and cost of the whole conversation."""
        rows = self._database.read(
            "SELECT sum(u.prompt), sum(completion), sum(cached), sum(reasoning), sum(cost), max(estimated) "
            "FROM usage u JOIN turns t ON t.id = u.turn WHERE t.conversation = ?",
            conversation,
        )
        prompt, completion, cached, reasoning, cost, estimated = rows[0]
        return Usage(prompt or 0, completion or 0, cached or 0, reasoning or 0, cost, bool(estimated))

    def last_prompt_tokens(self, conversation: str) -> int | None:
        """Tokens of the last prompt as the endpoint counted them, or ``None`` where it never did."""
        rows = self._database.read(
            "SELECT u.prompt FROM usage u JOIN turns t ON t.id = u.turn "
            "WHERE t.conversation = ? AND NOT estimated ORDER BY u.number DESC LIMIT 1",
            conversation,
        )
        return rows[0][0] if rows else None

    # ---- turns -------------------------------------------------------------------------------------------------------

    def begin_turn(self, conversation: str, prompt: str, provider: str, model: str) -> str:
        """Begin a turn and return its id.

        A run of this conversation whose end nobody saw (the kernel died) is marked ``unknown``; it is never run again
        (hazards STO-02).
        """
        turn, now = uuid.uuid4().hex, _now()
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO turns (id, conversation, seq, prompt, provider, model, started) "
                "SELECT ?1, ?2, coalesce(max(seq), 0) + 1, ?3, ?4, ?5, ?6 FROM turns WHERE conversation = ?2",
                (turn, conversation, self._text(prompt), self._text(provider), self._text(model), now),
            )
            db.execute(
                "UPDATE conversations SET updated = ?, touched = (SELECT max(touched) + 1 FROM conversations) "
                "WHERE id = ?",
                (now, conversation),
            )
            db.execute(
                "UPDATE executions SET status = 'unknown' WHERE status IS NULL "
                "AND decision IN (SELECT number FROM decisions WHERE conversation = ?)",
                (conversation,),
            )
        return turn

    def turns(self, conversation: str) -> list[StoredTurn]:
        """The turns, oldest first."""
        rows = self._database.read(
            "SELECT id, seq, prompt, provider, model, started, ended, reason "
            "FROM turns WHERE conversation = ? ORDER BY seq",
            conversation,
        )
        return [StoredTurn(*row) for row in rows]

    def append(self, conversation: str, turn: str | None, message: Message) -> None:
        """Add a message to a conversation. ``turn`` is ``None`` outside of one."""
        body = as_json(message_to_dict(message), self._secrets())
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO messages (conversation, turn, seq, body) "
                "SELECT ?1, ?2, coalesce(max(seq), 0) + 1, ?3 FROM messages WHERE conversation = ?1",
                (conversation, turn or None, body),
            )

    def report_usage(self, turn: str, step: int, usage: Usage) -> None:
        """Add the tokens of one request. A step that was asked twice has two."""
        counts = (usage.prompt, usage.completion, usage.cached, usage.reasoning, usage.cost, usage.estimated)
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO usage (turn, step, prompt, completion, cached, reasoning, cost, estimated) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (turn, step, *counts),
            )

    def end_turn(self, turn: str, reason: EndReason) -> None:
        """Note how a turn ended."""
        with self._database.writing(durable=True) as db:
            changed = db.execute("UPDATE turns SET ended = ?, reason = ? WHERE id = ?", (_now(), reason, turn))
            _require(changed, "This turn is not in the store.")

    # ---- calls -------------------------------------------------------------------------------------------------------

    def decide(self, turn: str, proposal: CallProposed, decided: Decided, *, provider: str, model: str) -> None:
        """Record what was proposed and how it was decided, on disk before it returns, so before anything runs.

        Parameters
        ----------
        turn
            The turn the call is of.
        proposal
            What was shown.
        decided
            The decision on it; a call is decided once.
        provider, model
            Who proposed it.
        """
        shown = (proposal.name, proposal.code, proposal.purpose, proposal.digest)
        decision = (decided.verdict, decided.by, decided.code, decided.reason)
        with self._database.writing(durable=True) as db:
            changed = db.execute(
                "INSERT INTO decisions (conversation, turn, call, tool, code, purpose, digest, verdict, decider, "
                "edited, reason, provider, model, seconds, at) "
                "SELECT conversation, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM turns WHERE id = ?",
                (
                    *map(self._text_or_none, (proposal.call, *shown, *decision, provider, model)),
                    decided.seconds,
                    _now(),
                    turn,
                ),
            )
            _require(changed, "This turn is not in the store.")

    def start_execution(self, turn: str, call: str) -> None:
        """Note that a call runs now. Raises unless it was decided to run, and the second time."""
        with self._database.writing() as db:
            changed = db.execute(
                "INSERT INTO executions (decision, verdict, started) "
                "SELECT number, verdict, ? FROM decisions WHERE turn = ? AND call = ? AND verdict IN ('run', 'edit')",
                (_now(), turn, self._text(call)),
            )
            _require(changed, "Nobody allowed this call; it must not run.")

    def finish_execution(self, turn: str, call: str, status: CallStatus, result: str) -> None:
        """Note how a call that was started ended, with what the model is told."""
        with self._database.writing() as db:
            changed = db.execute(
                "UPDATE executions SET ended = ?, status = ?, result = ? "
                "WHERE decision = (SELECT number FROM decisions WHERE turn = ? AND call = ?)",
                (_now(), status, self._text(result), turn, self._text(call)),
            )
            _require(changed, "This call was never started.")

    def _text(self, text: str) -> str:
        return plain(text, self._secrets())

    def _text_or_none(self, text: str | None) -> str | None:
        return None if text is None else self._text(text)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _message(seq: int, body: str) -> Message:
    try:
        return message_from_dict(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"Message {seq} of this conversation can't be read; start afresh with %kimi new.") from error


def _require(changed: sqlite3.Cursor, otherwise: str) -> None:
    if changed.rowcount != 1:
        raise StoreError(otherwise)
