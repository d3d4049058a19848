"""One page's comm: what it says comes in one after the other, what it is told goes out from any thread.

Sending happens in the context of the comm's latest message: by that the kernel knows on which thread to handle the
page's next one. From a thread's own context ipykernel 7.4 would put them behind the cell that runs (design §3.4).
"""

from __future__ import annotations

import contextlib
import logging
import threading
from contextvars import copy_context
from typing import Any

from .messages import VERSION, Malformed, integer

__all__ = ["Connection"]

log = logging.getLogger("kimi_jupyter")


class Connection:
    """A comm to a page.

    Parameters
    ----------
    comm
        The comm, just opened; make it in the handler of its opening.
    client
        The page's own id: another comm of the same page has the same one.

    Attributes
    ----------
    greeted
        Whether the page has said hello; before that it hears of nothing.
    closed
        Whether the comm is closed.
    """

    def __init__(self, comm: Any, client: str) -> None:
        self._comm = comm
        self.client = client
        self.greeted = False
        self.closed = False
        self._context = copy_context()
        self._last = 0
        self._lock = threading.RLock()

    def number(self, message: dict[str, Any]) -> int:
        """The id of a message that has just come, in whose context is sent from now on.

        Raises
        ------
        Malformed
            It has none, or an old one: it is a replay.
        """
        with self._lock:
            self._context = copy_context()
            number = integer(message, "id")
            if number <= self._last:
                raise Malformed("This message came before; it does nothing again.")
            self._last = number
            return number

    def send(self, message: dict[str, Any]) -> None:
        """Send a message. Never raises: a page that is gone hears nothing."""
        with self._lock:
            if self.closed:
                return
            try:
                self._context.run(self._comm.send, {"v": VERSION, **message})
            except Exception:  # the border to a front end: whatever is wrong with this comm must not end a turn
                log.exception("sending to the sidebar")

    def refuse(self, of: str, text: str, number: int | None = None, **more: Any) -> None:
        """Say in one line why a message did nothing."""
        self.send({"kind": "refused", "id": number, "of": of, "text": text, **more})

    def close(self) -> None:
        """Close the comm from this end."""
        with self._lock:
            if not self.closed:
                with contextlib.suppress(Exception):  # the page may have closed it at the same moment
                    self._context.run(self._comm.close)
                self.closed = True
