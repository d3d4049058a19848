"""Clients that read one streamed reply to its end, ours and others, called the way they call themselves.

Each is an open client and a coroutine that reads a reply; libraries are imported when a client is opened, so that a
first call has its imports in it. The functions without an underscore are contenders, run by ``worker``.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

_KEY = "sk-bench-0123456789abcdef"
_MODEL = "kimi-k2-thinking"
_MESSAGES: Any = [{"role": "user", "content": "q"}]
_BODY = {"model": _MODEL, "messages": _MESSAGES, "stream": True, "max_tokens": 32_768}


class Read(NamedTuple):
    """What a client read: characters of reasoning and answer, and when the first came (``time.perf_counter``)."""

    reasoning: int
    text: int
    first: float


class _Count:
    """Counts what is read."""

    def __init__(self) -> None:
        self.reasoning, self.text, self.first = 0, 0, 0.0

    def add(self, thought: str | None, said: str | None) -> None:
        if thought or said:
            self.first = self.first or time.perf_counter()
            self.reasoning += len(thought or "")
            self.text += len(said or "")

    @property
    def read(self) -> Read:
        return Read(self.reasoning, self.text, self.first)


Opened = Callable[[str], AbstractAsyncContextManager[Callable[[], Awaitable[Read]]]]
Contender = Callable[..., dict[str, Any]]


def _contender(opened: Opened) -> Contender:
    def measured(base_url: str, rounds: int = 1) -> dict[str, Any]:
        """Read a reply so often: ms to each first text, processor seconds of each, the last's characters, memory."""
        firsts, seconds, reads = [], [], []

        async def main() -> None:
            begun, spent = time.perf_counter(), time.process_time()
            async with opened(base_url) as read:
                for _ in range(rounds):
                    reads.append(await read())
                    firsts.append(1000 * (reads[-1].first - begun))
                    seconds.append(time.process_time() - spent)
                    begun, spent = time.perf_counter(), time.process_time()

        before = _memory("VmRSS", forget_peak=True)
        _loop().run_until_complete(main())
        taken = _memory("VmHWM") - before
        return {"firsts": firsts, "seconds": seconds, "read": reads[-1][:2], "memory": taken}

    return measured


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """One for all that this process is asked: clients keep connections that belong to theirs."""
    return asyncio.new_event_loop()


def _memory(what: str, *, forget_peak: bool = False) -> int:
    """Bytes this process holds, or held at most; 0 where that is not told."""
    try:
        if forget_peak:
            Path("/proc/self/clear_refs").write_text("5")
        found = re.search(rf"^{what}:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return 1024 * int(found[1]) if found else 0


# ---- ours ------------------------------------------------------------------------------------------------------------


def endpoint(base_url: str) -> Any:
    """An address as our client takes it."""
    from kimi_jupyter.settings import Keys, Settings, resolve

    return resolve(Settings(base_url=base_url), Keys({"KIMI_JUPYTER_API_KEY": _KEY}), offline=lambda: ("", ""))


async def read_events(client: Any, place: Any, assembly: Any) -> Read:
    """Bytes to events, secrets taken out: all that happens before a view gets them."""
    from kimi_jupyter.chat.events import ReasoningDelta, TextDelta
    from kimi_jupyter.chat.messages import User
    from kimi_jupyter.chat.redacted import redacted
    from kimi_jupyter.chat.wire import request_body

    count, kinds = _Count(), (ReasoningDelta, TextDelta)
    body = request_body([User("q")], [], model=place.model, model_id=place.model_id, max_tokens=32_768, cache_key="b")
    async with aclosing(redacted(client.stream(body), place.secrets)) as deltas:
        async for delta in deltas:
            for event in assembly.feed(delta):
                if isinstance(event, kinds):
                    thought = isinstance(event, ReasoningDelta)
                    count.add(event.text if thought else None, None if thought else event.text)
    return count.read


@asynccontextmanager
async def _events(base_url: str) -> AsyncIterator[Callable[[], Awaitable[Read]]]:
    from kimi_jupyter.chat.assemble import Assembly
    from kimi_jupyter.chat.client import HttpClient

    place = endpoint(base_url)
    client = HttpClient(place)
    try:
        yield lambda: read_events(client, place, Assembly())
    finally:
        await client.close()


@asynccontextmanager
async def _turn(base_url: str) -> AsyncIterator[Callable[[], Awaitable[Read]]]:
    from kimi_jupyter.agent.conversation import Conversation
    from kimi_jupyter.agent.gate import PolicyGate
    from kimi_jupyter.agent.loop import Agent
    from kimi_jupyter.agent.tools import Toolbox
    from kimi_jupyter.chat.client import HttpClient
    from kimi_jupyter.chat.events import ReasoningDelta, TextDelta
    from tests.matrix.trial import Python

    place = endpoint(base_url)
    client = HttpClient(place)

    async def read() -> Read:
        count = _Count()
        agent = Agent(place, client, Conversation("b"), Toolbox(), PolicyGate("never", lambda _: None), Python())
        async for event in agent.run_turn("t", "q", "q"):
            if isinstance(event, ReasoningDelta):
                count.add(event.text, None)
            elif isinstance(event, TextDelta):
                count.add(None, event.text)
        return count.read

    try:
        yield read
    finally:
        await client.close()


# ---- others ----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _raw(base_url: str) -> AsyncIterator[Callable[[], Awaitable[Read]]]:
    """A socket, chunks of HTTP/1.1, and orjson: the least that is possible."""
    import orjson

    host, _, path = base_url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port))) as connection, connection.makefile("rb") as stream:

        async def read() -> Read:
            body = orjson.dumps(_BODY)
            head = f"POST /{path}/chat/completions HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            while stream.readline() != b"\r\n":
                pass
            count, rest = _Count(), b""
            while size := int(stream.readline(), 16):
                *events, rest = (rest + stream.read(size)).split(b"\n\n")
                stream.readline()
                for event in events:
                    if event != b"data: [DONE]":
                        for choice in orjson.loads(event[6:])["choices"]:
                            count.add(choice["delta"].get("reasoning_content"), choice["delta"].get("content"))
            stream.readline()
            return count.read

        yield read


@asynccontextmanager
async def _bare(base_url: str) -> AsyncIterator[Callable[[], Awaitable[Read]]]:
    """The least a client does that is none of its own making: httpx, httpx-sse, json."""
    import httpx
    import httpx_sse

    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:

        async def read() -> Read:
            count = _Count()
            async with httpx_sse.aconnect_sse(client, "POST", f"{base_url}/chat/completions", json=_BODY) as source:
                async for event in source.aiter_sse():
                    if event.data != "[DONE]":
                        for choice in json.loads(event.data)["choices"]:
                            count.add(choice["delta"].get("reasoning_content"), choice["delta"].get("content"))
            return count.read

        yield read


@asynccontextmanager
async def _openai(base_url: str) -> AsyncIterator[Callable[[], Awaitable[Read]]]:
    import openai

    async with openai.AsyncOpenAI(base_url=base_url, api_key=_KEY) as client:

        async def read() -> Read:
            count = _Count()
            async for chunk in await client.chat.completions.create(model=_MODEL, messages=_MESSAGES, stream=True):
                for choice in chunk.choices:
                    count.add(getattr(choice.delta, "reasoning_content", None), choice.delta.content)
            return count.read

        yield read


@asynccontextmanager
async def _langchain(base_url: str) -> AsyncIterator[Callable[[], Awaitable[Read]]]:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model=_MODEL, base_url=base_url, api_key=_KEY)

    async def read() -> Read:
        count = _Count()
        async for chunk in model.astream("q"):
            count.add(chunk.additional_kwargs.get("reasoning_content"), chunk.text)
        return count.read

    yield read


@asynccontextmanager
async def _litellm(base_url: str) -> AsyncIterator[Callable[[], Awaitable[Read]]]:
    import litellm

    litellm.telemetry = False

    async def read() -> Read:
        count = _Count()
        asked = {"model": f"openai/{_MODEL}", "api_base": base_url, "api_key": _KEY, "messages": _MESSAGES}
        async for chunk in await litellm.acompletion(**asked, stream=True):
            for choice in chunk.choices:
                count.add(getattr(choice.delta, "reasoning_content", None), choice.delta.content)
        return count.read

    yield read


raw, bare, events, turn = _contender(_raw), _contender(_bare), _contender(_events), _contender(_turn)
openai, langchain, litellm = _contender(_openai), _contender(_langchain), _contender(_litellm)
