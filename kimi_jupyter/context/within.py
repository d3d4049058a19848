"""A time limit for a call into a user's library.

The schema of a lazy table may need a file, a server or a user's function, so it is asked for on a thread of its own. A
call that is late goes on, unless the one who asked can stop it, and what it finds is dropped. A signal would stop it,
but signals are the kernel's. Imports nothing of ours but ``identity``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from .identity import type_name

__all__ = ["Late", "within"]

T = TypeVar("T")

_NAME = "kimi_jupyter asks a library"
_STOPPABLE = "kimi_jupyter asks a value"
_MOST = 4  # late calls that may be going on; then no other is begun


class Late(Exception):
    """The call took longer than it may; in words: ``not known within 0.5 s``.

    Attributes
    ----------
    begun
        Whether the call was made at all.
    """

    def __init__(self, words: str, *, begun: bool) -> None:
        super().__init__(words)
        self.begun = begun


def within(seconds: float, call: Callable[[], T], *, late: Callable[[threading.Thread], None] | None = None) -> T:
    """What a call returns, if it does so in time.

    Parameters
    ----------
    seconds
        How long it may take.
    call
        Runs on another thread: it must not need the main one.
    late
        Is given the thread if it has not ended in time, or the wait for it was interrupted.

    Raises
    ------
    Late
        It did not end in time, or too many late ones are still going on.
    Exception
        What the call raised. An exit or an interrupt that it raised is a ``RuntimeError`` here.
    """
    name = _NAME if late is None else _STOPPABLE
    if sum(thread.name == name for thread in threading.enumerate()) >= _MOST:
        raise Late("not asked, since earlier questions are still unanswered", begun=False)
    found: list[Any] = []
    failed: list[BaseException] = []
    thread = threading.Thread(target=_run, args=(call, found, failed), name=name, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:
        if late is not None and thread.is_alive():
            late(thread)
            found.clear()
            failed.clear()  # what it was stopped by is no answer
    if found:
        result: T = found[0]
        return result
    if not failed:
        raise Late(f"not known within {seconds:g} s", begun=True)
    if isinstance(failed[0], Exception):
        raise failed[0]
    raise RuntimeError(type_name(failed[0]))


def _run(call: Callable[[], object], found: list[object], failed: list[BaseException]) -> None:
    try:
        found.append(call())
    except BaseException as error:  # noqa: BLE001 - a border: whatever it is, the one who asked is told
        failed.append(error)
