"""The cell that a page runs for a turn, seen from inside the kernel: its figures, what Undo needs, how it failed.

The page runs it like any other cell, so what it is known by is its text: byte for byte what was allowed. What is around
a run of the model's in a cell is around this one too; all of it on the main thread, in IPython's hooks.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from ...context.figures import FigureWatch
from ..bounds import Watchdog, no_questions
from ..outputs import shadowed
from ..programs import ProgramWatch
from ..telling import short_traceback
from ..undo import Undo

__all__ = ["CellWatch", "Seen"]


@dataclass(slots=True)
class Seen:
    """What was seen of a run.

    Attributes
    ----------
    code
        What is run.
    ours
        Whether the model wrote it, rather than the user: then it ends in time and asks nobody.
    ran
        Whether it was seen to run.
    figures
        Digests of the figures that it drew.
    left
        Programs that it has left running and that outlive the kernel.
    trouble
        How it failed, ``""`` if it did not.
    interrupted, late
        Whether it was interrupted; whether by the limit of time.
    stopped
        Whether the user wants it to end.
    undo
        What Undo would do now, in one line.
    """

    code: str
    ours: bool
    ran: bool = False
    figures: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    trouble: str = ""
    interrupted: bool = False
    late: bool = False
    stopped: bool = False
    undo: str = ""


class CellWatch:
    """Watches for the cell that a turn waits for.

    Parameters
    ----------
    shell
        The IPython shell.
    undo
        Keeps what a run may change.
    seconds
        Tells after how many seconds a run of the model's code is interrupted.

    Attributes
    ----------
    busy
        Whether a cell runs, whoever's it is.
    """

    def __init__(self, shell: Any, undo: Callable[[], Undo], seconds: Callable[[], float]) -> None:
        self._shell = shell
        self._undo = undo
        self._seconds = seconds
        self._expected: Seen | None = None
        self._mute: Callable[[], object] = lambda: None
        self._around = ExitStack()
        self.busy = False
        self._running: tuple[Any, Seen, FigureWatch, ProgramWatch, Watchdog] | None = None
        for event, hook in self._hooks():
            shell.events.register(event, hook)

    def close(self) -> None:
        """Watch no more."""
        for event, hook in self._hooks():
            if hook in self._shell.events.callbacks[event]:
                self._shell.events.unregister(event, hook)

    def _hooks(self) -> tuple[tuple[str, Callable[[Any], None]], ...]:
        return ("pre_run_cell", self._begins), ("post_run_cell", self._ended)

    @property
    def begun(self) -> bool:
        """Whether the run that is waited for has begun."""
        return self._expected is None or self._expected.ran

    @contextmanager
    def expecting(self, code: str, *, ours: bool, mute: Callable[[], object]) -> Iterator[Seen]:
        """For as long as a page is asked to run this; ``mute`` is called if it ignores being interrupted."""
        self._expected, self._mute = Seen(code, ours), mute
        seen = self._expected
        try:
            yield seen
        finally:
            self._expected = None  # whoever asks whether it has begun need not wait any more

    # ---- on the main thread ------------------------------------------------------------------------------------------

    def _begins(self, info: Any) -> None:
        self.busy, seen = True, self._expected
        if seen is None or seen.ran or info.raw_cell != seen.code:
            return
        self._around.close()  # of a run whose end was not seen
        seen.ran = True
        figures, watchdog = FigureWatch(), self._watchdog(seen)
        self._running = info, seen, figures, ProgramWatch(), watchdog
        self._around.enter_context(watchdog)
        try:
            self._surround(seen, figures)
        except KeyboardInterrupt:  # IPython would swallow it here, and run the cell
            seen.stopped = True

    def _watchdog(self, seen: Seen) -> Watchdog:
        """Ends the run in time; a cell of the user's own has as much as it likes, but ends when it is stopped."""

        def pressed() -> int:
            """Another number each time once it is stopped, also where it was before it began."""
            return time.monotonic_ns() if seen.stopped else 0

        return Watchdog(self._seconds() if seen.ours else math.inf, pressed, self._mute)

    def _surround(self, seen: Seen, figures: FigureWatch) -> None:
        formatter = self._shell.display_formatter
        form = formatter.format

        def seeing_format(value: object, *arguments: Any, **options: Any) -> Any:
            figures.see(value)
            return form(value, *arguments, **options)

        self._around.enter_context(shadowed(formatter, "format", seeing_format))
        if seen.ours:
            self._undo().keep(self._undo().before(seen.code))
            self._around.enter_context(no_questions())

    def _ended(self, result: Any) -> None:
        self.busy = False
        if self._running is None or self._running[0] is not result.info:
            return
        _, seen, figures, programs, watchdog = self._running
        self._running = None
        self._around.close()
        seen.figures, seen.left = tuple(figures.digests()), tuple(programs.left())
        seen.late = watchdog.bitten
        error = result.error_before_exec or result.error_in_exec
        seen.interrupted = isinstance(error, KeyboardInterrupt | asyncio.CancelledError) and not seen.late
        seen.trouble = short_traceback(error) if error is not None else ""
        if seen.ours:
            self._undo().left()
            seen.undo = self._undo().line
