"""What the kernel asks of a page: do this in the notebook, and tell how it went.

A request goes to the page that asked the question. Where its comm is lost the same page may come back within a minute:
then the request is sent again under the same id, and a page that has it already goes on with it. Use it on the engine.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .connection import Connection
from .messages import Result

__all__ = ["Lost", "Requests"]

#: Seconds that a page may be away, and that it has to answer after it was told to stop.
_AWAY, _STOPPING = 60.0, 15.0


class Lost(Exception):
    """The page went away for good, and nobody knows how the request ended."""


@dataclass(slots=True)
class _Request:
    """A request that has no result yet."""

    client: str
    message: dict[str, Any]
    done: asyncio.Future[Result]
    away: asyncio.TimerHandle | None = None


class Requests:
    """The requests that are open.

    Parameters
    ----------
    page
        Gives the comm of a page, by the page's id.
    """

    def __init__(self, page: Callable[[str], Connection | None]) -> None:
        self._page = page
        self._open: dict[str, _Request] = {}

    async def perform(
        self,
        client: str,
        turn: str,
        call: str,
        action: str,
        arguments: Any,
        digest: str = "",
        stopping: Callable[[], None] | None = None,
    ) -> Result:
        """Ask a page for something and wait for its result. Cancelled, it has the page stop.

        Parameters
        ----------
        client
            The page.
        turn, call
            What it is for.
        action, arguments, digest
            What to do, and the digest of the text that was allowed.
        stopping
            Given where code is run: called when the request is cancelled, which then waits a little for what came of
            it, and returns that.

        Raises
        ------
        Lost
            The page did not come back.
        """
        loop, request = asyncio.get_running_loop(), uuid.uuid4().hex
        told = {"request": request, "turn": turn, "call": call, "action": action}
        message = {"kind": "request", **told, "arguments": arguments, "digest": digest}
        self._open[request] = waiting = _Request(client, message, loop.create_future())
        try:
            self._send(waiting)
            return await asyncio.shield(waiting.done)
        except asyncio.CancelledError:
            return await self._stopped(request, waiting, stopping)
        finally:
            del self._open[request]
            if waiting.away is not None:
                waiting.away.cancel()

    async def _stopped(self, request: str, waiting: _Request, stopping: Callable[[], None] | None) -> Result:
        page = self._page(waiting.client)
        if page is not None:
            page.send({"kind": "cancel", "request": request})
        if stopping is not None:
            stopping()
        if page is None or stopping is None:
            raise asyncio.CancelledError
        try:
            result = await asyncio.wait_for(asyncio.shield(waiting.done), _STOPPING)
        except TimeoutError:
            raise asyncio.CancelledError from None
        return Result("interrupted", result.text, result.outputs, result.number, result.seconds, result.cell)

    def settle(self, request: str, result: Result) -> bool:
        """A result came; whether anybody waited for it."""
        waiting = self._open.get(request)
        if waiting is None or waiting.done.done():
            return False
        waiting.done.set_result(result)
        return True

    def returned(self, client: str) -> None:
        """A page is back, or another comm of it is there."""
        for waiting in self._open.values():
            if waiting.client == client and not waiting.done.done():
                self._send(waiting)

    def lost(self, client: str) -> None:
        """A page's comm is closed."""
        for waiting in self._open.values():
            if waiting.client == client:
                self._wait_for_return(waiting)

    def _send(self, waiting: _Request) -> None:
        page = self._page(waiting.client)
        if page is None:
            self._wait_for_return(waiting)
            return
        if waiting.away is not None:
            waiting.away.cancel()
            waiting.away = None
        page.send(waiting.message)

    def _wait_for_return(self, waiting: _Request) -> None:
        def give_up() -> None:
            if not waiting.done.done():
                waiting.done.set_exception(Lost())

        if waiting.away is None:
            waiting.away = asyncio.get_running_loop().call_later(_AWAY, give_up)
