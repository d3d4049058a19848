"""Deltas to a message: what a reply adds up to, whichever way an endpoint cut it.

Feed deltas, get the events to show; at the end ask for the message. The rules are those of protocol §3.5; calls leaked
as text are recovered by those of §8.5. Must not know how requests are made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from ..errors import BadReply
from .details import Details
from .drafts import MOST_CALLS, Drafts, read_lenient, replayable
from .events import CallDrafted, ReasoningDelta, TextDelta
from .messages import Assistant, ToolCall, Usage
from .salvage import Leaked, Piece, Said, Sieve, neutral
from .wire import CallDelta, Delta

__all__ = ["Assembly", "Reply"]

#: How a reply ended: a finish_reason of the protocol (§3.3), ``cut`` where the stream ended without one, ``repeats``
#: where we ended it because it said the same over and over.
Finish = Literal["stop", "tool_calls", "length", "content_filter", "error", "cut", "repeats"]
Shown = ReasoningDelta | TextDelta | CallDrafted

#: Words for the same, seen beside the protocol's own. Any other word is an end nobody knows: an ``error``.
_ENDINGS: dict[str, Finish] = {
    **dict.fromkeys(
        ("stop", "tool_calls", "tool_call", "function_call", "tool_use", "end_turn", "stop_sequence"), "stop"
    ),
    **dict.fromkeys(("eos", "eos_token", "completed", "complete", "done"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "model_length", "model_context_window_exceeded"), "length"),
    **dict.fromkeys(("content_filter", "safety", "sensitive", "recitation"), "content_filter"),
}
#: Characters of a reply's text and reasoning; the largest window there is holds less.
_MOST_TEXT = 8_000_000


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
        Tokens, or ``None`` where the endpoint told nothing that can be.
    recovered
        Ids of calls that had leaked as text.
    nameless
        Ids of calls without a name; the message has them as ``unnamed``.
    thought_only
        Whether there is reasoning and neither text nor calls.
    inert
        How many leaked calls were left as text: unknown, unreadable, or quoted from what the model was sent.
    dropped
        How many calls came beyond those that are kept.
    said
        The server's own word for how it ended.
    """

    message: Assistant
    raw_arguments: dict[str, str]
    finish: Finish
    usage: Usage | None
    recovered: frozenset[str] = frozenset()
    nameless: frozenset[str] = frozenset()
    thought_only: bool = False
    inert: int = 0
    dropped: int = 0
    said: str | None = None


class Assembly:
    """Collects one reply.

    Parameters
    ----------
    first_call
        How many calls the conversation had before: the number for a call that came without an id (protocol §3.5.4).
    taken
        Ids already used in the conversation; a call that repeats one gets a fresh id.
    tools
        Names of the tools offered. Only calls of these are recovered from text.
    echo
        Whether a leaked call, exactly as it came, was in what the model was sent; then it stays text
        (:func:`.salvage.echo_in`).
    """

    def __init__(
        self,
        *,
        first_call: int = 0,
        taken: Collection[str] = frozenset(),
        tools: Collection[str] = frozenset(),
        echo: Callable[[str], bool] | None = None,
    ) -> None:
        self._first_call = first_call
        self._taken = set(taken)
        self._tools = frozenset(tools)
        self._echo = echo
        self._reasoning: list[str] | None = None
        self._reasoning_field = ""
        self._details = Details()
        self._text: list[str] = []
        self._size = 0
        self._thoughts, self._content = Sieve(self._recoverable, reasoning=True), Sieve(self._recoverable)
        self._drafts = Drafts()
        self._leaked: list[Leaked] = []
        self._announced = 0
        self._inert = 0
        self._finish: str | None = None
        self._usage: Usage | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing that can be shown has come yet."""
        return not (self._text or self._reasoning or self._drafts or self._leaked)

    def feed(self, delta: Delta) -> list[Shown]:
        """Take a delta in; returns what a view shows for it, in order.

        Raises
        ------
        BadReply
            The reply has grown beyond what any model writes.
        """
        reasoning, text, calls, finish, usage, field, details = delta
        events: list[Shown] = []
        if reasoning is not None:
            self._feed_reasoning(reasoning, field, events)
        if details:
            self._details.add(details)
        if text and not ((reasoning or calls) and text.isspace()):  # Avian sends a space beside all else
            self._feed_text(text, events)
        for fragment in calls:
            self._feed_call(fragment, events)
        if usage is not None:
            self._usage = usage
        if finish is not None:
            if self._finish is None or _meant(self._finish) == "stop":  # said twice, the worse one holds
                self._finish = finish
            events += self.end()
        return events

    def end(self) -> list[Shown]:
        """Nothing more comes. Returns what was held back; the chunk that ends a reply does this by itself.

        Call it where a stream ended or broke off without one, so that the events add up to the message.
        """
        events: list[Shown] = []
        whole = self._finish is not None and _meant(self._finish) == "stop"
        self._take(self._thoughts.end(whole=whole), events)
        self._take(self._content.end(whole=whole), events)
        if not whole:
            return events
        if self._drafts:
            self._pass_over(events)
        for number, leaked in enumerate(self._leaked[self._announced :], self._announced):
            events.append(CallDrafted(number, leaked.name, leaked.arguments))
        self._announced = len(self._leaked)
        if not self._drafts and not self._leaked and (unclosed := self._content.close_thought()):
            # A <think> that nothing closed was a stray tag before the answer (protocol §3.6 leak_think_tag).
            self._take([Said(unclosed)], events)
        return events

    def reply(self) -> Reply:
        """What came, as a whole. Call it once, when the stream has ended, by itself or not."""
        self.end()
        finish = self._ending()
        calls: list[ToolCall] = []
        raw: dict[str, str] = {}
        nameless, recovered = set(), set()
        for draft in self._drafts.ordered():
            name, arguments = draft.name.strip(), draft.arguments
            call = self._fresh_id(draft.id, name, len(calls))
            raw[call] = arguments
            calls.append(ToolCall(call, name or "unnamed", replayable(arguments)))
            if not name:
                nameless.add(call)
        if finish == "tool_calls" and not calls:
            for leaked in self._leaked:
                call = self._fresh_id(leaked.id, leaked.name, len(calls))
                raw[call] = leaked.arguments
                calls.append(ToolCall(call, leaked.name, replayable(leaked.arguments)))
                recovered.add(call)
        text = "".join(self._text)
        reasoning = None if self._reasoning is None else "".join(self._reasoning)
        details = self._details.merged(but_text=self._thoughts.touched)
        return Reply(
            Assistant(text, reasoning, tuple(calls), self._reasoning_field or "reasoning_content", details),
            raw,
            finish,
            self._usage,
            frozenset(recovered),
            frozenset(nameless),
            bool(reasoning and reasoning.strip()) and not calls and not text.strip(),
            self._inert,
            self._drafts.dropped,
            self._finish,
        )

    # ---- its parts ---------------------------------------------------------------------------------------------------

    def _feed_reasoning(self, text: str, field: str | None, events: list[Shown]) -> None:
        if field and (not self._reasoning_field or (text and not self._reasoning)):
            self._reasoning_field = field
        if self._reasoning is None:
            self._reasoning = []
        if text:
            if self._thoughts.clear and "<" not in text and "`" not in text:
                self._grow(text)
                self._reasoning.append(text)
                events.append(ReasoningDelta(text))
            else:
                self._take(self._thoughts.feed(text), events)

    def _feed_text(self, text: str, events: list[Shown]) -> None:
        if self._content.clear and "<" not in text and "`" not in text:
            self._grow(text)
            self._text.append(text)
            events.append(TextDelta(text))
        else:
            self._take(self._content.feed(text), events)

    def _feed_call(self, fragment: CallDelta, events: list[Shown]) -> None:
        event = self._drafts.feed(fragment)
        if event is not None:
            events.append(event)

    def _grow(self, text: str) -> None:
        self._size += len(text)
        if self._size > _MOST_TEXT:
            raise BadReply(f"The reply grew beyond {_MOST_TEXT:,} characters; it was broken off.")

    def _take(self, pieces: Iterable[Piece], events: list[Shown]) -> None:
        for piece in pieces:
            self._grow(piece.text)
            if isinstance(piece, Said):
                self._text.append(piece.text)
                events.append(TextDelta(piece.text))
            else:
                self._reasoning = self._reasoning or []
                self._reasoning.append(piece.text)
                events.append(ReasoningDelta(piece.text))

    # ---- leaked calls ------------------------------------------------------------------------------------------------

    def _recoverable(self, leaked: Leaked) -> bool:
        """Keep a leaked call that may count: of a tool that was offered, readable, and no echo (hazards PRO-14)."""
        known = leaked.name in self._tools and read_lenient(leaked.arguments or "{}") is not None
        known = known and len(self._leaked) < MOST_CALLS
        if known and not (self._echo is not None and self._echo(leaked.raw)):
            self._leaked.append(leaked)
            return True
        self._inert += 1
        return False

    def _pass_over(self, events: list[Shown]) -> None:
        """Calls came as calls too: those that leaked count no more, and what is not said twice stays as text."""
        known = [(draft.name, read_lenient(draft.arguments)) for draft in self._drafts.ordered()]
        others = [leaked for leaked in self._leaked if (leaked.name, read_lenient(leaked.arguments)) not in known]
        self._leaked.clear()
        self._announced = 0
        self._inert += len(others)
        self._take([Said(neutral(leaked)) for leaked in others], events)

    def _fresh_id(self, given: str | None, name: str, position: int) -> str:
        call, number = given, self._first_call + position
        while not call or call in self._taken:
            call = f"{name or 'unnamed'}:{number}"
            number += 1
        self._taken.add(call)
        return call

    def _ending(self) -> Finish:
        if self._finish is None:
            return "cut"
        finish = _meant(self._finish)
        return "tool_calls" if finish == "stop" and (self._drafts or self._leaked) else finish


def _meant(said: str) -> Finish:
    return _ENDINGS.get(said.lower().replace("-", "_"), "error")
