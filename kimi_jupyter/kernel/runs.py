"""How the user's cells ended and how long they took: noted as they run, since IPython's history doesn't keep it.

Imported when the extension is loaded, so it imports next to nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any, NamedTuple

__all__ = ["Run", "Runs"]

#: How a cell ends that was stopped, or whose question got no answer: nothing in its code is to be fixed.
_STOPPED = ("KeyboardInterrupt", "TurnInterrupted", "TurnFailed")
#: Cells that are remembered.
_MOST = 500


class Run(NamedTuple):
    """How a cell's run ended. The error itself is not kept: it would keep alive all that its frames hold.

    Attributes
    ----------
    seconds
        How long it took.
    failed
        The error's name, or ``""``.
    trouble
        A short traceback, or ``""``.
    key
        The front end's id of the cell, ``""`` where it gave none.
    at
        When it ended, in seconds since the epoch.
    """

    seconds: float
    failed: str
    trouble: str
    key: str
    at: float


class Runs:
    """The runs of a shell's cells, to be watched from when the extension is loaded.

    Attributes
    ----------
    ended
        How they ended, by execution count.
    here
        The front end's id of the cell that runs now, ``""`` where it gave none.
    """

    def __init__(self) -> None:
        self.ended: OrderedDict[int, Run] = OrderedDict()
        self.here = ""
        self._began: dict[int, float] = {}

    def watch(self, shell: Any) -> None:
        """Take notes from now on."""
        shell.events.register("pre_run_cell", self._began_cell)
        shell.events.register("post_run_cell", self._ended_cell)

    def unwatch(self, shell: Any) -> None:
        """Take no more notes."""
        for event, noted in (("pre_run_cell", self._began_cell), ("post_run_cell", self._ended_cell)):
            if noted in shell.events.callbacks[event]:
                shell.events.unregister(event, noted)

    def failure(self) -> tuple[int, Run] | None:
        """The last cell that failed and was not run again with success since, by its number."""
        mended: set[str] = set()
        for number, run in reversed(list(self.ended.items())):
            if run.failed and run.failed not in _STOPPED and run.key not in mended:
                return number, run
            if not run.failed and run.key:
                mended.add(run.key)
        return None

    def _began_cell(self, info: Any) -> None:
        if info.store_history:
            self._began = {id(info): time.monotonic()}
            self.here = _key(info)

    def _ended_cell(self, result: Any) -> None:
        number = result.execution_count
        began = self._began.pop(id(result.info), None)
        if number is None or began is None:  # code of the model's, or begun before the extension was loaded
            return
        error = result.error_before_exec or result.error_in_exec
        failed, trouble = _words(error) if error is not None else ("", "")
        self.ended[number] = Run(time.monotonic() - began, failed, trouble, _key(result.info), time.time())
        while len(self.ended) > _MOST:
            self.ended.popitem(last=False)


def _key(info: Any) -> str:
    key = getattr(info, "cell_id", None)  # IPython before 8.1 has none
    return key if type(key) is str else ""


def _words(error: BaseException) -> tuple[str, str]:
    from .telling import exception_name, short_traceback

    return exception_name(error), short_traceback(error)
