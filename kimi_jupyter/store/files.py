"""The store's file and directory: private, our own, one opener at a time, damaged ones set aside.

Modes and owners are checked where the system has them (hazards STO-06). Imports ``errors`` and ``failures``.
"""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StoreError
from .failures import failure

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BUSY", "companions", "copies", "make_private", "on_network", "one_at_a_time", "set_aside"]

#: Seconds to wait for another process that is writing.
BUSY = 10.0
#: Mounts on which two machines would not see each other's shared memory, so WAL can't be used (hazards STO-08).
_NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "lustre", "gpfs", "ceph", "beegfs", "glusterfs", "fuse.")


def companions(path: Path) -> tuple[Path, ...]:
    """The files SQLite keeps beside a database."""
    return tuple(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))


def copies(path: Path) -> tuple[Path, ...]:
    """Other copies of a store: damaged ones that were set aside, from before an upgrade, half-way between the two."""
    beginnings = (f"{path.name}.damaged-", f"{path.name}.version-", f"{path.name}-salvaged")
    return tuple(sorted(file for name in beginnings for file in path.parent.glob(f"{glob.escape(name)}*")))


def make_private(path: Path) -> None:
    """Make the file and its directory if they are not there; see that they are ours and nobody else's.

    Raises
    ------
    StoreError
        A link, another's, writable by others, or not to be made.
    """
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.parent.mkdir(mode=0o700)
        _check_directory(path.parent)
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, flags, 0o600))  # SQLite gives its companions the same mode
        for file in (path, *companions(path)):
            _check_file(file)
    except OSError as error:
        raise failure(error, path, "used") from error


def _check_directory(path: Path) -> None:
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise StoreError(f"The store's directory {path} is a link or a file; move that away.")
    _check_owner(path, status)
    if os.name == "posix" and status.st_mode & 0o022:
        raise StoreError(f"Others may write to the store's directory {path}; run: chmod 700 {path}.")


def _check_file(path: Path) -> None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode):
        raise StoreError(f"The store {path} is a link or no file; move it away.")
    _check_owner(path, status)
    if os.name == "posix" and status.st_mode & 0o077:
        path.chmod(0o600)


def _check_owner(path: Path, status: os.stat_result) -> None:
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise StoreError(f"The store {path} belongs to another user; move it away.")


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold off other processes while the store is made, checked or set aside.

    The lock is SQLite's own, on an empty database beside the store: the same on every system, gone with its process.
    """
    lock = path.with_name(path.name + "-lock")
    make_private(lock)
    try:
        holder = sqlite3.connect(lock, timeout=BUSY, isolation_level=None)
        try:
            holder.execute("BEGIN EXCLUSIVE")
            yield
        finally:
            holder.close()
    except sqlite3.Error as error:
        raise failure(error, lock, "used") from error


def set_aside(path: Path) -> Path:
    """Rename a damaged store, with its companions, to the first free ``….damaged-N``, where it can still be read."""
    aside = next(name for name in _names(path) if not os.path.lexists(name))
    path.replace(aside)
    for old, new in zip(companions(path), companions(aside), strict=True):
        with contextlib.suppress(FileNotFoundError):
            old.replace(new)
    return aside


def _names(path: Path) -> Iterator[Path]:
    return (path.with_name(f"{path.name}.damaged-{number}") for number in itertools.count(1))


def on_network(path: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether a path is on a file system that machines share. False where the system does not tell (no ``/proc``)."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    kinds: dict[Path, str] = {}
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        kinds[Path(point.replace("\\040", " "))] = kind  # a later mount hides an earlier one
    path = path.resolve()
    place = next((place for place in (path, *path.parents) if place in kinds), None)
    return place is not None and kinds[place].startswith(_NETWORK)
