"""The main thread between the user's cells: where code of a turn runs whose own cell has returned.

What runs here runs in the context of that cell, so that its outputs appear below it. One piece of work runs at a time
and in one go; a cell that awaits something is not over, and nothing runs in the middle of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

__all__ = ["Between"]


class Between:
    """Queues work for the main thread. Make it there, in the cell that the work belongs to.

    Parameters
    ----------
    shell
        The IPython shell.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._cell_runs, self._ours = True, False
        self._waiting: deque[Callable[[], object]] = deque()
        for event, hook in self._hooks():
            shell.events.register(event, hook)

    def _hooks(self) -> tuple[tuple[str, Callable[[Any], None]], ...]:
        return ("pre_run_cell", self._begins), ("post_run_cell", self._ended)

    @property
    def busy(self) -> bool:
        """Whether a cell runs now."""
        return self._cell_runs

    def put(self, work: Callable[[], object]) -> None:
        """Have something done as soon as no cell runs; from any thread. It must not raise."""
        self._loop.call_soon_threadsafe(self._take, work)

    def close(self) -> None:
        """Queue nothing more; from any thread."""
        self._loop.call_soon_threadsafe(self._close)

    # ---- on the main thread ------------------------------------------------------------------------------------------

    def _close(self) -> None:
        self._waiting.clear()
        for event, hook in self._hooks():
            if hook in self._shell.events.callbacks[event]:
                self._shell.events.unregister(event, hook)

    def _take(self, work: Callable[[], object]) -> None:
        self._waiting.append(work)
        self._serve()

    def _serve(self) -> None:
        while self._waiting and not self._cell_runs:
            self._ours = True
            try:
                self._context.run(self._waiting.popleft())
            finally:
                self._ours = False

    def _begins(self, _: Any) -> None:
        self._cell_runs = self._cell_runs or not self._ours

    def _ended(self, _: Any) -> None:
        if not self._ours:
            self._cell_runs = False
            self._loop.call_soon(self._serve)
