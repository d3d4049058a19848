"""Turns: begun, ended, taken back, and what they took. Imports ``chat.messages``, ``base`` and ``rows``."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from ..chat.messages import Usage
from .base import Base, now, require
from .rows import StoredTurn
from .texts import as_json
from .titles import name_by_first

if TYPE_CHECKING:
    from ..chat.events import EndReason

__all__ = ["Turns"]


class Turns(Base):
    """Turns and their usage."""

    def begin_turn(self, conversation: str, prompt: str, provider: str, model: str) -> str:
        """Begin a turn and return its id.

        A run of this conversation whose end nobody saw (the kernel died) is marked ``unknown``; it is never run again
        (hazards STO-02).
        """
        turn, at, prompt = uuid.uuid4().hex, now(), self._content(prompt)
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO turns (id, conversation, seq, prompt, provider, model, started) "
                "SELECT ?1, ?2, coalesce(max(seq), 0) + 1, ?3, ?4, ?5, ?6 FROM turns WHERE conversation = ?2",
                (turn, conversation, prompt, self._text(provider), self._text(model), at),
            )
            db.execute(
                "UPDATE conversations SET updated = ?, touched = (SELECT max(touched) + 1 FROM conversations) "
                "WHERE id = ?",
                (at, conversation),
            )
            name_by_first(db, conversation, prompt)
            db.execute(
                "UPDATE executions SET status = 'unknown' WHERE status IS NULL "
                "AND decision IN (SELECT number FROM decisions WHERE conversation = ?)",
                (conversation,),
            )
        return turn

    def turns(self, conversation: str) -> list[StoredTurn]:
        """The turns, oldest first, without those that were taken back."""
        rows = self._database.read(
            "SELECT id, seq, prompt, provider, model, started, ended, reason "
            "FROM turns WHERE conversation = ? AND NOT taken_back ORDER BY seq",
            conversation,
        )
        return [StoredTurn(*row) for row in rows]

    def end_turn(self, turn: str, reason: EndReason, record: dict[str, Any] | None = None) -> None:
        """Note how a turn ended.

        Parameters
        ----------
        turn
            The turn.
        reason
            How it ended.
        record
            Its events as a notebook keeps them, so that it can be drawn again.
        """
        body = as_json(self._kept(record), self._secrets()) if record is not None and self._keep().content else None
        with self._database.writing(durable=True) as db:
            changed = db.execute(
                "UPDATE turns SET ended = ?, reason = ?, record = ? WHERE id = ?", (now(), reason, body, turn)
            )
            require(changed, "This turn is not in the store.")

    def record(self, turn: str) -> dict[str, Any] | None:
        """The events a turn ended with, or ``None`` where none were kept or they can't be read."""
        rows = self._database.read("SELECT record FROM turns WHERE id = ?", turn)
        try:
            found = json.loads(rows[0][0]) if rows and rows[0][0] else None
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def take_back(self, turn: str) -> None:
        """Take back the last turn of its conversation: it stays in the store, but the conversation goes on without it.

        Raises
        ------
        StoreError
            It is not there, or another one came after it.
        """
        with self._database.writing(durable=True) as db:
            changed = db.execute(
                "UPDATE turns SET taken_back = 1 WHERE id = ? AND NOT taken_back AND seq = (SELECT max(seq) "
                "FROM turns last WHERE last.conversation = turns.conversation AND NOT last.taken_back)",
                (turn,),
            )
            require(changed, "Only the last question of a conversation can be taken back.")

    def _kept(self, record: dict[str, Any]) -> dict[str, Any]:
        """A record as it is kept: without reasoning, where that is not to be kept."""
        events = record.get("events")
        if self._keep().reasoning or not isinstance(events, list):
            return record
        said = [event for event in events if not (isinstance(event, dict) and event.get("type") == "reasoning_delta")]
        return {**record, "events": said}

    # ---- usage -------------------------------------------------------------------------------------------------------

    def report_usage(self, turn: str, step: int, usage: Usage) -> None:
        """Add the tokens of one request. A step that was asked twice has two."""
        counts = (usage.prompt, usage.completion, usage.cached, usage.reasoning, usage.cost, usage.estimated)
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO usage (turn, at, step, prompt, completion, cached, reasoning, cost, estimated) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (turn, now(), step, *counts),
            )

    def usage(self, conversation: str) -> Usage:
        """Tokens and cost of the whole conversation."""
        return self._sum("JOIN turns t ON t.id = u.turn WHERE t.conversation = ?", conversation)

    def usage_of_turn(self, turn: str) -> Usage:
        """Tokens and cost of one turn."""
        return self._sum("WHERE u.turn = ?", turn)

    def usage_since(self, at: str) -> Usage:
        """Tokens and cost of all conversations since a time, also of those forgotten since.

        Parameters
        ----------
        at
            UTC, ISO 8601 with ``+00:00``, as the store's own times are.
        """
        return self._sum("WHERE u.at >= ?", at)

    def work_since(self, at: str) -> tuple[int, float]:
        """Requests since a time, and seconds of the turns that have ended since, without those they waited for you.

        Parameters
        ----------
        at
            As in :meth:`usage_since`.
        """
        rows = self._database.read(
            "SELECT (SELECT count(*) FROM usage WHERE at >= ?1), "
            "(SELECT sum((julianday(ended) - julianday(started)) * 86400) FROM turns WHERE started >= ?1), "
            "(SELECT sum(d.seconds) FROM decisions d JOIN turns t ON t.id = d.turn "
            "WHERE t.started >= ?1 AND t.ended IS NOT NULL)",
            at,
        )
        requests, lasted, waited = rows[0]
        return requests, max(0.0, (lasted or 0.0) - (waited or 0.0))

    def _sum(self, which: str, value: str) -> Usage:
        rows = self._database.read(
            "SELECT sum(u.prompt), sum(completion), sum(cached), sum(reasoning), sum(cost), max(estimated) "
            f"FROM usage u {which}",
            value,
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
