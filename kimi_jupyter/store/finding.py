"""Full text search over what was said, and ``recall``, the same within a conversation. Imports ``passages``.

The index catches up with what was said when a turn has ended, and whatever is missing then, when somebody searches:
while a turn goes on nothing is paid for it. It is never the only place of anything, so that one that can't be used is
thrown away. Where SQLite has no FTS5, and where the index has nothing, the messages themselves are looked through: that
also finds what stands within words, and what an index gone bad in silence would hide.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from ..chat.messages import message_from_dict
from ..errors import StoreError
from .base import Base
from .passages import PLACES, as_kept, best_place, indexed, like, match, passages, snippet, words
from .rows import Hit

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Finding"]

#: Messages that go into the index in one transaction: other processes want to write as well.
_BATCH = 500
#: Without FTS5: messages that are looked at more closely, at most.
_MOST_LIKE = 2000
_INDEX = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5({', '.join(PLACES)}, content='', "
    "tokenize='unicode61 remove_diacritics 2')"
)
#: How much a word counts in each place, in their order.
_WEIGHTS = "4, 3, 2, 1, 1, 0.5"
_ROW = (
    "SELECT m.conversation, c.title, c.notebook, coalesce(t.id, ''), coalesce(t.seq, 0), m.seq, "
    "coalesce(t.started, c.created), coalesce(t.prompt, ''), m.body"
)
_OF = "JOIN conversations c ON c.id = m.conversation LEFT JOIN turns t ON t.id = m.turn"
_WITHIN = "(?2 IS NULL OR c.notebook = ?2) AND (?3 IS NULL OR m.conversation = ?3) AND coalesce(t.taken_back, 0) = 0"


class Finding(Base):
    """Searching."""

    def search(self, text: str, notebook: str | None = None, limit: int = 20) -> list[Hit]:
        """Find what was said: passages that have all words, as beginnings of words, in any order.

        Parameters
        ----------
        text
            What is looked for; nothing in it is syntax.
        notebook
            Only in conversations of this notebook.
        limit
            Hits at most.

        Returns
        -------
        list of Hit
            The best first: titles, then questions and answers before code, results, reasoning and context.
        """
        wanted = words(self._text(text))
        if not wanted:
            return []
        found = [*self._titles(wanted, notebook, limit), *self._find(wanted, False, notebook, None, limit)]
        return found[:limit]

    def recall(self, conversation: str, query: str, limit: int = 8) -> list[Hit]:
        """Find passages of one conversation: those with all words of the query first, then those with some.

        Parameters
        ----------
        conversation
            Whose passages.
        query
            Words of what is looked for.
        limit
            Passages at most.
        """
        wanted = words(self._text(query))
        if not wanted:
            return []
        hits = self._find(wanted, False, None, conversation, limit)
        if len(hits) < limit and len(wanted) > 1:
            some = self._find(wanted, True, None, conversation, 2 * limit)
            there = {hit.message for hit in hits}
            hits += [hit for hit in some if hit.message not in there]
        return hits[:limit]

    def _titles(self, wanted: list[str], notebook: str | None, limit: int) -> list[Hit]:
        having = " AND ".join(["title LIKE ? ESCAPE '!'"] * len(wanted))
        rows = self._database.read(
            "SELECT id, title, notebook, created FROM conversations c "
            f"WHERE {having} AND (? IS NULL OR notebook = ?) ORDER BY touched DESC LIMIT ?",
            *map(like, wanted),
            *(2 * (None if notebook is None else self._text(notebook),)),
            limit,
        )
        return [Hit(key, title, place, "", 0, 0, "title", title, title, at) for key, title, place, at in rows]

    def _find(
        self, wanted: list[str], any_of: bool, notebook: str | None, conversation: str | None, limit: int
    ) -> list[Hit]:
        within = (None if notebook is None else self._text(notebook), conversation)
        query = match(wanted, any_of=any_of)
        if query and not self.read_only:
            try:
                self._catch_up()
                found = self._database.read(
                    f"{_ROW} FROM search JOIN messages m ON m.number = search.rowid {_OF} "
                    f"WHERE search MATCH ?1 AND {_WITHIN} ORDER BY bm25(search, {_WEIGHTS}), m.number DESC LIMIT ?4",
                    query,
                    *within,
                    limit,
                )
                if hits := [hit for row in found if (hit := _hit(row, wanted, 0))]:
                    return hits
            except StoreError:  # no FTS5 here, or the index went bad
                with contextlib.suppress(StoreError):
                    self._drop_index()
        return self._look_through(wanted, any_of, within, limit)

    def _look_through(
        self, wanted: list[str], any_of: bool, within: tuple[str | None, str | None], limit: int
    ) -> list[Hit]:
        having = (" OR " if any_of else " AND ").join(
            f"m.body LIKE ?{number} ESCAPE '!'" for number in range(4, 4 + len(wanted))
        )
        rows = self._database.read(
            f"{_ROW} FROM messages m {_OF} WHERE ({having}) AND {_WITHIN} ORDER BY m.number DESC LIMIT ?1",
            _MOST_LIKE,
            *within,
            *(like(as_kept(word)) for word in wanted),
        )
        return [hit for row in rows if (hit := _hit(row, wanted, 1))][:limit]

    # ---- the index ---------------------------------------------------------------------------------------------------

    def index(self) -> None:
        """Bring into the index what was said in a turn or two; what is amiss then shows when somebody searches."""
        with contextlib.suppress(StoreError):
            self._index_more()

    def _catch_up(self) -> None:
        """Bring into the index what was said since; many at a time, each batch a transaction."""
        made = self._database.read("SELECT 1 FROM sqlite_master WHERE name = 'search'")
        behind = "SELECT 1 FROM messages WHERE number > coalesce((SELECT max(rowid) FROM search), 0) LIMIT 1"
        more = not made or bool(self._database.read(behind))
        while more:
            more = self._index_more()

    def _index_more(self) -> bool:
        with self._database.writing() as db:
            db.execute(_INDEX)
            return _index_batch(db)

    def _drop_index(self) -> None:
        with self._database.writing() as db:
            db.execute("DROP TABLE IF EXISTS search")


def _index_batch(db: sqlite3.Connection) -> bool:
    rows = db.execute(
        "SELECT m.number, m.body, coalesce(t.prompt, '') FROM messages m LEFT JOIN turns t ON t.id = m.turn "
        "WHERE m.number > coalesce((SELECT max(rowid) FROM search), 0) ORDER BY m.number LIMIT ?",
        (_BATCH,),
    ).fetchall()
    marks = ", ".join("?" * (len(PLACES) + 1))
    for number, body, prompt in rows:
        texts = _passages(body, prompt)
        columns = [indexed(texts.get(place, "")) for place in PLACES]
        db.execute(f"INSERT INTO search (rowid, {', '.join(PLACES)}) VALUES ({marks})", (number, *map(_valid, columns)))
    return len(rows) == _BATCH


def _valid(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _passages(body: str, prompt: str) -> dict[str, str]:
    """A message's texts; a message that can't be read has none."""
    try:
        return passages(message_from_dict(json.loads(body)), prompt)
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _hit(row: tuple[Any, ...], wanted: list[str], least: int) -> Hit | None:
    conversation, title, notebook, turn, number, message, at, prompt, body = row
    texts = _passages(body, prompt)
    place, count = best_place(texts, wanted)
    if count < least or not place:
        return None
    text = texts[place]
    return Hit(conversation, title, notebook, turn, number, message, place, snippet(text, wanted), text, at)
