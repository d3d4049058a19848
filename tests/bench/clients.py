"""Ours and others, called the way they call themselves: each counts characters of reasoning and answer in a stream.

Each is an open client and a coroutine that reads one reply to its end; the second figure is the time of the first text.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple

import httpx
import httpx_sse
import openai

from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.gate import PolicyGate
from kimi_jupyter.agent.loop import Agent
from kimi_jupyter.agent.tools import Toolbox
from kimi_jupyter.chat.assemble import Assembly
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.events import ReasoningDelta, TextDelta
from kimi_jupyter.chat.messages import User
from kimi_jupyter.chat.redacted import redacted
from kimi_jupyter.chat.wire import request_body
from kimi_jupyter.settings import Endpoint, Keys, Settings, resolve
from tests.matrix.trial import Python

__all__ = ["CLIENTS", "Read", "endpoint", "our_body", "read_ours"]

_KEY = "sk-bench-0123456789abcdef"
_MESSAGES = [{"role": "user", "content": "q"}]
_BODY = {"model": "kimi-k2-thinking", "messages": _MESSAGES, "stream": True, "max_tokens": 32_768}


class Read(NamedTuple):
    """What a client read: characters, and when the first came (``time.perf_counter``)."""

    reasoning: int
    text: int
    first: float


Reader = Callable[[], Awaitable[Read]]


def endpoint(base_url: str) -> Endpoint:
    """Ours, for an address."""
    return resolve(Settings(base_url=base_url), Keys({"KIMI_JUPYTER_API_KEY": _KEY}), offline=lambda: ("", ""))


def our_body(place: Endpoint) -> dict[str, object]:
    """A small request."""
    return request_body([User("q")], [], model=place.model, model_id=place.model_id, max_tokens=32_768, cache_key="b")


async def read_ours(client: HttpClient, place: Endpoint, assembly: Assembly) -> Read:
    """Bytes to events, secrets taken out: all that happens before a view gets them."""
    reasoning, text, first = 0, 0, 0.0
    async with aclosing(redacted(client.stream(our_body(place)), place.secrets)) as deltas:
        async for delta in deltas:
            for event in assembly.feed(delta):
                first = first or time.perf_counter()
                if isinstance(event, ReasoningDelta):
                    reasoning += len(event.text)
                elif isinstance(event, TextDelta):
                    text += len(event.text)
    return Read(reasoning, text, first)


@asynccontextmanager
async def _ours(base_url: str) -> AsyncIterator[Reader]:
    place = endpoint(base_url)
    client = HttpClient(place)
    try:
        yield lambda: read_ours(client, place, Assembly())
    finally:
        await client.close()


@asynccontextmanager
async def _our_turn(base_url: str) -> AsyncIterator[Reader]:
    """A whole turn: with the loop, its conversation and its counts."""
    place = endpoint(base_url)
    client = HttpClient(place)

    async def nobody(_: object) -> None:
        return None

    async def read() -> Read:
        agent = Agent(place, client, Conversation("b"), Toolbox(), PolicyGate("never", nobody), Python())
        reasoning, text, first = 0, 0, 0.0
        async for event in agent.run_turn("t", "q", "q"):
            if isinstance(event, ReasoningDelta):
                reasoning += len(event.text)
                first = first or time.perf_counter()
            elif isinstance(event, TextDelta):
                text += len(event.text)
        return Read(reasoning, text, first)

    try:
        yield read
    finally:
        await client.close()


@asynccontextmanager
async def _bare(base_url: str) -> AsyncIterator[Reader]:
    """The least a client does: httpx, httpx-sse, json."""
    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:

        async def read() -> Read:
            reasoning, text, first = 0, 0, 0.0
            async with httpx_sse.aconnect_sse(client, "POST", f"{base_url}/chat/completions", json=_BODY) as source:
                async for event in source.aiter_sse():
                    if event.data == "[DONE]":
                        continue
                    for choice in json.loads(event.data)["choices"]:
                        thought, said = choice["delta"].get("reasoning_content"), choice["delta"].get("content")
                        if thought or said:
                            first = first or time.perf_counter()
                            reasoning += len(thought or "")
                            text += len(said or "")
            return Read(reasoning, text, first)

        yield read


@asynccontextmanager
async def _openai(base_url: str) -> AsyncIterator[Reader]:
    async with openai.AsyncOpenAI(base_url=base_url, api_key=_KEY) as client:

        async def read() -> Read:
            reasoning, text, first = 0, 0, 0.0
            stream = await client.chat.completions.create(
                model="kimi-k2-thinking",
                messages=_MESSAGES,  # type: ignore[arg-type]
                stream=True,
            )
            async for chunk in stream:
                for choice in chunk.choices:
                    thought, said = getattr(choice.delta, "reasoning_content", None), choice.delta.content
                    if thought or said:
                        first = first or time.perf_counter()
                        reasoning += len(thought or "")
                        text += len(said or "")
            return Read(reasoning, text, first)

        yield read


#: By name: what opens a client for a base URL.
CLIENTS = {
    "httpx + httpx-sse + json": _bare,
    "kimi_jupyter, bytes to events": _ours,
    "kimi_jupyter, whole turn": _our_turn,
    "openai-python, async": _openai,
}
