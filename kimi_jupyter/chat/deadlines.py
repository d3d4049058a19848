"""How long a request may take, and who sees to it. Needs nothing but asyncio."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

__all__ = ["Deadlines", "Watch"]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds a request may take (hazards §3). Comments that keep a connection alive are no progress.

    Attributes
    ----------
    first
        Until the first delta.
    progress
        Between two deltas.
    total
        In all.
    """

    first: float = 60.0
    progress: float = 120.0
    total: float = 1800.0


class Watch:
    """Cancels the task that waits for a delta when a deadline has passed.

    One timer a request, looked at when it fires: a timer a delta would cost more than the delta.
    """

    def __init__(self, deadlines: Deadlines, *, whole: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._deadlines = deadlines
        self._allowed = deadlines.total if whole else deadlines.first
        self._begun = self._last = self._loop.time()
        self._late = False
        self.waiting = False
        self.waited = 0.0
        self.spent = False  # the time for the whole request, not just for the next word

    def __enter__(self) -> Self:
        self._arm()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def progress(self) -> None:
        """A delta came."""
        self._last = self._loop.time()
        self._allowed = self._deadlines.progress

    def forgive(self) -> None:
        """Take the cancellation back if it was ours; raises it again if it was not."""
        if not self._late or self._task is None:
            raise asyncio.CancelledError
        if self._task.uncancel() > 0:  # somebody else cancelled too, and that counts
            raise asyncio.CancelledError

    def _ends(self) -> float:
        return min(self._last + self._allowed, self._begun + self._deadlines.total)

    def _arm(self) -> None:
        self._timer = self._loop.call_at(self._ends() + 0.001, self._look)

    def _look(self) -> None:
        if self.waiting and self._loop.time() >= self._ends() and self._task is not None:
            self._late = True
            self.waited = self._loop.time() - self._last
            self.spent = self._loop.time() >= self._begun + self._deadlines.total
            self._task.cancel()
        else:
            self._timer = self._loop.call_at(max(self._ends(), self._loop.time() + 0.1), self._look)
