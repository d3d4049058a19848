"""Deltas to a message: what a reply adds up to, whichever way an endpoint cut it.

Feed deltas, get the events to show; at the end ask for the message. The rules are those of protocol §3.5.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from .events import CallDrafted, ReasoningDelta, TextDelta
from .messages import Assistant, ToolCall, Usage
from .wire import CallDelta, Delta

__all__ = ["Assembly", "Reply"]

#: How a reply ended: a finish_reason of the protocol (§3.3), or ``cut`` where the stream ended without one.
Finish = Literal["stop", "tool_calls", "length", "content_filter", "error", "cut"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply.

    Attributes
    ----------
    message
        The message to remember. Arguments that are no JSON object text are kept as ``{}`` there, so that no server
        refuses the history for them (protocol §3.5.6).
    raw_arguments
        By call id, the arguments as the model wrote them: what is validated and shown.
    finish
        How it ended. ``tool_calls`` whenever there are calls and nothing was cut, whatever the server said.
    usage
        Tokens, or ``None`` where the endpoint told nothing.
    """

    message: Assistant
    raw_arguments: dict[str, str]
    finish: Finish
    usage: Usage | None


@dataclass(slots=True)
class _Draft:
    id: str | None
    name: str
    arguments: list[str] = field(default_factory=list)


class Assembly:
    """Collects one reply.

    Parameters
    ----------
    first_call
        How many calls the conversation had before: the number for a call that came without an id (protocol §3.5.4).
    taken
        Ids already used in the conversation; a call that repeats one gets a fresh id.
    """

    def __init__(self, *, first_call: int = 0, taken: frozenset[str] | set[str] = frozenset()) -> None:
        self._first_call = first_call
        self._taken = set(taken)
        self._reasoning: list[str] | None = None
        self._reasoning_field = "reasoning_content"
        self._details: list[dict[str, Any]] = []
        self._text: list[str] = []
        self._drafts: dict[int, _Draft] = {}
        self._open: int | None = None
        self._finish: str | None = None
        self._usage: Usage | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing that can be shown has come yet."""
        return not (self._text or self._reasoning or self._drafts)

    def feed(self, delta: Delta) -> list[ReasoningDelta | TextDelta | CallDrafted]:
        """Take a delta in; returns what a view shows for it, in order."""
        events: list[ReasoningDelta | TextDelta | CallDrafted] = []
        if delta.reasoning is not None:
            if self._reasoning is None:
                self._reasoning = []
                self._reasoning_field = delta.reasoning_field or self._reasoning_field
            if delta.reasoning:
                self._reasoning.append(delta.reasoning)
                events.append(ReasoningDelta(delta.reasoning))
        if delta.reasoning_details:
            self._details.extend(delta.reasoning_details)
        if delta.text:
            self._text.append(delta.text)
            events.append(TextDelta(delta.text))
        for fragment in delta.calls:
            event = self._feed_call(fragment)
            if event is not None:
                events.append(event)
        if delta.finish is not None:
            self._finish = delta.finish
        if delta.usage is not None:
            self._usage = delta.usage
        return events

    def _feed_call(self, fragment: CallDelta) -> CallDrafted | None:
        key = self._key(fragment)
        if key is None:  # a fragment that belongs to no call says nothing
            return None
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = _Draft(fragment.id, fragment.name or "")
        elif not draft.arguments and fragment.name and not draft.name:
            draft.name = fragment.name
        draft.id = draft.id or fragment.id
        self._open = key
        if fragment.arguments:
            draft.arguments.append(fragment.arguments)
        return CallDrafted(key, draft.name, fragment.arguments or "")

    def _key(self, fragment: CallDelta) -> int | None:
        """Which call a fragment belongs to: by index, else by id, else the call that is open (protocol §3.5.3)."""
        if fragment.index is not None:
            known = self._drafts.get(fragment.index)
            # The same index with another id and a name of its own is another call.
            if known and fragment.id and fragment.name and known.id and fragment.id != known.id:
                return self._next_key()
            return fragment.index
        for key, draft in self._drafts.items():
            if fragment.id and draft.id == fragment.id:
                return key
        if fragment.name:
            return self._next_key()
        return self._open

    def _next_key(self) -> int:
        return max(self._drafts, default=-1) + 1

    def reply(self) -> Reply:
        """What came, as a whole. Call it once, when the stream has ended, by itself or not."""
        calls: list[ToolCall] = []
        raw: dict[str, str] = {}
        for draft in (self._drafts[key] for key in sorted(self._drafts)):
            arguments = "".join(draft.arguments)
            call = self._fresh_id(draft, len(calls))
            raw[call] = arguments
            calls.append(ToolCall(call, draft.name or "unnamed", _replayable(arguments)))
        message = Assistant(
            "".join(self._text),
            None if self._reasoning is None else "".join(self._reasoning),
            tuple(calls),
            self._reasoning_field,
            _merge_details(self._details),
        )
        return Reply(message, raw, self._ending(), self._usage)

    def _fresh_id(self, draft: _Draft, position: int) -> str:
        call = draft.id
        number = self._first_call + position
        while not call or call in self._taken:
            call = f"{draft.name or 'unnamed'}:{number}"
            number += 1
        self._taken.add(call)
        return call

    def _ending(self) -> Finish:
        match self._finish:
            case None:
                return "cut"
            case "length" | "content_filter" | "error":
                return self._finish
            case _:
                return "tool_calls" if self._drafts else "stop"


def _replayable(arguments: str) -> str:
    """Arguments that every server takes in a history: the text itself if it is a JSON object, else ``{}``."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return "{}"
    return arguments if isinstance(value, dict) else "{}"


def _merge_details(details: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """OpenRouter streams the text of one detail in pieces; replayed are the whole details, by index and type."""
    merged: dict[tuple[Any, Any], dict[str, Any]] = {}
    for detail in details:
        key = (detail.get("index"), detail.get("type"))
        known = merged.get(key)
        if known is None:
            merged[key] = dict(detail)
        else:
            for name, value in detail.items():
                if name in ("text", "summary", "data") and isinstance(value, str) and isinstance(known.get(name), str):
                    known[name] += value
                elif value is not None:
                    known[name] = value
    return tuple(merged.values())
