"""Running code where the user's variables live: on the main thread, in their namespace, in this cell."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from ..agent.execution import INTERRUPTED, Execution, out_of_time
from ..context.figures import FigureWatch
from ..context.redact import KINDS
from .bounds import Watchdog, awaits, no_questions, value_text
from .bridge import MainThread
from .namespace import own_names
from .outputs import Recorder
from .programs import ProgramWatch
from .telling import exception_name, first_error, short_traceback, tell, tell_text
from .undo import Undo

__all__ = ["KernelExecutor"]


class KernelExecutor:
    """The executor of one turn in this kernel.

    Parameters
    ----------
    shell
        The IPython shell.
    running
        The turn, for the way to the main thread and for interrupts.
    kernel
        This kernel's id; a new process has a new one, so no approval outlives a restart.
    limit
        Bytes of output the model is told.
    seconds
        After so long a run is interrupted.
    secrets
        Texts the model must not be told.
    hide
        Kinds of personal data it must not be told.
    undo
        Keeps what a run may change.
    mute
        Called, on any thread, when a run does not respond to interrupts.
    """

    def __init__(
        self,
        shell: Any,
        running: MainThread,
        *,
        kernel: str,
        limit: int,
        seconds: float,
        secrets: Sequence[str] = (),
        hide: Sequence[str] = KINDS,
        undo: Undo,
        mute: Callable[[], object] = lambda: None,
    ) -> None:
        self._shell = shell
        self._running = running
        self._kernel = kernel
        self._limit = limit
        self._seconds = seconds
        self._secrets = tuple(secrets)
        self._hide = tuple(hide)
        self._undo = undo
        self._mute = mute

    @property
    def place(self) -> tuple[str, int]:
        return self._kernel, 0

    def names(self) -> dict[str, str]:
        return own_names(self._shell)

    async def run(self, code: str) -> Execution:
        return await self._running.on_main(lambda: self._run(code))

    async def call(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Execution:
        return await self._running.on_main(lambda: self._call(function, arguments))

    # ---- on the main thread ------------------------------------------------------------------------------------------

    async def _run(self, code: str) -> Execution:
        figures, programs = FigureWatch(), ProgramWatch()
        recorder = Recorder(self._shell, figures.see)
        interrupts = self._running.interrupts
        started, pressed = time.monotonic(), interrupts.count
        digests: Sequence[str] = ()
        error: BaseException | None
        watchdog = Watchdog(self._seconds, lambda: interrupts.count + interrupts.presses, self._mute)
        with interrupts.kept(), recorder.recording(), no_questions(), watchdog:
            try:
                with interrupts.raising():
                    self._undo.keep(self._undo.before(code))
                result = await self._run_cell(code)
                error = result.error_before_exec or result.error_in_exec
                digests = figures.digests()
                self._run_hooks(result)
            except BaseException as raised:  # noqa: BLE001 - an interrupt, or what showing the code's error raised
                error = raised
        error = error and first_error(error)
        seconds = time.monotonic() - started
        self._undo.left()
        # Code may catch an interrupt, to save what it has for instance; a stop it is all the same.
        stopped = isinstance(error, KeyboardInterrupt | asyncio.CancelledError) or interrupts.count > pressed
        interrupted = stopped and not watchdog.bitten
        trouble = ""
        if watchdog.bitten:
            trouble = out_of_time(self._seconds)
        elif interrupted:
            trouble = INTERRUPTED
        elif error is not None:
            trouble = short_traceback(error)
            recorder.error(exception_name(error), trouble.rpartition("\n")[2], trouble.splitlines())
        text = tell(
            recorder.outputs,
            figures=digests,
            left=programs.left(),
            trouble=trouble,
            limit=self._limit,
            secrets=self._secrets,
            hide=self._hide,
        )
        status: Any = "interrupted" if interrupted else "error" if error is not None else "ok"
        return Execution(status, recorder.outputs, text, seconds)

    async def _run_cell(self, code: str) -> Any:
        """The code byte for byte: what input transformers would make of it was not what the user saw."""
        cell = self._shell.run_cell_async(code, store_history=False, transformed_cell=code)
        if self._running.blocking or not awaits(code):
            with self._running.interrupts.raising():
                return await cell
        # Awaiting code waits on the loop, where raising would hit the loop itself: cancel the code instead.
        others = asyncio.all_tasks()
        task = asyncio.get_running_loop().create_task(cell)
        with self._running.interrupts.cancelling(task, others):
            return await task

    def _run_hooks(self, result: Any) -> None:
        """What follows a cell of the user's own: inline figures are shown, for one."""
        with self._running.interrupts.raising():
            self._shell.events.trigger("post_execute")
            self._shell.events.trigger("post_run_cell", result)

    async def _call(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Execution:
        started = time.monotonic()
        status: Any = "ok"
        try:
            with self._running.interrupts.raising():
                value = function(**arguments)
                if asyncio.iscoroutine(value):
                    value = await value
            text = value_text(value)
        except KeyboardInterrupt:
            status, text = "interrupted", INTERRUPTED
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the border to a user's function: the model is told
            status, text = "error", short_traceback(error)
        text = tell_text(text, limit=self._limit, secrets=self._secrets, hide=self._hide)
        return Execution(status, (), text, time.monotonic() - started)
