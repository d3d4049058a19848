"""Programs that the kernel has started and that its end would not end: those in a process group of their own (KER-13).

Jupyter ends a kernel with its process group. They are found by Linux's ``/proc``, elsewhere none are; nor are those
whose own parent has ended, which are nobody's children any more. Imports nothing of IPython.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ..chat.visible import visible
from ..view.words import cut

__all__ = ["ProgramWatch", "outliving"]

#: Programs that are told, and characters of each one's command line.
_MOST, _LENGTH = 20, 80
#: Milliseconds that a program has to get a command line of its own.
_TRIES = 20


class ProgramWatch:
    """Sees which programs a run leaves behind. Make it before the run."""

    def __init__(self) -> None:
        self._before = set(outliving())

    def left(self) -> list[str]:
        """Those that were not there before, as :func:`outliving` tells them."""
        return [program for program in outliving() if program not in self._before]


def outliving() -> list[str]:
    """The programs that would outlive the kernel, each by its process id and command line."""
    found: list[str] = []
    for process in _descendants("self"):
        try:
            if os.getpgid(process) != os.getpgrp() and (words := _words(process)):
                found.append(f"{process} {visible(cut(words, _LENGTH))}")
        except OSError:
            continue  # it has just ended
        if len(found) == _MOST:
            break
    return found


def _words(process: int) -> str:
    """A program's command line; ``""`` of one that has ended and waits to be noticed."""
    place = Path(f"/proc/{process}")
    for _ in range(_TRIES):
        line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        if line or (place / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return " ".join(line.split())
        time.sleep(0.001)  # it is just being begun
    return "?"


def _descendants(process: int | str) -> Iterator[int]:
    for child in _children(process):
        yield child
        yield from _descendants(child)


def _children(process: int | str) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # it ends meanwhile, or a thread of it; or the system has no such place
        for thread in Path(f"/proc/{process}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_bytes().split())
    return found
