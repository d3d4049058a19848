"""Running code for a sidebar's turn: the page makes a real cell of it and runs it, or runs it as scratch.

The executor is on the engine from beginning to end; while the kernel's main thread is busy with a cell of the user's it
waits without holding anything up. Only functions that the user declared as tools go to the main thread themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from ...agent.execution import INTERRUPTED, Execution, out_of_time
from ...chat.events import CallStatus
from ..bounds import value_text
from ..card import digest_of
from ..namespace import own_names
from ..surface import MUTE
from ..telling import short_traceback, tell, tell_text
from .messages import Place, Result
from .requests import Lost, Requests
from .watch import CellWatch, Seen

__all__ = ["CHANGED", "PageExecutor"]

#: What came of a run whose cell was another than was allowed.
CHANGED = "It was not run: the cell was changed meanwhile."

#: Seconds without a sign of the page after which that is said.
_SILENT = 20.0
_NO_ANSWER = "The page where this was asked does not answer. If it is closed, stop this question and ask again."
_UNSEEN = "Undo is not there for this run: the kernel did not see it begin."
_LOST = "The page was closed before it told how this ended: whether it ran is unknown. Check before relying on it."


class PageExecutor:
    """The executor of one turn in the sidebar.

    Parameters
    ----------
    shell
        The IPython shell.
    kernel
        This kernel's id.
    requests, watch
        How a page is asked, and how its cell is seen.
    client
        The page that asked the question.
    place
        Where code goes.
    active
        The cell below which the first one goes, ``""`` for the end.
    telling
        How :func:`.tell` tells outputs.
    ran
        Told what Undo would do now, ``None`` for as before, and what there is to say.
    """

    def __init__(
        self,
        shell: Any,
        *,
        kernel: str,
        requests: Requests,
        watch: CellWatch,
        client: str,
        place: Place,
        active: str,
        telling: Mapping[str, Any],
        seconds: float,
        ran: Callable[[str | None, str], None],
    ) -> None:
        self._shell = shell
        self._kernel = kernel
        self._requests = requests
        self._watch = watch
        self._client = client
        self._place = place
        self._after = active
        self._telling = dict(telling)
        self._seconds = seconds
        self._ran = ran
        self.turn = ""
        self.call_id = ""

    @property
    def place(self) -> tuple[str, int]:
        return self._kernel, 0

    def names(self) -> dict[str, str]:
        return own_names(self._shell)

    # ---- in the page -------------------------------------------------------------------------------------------------

    async def run(self, code: str) -> Execution:
        arguments = {"code": code, "after": self._after or None, "place": self._place}
        return await self.run_as("run", arguments, code, ours=True)

    async def run_as(self, action: str, arguments: Mapping[str, Any], code: str, *, ours: bool) -> Execution:
        """Have the page run this code by one of its actions."""
        started = time.monotonic()
        silent = asyncio.get_running_loop().create_task(self._wonder())
        try:
            with self._watch.expecting(code, ours=ours, mute=lambda: self._ran(None, MUTE)) as seen:
                result = await self.perform(action, arguments, digest_of(code), stopping=lambda: _stop(seen))
        except Lost:
            return Execution("unknown", (), _LOST, time.monotonic() - started)
        finally:
            silent.cancel()
        if result.cell:
            self._after = result.cell
        if ours and result.status in ("ok", "error", "interrupted"):
            self._ran(seen.undo, "" if seen.ran else _UNSEEN)
        return self._execution(result, seen, time.monotonic() - started)

    async def _wonder(self) -> None:
        """Say it where the page does nothing although the kernel is free: a browser that was closed tells nobody."""
        await asyncio.sleep(_SILENT)
        while self._watch.busy and not self._watch.begun:  # noqa: ASYNC110 - it begins on another thread
            await asyncio.sleep(_SILENT)
        if not self._watch.begun:
            self._ran(None, _NO_ANSWER)

    async def perform(
        self, action: str, arguments: Mapping[str, Any], digest: str = "", stopping: Callable[[], None] | None = None
    ) -> Result:
        """Ask the page for something.

        Raises
        ------
        Lost
            It went away for good.
        """
        return await self._requests.perform(
            self._client, self.turn, self.call_id, action, dict(arguments), digest, stopping
        )

    def added(self, cell: str) -> None:
        """A cell was put into the notebook; what is run next goes below it."""
        self._after = cell or self._after

    def execution(self, status: CallStatus, text: str, seconds: float = 0.0) -> Execution:
        """What came of a call that has no outputs of its own."""
        return Execution(status, (), tell_text(text, **self._telling), seconds)

    def told(self, outputs: tuple[dict[str, Any], ...]) -> Execution:
        """What outputs that were there already come to in the words that the model reads."""
        errors = [f"{output['ename']}: {output['evalue']}" for output in outputs if output["output_type"] == "error"]
        return Execution("ok", (), tell(outputs, trouble="\n".join(errors), **self._telling), 0.0)

    def _execution(self, result: Result, seen: Seen, seconds: float) -> Execution:
        if result.status == "changed":  # what it says now is the notebook's to tell, by the detail that is allowed
            return Execution("error", (), CHANGED, 0.0)
        if result.status not in ("ok", "error", "interrupted"):
            return self.execution("error", result.text or f"It was not run ({result.status}).", result.seconds)
        status = self._status(result, seen)
        trouble = ""
        if seen.late:
            trouble = out_of_time(self._seconds)
        elif status == "interrupted":
            trouble = INTERRUPTED
        elif status == "error":
            trouble = seen.trouble or _trouble(result)
        text = tell(result.outputs, figures=seen.figures, left=seen.left, trouble=trouble, **self._telling)
        return Execution(status, result.outputs, text, result.seconds or seconds)

    def _status(self, result: Result, seen: Seen) -> CallStatus:
        if seen.late:
            return "error"
        names = {output["ename"] for output in result.outputs if output["output_type"] == "error"}
        if result.status == "interrupted" or seen.interrupted or "KeyboardInterrupt" in names:
            return "interrupted"
        return "error" if result.status == "error" or seen.trouble or names else "ok"

    # ---- on the main thread ------------------------------------------------------------------------------------------

    async def call(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Execution:
        started = time.monotonic()
        done: asyncio.Future[tuple[CallStatus, str]] = asyncio.get_running_loop().create_future()
        self._shell.kernel.io_loop.add_callback(_call, function, arguments, done)
        status, text = await done
        return self.execution(status, text, time.monotonic() - started)


def _stop(seen: Seen) -> None:
    """The page interrupts the run; if that does not help, the kernel does it itself."""
    seen.stopped = True


async def _call(
    function: Callable[..., Any], arguments: dict[str, Any], done: asyncio.Future[tuple[CallStatus, str]]
) -> None:
    """Call a tool's function on the kernel's loop; one whose turn was stopped meanwhile does not begin."""
    if done.cancelled():
        return
    ended: tuple[CallStatus, str]
    try:
        value = function(**arguments)
        ended = "ok", value_text(await value if asyncio.iscoroutine(value) else value)
    except KeyboardInterrupt:
        ended = "interrupted", INTERRUPTED
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the border to a user's function: the model is told
        ended = "error", short_traceback(error)

    def settle() -> None:
        if not done.done():
            done.set_result(ended)

    done.get_loop().call_soon_threadsafe(settle)


def _trouble(result: Result) -> str:
    """The error of a run that the kernel did not see, as the page has it."""
    from ...context.text import strip_ansi

    for output in result.outputs:
        if output["output_type"] == "error":
            trace = [strip_ansi(line) for line in output["traceback"]][-6:]
            return "\n".join([*trace, f"{output['ename']}: {output['evalue']}"])
    return result.text or "It failed; the page does not tell how."
