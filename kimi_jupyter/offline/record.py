"""What the offline endpoint was asked, kept for a while so that tests can look. Imports nothing of ours."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Received", "Record"]


@dataclass(slots=True)
class Received:
    """A request.

    Attributes
    ----------
    method, path
        As they came; the path with its query.
    headers
        By lower-case name.
    raw
        The body's bytes.
    status
        What it was answered with; 0 until then.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    status: int = 0

    @property
    def body(self) -> Any:
        """The body parsed as JSON; ``None`` if it is none."""
        try:
            return json.loads(self.raw)
        except ValueError:
            return None


class Record:
    """The latest requests, oldest first, within a number of bytes."""

    def __init__(self, most_bytes: int = 32 * 2**20) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._received: deque[Received] = deque()

    def add(self, received: Received) -> None:
        """Keep a request, and drop the oldest if it gets too much."""
        self._received.append(received)
        self._bytes += len(received.raw) + 1_000
        while self._bytes > self._most and len(self._received) > 1:
            self._bytes -= len(self._received.popleft().raw) + 1_000

    def list(self) -> list[Received]:
        """The requests."""
        return list(self._received)
