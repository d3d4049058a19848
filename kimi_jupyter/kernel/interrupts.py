"""What ■ and Ctrl-C do while a turn runs.

ipykernel turns SIGINT into a cancelled cell while a cell is awaited, so that neither a loop in the model's code nor a
waiting ``input()`` could be interrupted; in a terminal the same signal would tear the event loop down. While a turn
runs the signal is ours: it does whatever fits what the turn is doing just now.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any

__all__ = ["Interrupts", "interrupt_main"]

#: Seconds without another interrupt after which a burst of them is over, and the most it is waited for.
_CALM, _BURST = 0.05, 1.0

Action = Callable[[int, FrameType | None], object]


class Interrupts:
    """The meaning of SIGINT during one turn.

    Parameters
    ----------
    stop
        What an interrupt does by default; must return at once and be callable from a signal handler.

    Attributes
    ----------
    count
        Interrupts so far, those included that the code they hit made nothing of.
    presses
        How often Stop was pressed in a widget, also where the code takes no interrupts at all.
    """

    def __init__(self, stop: Callable[[], object]) -> None:
        self._action: Action = lambda _signal, _frame: stop()
        self._ours = False
        self._lock = threading.Lock()
        self.count = self.presses = 0

    def press(self) -> None:
        """Do what ■ does, from any thread, and only while the turn lasts: a later cell is not ours to interrupt."""
        with self._lock:
            if self._ours:
                self.presses += 1
                interrupt_main()

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self._action(number, frame)

    @contextmanager
    def ours(self) -> Iterator[None]:
        """For the whole turn: SIGINT comes to us. Off the main thread, where no handler can be set, nothing changes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._interrupted)
        self._ours = True
        try:
            yield
        finally:
            with self._lock:
                self._ours = False
            self._let_pass()
            if before is not None:  # one that Python did not set can't be set by it either
                signal.signal(signal.SIGINT, before)

    def _let_pass(self) -> None:
        """Wait for the end of a burst: an interrupt between two cells can end the kernel."""
        seen, deadline = 0, time.monotonic() + _BURST
        while seen < self.count and time.monotonic() < deadline:
            seen = self.count
            time.sleep(_CALM)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Around code that may take the signal for itself: what it had before, it has again."""
        before = signal.getsignal(signal.SIGINT)
        try:
            yield
        finally:
            if before is not None and threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, before)

    @contextmanager
    def meaning(self, action: Action) -> Iterator[None]:
        """For a while an interrupt means something else."""
        before, self._action = self._action, action
        try:
            yield
        finally:
            self._action = before

    def raising(self) -> AbstractContextManager[None]:
        """For synchronous work: an interrupt raises ``KeyboardInterrupt`` where the main thread is."""
        return self.meaning(signal.default_int_handler)

    def cancelling(
        self, task: asyncio.Task[Any], others: AbstractSet[asyncio.Task[Any]]
    ) -> AbstractContextManager[None]:
        """For awaiting code: an interrupt cancels it.

        ``KeyboardInterrupt`` would go through the loop, and end it. Where the loop does not get to run because the
        code computes or blocks, the cancellation is raised in the code; ``others`` are the tasks that are not its own.
        """
        loop = task.get_loop()

        def cancel(_number: int, _frame: FrameType | None) -> None:
            current = asyncio.current_task(loop)
            if current is not task:
                loop.call_soon_threadsafe(task.cancel)
            if current is not None and current not in others:
                raise asyncio.CancelledError

        return self.meaning(cancel)


def interrupt_main() -> None:
    """Send the main thread a SIGINT, as ■ does; a blocking system call there returns."""
    if hasattr(signal, "pthread_kill"):
        ident = threading.main_thread().ident
        if ident is not None:
            signal.pthread_kill(ident, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()
