"""How the user's cells ended and how long they took: noted as they run, since IPython's history doesn't keep it.

Imported when the extension is loaded, so it imports next to nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

__all__ = ["Runs"]

#: Cells that are remembered.
_MOST = 200


class Runs:
    """The runs of a shell's cells, to be watched from when the extension is loaded.

    Attributes
    ----------
    ended
        Seconds, the error's name and a short traceback, by execution count. The error itself is not kept: it would
        keep alive all that its frames hold.
    """

    def __init__(self) -> None:
        self.ended: OrderedDict[int, tuple[float, str, str]] = OrderedDict()
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

    def _began_cell(self, info: Any) -> None:
        if info.store_history:
            self._began = {id(info): time.monotonic()}

    def _ended_cell(self, result: Any) -> None:
        number = result.execution_count
        began = self._began.pop(id(result.info), None)
        if number is None or began is None:  # code of the model's, or begun before the extension was loaded
            return
        error = result.error_before_exec or result.error_in_exec
        self.ended[number] = (time.monotonic() - began, *(_words(error) if error is not None else ("", "")))
        while len(self.ended) > _MOST:
            self.ended.popitem(last=False)


def _words(error: BaseException) -> tuple[str, str]:
    from .telling import exception_name, short_traceback

    return exception_name(error), short_traceback(error)
