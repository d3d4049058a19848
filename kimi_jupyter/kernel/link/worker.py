"""A thread for what takes a moment and must hold up neither the engine nor a comm: reading values and the store."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ...errors import SettingsError

__all__ = ["Worker"]

T = TypeVar("T")

#: Pieces of work that may wait; more are refused, so that nothing piles up behind a slow one (hazards KER-19).
_MOST = 64


class Worker:
    """One thread, started when first needed; it does one piece of work after the other."""

    def __init__(self) -> None:
        self._work: queue.Queue[tuple[Callable[[], Any], Future[Any]] | None] = queue.Queue(_MOST)
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have something done; returns at once.

        Raises
        ------
        SettingsError
            Too much is waiting.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="kimi-jupyter worker", daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        try:
            self._work.put_nowait((work, future))
        except queue.Full:
            raise SettingsError("The kernel is too busy to answer; try again in a moment.") from None
        return future

    async def do(self, work: Callable[[], T]) -> T:
        """Have something done, and wait for it on an event loop."""
        return await asyncio.wrap_future(self.submit(work))

    def close(self) -> None:
        """Let the thread end when it is done."""
        if self._thread is not None:
            self._work.put(None)
            self._thread = None

    def _serve(self) -> None:
        while (item := self._work.get()) is not None:
            work, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                future.set_exception(error)
