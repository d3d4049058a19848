"""A turn that has no record, told by its stored messages and decisions: the kernel died, or an older version asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast, get_args

from ...agent.steering import NOTE
from ...agent.tools import RUN_PYTHON
from ...chat.events import (
    CallFinished,
    CallProposed,
    CallStarted,
    CallStatus,
    Decided,
    EndReason,
    Event,
    ReasoningDelta,
    Steered,
    StepStarted,
    TextDelta,
    TurnEnded,
    TurnStarted,
)
from ...chat.messages import Assistant, Message, ToolCall, ToolResult, User
from ...store import AllowedCode, Store, StoredTurn
from ...view.transcript import Transcript

__all__ = ["retold"]

_CUT = "This kernel did not see it end: the one that answered it is gone, or another one."
#: How what the model is told of a call begins where it was refused.
_REFUSED = ("The user refused", "Not run.", "Not carried out")


def retold(store: Store, conversation: str, turn: StoredTurn) -> list[dict[str, Any]]:
    """The turn's events, as short as a record's; those laws hold that hold for a turn that is watched.

    Parameters
    ----------
    store
        Where it is.
    conversation
        Whose turn it is.
    turn
        Which one.
    """
    allowed = store.allowed_in_turn(turn.id)
    told = _told(conversation, turn, store.messages_of_turn(turn.id), allowed)
    return Transcript(told).events()


def _told(
    conversation: str, turn: StoredTurn, messages: Sequence[Message], allowed: Mapping[str, AllowedCode]
) -> Iterator[Event]:
    yield TurnStarted(turn.id, conversation, turn.prompt, turn.provider, turn.model)
    step, notes = 0, list[str]()
    waiting: dict[str, str] = {}
    for message in messages:
        match message:
            case User(text) if text.startswith(NOTE):
                notes.append(text.removeprefix(NOTE).strip())
            case Assistant():
                step += 1
                yield StepStarted(step)
                yield from map(Steered, notes)
                notes.clear()
                yield from _said(message, allowed)
                waiting |= {call.id: call.name for call in message.calls}
            case ToolResult(call, _, text) if call in waiting:
                del waiting[call]
                yield CallFinished(call, _status(allowed.get(call), text), text)
    for call, name in waiting.items():
        # Code that nobody had allowed yet did not run, whatever became of the kernel; of all else nobody knows.
        pending = name == RUN_PYTHON.name and call not in allowed
        yield CallFinished(call, "interrupted" if pending else "unknown", "")
    known = turn.reason in get_args(EndReason)
    yield TurnEnded(cast("EndReason", turn.reason)) if known else TurnEnded("interrupted", _CUT)


def _said(message: Assistant, allowed: Mapping[str, AllowedCode]) -> Iterator[Event]:
    if message.reasoning:
        yield ReasoningDelta(message.reasoning)
    if message.text:
        yield TextDelta(message.text)
    for call in message.calls:
        proposal = _proposed(call)
        yield proposal
        if (found := allowed.get(call.id)) is not None:
            edited = proposal.code is not None and found.code != proposal.code
            decider: Any = found.decider
            yield Decided(call.id, "edit" if edited else "run", decider, found.code if edited else None)
            yield CallStarted(call.id)


def _proposed(call: ToolCall) -> CallProposed:
    try:
        found = json.loads(call.arguments)
    except ValueError:
        found = None
    arguments: dict[str, Any] = found if isinstance(found, dict) else {}
    code, purpose = arguments.get("code"), arguments.get("purpose")
    return CallProposed(
        call.id,
        call.name,
        arguments,
        code if isinstance(code, str) and call.name == RUN_PYTHON.name else None,
        purpose if isinstance(purpose, str) else "",
        "",
        False,
    )


def _status(allowed: AllowedCode | None, text: str) -> CallStatus:
    """How a call ended: by its run, where it was allowed; else by what the model was told of it."""
    if allowed is not None:
        return cast("CallStatus", allowed.status) if allowed.status in get_args(CallStatus) else "unknown"
    return "denied" if text.startswith(_REFUSED) else "ok"
