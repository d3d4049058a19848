"""The pages that have a comm to this kernel."""

from __future__ import annotations

from typing import Any

from .connection import Connection

__all__ = ["Pages"]


class Pages:
    """Every comm, in the order in which they were opened."""

    def __init__(self) -> None:
        self._all: list[Connection] = []

    def add(self, page: Connection) -> None:
        """A comm was opened."""
        self._all.append(page)

    def remove(self, page: Connection) -> None:
        """A comm is closed."""
        page.closed = True
        if page in self._all:
            self._all.remove(page)

    def greet(self, page: Connection) -> None:
        """A page said hello: it is told of everything from now on, in place of an older comm of its own."""
        page.greeted = True
        for other in [one for one in self._all if one.client == page.client and one is not page]:
            self.remove(other)

    @property
    def greeted(self) -> list[Connection]:
        """Those that are told of things."""
        return [page for page in list(self._all) if page.greeted]

    def of(self, client: str) -> Connection | None:
        """The comm of a page, by the page's own id."""
        return next((page for page in reversed(self.greeted) if page.client == client and not page.closed), None)

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to all."""
        for page in self.greeted:
            page.send(message)

    def close(self) -> None:
        """Close every comm from this end."""
        for page in list(self._all):
            page.close()
        self._all.clear()
