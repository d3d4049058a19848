"""One reply of the model: asked for, asked for again where that makes sense, repaired once where that helps.

Nothing is asked for again after something of it was shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from ..chat.assemble import Assembly, Reply
from ..chat.client import ModelClient
from ..chat.events import CallDrafted, Event, Notice, ReasoningDelta, TextDelta, UsageReported, Waiting
from ..chat.messages import Assistant, System, Usage
from ..chat.redacted import redacted
from ..chat.retry import Pacer, Retries
from ..chat.wire import Wired, estimate_message, estimate_tools, reply_limit, request_body
from ..errors import EndpointError, Overflow, Refused
from ..settings import Endpoint
from .conversation import Conversation
from .repetition import Repetition
from .tools import Toolbox

__all__ = ["Asking"]

#: USD that one request can't cost: a figure beyond is none (hazards BUD-06).
_ABSURD = 100.0


@dataclass
class Asking:
    """Asks for the replies of one turn.

    Attributes
    ----------
    max_tokens
        Tokens the next reply may take; the loop raises it when thinking used all of them up.
    shown
        Whether something of the latest reply was shown.
    asked_again
        Whether the loop has asked once more after a thought that ended in nothing.
    answer_now
        Whether the model may call no tools any more.
    unreported
        The tokens of a reply that broke off, which nobody was told of; the loop takes it.
    """

    endpoint: Endpoint
    client: ModelClient
    conversation: Conversation
    toolbox: Toolbox
    system: str
    max_tokens: int
    pacer: Pacer = field(default_factory=Pacer)
    shown: bool = False
    asked_again: bool = False
    answer_now: bool = False
    unreported: UsageReported | None = None
    _placeholder: str = ""
    _flagged: bool = False
    _wired: Wired = field(default_factory=Wired)

    async def reply(self) -> AsyncGenerator[Event | Reply]:
        """One reply: its events, and last the :class:`Reply`.

        Raises
        ------
        EndpointError
            There is none. What was shown of it is in the conversation, marked as broken off.
        """
        retries, too_long = Retries(), 0
        while True:
            pause = self.pacer.wait()
            if pause > 0:
                yield Waiting(pause, "This account may only ask every so often")
                await asyncio.sleep(pause)
            self.pacer.sent()
            try:
                async with aclosing(self._once()) as events:
                    async for event in events:
                        yield event
                return
            except EndpointError as error:
                self.pacer.learn(error)
                if self.shown:
                    raise
                too_long += isinstance(error, Overflow)
                repaired = self._repair(error) if too_long <= 1 else ""
                wait = None if repaired else retries.wait(error)
                if not repaired and wait is None:
                    raise
                reason = str(error).partition(". ")[0]
            if repaired:
                yield Notice("warning", repaired)
            elif wait is not None:
                yield Waiting(wait, f"{reason} (try {retries.tried + 1})")
                await asyncio.sleep(wait)

    async def _once(self) -> AsyncGenerator[Event | Reply]:
        conversation = self.conversation
        tools = self.toolbox.definitions()
        overhead = estimate_tools(tools) + estimate_message(System(self.system))
        if left_out := conversation.make_room(self.endpoint.model.context, overhead):
            yield Notice("info", f"To make room, the model goes on without {left_out}. All of it is kept.")
        prompt = conversation.tokens(overhead)
        assembly = Assembly(
            first_call=conversation.calls,
            taken=conversation.call_ids,
            tools=self.toolbox.names,
            echo=conversation.echo(),
        )
        self.shown = False
        repeats = ""
        texts = {ReasoningDelta: Repetition(), TextDelta: Repetition(), CallDrafted: Repetition(call=True)}
        try:
            stream = self.client.stream(self._body(tools, prompt))
            async with aclosing(redacted(stream, self.endpoint.secrets)) as deltas:
                async for delta in deltas:
                    for event in assembly.feed(delta):
                        self.shown = True
                        yield event
                        text = event.arguments if isinstance(event, CallDrafted) else event.text
                        repeats = repeats or (type(event).__name__ if texts[type(event)].grows(text) else "")
                    if repeats:
                        break
            for event in assembly.end():
                yield event
        except (asyncio.CancelledError, EndpointError):
            if not assembly.empty:
                message = assembly.reply().message
                conversation.break_off(message)
                usage = self._estimate(prompt, message)
                self.unreported = UsageReported(self._priced(usage), self.endpoint.model.context)
            raise
        reply = assembly.reply()
        if repeats:
            reply = _cut_short(reply)
        usage, odd = self._usage(reply, prompt, overhead)
        yield UsageReported(self._priced(usage), self.endpoint.model.context)
        for notice in (*self._odd_usage(odd), *_odd_calls(reply)):
            yield notice
        yield reply

    def _usage(self, reply: Reply, prompt: int, overhead: int) -> tuple[Usage, bool]:
        """The reply's tokens, ours in the place of what can't be; and whether there was such a thing."""
        told, estimate = reply.usage, self._estimate(prompt, reply.message)
        if told is None:
            return estimate, False
        fits = self.conversation.measure(told.prompt, overhead)
        usage = told if fits else replace(told, prompt=estimate.prompt, cached=0, estimated=True)
        if not min(1, estimate.completion // 3) <= told.completion <= 2 * self.max_tokens + 1_000:
            usage = replace(usage, completion=estimate.completion, reasoning=0, estimated=True)
        if usage.cost is not None and not usage.cost < _ABSURD:
            usage = replace(usage, cost=None, estimated=True)
        return replace(usage, cached=min(usage.cached, usage.prompt)), usage.estimated

    def _estimate(self, prompt: int, message: Assistant) -> Usage:
        return Usage(prompt=prompt, completion=max(0, estimate_message(message) - 4), estimated=True)

    def _odd_usage(self, odd: bool) -> tuple[Notice, ...]:
        """Said once a turn."""
        if not odd or self._flagged:
            return ()
        self._flagged = True
        return (Notice("warning", "The endpoint's count of tokens can't be right; our estimate (≈) stands in for it."),)

    def _body(self, tools: list[dict[str, Any]], prompt: int) -> dict[str, Any]:
        endpoint, model = self.endpoint, self.endpoint.model
        return request_body(
            self.conversation.prompt(self.system),
            tools,
            model=model,
            model_id=endpoint.model_id,
            max_tokens=reply_limit(self.max_tokens, context=model.context, prompt=prompt, max_output=model.max_output),
            cache_key=self.conversation.key,
            switches=endpoint.switches,
            stream=endpoint.stream,
            placeholder=self._placeholder or endpoint.provider.placeholder,
            tool_choice="none" if self.answer_now and tools else None,
            wired=self._wired,
        )

    def _repair(self, error: EndpointError) -> str:
        """Mend what the endpoint complains of, once; in words what was done, or ``""``."""
        if isinstance(error, Overflow):
            overhead = estimate_tools(self.toolbox.definitions()) + estimate_message(System(self.system))
            left_out = self.conversation.make_room(self.endpoint.model.context, overhead, refused=True)
            return f"The conversation had become too long; asking again without {left_out}." if left_out else ""
        if (
            isinstance(error, Refused)
            and error.status == 400
            and "reasoning" in str(error)
            and "missing" in str(error)
            and not self._placeholder
        ):
            # Some gateways take an empty reasoning for none (protocol §2.5).
            self._placeholder = " "
            return "The endpoint wants reasoning beside each call; asking again with a blank where there was none."
        return ""

    def _priced(self, usage: Usage) -> Usage:
        if usage.cost is not None:
            return usage
        price = self.endpoint.model.price
        return replace(usage, cost=price.cost(usage.prompt, usage.completion, usage.cached))


def _cut_short(reply: Reply) -> Reply:
    """A reply that repeats itself without end, as it is kept: what it repeats once, and no call of it."""
    message = reply.message
    reasoning = message.reasoning and Repetition().cut(message.reasoning)
    text = Repetition().cut(message.text)
    return replace(reply, message=replace(message, text=text, reasoning=reasoning, calls=()), finish="repeats")


def _odd_calls(reply: Reply) -> list[Notice]:
    """What the user should know of a reply's calls."""
    notices = []
    if reply.recovered:
        said = f"{len(reply.recovered)} call(s) came as text and were recovered; they wait as usual."
        notices.append(Notice("info", said))
    if reply.inert:
        said = f"{reply.inert} text(s) that look like calls were left as text: nothing was run."
        notices.append(Notice("warning", said))
    if reply.dropped:
        notices.append(Notice("warning", f"{reply.dropped} calls of this message are too many and were dropped."))
    return notices
