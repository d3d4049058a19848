"""Conversations and what was said in them, a transaction a method. Imports ``chat.messages``, ``base`` and ``rows``."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

from ..chat.messages import Assistant, Message, message_from_dict, message_to_dict
from ..errors import StoreError
from .base import Base, now, require
from .rows import StoredConversation
from .texts import as_json
from .titles import title_of

__all__ = ["Conversations", "message_of"]

#: Messages that are read at once, and a number that none has.
_PAGE, _LAST = 100, 1 << 62
_SAID = (
    "SELECT turn, seq, body FROM messages WHERE conversation = ?1 AND (turn IS NULL OR turn NOT IN "
    "(SELECT id FROM turns WHERE conversation = ?1 AND taken_back))"
)


class Conversations(Base):
    """Conversations and their messages."""

    def begin_conversation(self, notebook: str, title: str = "") -> str:
        """Begin a conversation of a notebook and return its id. Without a title the first question gives it one."""
        key, at = uuid.uuid4().hex, now()
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO conversations (id, notebook, title, created, updated, touched) "
                "SELECT ?, ?, ?, ?, ?, coalesce(max(touched), 0) + 1 FROM conversations",
                (key, self._text(notebook), self._content(title), at, at),
            )
        return key

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation a title; one line of at most 80 characters is kept of it."""
        with self._database.writing() as db:
            changed = db.execute(
                "UPDATE conversations SET title = ? WHERE id = ?", (title_of(self._content(title)), conversation)
            )
            require(changed, "This conversation is not in the store.")

    def move(self, notebook: str, to: str) -> None:
        """A notebook has another path: its conversations go with it."""
        with self._database.writing() as db:
            db.execute(
                "UPDATE conversations SET notebook = ? WHERE notebook = ?", (self._text(to), self._text(notebook))
            )

    def latest(self, notebook: str) -> str | None:
        """The notebook's conversation that was begun or gone on with last, or ``None``."""
        rows = self._database.read(
            "SELECT id FROM conversations WHERE notebook = ? ORDER BY touched DESC LIMIT 1", self._text(notebook)
        )
        return rows[0][0] if rows else None

    def conversations(self, notebook: str | None = None) -> list[StoredConversation]:
        """The conversations, of one notebook or all, last used first."""
        return self._told("?1 IS NULL OR notebook = ?1", None if notebook is None else self._text(notebook))

    def conversation(self, key: str) -> StoredConversation | None:
        """One conversation, or ``None`` where there is none of this id."""
        return next(iter(self._told("id = ?1", key)), None)

    def _told(self, which: str, value: str | None) -> list[StoredConversation]:
        rows = self._database.read(
            "SELECT id, notebook, title, created, updated, "
            "(SELECT count(*) FROM turns WHERE conversation = c.id AND NOT taken_back) "
            f"FROM conversations c WHERE {which} ORDER BY touched DESC",
            value,
        )
        return [StoredConversation(*row) for row in rows]

    def messages(self, conversation: str) -> list[Message]:
        """What was said, oldest turn first, without turns that were taken back; ``[]`` for one that is not there.

        A turn's messages stay together, also where two kernels wrote turns of one conversation at a time.
        """
        return _in_order(self._database.read(f"{_SAID} ORDER BY seq", conversation))

    def recent(self, conversation: str, most: int) -> tuple[list[Message], list[str]]:
        """The end of a conversation, however long that is: the turns that were spoken last.

        Parameters
        ----------
        conversation
            Which one.
        most
            Characters, as they are kept, after which no older turn is begun.

        Returns
        -------
        list of Message, list of str
            What was said in these turns, as in :meth:`messages`, and what was asked in those before.
        """
        rows = self._newest(conversation, most)
        if not rows or rows[-1][1] == 1:
            return _in_order(rows), []
        turns = {turn for turn, _, _ in rows if turn is not None}
        marks = ", ".join("?" * len(turns))
        # Of a turn at the edge, and of turns that other kernels wrote beside it, there may be more.
        rows += self._database.read(f"{_SAID} AND seq < ? AND turn IN ({marks})", conversation, rows[-1][1], *turns)
        before = self._database.read(
            f"WITH these AS (SELECT * FROM turns WHERE id IN ({marks})) "
            "SELECT prompt FROM turns WHERE conversation = ? AND NOT taken_back AND prompt <> '' "
            "AND seq < (SELECT max(seq) FROM these) AND id NOT IN (SELECT id FROM these) ORDER BY seq",
            *turns,
            conversation,
        )
        return _in_order(rows), [prompt for (prompt,) in before]

    def _newest(self, conversation: str, most: int) -> list[tuple[str | None, int, str]]:
        """Messages from the last one back, page by page, until there are enough."""
        rows: list[tuple[str | None, int, str]] = []
        page, seen, size = rows, _PAGE, 0
        while seen == _PAGE and size < most:
            before = page[-1][1] if page else _LAST
            page = self._database.read(f"{_SAID} AND seq < ?2 ORDER BY seq DESC LIMIT ?3", conversation, before, _PAGE)
            rows = [*rows, *page]
            seen, size = len(page), size + sum(len(body) for _, _, body in page)
        return rows

    def append(self, conversation: str, turn: str | None, message: Message) -> None:
        """Add a message to a conversation. ``turn`` is ``None`` outside of one."""
        keep = self._keep()
        if not keep.content:
            return
        if isinstance(message, Assistant) and message.reasoning is not None and not keep.reasoning:
            message = replace(message, reasoning="", reasoning_details=())  # an endpoint wants the field, not the words
        body = as_json(message_to_dict(message), self._secrets())
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO messages (conversation, turn, seq, body) "
                "SELECT ?1, ?2, coalesce(max(seq), 0) + 1, ?3 FROM messages WHERE conversation = ?1",
                (conversation, turn or None, body),
            )


def _in_order(rows: list[tuple[str | None, int, str]]) -> list[Message]:
    """The messages, a turn's together, the turns as they began."""
    rows.sort(key=lambda row: row[1])
    began: dict[str, int] = {}
    rows.sort(key=lambda row: row[1] if row[0] is None else began.setdefault(row[0], row[1]))
    return [message_of(seq, body) for _, seq, body in rows]


def message_of(seq: int, body: str) -> Message:
    """A message as it is kept; ``seq`` is its number, for the error where it can't be read."""
    try:
        return message_from_dict(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"Message {seq} of this conversation can't be read; start afresh with %kimi new.") from error
