"""The loop guard: a model that repeats itself is told so, then stopped (protocol §3.6, hazards §3).

Moonshot's own guidance is to tell the model after 3, 5 and 8 identical calls in a row. From the third on such a call is
not carried out again: its result is known.
"""

from __future__ import annotations

import ast
import json
from collections import deque
from typing import Any

__all__ = ["LoopGuard"]

#: Moonshot's own words (protocol §3.6).
_WORDS = (
    "You are repeating the exact same tool call with identical parameters. Please carefully analyze the previous "
    "result. If the task is not yet complete, try a different method or parameters instead of repeating the same call."
)
#: Identical calls in a row from which they are not carried out, and at which the turn ends.
_TELL, _STOP = 3, 8
#: Identical calls among the latest so many, and how often a cycle of up to three calls may come round.
_OFTEN, _RECENT, _ROUNDS, _LONGEST = 5, 20, 3, 3
#: Calls in a row that were not valid, at which the turn ends.
_INVALID = 8


class LoopGuard:
    """Watches the calls of one turn."""

    def __init__(self) -> None:
        self._calls: deque[str] = deque(maxlen=_RECENT)
        self._repeated = 0
        self._invalid = 0

    @property
    def exhausted(self) -> bool:
        """Whether the turn should end: telling the model did not help."""
        return self._repeated >= _STOP - _TELL + 1 or self._invalid >= _INVALID

    def note(self, name: str, arguments: dict[str, Any]) -> str:
        """Take a valid call in; returns what the model is told instead of a result, or ``""`` if it may go ahead."""
        self._invalid = 0
        self._calls.append(_canonical(name, arguments))
        if not self._is_looping():
            self._repeated = 0
            return ""
        self._repeated += 1
        return f"Not carried out again. {_WORDS}"

    def note_invalid(self) -> None:
        """A call could not be understood."""
        self._invalid += 1

    def _is_looping(self) -> bool:
        calls = list(self._calls)
        if calls[-_TELL:] == calls[-1:] * _TELL or calls.count(calls[-1]) >= _OFTEN:
            return True
        return any(
            len(calls) >= length * _ROUNDS and calls[-length * _ROUNDS :] == calls[-length:] * _ROUNDS
            for length in range(2, _LONGEST + 1)
        )


def _canonical(name: str, arguments: dict[str, Any]) -> str:
    """A call's meaning as text: code by its syntax tree, so that blanks and comments make no other call of it."""
    code = arguments.get("code")
    if isinstance(code, str):
        try:
            return f"{name} {ast.dump(ast.parse(code))}"
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return f"{name} {code}"
    return f"{name} {json.dumps(arguments, sort_keys=True, default=str)}"
