"""A thread for what takes a moment and must hold up neither the engine nor a comm: reading values and the store."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ...errors import SettingsError

__all__ = ["Worker"]

T = TypeVar("T")

#: Pieces of work that may wait; more are refused, so that nothing piles up behind a slow one (hazards KER-19).
_MOST = 64
#: Seconds after which a piece of work counts as stuck, and another thread does the rest.
_STUCK = 15.0


class Worker:
    """One thread, started when first needed; it does one piece of work after the other."""

    def __init__(self) -> None:
        self._work: queue.Queue[tuple[Callable[[], Any], Future[Any]] | None] = queue.Queue(_MOST)
        self._thread: threading.Thread | None = None
        self._since = 0.0  # when the thread began what it does now, 0 while it waits
        self._lock = threading.Lock()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have something done; returns at once.

        Raises
        ------
        SettingsError
            Too much is waiting.
        """
        self._see_to_thread()
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
        with self._lock:
            if self._thread is not None:
                self._thread = None
                self._work.put(None)

    def _see_to_thread(self) -> None:
        """There is a thread that gets to the work; one that is stuck ends when it is done with what holds it up."""
        with self._lock:
            if self._thread is None or (self._since and time.monotonic() - self._since > _STUCK):
                self._since = 0.0
                self._thread = threading.Thread(target=self._serve, name="kimi-jupyter worker", daemon=True)
                self._thread.start()

    def _serve(self) -> None:
        while (item := self._work.get()) is not None:
            work, future = item
            if not future.set_running_or_notify_cancel():
                continue
            self._since = time.monotonic()
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                future.set_exception(error)
            if self._thread is not threading.current_thread():
                return  # another one took over
            self._since = 0.0
