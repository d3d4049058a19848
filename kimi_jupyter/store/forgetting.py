"""Forgetting: text goes, for good; what was spent and the audit's hashes stay. Imports ``audit`` and ``files``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..errors import StoreError
from . import audit
from .base import Base, now
from .files import copies

__all__ = ["Forgetting", "Forgotten"]

#: Rows that belong to a conversation, those first that refer to others.
_OF_A_CONVERSATION = (
    "DELETE FROM executions WHERE decision IN (SELECT number FROM decisions WHERE conversation = ?)",
    "DELETE FROM decisions WHERE conversation = ?",
    "DELETE FROM messages WHERE conversation = ?",
    "DELETE FROM turns WHERE conversation = ?",
    "DELETE FROM conversations WHERE id = ?",
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten.

    Attributes
    ----------
    conversations, turns, messages
        How many.
    copies
        Older copies of the store: removed where everything is forgotten, else there to be told of.
    emptied
        Whether the text is gone from the disk by now; ``False``: as soon as other processes let the file go.
    """

    conversations: int
    turns: int
    messages: int
    copies: tuple[Path, ...] = ()
    emptied: bool = True


class Forgetting(Base):
    """Removing conversations."""

    def delete(self, conversation: str) -> Forgotten:
        """Forget a conversation.

        Raises
        ------
        StoreError
            It is not there.
        """
        if not self._database.read("SELECT 1 FROM conversations WHERE id = ?", conversation):
            raise StoreError("This conversation is not in the store.")
        return self._forget([conversation])

    def forget_older(self, days: float) -> Forgotten:
        """Forget the conversations in which nothing was asked for so many days."""
        before = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
        rows = self._database.read("SELECT id FROM conversations WHERE updated < ?", before)
        return self._forget([key for (key,) in rows])

    def forget_all(self) -> Forgotten:
        """Forget every conversation, and remove older copies of the store."""
        forgotten = self._forget([key for (key,) in self._database.read("SELECT id FROM conversations")])
        for copy in forgotten.copies:
            try:
                copy.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"The copy {copy} can't be removed: {error.strerror}. Remove it yourself.") from error
        return forgotten

    def _forget(self, conversations: Sequence[str]) -> Forgotten:
        there = copies(Path(self.path))
        if not conversations:
            return Forgotten(0, 0, 0, there)
        turns = messages = 0
        with self._database.writing(durable=True) as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("DROP TABLE IF EXISTS search")  # it holds the words too; the next search makes it anew
            for key in conversations:
                turns += db.execute("SELECT count(*) FROM turns WHERE conversation = ?", (key,)).fetchone()[0]
                messages += db.execute("SELECT count(*) FROM messages WHERE conversation = ?", (key,)).fetchone()[0]
                for statement in _OF_A_CONVERSATION:
                    db.execute(statement, (key,))
            facts = {"conversations": len(conversations), "turns": turns, "messages": messages}
            audit.add(db, now(), "forgotten", "", "", facts)
        return Forgotten(len(conversations), turns, messages, there, self._database.empty())
