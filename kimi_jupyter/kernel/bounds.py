"""What holds for all code the model wrote, wherever it runs: it ends in time and asks nobody. Imports no IPython."""

from __future__ import annotations

import ast
import builtins
import getpass
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from ..context import describe
from .interrupts import interrupt_main

__all__ = ["Watchdog", "awaits", "no_questions", "value_text"]


class Watchdog:
    """Interrupts the main thread once, after a time."""

    def __init__(self, seconds: float) -> None:
        self.bitten = False
        self._timer = threading.Timer(seconds, self._bite)
        self._timer.daemon = True

    def _bite(self) -> None:
        self.bitten = True
        interrupt_main()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


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
