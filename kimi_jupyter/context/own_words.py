"""What a value's author says of it: a describer registered for its type, or its class' ``_repr_llm_``.

This is the user's code, and the only such code that a description runs. It runs on a thread of its own, since that is
the only limit that holds without touching the kernel: a signal's handler would take Ctrl-C from the user and can't be
set off the main thread, and a trace function does not see a call that waits. When the time is up the main thread goes
on, and the code is stopped by an exception raised in its thread (``SystemExit``, the one that ends a thread without a
word). Code that waits within a C call gets the exception when it returns.

What it prints would appear below the user's cell, so it is dropped (``quiet``); what is written below Python
(``os.write``) is not caught. What can't be undone is a change that it makes, and the memory it takes while it runs.
Imports no data library.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import FunctionType
from typing import Any

from .identity import attribute_of_class, type_name
from .quiet import is_quiet, quietly, streams_replaced
from .registry import REGISTRY
from .terms import Terms
from .text import safe_text
from .within import Late, within

__all__ = ["own_words"]

#: Seconds that it may take.
SECONDS = 0.25
_LEAST = 0.01
_LONGEST = 20_000  # characters before the budget is applied
_METHOD = "_repr_llm_"
_ATTEMPTS, _PAUSE = 1_000, 0.0007  # at stopping code that catches what it is stopped by; some two seconds
_MOMENT = 0.03


def own_words(value: Any, terms: Terms) -> tuple[list[str] | None, str]:
    """The lines that the value's author has for it, or ``None`` and why there are none (``""``: nobody defined any).

    Later lines are indented, so that none can pass for a heading of ours.
    """
    if terms.detail == "schema":
        return None, ""
    registered = REGISTRY.find(type(value))
    function = registered or attribute_of_class(type(value), _METHOD)
    if registered is None and type(function) is not FunctionType:
        return None, ""
    by = "its describer" if registered else _METHOD
    if REGISTRY.is_barred(function):
        return None, f"({by} took too long before and is not called again)"
    seconds = min(SECONDS, terms.deadline - time.monotonic())
    if seconds < _LEAST:
        return None, f"({by} was not called: no time)"
    text, why = _result(function, value, seconds)
    if text is None:
        return None, f"({by} {why})"
    own, *rest = safe_text(terms.screened(text[: 4 * _LONGEST]), _LONGEST).split("\n")
    return [f"{type_name(value)}: {own}", *(f"  {line}" for line in rest)], ""


def _result(function: Callable[[Any], object], value: Any, seconds: float) -> tuple[str | None, str]:
    """What the function returned, or why that is nothing."""
    if is_quiet():  # it was asked by code that is being asked itself, under the limit of that
        return _call(function, value)
    start = time.monotonic()
    try:
        with streams_replaced():
            found = within(seconds, lambda: quietly(lambda: _call(function, value)), late=_stop)
    except Late as late:
        if late.begun and seconds == SECONDS:
            REGISTRY.bar(function)
            return None, f"took longer than {seconds:g} s and is not called again"
        return None, "was not called to its end: no time"
    if time.monotonic() - start > 2 * SECONDS:  # it kept every thread waiting, so that no limit could hold
        REGISTRY.bar(function)
    return found


def _call(function: Callable[[Any], object], value: Any) -> tuple[str | None, str]:
    try:
        text = function(value)
    except BaseException as error:  # noqa: BLE001 - a border: whatever the user's code raises, the rest is told
        return None, f"raised {type_name(error)}"
    return (text, "") if type(text) is str else (None, f"returned {type_name(text)}, not a str")


def _stop(thread: threading.Thread) -> None:
    """Have the thread stopped, and give it a moment to end: what it prints later is heard."""
    threading.Thread(target=_pursue, args=(thread,), daemon=True).start()
    thread.join(_MOMENT)


def _pursue(thread: threading.Thread) -> None:
    """Raise ``SystemExit`` in a thread until it ends. Code that catches it is caught at another place next time."""
    import ctypes

    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    for attempt in range(_ATTEMPTS):
        if not thread.is_alive() or thread.ident is None:
            return
        raise_in(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        thread.join(_PAUSE * (attempt % 7))
