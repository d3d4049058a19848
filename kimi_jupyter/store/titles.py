"""What a conversation is called: by its first question, until somebody names it. Imports nothing of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

__all__ = ["name_by_first", "title_of"]

#: Characters of a title.
_TITLE = 80


def title_of(text: str) -> str:
    """A text's first line, cut at a word where it is long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(line) <= _TITLE:
        return line
    cut = line[: _TITLE - 1]
    head, _, _ = cut.rpartition(" ")
    return f"{head if len(head) > _TITLE // 2 else cut}…"


def name_by_first(db: sqlite3.Connection, conversation: str, prompt: str) -> None:
    """Give a conversation that has no title its first question's."""
    db.execute("UPDATE conversations SET title = ? WHERE id = ? AND title = ''", (title_of(prompt), conversation))
