"""A turn's events as the short list that front ends and notebook files are given.

Neighbouring deltas are one event, what is drawn elsewhere is left out, long texts are cut: the list folds to the same
turn, and grows with what is shown and not with how finely it streamed. Imports no front end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..chat.events import (
    CallDrafted,
    CallOutput,
    CallProposed,
    Event,
    ReasoningDelta,
    StepStarted,
    TextDelta,
    event_to_dict,
)
from .words import cut

__all__ = ["EVENTS_MIME", "Transcript"]

#: What a list of events is published as, to a program that asked for them.
EVENTS_MIME = "application/vnd.kimi-jupyter.events+json"
#: Characters of a call's result; the outputs themselves are in the notebook.
_RESULT = 4_000
_ERROR = 600
#: Deltas by what must be equal for two neighbours to be one event.
_DELTAS = {ReasoningDelta: "reasoning_delta", TextDelta: "text_delta"}


class Transcript:
    """Events on their way to a front end, in order."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events: list[dict[str, Any]] = []
        self._growing: list[str] = []  # pieces of the last event's text
        self._drafts: dict[int, dict[str, Any]] = {}  # of this step, by index
        for event in events:
            self.add(event)

    def __bool__(self) -> bool:
        return bool(self._events)

    def add(self, event: Event) -> None:
        """Take the next event in."""
        match event:
            case ReasoningDelta(text=text) | TextDelta(text=text):
                self._grow({"type": _DELTAS[type(event)]}, "text", text)
            case CallDrafted(index=index, name=name, arguments=arguments):
                self._grow({"type": "call_drafted", "index": index, "name": name}, "arguments", arguments)
            case CallOutput(call=call, output=output):
                self._put(_error_only(call, output))
            case _:
                self._put(_shortened(event_to_dict(event)))
                self._forget_drafts(event)

    def events(self) -> list[dict[str, Any]]:
        """All so far, as JSON-ready data."""
        self._write()
        return [*self._events[:-1], *(dict(last) for last in self._events[-1:])]

    def take(self) -> list[dict[str, Any]]:
        """All since the last time; they are forgotten here."""
        taken = self.events()
        self._events.clear()
        self._growing.clear()
        self._drafts.clear()
        return taken

    def _grow(self, head: dict[str, Any], name: str, text: str) -> None:
        last = self._events[-1] if self._growing else None
        same = last is not None and last["type"] == head["type"] and last.get("index") == head.get("index")
        if last is not None and same:
            if head.get("name"):
                last["name"] = head["name"]
            self._growing.append(text)
            return
        self._put(head | {name: ""})
        self._growing = [text]
        if "index" in head:
            self._drafts.setdefault(head["index"], self._events[-1])

    def _put(self, event: dict[str, Any] | None) -> None:
        if event is not None:
            self._write()
            self._growing.clear()
            self._events.append(event)

    def _write(self) -> None:
        """Put the pieces so far into the event they belong to."""
        if self._growing:
            text = "".join(self._growing)
            self._events[-1]["arguments" if "index" in self._events[-1] else "text"] = text
            self._growing = [text]

    def _forget_drafts(self, event: Event) -> None:
        """A finished call says what its draft did; the draft stays as a place in the order, without its text."""
        if isinstance(event, StepStarted):
            self._drafts.clear()
        elif isinstance(event, CallProposed) and self._drafts:
            index = min(self._drafts)
            del self._drafts[index]
            for earlier in reversed(self._events):
                if earlier["type"] == "step_started":
                    break
                if earlier["type"] == "call_drafted" and earlier["index"] == index:
                    earlier["arguments"] = ""


def _shortened(event: dict[str, Any]) -> dict[str, Any]:
    if event["type"] == "call_finished":
        event["text"] = cut(event["text"], _RESULT)
    return event


def _error_only(call: str, output: dict[str, Any]) -> dict[str, Any] | None:
    """Of an output no more than the error's name: all else is in the notebook's own outputs."""
    if output.get("output_type") != "error":
        return None
    name, value = str(output.get("ename", "")), str(output.get("evalue", ""))
    short = {"output_type": "error", "ename": cut(name, _ERROR), "evalue": cut(value, _ERROR), "traceback": []}
    return event_to_dict(CallOutput(call, short))
