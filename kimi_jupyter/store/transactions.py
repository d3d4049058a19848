"""All of it, or nothing: the one way in which the store's file is written. Imports nothing of ours."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

__all__ = ["transaction"]


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Keep all that is written within, or, where something raises, nothing.

    It is ``IMMEDIATE``, which waits for its turn; a deferred one may fail half way (hazards STO-07).
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
