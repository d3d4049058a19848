"""One request of the check-up: sent, timed, and kept whole. Imports chat and the facts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..chat.assemble import Assembly, Reply
from ..chat.messages import Assistant, Message, Usage
from ..chat.retry import Pacer, Retries
from ..chat.wire import estimate_message, estimate_tools, reply_limit, request_body
from ..errors import EndpointError, Refused
from .facts import Facts, Tap, read_facts

if TYPE_CHECKING:
    from ..chat.client import HttpClient
    from ..settings import Endpoint

__all__ = ["MAX_TOKENS", "Exchange", "Line", "Timing", "request_for"]

#: Tokens a reply may take: what K2 Thinking wants at least (protocol §2.1), far more than it needs here.
MAX_TOKENS = 16_384
#: Seconds of streaming below which a rate of tokens would be noise.
_SHORTEST = 0.02


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds after the request was sent; ``None`` for what did not come.

    Attributes
    ----------
    headers, first_byte
        The response's beginning; the first byte may be a keep-alive.
    first_reasoning, first_text
        The first piece of either.
    total
        The end.
    tokens_per_second
        Tokens written a second, from the first piece on; ``None`` where usage is missing or it was over too soon.
    """

    headers: float | None = None
    first_byte: float | None = None
    first_reasoning: float | None = None
    first_text: float | None = None
    total: float | None = None
    tokens_per_second: float | None = None

    @property
    def first_token(self) -> float | None:
        """The first piece of anything."""
        return min((at for at in (self.first_reasoning, self.first_text) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it.

    Attributes
    ----------
    reply
        What came; of a broken reply the part that did, and ``None`` where nothing did.
    error
        Why there is no whole reply, or ``None``.
    facts, timing
        How it came, and when.
    estimate
        Our estimate of the prompt's tokens.
    """

    reply: Reply | None
    error: EndpointError | None
    facts: Facts
    timing: Timing
    estimate: int

    @property
    def message(self) -> Assistant:
        """The reply's message; an empty one where there is none."""
        return self.reply.message if self.reply else Assistant("")

    @property
    def usage(self) -> Usage | None:
        """Tokens as the endpoint told them."""
        return self.reply.usage if self.reply else None


@dataclass
class Line:
    """The way to an endpoint: sends one request after another, at the pace the endpoint asks for.

    Parameters
    ----------
    endpoint, client
        Where to.
    say
        Told when it waits.
    sleep
        Waits.
    """

    endpoint: Endpoint
    client: HttpClient
    say: Callable[[str], object]
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
    exchanges: list[Exchange] = field(default_factory=list)
    _pacer: Pacer = field(default_factory=Pacer)

    async def send(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> Exchange:
        """Send one request. Refusals that pass are waited for; any other error is a finding, not an exception."""
        body, estimate = request_for(self.endpoint, messages, tools)
        retries = Retries()
        while True:
            await self._pace()
            exchange = await self._try(body, estimate, messages)
            wait = self._wait(retries, exchange)
            if wait is None:
                self.exchanges.append(exchange)
                return exchange
            self.say(f"waiting       {wait:.0f} s: {exchange.error}")
            await self.sleep(wait)

    async def _pace(self) -> None:
        wait = self._pacer.wait()
        if wait > 0:
            self.say(f"waiting       {wait:.0f} s: the account allows few requests a minute")
            await self.sleep(wait)
        self._pacer.sent()

    def _wait(self, retries: Retries, exchange: Exchange) -> float | None:
        """Seconds until the request is tried again: only what was refused before anything came, and may pass."""
        error = exchange.error
        if not isinstance(error, Refused):
            return None
        self._pacer.learn(error)
        return retries.wait(error)

    async def _try(self, body: dict[str, Any], estimate: int, messages: Sequence[Message]) -> Exchange:
        calls = [call.id for message in messages if isinstance(message, Assistant) for call in message.calls]
        names = [tool["function"]["name"] for tool in body.get("tools", ())]
        assembly = Assembly(first_call=len(calls), taken=frozenset(calls), tools=names)
        tap, error = Tap(), None
        begun, marks = time.perf_counter(), [None, None]  # type: tuple[float, list[float | None]]
        try:
            async with aclosing(self.client.stream(body, observe=tap.open)) as deltas:
                async for delta in deltas:
                    now = time.perf_counter()
                    if delta.reasoning and marks[0] is None:
                        marks[0] = now
                    if ((delta.text and delta.text.strip()) or delta.calls) and marks[1] is None:
                        marks[1] = now
                    assembly.feed(delta)
        except EndpointError as caught:
            error = caught
        ended = time.perf_counter()
        reply = None if error is not None and assembly.empty else assembly.reply()
        timing = _timing(begun, tap, marks, ended, reply)
        facts = read_facts(tap.raw, tap.kind) if tap.status == 200 else Facts()
        return Exchange(reply, error, facts, timing, estimate)


def request_for(
    endpoint: Endpoint, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
) -> tuple[dict[str, Any], int]:
    """A request's body, and our estimate of its prompt's tokens."""
    model = endpoint.model
    estimate = estimate_tools(tools) + sum(estimate_message(message) for message in messages)
    limit = reply_limit(MAX_TOKENS, context=model.context, prompt=estimate, max_output=model.max_output)
    body = request_body(
        messages,
        tools,
        model=model,
        model_id=endpoint.model_id,
        max_tokens=limit,
        cache_key="kimi-jupyter-doctor",
        switches=endpoint.switches,
        stream=endpoint.stream,
        placeholder=endpoint.provider.placeholder,
    )
    return body, estimate


def _timing(begun: float, tap: Tap, marks: list[float | None], ended: float, reply: Reply | None) -> Timing:
    def since(at: float | None) -> float | None:
        return None if at is None else at - begun

    timing = Timing(since(tap.headers), since(tap.first_byte), since(marks[0]), since(marks[1]), since(ended))
    first = timing.first_token
    written = reply.usage.completion if reply and reply.usage else 0
    streamed = ended - begun - first if first is not None else 0.0
    return replace(timing, tokens_per_second=written / streamed) if written and streamed >= _SHORTEST else timing
