"""What SQLite or the system says of the store's file, as one line with what to do. Imports only ``errors`` of ours."""

from __future__ import annotations

import errno
import os
import sqlite3

from ..errors import StoreError

__all__ = ["code_of", "failure"]

_BY_CODE = {
    sqlite3.SQLITE_CORRUPT: "Restart the kernel; if that does not help, move the file away.",
    sqlite3.SQLITE_NOTADB: "Restart the kernel; if that does not help, move the file away.",
    sqlite3.SQLITE_FULL: "Free some disk space.",
    sqlite3.SQLITE_READONLY: "Make the file and its directory writable.",
    sqlite3.SQLITE_BUSY: "Another process keeps it locked; try again, or end that process.",
    sqlite3.SQLITE_IOERR: "Check the disk and its quota.",
    sqlite3.SQLITE_CANTOPEN: "Check the disk and the number of open files.",
    sqlite3.SQLITE_CONSTRAINT: "Its conversation, turn or call is not there, or it was written before; use %kimi new.",
}
_BY_ERRNO = {
    errno.EMFILE: "Close files that this kernel has open, or restart it.",
    errno.ENFILE: "Too many files are open on this machine.",
    errno.ENOSPC: "Free some disk space.",
    errno.EDQUOT: "Free some of your disk quota.",
    errno.EIO: "Check the disk.",
}


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 where there is none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def failure(error: sqlite3.Error | OSError, path: str | os.PathLike[str], what: str) -> StoreError:
    """The error to raise.

    Parameters
    ----------
    error
        What was raised.
    path
        The store's file.
    what
        What can't be done with it: ``"read"``, ``"written"``, ``"opened"`` or ``"used"``.
    """
    if isinstance(error, OSError):
        hint = _BY_ERRNO.get(error.errno or 0, "Make its directory writable.")
        return StoreError(f"The store {os.fspath(path)} can't be {what}: {error.strerror or error}. {hint}")
    hint = _BY_CODE.get(code_of(error), "Restart the kernel and try again.")
    return StoreError(f"The store {os.fspath(path)} can't be {what}: {error}. {hint}")
