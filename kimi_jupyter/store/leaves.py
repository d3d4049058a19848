"""Rows out of a broken SQLite file, read page by page, without SQLite, which gives up where a page is amiss.

Every leaf of a table says itself what is on it, so neither the schema nor the pages that lead to it are needed. Numbers
in brackets are sections of SQLite's "Database File Format" (https://www.sqlite.org/fileformat2.html). Imports nothing
of ours, and only reads.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Value", "rows_of"]

Value = None | int | float | str | bytes

_LEAF = 0x0D
_HEADER = 100
_SIZES = {2**power for power in range(9, 17)}
_USUAL_SIZE = 4096
#: Bytes of a row; a longer one is damage.
_LONGEST = 1 << 30


class _Broken(Exception):
    """A row that can't be read."""


def rows_of(file: Path, log: Path) -> Iterator[tuple[int, list[Value]]]:
    """Every row that can be read, of whatever table: its rowid and its values.

    Parameters
    ----------
    file
        The database.
    log
        Its write-ahead log, which need not exist.
    """
    pages = _Pages(file, log)
    try:
        for number in pages.numbers:
            yield from _rows_on(pages, number)
    finally:
        pages.close()


class _Pages:
    """The pages as they were last: from the log where it has them, else from the file."""

    def __init__(self, file: Path, log: Path) -> None:
        self._file = file.open("rb")
        length = file.stat().st_size
        self._bytes = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if length else b""
        logged = log.read_bytes() if log.exists() else b""
        self.size = self._page_size(logged)
        self._logged = _frames(logged, self.size)
        self._count = max([length // self.size + bool(length % self.size), *self._logged])

    def close(self) -> None:
        if isinstance(self._bytes, mmap.mmap):
            self._bytes.close()
        self._file.close()

    def _page_size(self, logged: bytes) -> int:
        """[1.3.2], and the log's own [4.1]; where neither makes sense, what SQLite takes by itself."""
        said = int.from_bytes(self._bytes[16:18])
        sizes = (65536 if said == 1 else said, int.from_bytes(logged[8:12]))
        return next((size for size in sizes if size in _SIZES), _USUAL_SIZE)

    @property
    def numbers(self) -> Iterator[int]:
        """The pages that are in use."""
        free = self._free()
        return (number for number in range(1, self._count + 1) if number not in free)

    def _free(self) -> set[int]:
        """The free list [1.5]: what is on its pages was deleted."""
        free: set[int] = set()
        trunk = int.from_bytes(self[1][32:36])
        while 0 < trunk <= self._count and trunk not in free:
            free.add(trunk)
            page = self[trunk]
            count = min(int.from_bytes(page[4:8]), self.size // 4 - 2)
            free.update(struct.unpack_from(f">{count}I", page, 8) if len(page) == self.size else ())
            trunk = int.from_bytes(page[:4])
        return free

    def __getitem__(self, number: int) -> bytes:
        return self._logged.get(number) or self._bytes[(number - 1) * self.size : number * self.size]


def _frames(log: bytes, size: int) -> dict[int, bytes]:
    """The pages in a log [4.1], of transactions that were finished."""
    pages: dict[int, bytes] = {}
    open_ones: dict[int, bytes] = {}
    salts = log[16:24]
    for start in range(32, len(log) - size - 23, size + 24):
        number, committed = struct.unpack_from(">II", log, start)
        if log[start + 8 : start + 16] != salts:
            break
        open_ones[number] = log[start + 24 : start + 24 + size]
        if committed:
            pages |= open_ones
            open_ones = {}
    return pages


def _rows_on(pages: _Pages, number: int) -> Iterator[tuple[int, list[Value]]]:
    """The rows of a page, if it is the leaf of a table [1.6]."""
    page = pages[number]
    start = _HEADER if number == 1 else 0
    if len(page) < start + 8 or page[start] != _LEAF:
        return
    count = int.from_bytes(page[start + 3 : start + 5])
    for at in range(start + 8, min(start + 8 + 2 * count, len(page) - 1), 2):
        try:
            yield _row(pages, page, int.from_bytes(page[at : at + 2]))
        except (_Broken, IndexError, struct.error):
            continue


def _row(pages: _Pages, page: bytes, at: int) -> tuple[int, list[Value]]:
    length, at = _varint(page, at)
    rowid, at = _varint(page, at)
    if not 0 < length < _LONGEST:
        raise _Broken
    return rowid, _values(_payload(pages, page, at, length))


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends [1.6]."""
    value = 0
    for step in range(8):
        byte = data[at + step]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    value = value << 8 | data[at + 8]
    return value - (1 << 64 if value >> 63 else 0), at + 9


def _payload(pages: _Pages, page: bytes, at: int, length: int) -> bytes:
    """A row's bytes; what has no room on the page is on others [1.6]."""
    most, least = pages.size - 35, (pages.size - 12) * 32 // 255 - 23
    if length <= most:
        return _whole(page[at : at + length], length)
    local = least + (length - least) % (pages.size - 4)
    local = local if local <= most else least
    parts, left = [_whole(page[at : at + local], local)], length - local
    following = int.from_bytes(_whole(page[at + local : at + local + 4], 4))
    while left > 0:
        more = _whole(pages[following] if following > 0 else b"", pages.size)
        parts.append(more[4 : 4 + min(left, pages.size - 4)])
        left -= pages.size - 4
        following = int.from_bytes(more[:4])
    return b"".join(parts)


def _whole(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise _Broken
    return data


def _values(payload: bytes) -> list[Value]:
    """A record's values [2.1]."""
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    if at != len(payload):
        raise _Broken
    return values


_WIDTHS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in (0, 8, 9):
        return (None if kind == 0 else kind - 8), at
    if kind in _WIDTHS:
        end = at + _WIDTHS[kind]
        return int.from_bytes(_whole(payload[at:end], end - at), signed=True), end
    if kind == 7:
        return struct.unpack_from(">d", payload, at)[0], at + 8
    if kind < 12:
        raise _Broken
    end = at + (kind - 12) // 2
    data = _whole(payload[at:end], end - at)
    return (data.decode("utf-8", "replace") if kind % 2 else data), end
