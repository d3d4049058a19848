"""Where code runs: the seam to a kernel, a process, or whatever another host has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..chat.events import CallStatus

__all__ = ["INTERRUPTED", "Execution", "Executor", "out_of_time"]

#: What the model is told of a run that the user ended.
INTERRUPTED = "Interrupted by the user."


def out_of_time(seconds: float) -> str:
    """What the model is told of a run that was ended after so many seconds."""
    return f"Interrupted after {seconds:.0f} s, the limit for one run. Take smaller steps."


@dataclass(frozen=True, slots=True)
class Execution:
    """How a run ended.

    Attributes
    ----------
    status
        ``ok``, ``error`` (the code raised) or ``interrupted``.
    outputs
        nbformat outputs, in order.
    text
        What the model is told of it, within its budget.
    seconds
        How long it ran.
    """

    status: CallStatus
    outputs: tuple[dict[str, Any], ...]
    text: str
    seconds: float


class Executor(Protocol):
    """Runs code where the user's variables live. One of the three seams."""

    @property
    def place(self) -> tuple[str, int]:
        """Id of the kernel and its epoch (how often it restarted): what an approval is bound to."""
        ...

    def names(self) -> Mapping[str, str]:
        """The user's names, for modules, functions and classes with their dotted names, else ``""``. On any thread."""
        ...

    async def run(self, code: str) -> Execution:
        """Run source exactly as it is."""
        ...

    async def call(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Execution:
        """Call a tool's function; its return value is what the model is told."""
        ...
