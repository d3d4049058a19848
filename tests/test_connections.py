"""A connection is used again: a turn of many steps must not pay for a new one, with TLS, at each step."""

from __future__ import annotations

import asyncio
import time

import pytest

from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.messages import User
from kimi_jupyter.chat.wire import request_body
from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings import Keys, Settings, resolve

_EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def endpoint(url, *, stream=True):
    keys = Keys({"KIMI_JUPYTER_API_KEY": "sk-test-0123456789"})
    return resolve(Settings(base_url=url, stream=stream), keys, offline=lambda: ("", ""))


async def ask(client, place):
    """One reply; its text and our end of the connection it came by."""
    ends = []

    def observe(response):
        ends.append(response.extensions["network_stream"].get_extra_info("client_addr"))

    body = request_body(
        [User("q")],
        [],
        model=place.model,
        model_id=place.model_id,
        max_tokens=32_768,
        cache_key="",
        stream=place.stream,
    )
    text = "".join([delta.text or "" async for delta in client.stream(body, observe=observe)])
    return text, ends[0]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "faults", [(), (Fault("split", size=9),), (Fault("no_done"),)], ids=["plain", "split", "no_done"]
)
def test_the_next_request_takes_the_same_connection(stream, faults):
    async def main(place):
        client = HttpClient(place)
        try:
            return [await ask(client, place) for _ in range(3)]
        finally:
            await client.close()

    with OfflineServer(key="sk-test-0123456789") as server:
        server.script([(*faults, Reply("Thought.", "hi"))] * 3)
        answers = asyncio.run(main(endpoint(server.base_url, stream=stream)))
    assert [text for text, _ in answers] == ["hi"] * 3
    assert len({end for _, end in answers}) == 1


@pytest.mark.parametrize("after", [b"", b"%x\r\n%s\r\n" % (len(_EVENT), _EVENT), b"nonsense\r\n"])
def test_what_comes_after_the_end_is_neither_waited_for_nor_told(after):
    gone = asyncio.Event()

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD + b"%x\r\n%s\r\n" % (len(_EVENT), _EVENT) + after)
        await reader.read()  # until the client goes
        writer.close()
        gone.set()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        place = endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        client, begun = HttpClient(place), time.monotonic()
        try:
            text, _ = await ask(client, place)
        finally:
            seconds = time.monotonic() - begun
            await client.close()
            await gone.wait()
            server.close()
        return text, seconds

    text, seconds = asyncio.run(main())
    assert text == "hi"
    assert seconds < 2
