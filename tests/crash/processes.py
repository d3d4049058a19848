"""Processes that are forked to play a turn each, killed or not, and what they told until then."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .turn import Plan, play

__all__ = ["Told", "played", "shell", "warm"]

#: Seconds a process may take.
_LONGEST = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a process told of, line by line, how long it lived (seconds), and whether it fell over by itself."""

    lines: list[dict[str, Any]]
    seconds: float
    fell: bool

    @property
    def ended(self) -> dict[str, Any] | None:
        """How its turn ended, where that was told."""
        return next((line for line in self.lines if "ended" in line), None)


def played(shell: Any, plans: Sequence[tuple[Plan, float | None]]) -> list[Told]:
    """Play turns at the same time, each in a process of its own that is killed after so many seconds, if any."""
    started = [(*_fork(shell, plan), after) for plan, after in plans]
    if len(started) == 1:
        return [_told(*started[0])]
    with ThreadPoolExecutor(len(started)) as pool:  # after the forking: a process with threads can't be forked
        return [*pool.map(lambda one: _told(*one), started)]


def _fork(shell: Any, plan: Plan) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with _quiet():
            os.close(reading)
            play(shell, plan, writing)
        os._exit(0)
    os.close(writing)
    return pid, reading


def _told(pid: int, reading: int, after: float | None) -> Told:
    begun = time.monotonic()
    text = _read(reading, pid, begun + after if after is not None else None, begun + _LONGEST)
    _, status = os.waitpid(pid, 0)
    fell = os.waitstatus_to_exitcode(status) not in (0, -signal.SIGKILL)
    whole = text.decode().split("\n")[:-1]  # the last line may have been cut off
    return Told([json.loads(line) for line in whole], time.monotonic() - begun, fell)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What the child prints is nobody's business; that it fails is."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    except BaseException:  # noqa: BLE001 - a forked process must not go on as the one it was forked from
        traceback.print_exc()
        os._exit(1)


def _read(pipe: int, pid: int, kill_at: float | None, give_up_at: float) -> bytes:
    """All a process writes until it ends or is killed."""
    parts: list[bytes] = []
    while True:
        limit = kill_at if kill_at is not None else give_up_at
        ready, _, _ = select.select([pipe], [], [], max(0.0, limit - time.monotonic()))
        if not ready:
            os.kill(pid, signal.SIGKILL)
            if kill_at is None:
                raise TimeoutError(f"a process did not end; so far: {b''.join(parts)[-500:]!r}")
            kill_at, give_up_at = None, time.monotonic() + 10
            continue
        part = os.read(pipe, 65536)
        if not part:
            os.close(pipe)
            return b"".join(parts)
        parts.append(part)


def warm(shell: Any, plan: Plan) -> None:
    """Import what a turn needs, once for all that are forked from here."""
    before = set(sys.modules)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with _quiet():
            play(shell, plan, os.open(os.devnull, os.O_WRONLY))
            os.write(writing, "\n".join(set(sys.modules) - before).encode())
        os._exit(0)
    os.close(writing)
    for name in _read(reading, pid, None, time.monotonic() + _LONGEST).decode().split():
        importlib.import_module(name)
    os.waitpid(pid, 0)


def shell() -> Any:
    """An IPython shell without its thread for the history: a process with threads can't be forked."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell.instance(config=config)
