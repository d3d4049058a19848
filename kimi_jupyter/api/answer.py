"""What a question came to, as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..chat.events import CallOutput, CallStatus, EndReason, Event, Verdict
from ..chat.messages import Usage
from ..view import turn as fold
from ..view.markdown import safe_markdown

__all__ = ["Answer", "Call", "answer_of"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call the model made.

    Attributes
    ----------
    tool
        The tool's name; code is ``run_python``.
    arguments
        As the model gave them.
    code
        The code that ran or would have run, an edit's included; ``None`` for other tools.
    verdict
        ``run``, ``edit`` or ``deny``; ``""`` where nobody had to decide.
    status
        How it ended.
    text
        What the model was told of it.
    outputs
        nbformat outputs of code: what it printed, the value of its last expression, its error.
    seconds
        How long it ran.
    """

    tool: str
    arguments: dict[str, Any]
    code: str | None
    verdict: Verdict | str
    status: CallStatus | None
    text: str
    outputs: tuple[dict[str, Any], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to; ``str()`` gives the text.

    Attributes
    ----------
    text
        The answer, in Markdown.
    reasoning
        The reasoning of all steps.
    calls
        What the model called, in order.
    usage
        Tokens, and cost in USD.
    reason
        ``complete``; ``incomplete`` where the reply broke off; ``limit`` where the turn was paused.
    message
        Where it is not complete, why, in one line.
    notices
        What else there was to say: retries, repairs, hidden values.
    """

    text: str
    reasoning: str
    calls: tuple[Call, ...]
    usage: Usage
    reason: EndReason
    message: str
    notices: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether the answer is whole."""
        return self.reason == "complete"

    def __str__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return safe_markdown(self.text)


def answer_of(turn: fold.Turn, events: Iterable[Event]) -> Answer:
    """The answer of a turn that has ended; of its events the outputs are taken."""
    outputs: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        if isinstance(event, CallOutput):
            outputs.setdefault(event.call, []).append(event.output)
    assert turn.reason is not None
    return Answer(
        turn.answer.strip(),
        "\n\n".join(str(step.reasoning) for step in turn.steps if not step.reasoning.blank),
        tuple(_call(call, tuple(outputs.get(call.proposal.call, ()))) for call in turn.calls),
        turn.usage or Usage(),
        turn.reason,
        turn.message,
        tuple(notice.text for notice in turn.notices),
    )


def _call(call: fold.Call, outputs: tuple[dict[str, Any], ...]) -> Call:
    verdict = call.decision.verdict if call.decision is not None else ""
    proposal = call.proposal
    return Call(proposal.name, proposal.arguments, call.code, verdict, call.status, call.text, outputs, call.seconds)
