"""A cell of the user's own, made of code that ran in a turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from ..chat.visible import visible
from ..view.words import cut

if TYPE_CHECKING:
    from ..view.turn import Call, Step, Turn

__all__ = ["cell_source", "steps_that_ran"]

#: Characters of a step's purpose in its comment.
_PURPOSE = 90


def cell_source(turn: Turn, *, step: int = 0, calls: Collection[str] = ()) -> str:
    """The code that ran to its end, in order, as one cell's source.

    What was tried and failed, was refused or stopped is left out. A step's purpose is a comment above it.

    Parameters
    ----------
    turn
        The turn.
    step
        Only this step, by its number; 0 for all.
    calls
        Only these calls, by their ids; none for all.

    Returns
    -------
    str
        ``""`` where nothing ran to its end.
    """
    found = [
        (one, call, code)
        for one, call, code in _ran(turn)
        if step in (0, one.number) and (not calls or call.proposal.call in calls)
    ]
    if len(found) == 1:
        return found[0][2]
    return "\n\n".join(_heading(one, call) + code for one, call, code in found)


def steps_that_ran(turn: Turn) -> list[int]:
    """The numbers of the steps whose code ran to its end."""
    return list(dict.fromkeys(step.number for step, _, _ in _ran(turn)))


def _ran(turn: Turn) -> Iterator[tuple[Step, Call, str]]:
    for step in turn.steps:
        for call in step.calls:
            if call.status == "ok" and call.code is not None:
                yield step, call, call.code.strip("\n")


def _heading(step: Step, call: Call) -> str:
    """``# step 2: purpose``: the model's words, on one line whatever they hold."""
    purpose = visible(" ".join(call.proposal.purpose.split()))
    return f"# step {step.number}: {cut(purpose, _PURPOSE)}\n" if purpose else ""
