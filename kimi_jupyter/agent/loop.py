"""The loop: ask, think, approve, run, answer.

One turn as a stream of events. The loop knows a client, a gate and an executor by their protocols, and nothing of
kernels or notebooks. How a reply is got is :mod:`.asking`'s business, what becomes of its calls :mod:`.calls`'.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Iterator
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
from .budget import Budget, Limits
from .calls import Calls
from .conversation import Conversation
from .execution import INTERRUPTED, Executor
from .gate import Gate
from .instructions import SYSTEM
from .plan import Plan
from .steering import NOTE, Steering
from .tools import Toolbox

__all__ = ["Agent"]


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
    budget: Budget | None = None
    plan: Plan = field(default_factory=Plan)
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
        for opening in self._opening(turn, prompt):
            yield opening
        asking = Asking(
            self.endpoint,
            self.client,
            self.conversation,
            self.toolbox,
            self.system,
            self.limits.max_tokens,
            self.pacer,
        )
        budget = self.budget or Budget(self.limits)
        pending: dict[str, CallProposed] = {}
        ending = TurnEnded("failed", "The turn stopped for no known reason.")
        try:
            self.conversation.ask(message)
            async with aclosing(self._steps(asking, budget)) as events:
                async for event in events:
                    budget.watch(event)
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
        if asking.unreported is not None:
            yield asking.unreported
        for call in pending:
            yield CallFinished(call, "interrupted", INTERRUPTED)
        self.conversation.heal()
        yield ending

    def _opening(self, turn: str, prompt: str) -> Iterator[Event]:
        yield TurnStarted(turn, self.conversation.key, prompt, self.endpoint.provider.name, self.endpoint.model_id)
        if self.sent is not None:
            yield self.sent
        for notice in self.notices:
            yield Notice("info", notice)
        self.plan.begin()
        if self.plan.items:
            yield self.plan.shown()

    async def _steps(self, asking: Asking, budget: Budget) -> AsyncGenerator[Event]:
        calls = Calls(self.conversation, self.toolbox, self.gate, self.executor)
        for step in itertools.count(1):
            for part in (self._allowed(budget), self._step(step, asking, budget, calls)):
                async with aclosing(part) as events:
                    async for event in events:
                        yield event
                        if isinstance(event, TurnEnded):
                            return

    async def _step(self, step: int, asking: Asking, budget: Budget, calls: Calls) -> AsyncGenerator[Event]:
        yield StepStarted(step, budget.limits)
        for told in self._notes():
            yield told
        asking.answer_now = self.steering.wrapping
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
            yield self._after(asking, reply, kept)
            return
        async with aclosing(calls.carry_out(reply, wrapping=asking.answer_now)) as results:
            async for result in results:
                yield result
                if isinstance(result, CallFinished) and result.status == "interrupted":
                    yield TurnEnded("interrupted", "Stopped by you while code was running.")
                    return
                if isinstance(result, CallFinished) and (news := self.plan.news()):
                    yield news
        if calls.exhausted:
            yield TurnEnded("limit", calls.exhausted)

    async def _allowed(self, budget: Budget) -> AsyncGenerator[Event]:
        """Nothing where the next request may go out; else the question whether it may, and the end if not."""
        if budget.over:
            yield TurnEnded("limit", budget.over)
            return
        reached = budget.reached()
        if not reached:
            return
        question = budget.question()
        yield question
        decision = await self.gate.go_on(question)
        yield decision
        if decision.verdict == "run":
            budget.grant()
            yield CallFinished(question.call, "ok", "")
            return
        yield CallFinished(question.call, "denied", "")
        yield TurnEnded("limit", f"Paused: the budget of {reached} is used up. {_HOW_TO_GO_ON}")

    def _notes(self) -> list[Event]:
        """What the user added meanwhile goes out with the next request."""
        told: list[Event] = []
        if (items := self.steering.take_plan()) is not None:
            self.conversation.ask(self.plan.replace(items))
            told += [news] if (news := self.plan.news()) else []
        for note in self.steering.take():
            self.conversation.ask(f"{NOTE} {note}")
            told.append(Steered(note))
        return told

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


#: What to do where a budget is used up.
_HOW_TO_GO_ON = "Ask on to continue, with %config KimiMagics.max_cost and its like for more at once."

_ENDINGS: dict[str, tuple[EndReason, str]] = {
    "length": ("incomplete", "The reply hit its token limit; raise it: %config KimiMagics.max_tokens = 64000"),
    "repeats": ("incomplete", "The model kept repeating the same words and was stopped; ask again in other words."),
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
