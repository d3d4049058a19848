"""Running code in a namespace of the caller's, on the caller's thread. Imports no IPython."""

from __future__ import annotations

import ast
import asyncio
import linecache
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from inspect import CO_COROUTINE
from io import TextIOBase
from types import CodeType
from typing import Any

from ..agent.execution import INTERRUPTED, Execution, out_of_time
from ..chat.events import CallStatus
from ..context.figures import FigureWatch
from ..kernel.bounds import Watchdog, no_questions, value_text
from ..kernel.bridge import Running
from ..kernel.namespace import names_in
from ..kernel.outputs import CappedText
from ..kernel.telling import exception_name, short_traceback, tell, tell_text

__all__ = ["NamespaceExecutor"]

#: Characters of a stream, and of the last expression's value, that are kept.
_STREAM, _VALUE = 1_000_000, 100_000


class NamespaceExecutor:
    """The executor of one turn in a plain process.

    Parameters
    ----------
    namespace
        Where the code's names live; what it defines stays there.
    running
        The turn, for the way to the caller's thread.
    limit
        Bytes of output the model is told.
    seconds
        After so long a run is interrupted, on the process's main thread; elsewhere nothing can interrupt it.
    secrets, hide
        Texts, and kinds of personal data, that the model must not be told.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        running: Running,
        *,
        limit: int,
        seconds: float,
        secrets: Sequence[str],
        hide: Sequence[str],
    ) -> None:
        self._namespace = namespace
        self._running = running
        self._limit = limit
        self._seconds = seconds
        self._secrets = tuple(secrets)
        self._hide = tuple(hide)
        self.place = (uuid.uuid4().hex, 0)

    def names(self) -> dict[str, str]:
        return names_in(self._namespace)

    async def run(self, code: str) -> Execution:
        return await self._running.on_main(lambda: self._run(code))

    async def call(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Execution:
        return await self._running.on_main(lambda: self._call(function, arguments))

    # ---- on the caller's thread --------------------------------------------------------------------------------------

    async def _run(self, code: str) -> Execution:
        figures, outputs = FigureWatch(), _Outputs()
        started = time.monotonic()
        trouble, digests = "", ()  # type: tuple[str, tuple[str, ...]]
        with self._bounded() as watchdog:
            try:
                with outputs.listening(), no_questions():
                    outputs.value(await self._evaluate(code))
                digests = figures.digests()
                status: CallStatus = "ok"
            except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - the border to the model's code
                status, trouble = self._failed(error, watchdog)
                outputs.error(error, trouble)
        text = tell(
            outputs.list(),
            figures=digests,
            trouble=trouble,
            limit=self._limit,
            secrets=self._secrets,
            hide=self._hide,
        )
        return Execution(status, tuple(outputs.list()), text, time.monotonic() - started)

    async def _evaluate(self, code: str) -> object:
        """Run the code; the value of its last expression."""
        filename = f"<kimi {uuid.uuid4().hex[:8]}>"
        linecache.cache[filename] = len(code), None, code.splitlines(keepends=True), filename  # for tracebacks
        tree = ast.parse(code, filename)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        await self._execute(_compiled(tree, filename, "exec"))
        if not isinstance(last, ast.Expr):
            return None
        return await self._execute(_compiled(ast.Expression(last.value), filename, "eval"))

    async def _execute(self, code: CodeType) -> object:
        value = run_code(code, self._namespace)
        if not code.co_flags & CO_COROUTINE:
            return value
        return await value if not self._running.blocking or _loop_runs() else asyncio.run(value)

    async def _call(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Execution:
        started = time.monotonic()
        with self._bounded() as watchdog:
            try:
                value = function(**arguments)
                if asyncio.iscoroutine(value):
                    value = await value if not self._running.blocking or _loop_runs() else asyncio.run(value)
                status: CallStatus = "ok"
                text = value_text(value)
            except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - the border to a user's function
                status, text = self._failed(error, watchdog)
        text = tell_text(text, limit=self._limit, secrets=self._secrets, hide=self._hide)
        return Execution(status, (), text, time.monotonic() - started)

    @contextmanager
    def _bounded(self) -> Iterator[Watchdog | None]:
        """In time, and stopped by Ctrl-C, where there are signals: on the main thread."""
        on_main = threading.current_thread() is threading.main_thread()
        with self._running.interrupts.raising(), Watchdog(self._seconds) if on_main else nullcontext() as watchdog:
            yield watchdog

    def _failed(self, error: BaseException, watchdog: Watchdog | None) -> tuple[CallStatus, str]:
        if watchdog is not None and watchdog.bitten:
            return "error", out_of_time(self._seconds)
        if isinstance(error, KeyboardInterrupt):
            return "interrupted", INTERRUPTED
        return "error", short_traceback(error)


def run_code(code: CodeType, namespace: dict[str, Any]) -> Any:
    """Run compiled code. Its name is what a short traceback begins below."""
    return eval(code, namespace)


def _compiled(tree: ast.Module | ast.Expression, filename: str, mode: str) -> CodeType:
    made: CodeType = compile(tree, filename, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return made


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _Stream(TextIOBase):
    """A text stream that keeps what is written to it, within bounds."""

    def __init__(self, take: Callable[[str], object]) -> None:
        self._take = take

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._take(text)
        return len(text)


class _Outputs:
    """What a run puts out, kept and not shown: a script's own output stays its own."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, CappedText] | dict[str, Any]] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take what is written to stdout and stderr, in order."""
        out, err = (_Stream(lambda text, name=name: self._write(name, text)) for name in ("stdout", "stderr"))  # type: ignore[misc]
        with redirect_stdout(out), redirect_stderr(err):
            yield

    def _write(self, name: str, text: str) -> None:
        last = self._kept[-1] if self._kept else None
        if not isinstance(last, tuple) or last[0] != name:
            last = name, CappedText(_STREAM)
            self._kept.append(last)
        last[1].write(text)

    def value(self, value: object) -> None:
        """The value of the last expression."""
        if value is not None:
            data = {"text/plain": repr(value)[:_VALUE]}
            self._kept.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})

    def error(self, error: BaseException, trouble: str) -> None:
        """The error that ended the run."""
        lines = trouble.splitlines()
        self._kept.append(
            {"output_type": "error", "ename": exception_name(error), "evalue": lines[-1], "traceback": lines}
        )

    def list(self) -> list[dict[str, Any]]:
        """All of it as nbformat outputs."""
        return [
            one if isinstance(one, dict) else {"output_type": "stream", "name": one[0], "text": one[1].text()}
            for one in self._kept
        ]
