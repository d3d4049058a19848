"""What holds for all code the model wrote, wherever it runs: it ends in time and asks nobody. Imports no IPython."""

from __future__ import annotations

import ast
import builtins
import getpass
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Self

from ..context import describe
from .interrupts import interrupt_main

__all__ = ["Watchdog", "awaits", "no_questions", "value_text"]

log = logging.getLogger("kimi_jupyter")

#: Seconds between two rungs of the ladder, and between two looks whether the user wants the run to end.
_RUNG, _LOOK = 5.0, 0.2


class Watchdog:
    """Ends a run on the main thread: when its time is over, or when the user's own interrupt did nothing.

    It interrupts, after a while again, and then says that the code does not respond (hazards §3, KER-04 to KER-06). It
    never ends the process: that is the user's to do.

    Parameters
    ----------
    seconds
        How long the run may take.
    pressed
        Counts the user's interrupts.
    mute
        Called once the code has ignored the interrupts, on a thread of the watchdog's own.

    Attributes
    ----------
    bitten
        Whether the time was over.
    """

    def __init__(
        self, seconds: float, pressed: Callable[[], int] = lambda: 0, mute: Callable[[], object] = lambda: None
    ) -> None:
        self.bitten = False
        self._seconds = seconds
        self._pressed = pressed
        self._mute = mute
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=copy_context().run, args=(self._watch,), daemon=True)

    def _watch(self) -> None:
        deadline, before = time.monotonic() + self._seconds, self._pressed()
        while time.monotonic() < deadline and self._pressed() == before:
            if self._over.wait(min(_LOOK, max(0.0, deadline - time.monotonic()))):
                return
        if self._pressed() == before:
            self.bitten = True
            self._interrupt()
        for last in (self._interrupt, self._mute):
            if self._over.wait(_RUNG):
                return
            last()

    def _interrupt(self) -> None:
        with self._lock:  # what comes after the run is not ours to interrupt
            if not self._over.is_set():
                interrupt_main()

    def __enter__(self) -> Self:
        try:
            self._thread.start()
        except RuntimeError:  # where no thread can be had any more (KER-07), code that mends that must still run
            log.warning("The kernel can start no more threads: this code runs without a limit of time.")
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over.set()


@contextmanager
def no_questions() -> Iterator[None]:
    """Code the model wrote may not ask the user for anything: who sees a box to type in believes it is ours."""

    def refuse(*_: object, **__: object) -> str:
        raise RuntimeError("input() and getpass() are not available here; ask the user in your answer instead")

    before = builtins.input, getpass.getpass
    builtins.input, getpass.getpass = refuse, refuse
    try:
        yield
    finally:
        builtins.input, getpass.getpass = before


def awaits(code: str) -> bool:
    """Whether the code has a top-level ``await`` (or ``async for`` / ``async with``)."""
    pending: list[ast.AST] = list(ast.parse(code).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            return True
        if isinstance(node, ast.comprehension) and node.is_async:
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return False


def value_text(value: object) -> str:
    """A tool's return value for the model: text as it is, plain data as JSON, anything else described."""
    if type(value) is str:
        return value
    if value is None:
        return "(done, nothing returned)"
    try:
        return json.dumps(value, ensure_ascii=False, default=None)
    except (TypeError, ValueError, RecursionError):
        return describe(value, "result", tokens=2_000)
