"""A turn again, as it is stored: shown as it was, its code run as it was allowed, nothing asked of anybody.

What may run is what the user of this store allowed then, byte for byte; a notebook's own record allows nothing (hazards
§1). Calls of tools are not made again: what they did is not code that could be compared. Imports no IPython.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from ..agent.budget import GO_ON
from ..agent.conversation import Conversation
from ..agent.execution import INTERRUPTED, Execution, Executor
from ..agent.source import Source, canonical, digest
from ..chat.events import (
    CallDrafted,
    CallFinished,
    CallOutput,
    CallProposed,
    CallStarted,
    Decided,
    Event,
    Notice,
    Sent,
    TurnEnded,
    TurnStarted,
    UsageReported,
    Waiting,
    event_from_dict,
)
from ..chat.messages import Assistant, Message, ToolResult, User
from ..errors import StoreError
from ..store import AllowedCode, AnsweredTurn, Store
from ..store.texts import REMOVED
from .rerun import day

__all__ = ["Replay", "stored_turn"]

#: Of a stored turn, what is not told again: it was about asking.
_LEFT_OUT = (TurnStarted, Sent, CallDrafted, UsageReported, Waiting, TurnEnded)
#: What differs from one process to another and means nothing.
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,16}")
#: Numbers with so many digits that the last ones may differ: several threads add up in another order each time.
_LAST_DIGITS = re.compile(r"\d+\.\d{8,}")
_SHOWN = 120
_LAST_NUMBER = re.compile(r"\d+$|$(?<!\d)")


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored turn.

    Attributes
    ----------
    found
        Which, and when it was.
    events
        Its events as they are kept.
    messages
        What was said in it.
    allowed
        The code its user allowed, by call.
    """

    found: AnsweredTurn
    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    allowed: Mapping[str, AllowedCode]

    async def run_turn(
        self, turn: str, prompt: str, sent: Sent, conversation: Conversation, executor: Executor
    ) -> AsyncGenerator[Event]:
        """The turn again, by the laws of :mod:`kimi_jupyter.chat.events`.

        Parameters
        ----------
        turn
            The id it has now.
        prompt
            The user's words.
        sent
            What would have gone along.
        conversation
            It goes on as if the model had been asked.
        executor
            Where code runs.
        """
        yield TurnStarted(turn, conversation.key, prompt, self.found.provider, self.found.model)
        yield sent
        when = day(self.found.started)
        yield Notice("info", f"Replayed from {when}; nothing was sent. --rerun always asks again.")
        pending: str | None = None
        ending = TurnEnded("complete")
        try:
            async with aclosing(self._again(executor)) as events:
                async for event in events:
                    if isinstance(event, TurnEnded):
                        ending = event
                        continue
                    if isinstance(event, CallProposed | CallFinished):
                        pending = event.call if isinstance(event, CallProposed) else None
                    yield event
            if ending.reason == "complete":
                _say_again(self.messages, conversation)
        except asyncio.CancelledError:
            ending = TurnEnded("interrupted", "Stopped by you.")
        except StoreError as error:
            ending = TurnEnded("failed", str(error))
        if pending is not None:
            yield CallFinished(pending, "interrupted", INTERRUPTED)
        yield ending

    async def _again(self, executor: Executor) -> AsyncGenerator[Event]:
        calls = {event.call: event for event in self.events if isinstance(event, CallProposed)}
        budget = {call for call, proposal in calls.items() if proposal.name == GO_ON}  # nothing is used up now
        ends = {event.call: event for event in self.events if isinstance(event, CallFinished)}
        for event in self.events:
            if isinstance(event, _LEFT_OUT) or (isinstance(event, Notice) and event.level == "info"):
                continue
            if getattr(event, "call", None) in budget:
                continue
            if getattr(event, "call", None) not in calls:
                yield event
            elif isinstance(event, CallProposed):
                end = ends.get(event.call)
                async with aclosing(self._call(event, end, executor)) as told:
                    async for one in told:
                        yield one
                        if isinstance(one, TurnEnded):
                            return

    async def _call(
        self, proposal: CallProposed, end: CallFinished | None, executor: Executor
    ) -> AsyncGenerator[Event]:
        allowed = self.allowed.get(proposal.call)
        if allowed is None or end is None:
            for event in self._shown(proposal, end):
                yield event
            return
        code = _whole(allowed)
        kernel, epoch = executor.place
        proposal = replace(proposal, digest=digest(code or allowed.code, kernel=kernel, epoch=epoch))
        yield proposal
        if code is None:
            why = "The stored code is not, byte for byte, what was allowed then, so it does not run again."
            yield Decided(proposal.call, "deny", "rule", reason=why)
            yield CallFinished(proposal.call, "denied", f"Not run. {why}")
            yield TurnEnded("failed", f"{why} --rerun always asks again.")
            return
        edited = code if code != proposal.code else None
        yield self._decided(proposal.call, edited)
        yield CallStarted(proposal.call)
        execution = await executor.run(code)
        for output in execution.outputs:
            yield CallOutput(proposal.call, output)
        yield CallFinished(proposal.call, execution.status, execution.text, execution.seconds)
        for event in self._compared(execution, allowed, edited is not None):
            yield event

    def _decision(self, call: str) -> Decided | None:
        return next((event for event in self.events if isinstance(event, Decided) and event.call == call), None)

    def _decided(self, call: str, edited: str | None) -> Decided:
        then = self._decision(call)
        effects = then.effects if then is not None and edited is not None and then.code == edited else {}
        return Decided(call, "run" if edited is None else "edit", "again", edited, effects=effects)

    def _shown(self, proposal: CallProposed, end: CallFinished | None) -> Iterator[Event]:
        """A call that is not made again: one that was refused or not valid, that only looked, or a tool's."""
        decided = self._decision(proposal.call)
        denied = decided is not None and decided.verdict == "deny"
        yield replace(proposal, gated=denied)
        if decided is not None and denied:
            yield replace(decided, by="again", seconds=0.0)
        yield end or CallFinished(proposal.call, "unknown", "")
        if decided is not None and not denied:
            yield Notice("info", f"{proposal.name} was not called again; its result is that of then.")

    def _compared(self, execution: Execution, allowed: AllowedCode, edited: bool) -> Iterator[Event]:
        then = allowed.result
        if edited and "\nIts result:\n" in then:
            then = then.partition("\nIts result:\n")[2]  # before it stands what the model was told of the edit
        if execution.status == "interrupted":
            yield TurnEnded("interrupted", "Stopped by you while code was running.")
        elif execution.status == "error" and allowed.status == "ok":
            said = execution.text.strip().rpartition("\n")[2][:_SHOWN]
            yield TurnEnded("failed", f"This code worked then and fails now: {said}. --rerun always asks again.")
        elif difference := _difference(then, execution.text):
            yield Notice("warning", f"The result differs from then. {difference}")


def stored_turn(found: AnsweredTurn, store: Store, *, runs: bool = True) -> Replay | None:
    """A turn as the store has it; ``None`` where too little of it was kept.

    Parameters
    ----------
    found, store
        Which, and where.
    runs
        Whether code may run; if not, the turn is shown alone.
    """
    record = store.record(found.id)
    try:
        events = tuple(event_from_dict(event) for event in (record or {})["events"])
    except (KeyError, TypeError):  # none, or of another version
        return None
    messages = tuple(store.messages_of_turn(found.id))
    whole = any(isinstance(message, Assistant) for message in messages)
    return Replay(found, events, messages, store.allowed_in_turn(found.id) if runs else {}) if whole else None


def _whole(allowed: AllowedCode) -> str | None:
    """The code that ran then; ``None`` where it is not that any more: the store takes keys out of what it keeps."""
    source = canonical(allowed.code)
    same = isinstance(source, Source) and source.text == allowed.code and REMOVED not in allowed.code
    return allowed.code if same else None


def _say_again(messages: tuple[Message, ...], conversation: Conversation) -> None:
    """Add what was said to the conversation; a call whose id is taken there gets the next one of its form."""
    ids: dict[str, str] = {}
    for message in messages:
        match message:
            case User(text):
                conversation.ask(text)
            case Assistant(calls=calls):
                taken, first = conversation.call_ids, conversation.calls
                ids = {
                    call.id: _LAST_NUMBER.sub(str(number), call.id) if call.id in taken else call.id
                    for number, call in enumerate(calls, first)
                }
                conversation.reply(replace(message, calls=tuple(replace(call, id=ids[call.id]) for call in calls)))
            case ToolResult(call=call):
                conversation.answer(replace(message, call=ids[call]))


def _difference(then: str, now: str) -> str:
    """In a line where two results part, ``""`` if they don't."""
    before, after = (_comparable(text).strip().splitlines() for text in (then, now))
    for number in range(max(len(before), len(after))):
        one, other = (lines[number] if number < len(lines) else "(nothing)" for lines in (before, after))
        if one != other:
            return f"Line {number + 1} was: {one.strip()[:_SHOWN]} — and is: {other.strip()[:_SHOWN]}"
    return ""


def _comparable(text: str) -> str:
    """A result without what means nothing when it differs."""
    return _LAST_DIGITS.sub(lambda number: f"{float(number[0]):.10g}", _ADDRESS.sub("0x…", text))
