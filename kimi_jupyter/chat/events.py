"""What is watched: the events of a turn.

A turn is a stream of these values; every view (notebook, terminal, browser) is drawn from them alone. Their laws:

* exactly one :class:`TurnEnded`, and it is the last;
* the deltas of a step concatenate to its message;
* every :class:`CallProposed` is followed by exactly one :class:`CallFinished` of the same call, also on interrupt;
* producers never throttle, consumers coalesce.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .messages import Usage

__all__ = [
    "CallDrafted",
    "CallFinished",
    "CallOutput",
    "CallProposed",
    "CallStarted",
    "Decided",
    "Event",
    "Notice",
    "Planned",
    "ReasoningDelta",
    "Sent",
    "Steered",
    "StepStarted",
    "TextDelta",
    "TurnEnded",
    "TurnStarted",
    "UsageReported",
    "Waiting",
    "event_from_dict",
    "event_to_dict",
]

#: How a turn ended, in the word the user is told.
EndReason = Literal["complete", "incomplete", "failed", "interrupted", "limit"]
#: How a call ended. ``unknown`` is for a run whose end nobody saw (the kernel died); it is never run again.
CallStatus = Literal["ok", "error", "denied", "invalid", "interrupted", "unknown"]
#: ``run`` ran what was shown; ``edit`` ran the user's version of it; ``deny`` ran nothing.
Verdict = Literal["run", "edit", "deny"]


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A question was taken. ``prompt`` is the user's words without the context."""

    turn: str
    conversation: str
    prompt: str
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out with the question.

    Attributes
    ----------
    parts
        Kind, title and tokens of each part of the context, as they stand in it: ``("value", "sales", 310)``.
    text
        The context as it was sent, ``""`` if there was none.
    hidden
        Values that were replaced because they look private.
    left_out
        What was not sent, and why.
    """

    parts: tuple[tuple[str, str, int], ...] = ()
    text: str = ""
    hidden: int = 0
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepStarted:
    """Request number ``step`` of the turn (from 1) was sent.

    Attributes
    ----------
    step
        The number.
    limits
        What the turn may use up before somebody is asked, where there is a limit: ``steps``, ``tokens``, ``cost``
        (USD), ``seconds`` of work.
    """

    step: int
    limits: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Steered:
    """The user's note that went out with the step that has just started."""

    text: str


@dataclass(frozen=True, slots=True)
class Planned:
    """The model's plan as it is from now on: each item's text and state (``open``, ``done``, ``dropped``)."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of this step's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of this step's answer."""

    text: str


@dataclass(frozen=True, slots=True)
class CallDrafted:
    """More of a call the model is writing: ``arguments`` is a fragment of JSON text. Nothing is decided on it."""

    index: int
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class CallProposed:
    """A finished, valid call waits for its decision (or, with ``gated`` false, needs none).

    Attributes
    ----------
    call
        The call's id.
    name
        The tool's name.
    arguments
        The parsed arguments.
    code
        For ``run_python``: the canonical source that would run. Else ``None``.
    purpose
        The model's own description, unverified.
    digest
        SHA-256 (hex) that the decision is bound to.
    gated
        Whether somebody has to allow it.
    effects
        What the code seems to do, read from it without running it: hints, by kind, such as ``{"changes": ["df"]}``.
    """

    call: str
    name: str
    arguments: dict[str, Any]
    code: str | None
    purpose: str
    digest: str
    gated: bool
    effects: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision on a proposed call.

    Attributes
    ----------
    verdict
        ``run``, ``edit`` or ``deny``.
    by
        Who decided: ``user`` (asked for this call), ``rest`` (the user allowed the rest of the turn), ``again`` (the
        user allowed exactly this code before), ``auto`` (``--approve auto``), ``rule``
        (``--approve never``, nobody to ask, refused text, repeated refusal).
    code
        After an edit the user's source; else ``None``.
    reason
        After a refusal why, in words for the model and the record.
    seconds
        How long the decision took.
    effects
        After an edit what the user's source seems to do, as in :class:`CallProposed`.
    """

    call: str
    verdict: Verdict
    by: Literal["user", "rest", "again", "auto", "rule"]
    code: str | None = None
    reason: str = ""
    seconds: float = 0.0
    effects: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The call runs now."""

    call: str


@dataclass(frozen=True, slots=True)
class CallOutput:
    """One output of a running call, as an nbformat 4 output: stream, display_data, execute_result or error."""

    call: str
    output: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CallFinished:
    """A call came to its end. ``text`` is what the model is told; ``seconds`` is how long it ran."""

    call: str
    status: CallStatus
    text: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class UsageReported:
    """Tokens of the step that ended, with ``context`` (tokens) the size of the model's window."""

    usage: Usage
    context: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing goes on for so many seconds, for this reason; a stop ends it. Whatever comes next says it is over."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the user that is not the model's: a retry, a repair, a limit."""

    level: Literal["info", "warning"]
    text: str


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over. ``message`` is one line for the user where ``reason`` is not ``complete``."""

    reason: EndReason
    message: str = ""


Event = (
    TurnStarted
    | Sent
    | StepStarted
    | Steered
    | Planned
    | ReasoningDelta
    | TextDelta
    | CallDrafted
    | CallProposed
    | Decided
    | CallStarted
    | CallOutput
    | CallFinished
    | UsageReported
    | Notice
    | Waiting
    | TurnEnded
)

_KINDS: dict[str, type[Any]] = {
    "turn_started": TurnStarted,
    "sent": Sent,
    "step_started": StepStarted,
    "steered": Steered,
    "planned": Planned,
    "reasoning_delta": ReasoningDelta,
    "text_delta": TextDelta,
    "call_drafted": CallDrafted,
    "call_proposed": CallProposed,
    "decided": Decided,
    "call_started": CallStarted,
    "call_output": CallOutput,
    "call_finished": CallFinished,
    "usage_reported": UsageReported,
    "notice": Notice,
    "waiting": Waiting,
    "turn_ended": TurnEnded,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def event_to_dict(event: Event) -> dict[str, Any]:
    """An event as JSON-ready data, with its kind under ``"type"``: the form of golden files and front-end messages."""
    return {"type": _NAMES[type(event)], **asdict(event)}


def event_from_dict(data: dict[str, Any]) -> Event:
    """The event that :func:`event_to_dict` made this data of.

    Raises
    ------
    KeyError, TypeError
        The data is not an event of this version.
    """
    fields = dict(data)
    kind = _KINDS[fields.pop("type")]
    if kind is UsageReported:
        fields["usage"] = Usage(**fields["usage"])
    elif kind is Sent:
        kind_title_tokens = [(str(what), str(title), int(tokens)) for what, title, tokens in fields["parts"]]
        fields |= {"parts": tuple(kind_title_tokens), "left_out": tuple(fields["left_out"])}
    elif kind is Planned:
        fields["items"] = tuple((str(text), str(state)) for text, state in fields["items"])
    event: Event = kind(**fields)
    return event
