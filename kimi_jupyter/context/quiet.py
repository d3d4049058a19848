"""Code that runs unheard: what its thread writes to the standard streams is dropped, what others write passes.

``contextlib.redirect_stdout`` would take the output of the user's other threads too. And it lets go of the stream it
put in place, while ``print`` in another thread may still be using that, which crashes Python before 3.14
(python/cpython#130163); so the two streams here are made once and never let go. Imports nothing of ours.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["is_quiet", "quietly", "streams_replaced"]

T = TypeVar("T")

_HERE = threading.local()
_ONE_AT_A_TIME = threading.Lock()  # two that replace streams at once could leave them replaced


class _Stream:
    """Stands for a standard stream."""

    stream: Any = None

    def write(self, text: str) -> int:
        """Write, or pretend to."""
        if is_quiet():
            return len(text)
        written: int = self.stream.write(text)
        return written

    def writelines(self, lines: Any) -> None:
        """Write each of the lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


_OUT, _ERR = _Stream(), _Stream()


def is_quiet() -> bool:
    """Whether this is called by code that runs unheard."""
    return getattr(_HERE, "quiet", False)


def quietly(call: Callable[[], T]) -> T:
    """What the call returns; its thread is unheard from now on, whenever :func:`streams_replaced` holds."""
    _HERE.quiet = True
    return call()


@contextmanager
def streams_replaced() -> Iterator[None]:
    """For this time, the standard streams are ones that drop what quiet threads write."""
    with _ONE_AT_A_TIME:
        before = sys.stdout, sys.stderr
        _OUT.stream, _ERR.stream = before
        sys.stdout, sys.stderr = _OUT, _ERR
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
