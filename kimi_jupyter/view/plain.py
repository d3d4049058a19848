"""The parts of a turn as plain text: for a terminal, and beside the HTML for readers without a page.

Unseen characters of what comes from elsewhere are written out. Imports no front end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..chat.visible import visible
from . import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .turn import Call, Step, Turn

__all__ = [
    "abandoned",
    "answer",
    "card",
    "card_head",
    "card_state",
    "draft",
    "footer",
    "notices",
    "reasoning",
    "thinking",
]

_TAIL = 300


def thinking(turn: Turn, step: Step) -> str:
    """The reasoning while it streams: how long, and its end."""
    return f"{words.thinking(turn, step)}\n{visible(step.reasoning.tail(_TAIL))}"


def reasoning(turn: Turn, step: Step, text: str | None = None) -> str:
    """The whole reasoning, or as much of it as is given."""
    return f"{words.thinking(turn, step)}\n{visible(str(step.reasoning) if text is None else text).strip()}"


def answer(step: Step) -> str:
    """The step's text as it was written."""
    return visible(str(step.text)).strip("\n")


def draft(step: Step) -> str:
    """The call that is being written."""
    current = step.drafts[max(step.drafts)]
    return f"Step {step.number} · {visible(words.draft_line(current.name, len(current.arguments)))}"


def abandoned(step: Step) -> str:
    """A call that was never finished."""
    return f"Step {step.number} · {words.ABANDONED}"


def card_head(step: Step, call: Call, *, proposed: bool = False) -> str:
    """The card up to its code: tool, purpose, effects, of that code or of what was proposed, warnings."""
    lines = [f"Step {step.number} · {words.title(call)}"]
    purpose = words.cut(call.proposal.purpose.strip(), words.PURPOSE_LENGTH)
    if purpose:
        lines.append(f"The model says, unverified: {purpose}")
    if said := words.effects(call, proposed=proposed):
        lines.append(said)
    if call.code is not None and (warning := words.blank_run(call.code)):
        lines.append(f"⚠ {warning}")
    return visible("\n".join(lines))


def card_state(call: Call) -> str:
    """What became of a call, in one line."""
    return visible(words.state(call)[1])


def card(step: Step, call: Call, *, result: str | None = None) -> str:
    """A whole call. ``result`` is shown below it; left out, it is what no cell output shows."""
    body = words.arguments(call) if call.code is None else call.code
    result = words.result_of(call) if result is None else result
    parts = [card_head(step, call), visible(body.rstrip("\n")), f"→ {card_state(call)}", visible(result)]
    return "\n".join(part for part in parts if part)


def notices(lines: Iterable[tuple[str, str]]) -> str:
    """Lines that are not the model's."""
    return "\n".join(f"{'⚠' if level == 'warning' else '·'} {visible(text)}" for level, text in lines)


def footer(turn: Turn) -> str:
    """What the turn took, under one clear line where it is not complete."""
    said = words.ending(turn)
    return visible("\n".join(line for line in (said, words.footer(turn)) if line))
