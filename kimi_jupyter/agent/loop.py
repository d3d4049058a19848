"""The loop: ask, think, approve, run, answer.

One turn as a stream of events. The loop knows a client, a gate and an executor by their protocols, and nothing of
kernels or notebooks. How a reply is got is :mod:`.asking`'s business, what becomes of its calls :mod:`.calls`'.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from ..chat.assemble import Reply
from ..chat.client import ModelClient
from ..chat.events import (
    CallFinished,
    CallProposed,
    EndReason,
    Event,
    Notice,
    Sent,
    Steered,
    StepStarted,
    TurnEnded,
    TurnStarted,
)
from ..chat.messages import Assistant
from ..chat.retry import Pacer
from ..errors import EndpointError, Silent, StoreError, Unreachable
from ..settings import Endpoint
from .asking import Asking
from .calls import Calls
from .conversation import Conversation
from .execution import Executor
from .gate import Gate
from .instructions import SYSTEM
from .steering import NOTE, Steering
from .tools import Toolbox

__all__ = ["Agent", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a turn: requests to the model, tokens of one reply."""

    steps: int = 300
    max_tokens: int = 32_768


@dataclass
class Agent:
    """Everything a turn needs. Made anew for each turn; the conversation is what lasts."""

    endpoint: Endpoint
    client: ModelClient
    conversation: Conversation
    toolbox: Toolbox
    gate: Gate
    executor: Executor
    limits: Limits = field(default_factory=Limits)
    system: str = SYSTEM
    sent: Sent | None = None
    notices: tuple[str, ...] = ()
    pacer: Pacer = field(default_factory=Pacer)
    steering: Steering = field(default_factory=Steering)

    async def run_turn(self, turn: str, prompt: str, message: str) -> AsyncGenerator[Event]:
        """Answer a question.

        Being cancelled is the user's stop: the turn then ends as ``interrupted``, with a history that can go on.

        Parameters
        ----------
        turn
            The turn's id.
        prompt
            The user's words.
        message
            What is sent: the words with their context.

        Yields
        ------
        Event
            By the laws of :mod:`kimi_jupyter.chat.events`.
        """
        yield TurnStarted(turn, self.conversation.key, prompt, self.endpoint.provider.name, self.endpoint.model_id)
        if self.sent is not None:
            yield self.sent
        for notice in self.notices:
            yield Notice("info", notice)
        asking = Asking(
            self.endpoint,
            self.client,
            self.conversation,
            self.toolbox,
            self.system,
            self.limits.max_tokens,
            self.pacer,
        )
        pending: dict[str, CallProposed] = {}
        ending = TurnEnded("failed", "The turn stopped for no known reason.")
        try:
            self.conversation.ask(message)
            async with aclosing(self._steps(asking)) as events:
                async for event in events:
                    if isinstance(event, TurnEnded):
                        ending = event
                        continue
                    if isinstance(event, CallProposed):
                        pending[event.call] = event
                    elif isinstance(event, CallFinished):
                        pending.pop(event.call, None)
                    yield event
        except asyncio.CancelledError:
            ending = TurnEnded("interrupted", "Stopped by you.")
        except (EndpointError, StoreError) as error:
            broke = asking.shown and isinstance(error, Unreachable | Silent)
            ending = TurnEnded("incomplete" if broke else "failed", str(error))
        for call in pending:
            yield CallFinished(call, "interrupted", "Interrupted by the user.")
        self.conversation.heal()
        yield ending

    async def _steps(self, asking: Asking) -> AsyncGenerator[Event]:
        calls = Calls(self.conversation, self.toolbox, self.gate, self.executor)
        for step in range(1, self.limits.steps + 1):
            yield StepStarted(step)
            for note in self._notes():
                yield note
            reply: Reply | None = None
            async with aclosing(asking.reply()) as events:
                async for event in events:
                    if isinstance(event, Reply):
                        reply = event
                    else:
                        yield event
            assert reply is not None
            kept = self.conversation.reply(_remembered(reply))
            if reply.finish != "tool_calls":
                yield (after := self._after(asking, reply, kept))
                if isinstance(after, TurnEnded):
                    return
                continue
            async with aclosing(calls.carry_out(reply)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, CallFinished) and event.status == "interrupted":
                        yield TurnEnded("interrupted", "Stopped by you while code was running.")
                        return
            if calls.exhausted:
                yield TurnEnded("limit", calls.exhausted)
                return
        yield TurnEnded("limit", f"Paused after {self.limits.steps} steps; ask on to continue, or raise --max-steps.")

    def _notes(self) -> list[Steered]:
        """What the user added meanwhile goes out with the next request."""
        notes = self.steering.take()
        for note in notes:
            self.conversation.ask(f"{NOTE} {note}")
        return [Steered(note) for note in notes]

    def _after(self, asking: Asking, reply: Reply, kept: bool) -> Notice | TurnEnded:
        """How a turn goes on after a reply without calls: mostly it ends."""
        if not kept and (again := self._think_on(asking, reply)):
            return Notice("warning", again)
        if self.steering.waiting and reply.finish == "stop":
            return Notice("info", "Going on with the note you added while the answer was written.")
        return _ending(reply, kept)

    def _think_on(self, asking: Asking, reply: Reply) -> str:
        """Thinking ended in nothing; once a turn it is asked to go on, with more room if that was what it lacked."""
        if asking.asked_again:
            return ""
        asking.asked_again = True
        if reply.finish == "stop":
            return "The model thought but did not answer; asking once more."
        if reply.finish == "length":
            asking.max_tokens *= 2
            return f"Thinking took all of the reply's tokens; asking again with room for {asking.max_tokens:,}."
        return ""


def _remembered(reply: Reply) -> Assistant:
    """The message to keep; calls of a reply that was cut are dropped, since none of them will be carried out."""
    return reply.message if reply.finish == "tool_calls" else replace(reply.message, calls=())


_ENDINGS: dict[str, tuple[EndReason, str]] = {
    "length": ("incomplete", "The reply hit its token limit; raise it: %config KimiMagics.max_tokens = 64000"),
    "content_filter": ("incomplete", "The endpoint's content filter stopped the reply."),
    "error": ("failed", "The endpoint ended the reply with an error; run the cell again."),
    "cut": ("incomplete", "The connection ended in the middle of the reply; run the cell again."),
}


def _ending(reply: Reply, kept: bool) -> TurnEnded:
    if reply.finish == "error" and reply.said:
        return TurnEnded("failed", f"The endpoint ended the reply with {reply.said!r}; run the cell again.")
    if reply.finish in _ENDINGS:
        return TurnEnded(*_ENDINGS[reply.finish])
    if not kept:
        return TurnEnded("incomplete", "The model thought but did not answer; run the cell again.")
    return TurnEnded("complete")
