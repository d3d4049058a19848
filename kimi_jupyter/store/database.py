"""One connection, its transactions and its log. Imports ``errors`` and store modules."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import StoreError
from .failures import failure
from .opening import MEMORY, open_database
from .transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Database"]

#: Bytes of log after which it is worked into the database.
_LOG = 4 * 1024 * 1024


class Database:
    """The store's file, open. One thread at a time is let in.

    Attributes
    ----------
    path
        The file, or ``":memory:"``.
    read_only
        Whether writing raises.
    warning
        One line for the user about how the file was found, or ``None``.
    """

    def __init__(self, path: str) -> None:
        self.path = path if path == MEMORY else str(Path(path).absolute())
        self._lock = threading.RLock()
        self._log_limit = _LOG
        opened = open_database(self.path)
        self._connection: sqlite3.Connection | None = opened.connection
        self.read_only = opened.read_only
        self.warning = opened.warning

    def close(self) -> None:
        """Close it; a second time does nothing."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextlib.contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A :func:`.transaction`: all of it is kept, or nothing.

        Parameters
        ----------
        durable
            Whether to wait for the disk, so that this and all before it outlives a power cut.
        """
        with self._lock:
            if self.read_only:
                raise StoreError(self.warning or f"The store {self.path} is read only.")
            db = self._open
            try:
                db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                with transaction(db):
                    yield db
            except sqlite3.Error as error:
                raise failure(error, self.path, "written") from error
            except UnicodeEncodeError as error:  # texts are made fit before; this can only be an id
                raise StoreError("There is no such conversation or turn; start afresh with %kimi new.") from error
            self._shorten_log(db)

    def _shorten_log(self, db: sqlite3.Connection) -> None:
        """Work a long log into the database.

        ``TRUNCATE`` holds the writers' lock meanwhile: before SQLite 3.51.3 a checkpoint that does not may damage the
        file while another process writes, so SQLite's own are turned off (hazards STO-09). To fail costs only space.
        """
        try:
            size = Path(f"{self.path}-wal").stat().st_size
        except OSError:  # in memory, or on a network drive: no log
            return
        if size >= self._log_limit:
            self._log_limit = size + _LOG  # where a reader of another process is in the way: not at once again
            with contextlib.suppress(sqlite3.Error):
                blocked, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._log_limit = self._log_limit if blocked else _LOG

    def empty(self) -> bool:
        """Bring what was deleted off the disk: out of the file and out of its log. False where others hold it open."""
        with self._lock:
            try:
                self._open.execute("VACUUM")
                row = self._open.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error:  # too little space, or others are at work: the rows themselves were overwritten
                return False
            return not row[0]

    def read(self, query: str, *values: Any) -> list[Any]:
        """All rows a query gives."""
        with self._lock:
            try:
                return self._open.execute(query, [_bindable(value) for value in values]).fetchall()
            except sqlite3.Error as error:
                raise failure(error, self.path, "read") from error

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError("The store is closed; restart the kernel.")
        return self._connection


def _bindable(value: Any) -> Any:
    """An id that is no valid text is one that isn't found, not an error."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
