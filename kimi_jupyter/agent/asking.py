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
from ..chat.events import Event, Notice, UsageReported, Waiting
from ..chat.messages import System, Usage
from ..chat.redacted import redacted
from ..chat.retry import Pacer, Retries
from ..chat.wire import estimate_message, estimate_tools, reply_limit, request_body
from ..errors import EndpointError, Overflow, Refused
from ..settings import Endpoint
from .conversation import Conversation
from .tools import Toolbox

__all__ = ["Asking"]

#: Of the window, what a history may take after it was found too long.
_COMPACTED = 0.5


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
    _placeholder: str = ""
    _compacted: bool = False

    async def reply(self) -> AsyncGenerator[Event | Reply]:
        """One reply: its events, and last the :class:`Reply`.

        Raises
        ------
        EndpointError
            There is none. What was shown of it is in the conversation, marked as broken off.
        """
        retries = Retries()
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
                repaired = self._repair(error)
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
        conversation, model = self.conversation, self.endpoint.model
        tools = self.toolbox.definitions()
        prompt = conversation.tokens(estimate_tools(tools) + estimate_message(System(self.system)))
        assembly = Assembly(
            first_call=conversation.calls,
            taken=conversation.call_ids,
            tools=self.toolbox.names,
            echo=conversation.echo(),
        )
        self.shown = False
        try:
            stream = self.client.stream(self._body(tools, prompt))
            async with aclosing(redacted(stream, self.endpoint.secrets)) as deltas:
                async for delta in deltas:
                    for event in assembly.feed(delta):
                        self.shown = True
                        yield event
            for event in assembly.end():
                yield event
        except (asyncio.CancelledError, EndpointError):
            if not assembly.empty:
                conversation.break_off(assembly.reply().message)
            raise
        reply = assembly.reply()
        usage = reply.usage or Usage(
            prompt=prompt, completion=max(0, estimate_message(reply.message) - 4), estimated=True
        )
        if reply.usage is not None:
            conversation.measure(usage.prompt)
        yield UsageReported(self._priced(usage), model.context)
        if reply.recovered:
            yield Notice("info", f"{len(reply.recovered)} call(s) came as text and were recovered; they wait as usual.")
        if reply.inert:
            yield Notice("warning", f"{reply.inert} text(s) that look like calls were left as text: nothing was run.")
        if reply.dropped:
            yield Notice("warning", f"{reply.dropped} calls of this message are too many and were dropped.")
        yield reply

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
        )

    def _repair(self, error: EndpointError) -> str:
        """Mend what the endpoint complains of, once; in words what was done, or ``""``."""
        if isinstance(error, Overflow) and not self._compacted:
            self._compacted = True
            left_out = self.conversation.compact(int(self.endpoint.model.context * _COMPACTED))
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
