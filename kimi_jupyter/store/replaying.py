"""What replay asks of the store: a turn by what was asked, its messages, and the code its user allowed.

Imports ``chat.messages``, ``base`` and ``rows``.
"""

from __future__ import annotations

from ..chat.messages import Message
from .base import Base
from .conversations import message_of
from .rows import AllowedCode, AnsweredTurn

__all__ = ["Replaying"]

#: Turns of one question that are looked at.
_MOST = 50
_ALLOWED = (
    "SELECT d.call, coalesce(d.edited, d.code), d.decider, d.at, c.notebook, e.status, coalesce(e.result, '') "
    "FROM decisions d JOIN conversations c ON c.id = d.conversation LEFT JOIN executions e ON e.decision = d.number "
    "WHERE d.verdict IN ('run', 'edit') AND d.code IS NOT NULL AND "
)


class Replaying(Base):
    """Finding what was answered and allowed before."""

    def note_question(self, turn: str, asked: str, sent: str) -> None:
        """Note what a turn can be found by.

        Parameters
        ----------
        turn
            The turn.
        asked
            Digest of the question, the model and the options.
        sent
            Digest of what went out with it.
        """
        with self._database.writing() as db:
            db.execute("UPDATE turns SET asked = ?, sent = ? WHERE id = ?", (asked, sent, turn))

    def answered(self, asked: str) -> list[AnsweredTurn]:
        """The turns in which exactly this was asked and wholly answered, newest first.

        Not those in which a rule refused something: what was not allowed then may be now.
        """
        rows = self._database.read(
            "SELECT id, coalesce(sent, ''), started, provider, model FROM turns "
            "WHERE asked = ? AND reason = 'complete' AND record IS NOT NULL AND NOT taken_back AND NOT EXISTS "
            "(SELECT 1 FROM decisions WHERE turn = turns.id AND verdict = 'deny' AND decider = 'rule') "
            "ORDER BY number DESC LIMIT ?",
            asked,
            _MOST,
        )
        return [AnsweredTurn(*row) for row in rows]

    def messages_of_turn(self, turn: str) -> list[Message]:
        """What was said in one turn, oldest first."""
        rows = self._database.read(
            "SELECT seq, body FROM messages WHERE conversation = (SELECT conversation FROM turns WHERE id = ?1) "
            "AND turn = ?1 ORDER BY seq",
            turn,
        )
        return [message_of(seq, body) for seq, body in rows]

    def allowed_in_turn(self, turn: str) -> dict[str, AllowedCode]:
        """The code that was allowed in a turn, by its call, as it ran."""
        rows = self._database.read(f"{_ALLOWED} d.turn = ?", turn)
        return {row[0]: AllowedCode(*row[1:]) for row in rows}

    def allowed_code(self) -> list[AllowedCode]:
        """All code that was ever allowed in this store, newest first."""
        rows = self._database.read(f"{_ALLOWED} d.code <> '' ORDER BY d.number DESC")
        return [AllowedCode(*row[1:]) for row in rows]
