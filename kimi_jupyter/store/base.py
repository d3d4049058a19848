"""What the parts of the store share: the open file, and what may be written into it. Imports store modules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import StoreError
from .database import Database
from .texts import plain

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Base", "Keep", "now", "require"]


@dataclass(frozen=True, slots=True)
class Keep:
    """What is written down.

    Attributes
    ----------
    reasoning
        The model's reasoning. Without it a conversation goes on after a restart with empty reasoning.
    content
        Words, code and results. Without them only that there was a turn, its tokens and the audit's hashes are kept.
    """

    reasoning: bool = True
    content: bool = True


class Base:
    """An open store; the constructor's parameters are :class:`.Store`'s."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        secrets: Callable[[], Iterable[str]] = tuple,
        keep: Callable[[], Keep] = Keep,
    ) -> None:
        self._secrets = secrets
        self._keep = keep
        self._database = Database(os.fspath(path))
        self.path = self._database.path
        self.read_only = self._database.read_only
        self.warning = self._database.warning

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._database.close()

    def _text(self, text: str) -> str:
        return plain(text, self._secrets())

    def _content(self, text: str) -> str:
        """A text that is kept only where content is."""
        return self._text(text) if self._keep().content else ""


def now() -> str:
    """The time, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def require(changed: sqlite3.Cursor, otherwise: str) -> None:
    """Raise unless a statement changed one row."""
    if changed.rowcount != 1:
        raise StoreError(otherwise)
