"""Opening the database: checked, in the right journal mode, of a known version. Imports store modules."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import NamedTuple

from .failures import code_of, failure
from .files import BUSY, companions, make_private, on_network, one_at_a_time, set_aside
from .migration import bring_up_to_date
from .salvage import carry_over
from .schema import TABLES, VERSION, normal
from .transactions import transaction

__all__ = ["MEMORY", "Opened", "open_database"]

MEMORY = ":memory:"
#: Bytes. Larger files are not read through when they are opened: that takes about a millisecond a megabyte.
_CHECKED = 64 * 1024 * 1024
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Opened(NamedTuple):
    """An open database; ``warning`` is one line for the user."""

    connection: sqlite3.Connection
    read_only: bool = False
    warning: str | None = None


class _Damaged(Exception):
    """The file is no database, or a broken one."""


def open_database(path: str) -> Opened:
    """Open the database, making it if need be. A damaged one is set aside and a new one made (hazards STO-04).

    Raises
    ------
    StoreError
        The file can't be used.
    """
    if path == MEMORY:
        connection = _connect(MEMORY)
        _make_tables(connection)
        return Opened(connection)
    file = Path(path).absolute()
    try:
        with one_at_a_time(file):
            return _open_file(file)
    except OSError as error:
        raise failure(error, file, "used") from error


def _open_file(file: Path) -> Opened:
    new = file.with_name(f"{file.name}-salvaged")
    if new.exists() and not file.exists():  # whoever saved a damaged store was killed between the last two steps
        new.replace(file)
    make_private(file)
    with contextlib.suppress(_Damaged):
        return _checked(file)
    saved = _salvage(file, new)
    aside = set_aside(file)
    new.replace(file)
    return _checked(file)._replace(warning=f"The store was damaged and is now {aside}; {saved}.")


def _salvage(file: Path, new: Path) -> str:
    """Make a new store of a damaged one, beside it, so that one of them is there whenever this is cut off."""
    for left in (new, *companions(new)):
        left.unlink(missing_ok=True)
    make_private(new)
    opened = _checked(new)
    try:
        return _saved(opened.connection, file)
    finally:
        opened.connection.close()


def _saved(connection: sqlite3.Connection, damaged: Path) -> str:
    """Carry over what can be read of a damaged store, and say what that was."""
    try:
        conversations, messages = carry_over(connection, damaged)
    except (OSError, sqlite3.Error, ValueError) as error:
        return f"a new one was begun, without what was in it ({error})"
    if not conversations:
        return "a new one was begun, without what was in it"
    of = f"{conversations:,} conversation{'s' if conversations != 1 else ''}"
    return f"a new one was begun, with {messages:,} message{'s' if messages != 1 else ''} of {of} that could be saved"


def _checked(file: Path) -> Opened:
    _check_header(file)
    connection = _connect(str(file))
    try:
        return _set_up(connection, file)
    except UnicodeDecodeError as error:  # SQLite quotes the damage in its message, and Python can't read that
        connection.close()
        raise _Damaged from error
    except sqlite3.Error as error:
        connection.close()
        if code_of(error) in _DAMAGED:
            raise _Damaged from error
        raise failure(error, file, "opened") from error
    except BaseException:
        connection.close()
        raise


def _check_header(file: Path) -> None:
    """See what SQLite would pass over in silence (file format §1.3)."""
    with file.open("rb") as stream:
        header = stream.read(100)
    if not header:
        # It would be taken for a new database, and the log of the old one thrown away.
        sound = not any(beside.exists() and beside.stat().st_size for beside in companions(file))
    else:
        # A stump would be taken for a new one too; unknown format versions, for read-only.
        sound = len(header) == 100 and header[18] in (1, 2) and header[19] in (1, 2)
    if not sound:
        raise _Damaged


def _set_up(connection: sqlite3.Connection, file: Path) -> Opened:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    found = {normal(str(sql)) for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if (version == 0 and found) or (version == VERSION and not found.issuperset(map(normal, TABLES))):
        raise _Damaged  # a definition or the version went bad, or the file is something else's
    if file.stat().st_size <= _CHECKED and connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _Damaged
    if version > VERSION:
        connection.execute("PRAGMA query_only = ON")
        return Opened(connection, True, _newer(file))
    connection.execute(f"PRAGMA journal_mode = {'DELETE' if on_network(file) else 'WAL'}")
    if version == 0:
        _make_tables(connection)
    elif version < VERSION:
        bring_up_to_date(connection, file, version)
    else:
        connection.execute("BEGIN IMMEDIATE")  # is refused where the file can't be written to
        connection.execute("ROLLBACK")
    return Opened(connection)


def _newer(file: Path) -> str:
    return (
        f"The store {file} was made by a newer kimi_jupyter and is not written to. "
        "Upgrade with: pip install -U kimi-jupyter."
    )


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
    connection.text_factory = _text
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # Database does it, in the way that is safe between processes
    return connection


def _text(raw: bytes) -> str:
    """A byte that went bad costs its character, not its conversation."""
    return raw.decode("utf-8", "replace")


def _make_tables(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for statement in TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
