"""What ■ and Ctrl-C do while a turn runs.

ipykernel turns SIGINT into a cancelled cell while a cell is awaited, so that neither a loop in the model's code nor a
waiting ``input()`` could be interrupted; in a terminal the same signal would tear the event loop down. While a turn
runs the signal is ours: it does whatever fits what the turn is doing just now.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

__all__ = ["Interrupts", "interrupt_main"]

Action = Callable[[int, FrameType | None], object]


class Interrupts:
    """The meaning of SIGINT during one turn.

    Parameters
    ----------
    stop
        What an interrupt does by default; must return at once and be callable from a signal handler.
    """

    def __init__(self, stop: Callable[[], object]) -> None:
        self._action: Action = lambda _signal, _frame: stop()

    @contextmanager
    def ours(self) -> Iterator[None]:
        """For the whole turn: SIGINT comes to us. Off the main thread, where no handler can be set, nothing changes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, lambda number, frame: self._action(number, frame))
        try:
            yield
        finally:
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


def interrupt_main() -> None:
    """Send the main thread a SIGINT, as ■ does; a blocking system call there returns."""
    if hasattr(signal, "pthread_kill"):
        ident = threading.main_thread().ident
        if ident is not None:
            signal.pthread_kill(ident, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()
