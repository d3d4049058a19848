"""Replies of many endpoints, replayed however the network may cut them: protocol §3.1, §3.4, §3.6; NET-01…NET-11.

A tape (``tapes/*.sse``) is the body of a streamed reply, written after an endpoint's grammar; the JSON beside it says
what the reply is. What a cut can change is decided where bytes become payloads, so each single cut is tried there;
whole tapes, single bytes and small pieces go through the client.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest

from kimi_jupyter.chat.assemble import Assembly
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.events import CallDrafted, ReasoningDelta, TextDelta
from kimi_jupyter.chat.messages import Assistant, ToolCall, Usage
from kimi_jupyter.chat.stream import payloads
from kimi_jupyter.chat.wire import parse_chunk
from kimi_jupyter.errors import BadReply, Unreachable
from kimi_jupyter.settings import Keys, Settings, resolve

TAPES = {path.stem: path for path in sorted(Path(__file__).with_name("tapes").glob("*.sse"))}
TOOLS = {"add", "multiply", "divide", "get_weather"}
STREAM, JSON = {"Content-Type": "text/event-stream"}, {"Content-Type": "application/json"}
every_tape = pytest.mark.parametrize("name", TAPES)


def recorded(name):
    """The bytes of a tape, and what is to come of them."""
    return TAPES[name].read_bytes(), json.loads(TAPES[name].with_suffix(".json").read_text("utf-8"))


class Pieces(httpx.AsyncByteStream):
    """A body that comes in these pieces; after the last the connection ends, or breaks."""

    def __init__(self, pieces: Iterable[bytes], *, breaks: bool = False) -> None:
        self._pieces, self._breaks = pieces, breaks

    async def __aiter__(self):
        for piece in self._pieces:
            yield piece
        if self._breaks:
            raise httpx.ReadError("connection reset")


def assembly():
    return Assembly(tools=TOOLS)


class Player:
    """Our client at an endpoint that plays tapes."""

    def __init__(self):
        settings = Settings(base_url="http://127.0.0.1:9/v1")
        self.client = HttpClient(resolve(settings, Keys({"KIMI_JUPYTER_API_KEY": "k"}), offline=None))
        self._response = None
        # httpx's own stand-in for the network; all above it is the client as it is.
        self.client._http = httpx.AsyncClient(
            base_url="http://127.0.0.1:9/v1/", transport=httpx.MockTransport(lambda _: self._response)
        )

    def play(self, pieces, headers=STREAM, *, breaks=False):
        """Events and reply; with ``breaks`` the reply of a connection that breaks after the pieces."""
        self._response = httpx.Response(200, headers=headers, stream=Pieces(pieces, breaks=breaks))
        return asyncio.run(self._play(breaks=breaks))

    async def _play(self, *, breaks):
        one, events = assembly(), []
        try:
            async for delta in self.client.stream({"model": "kimi-k2-thinking"}):
                events += one.feed(delta)
        except Unreachable:
            assert breaks
        return events + one.end(), one.reply()


@pytest.fixture(scope="module")
def player():
    return Player()


def check(events, reply, wanted):
    """A reply is what it should be, and its events add up to it."""
    message = Assistant(
        wanted["text"],
        wanted["reasoning"],
        tuple(ToolCall(*call) for call in wanted["calls"]),
        wanted["reasoning_field"],
        tuple(wanted["details"]),
    )
    assert reply.message == message
    assert reply.finish == wanted["finish"]
    assert reply.usage == (Usage(*wanted["usage"]) if wanted["usage"] else None)
    assert reply.recovered == set(wanted["recovered"])
    assert reply.raw_arguments == {call: arguments for call, _, arguments in wanted["calls"]}
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == message.text
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == (message.reasoning or "")
    drafts: dict[int, str] = {}
    for event in events:
        if isinstance(event, CallDrafted):
            drafts[event.index] = drafts.get(event.index, "") + event.arguments
    assert [drafts[index] for index in sorted(drafts)] == [call.arguments for call in message.calls]


def bytewise(raw):
    return [raw[place : place + 1] for place in range(len(raw))]


def small_pieces(raw, seed):
    rng, place = random.Random(seed), 0
    while place < len(raw):
        length = rng.randint(1, 7)
        yield raw[place : place + length]
        place += length


async def read_payloads(*pieces):
    """The payloads that come of a body, however soon it ends."""
    found = []
    response = httpx.Response(200, headers=STREAM, stream=Pieces(pieces))
    with contextlib.suppress(BadReply):
        found.extend([payload async for payload in payloads(response)])
    return found


# ---- cuts ------------------------------------------------------------------------------------------------------------


@every_tape
def test_net_06_10_11_the_reply_is_right_and_no_small_pieces_change_it(name, player):
    raw, wanted = recorded(name)
    events, reply = player.play([raw])
    check(events, reply, wanted)
    assert player.play(bytewise(raw)) == (events, reply)
    for seed in range(2):
        assert player.play(small_pieces(raw, seed)) == (events, reply)


@every_tape
def test_net_07_no_single_cut_changes_the_payloads(name):
    raw, _ = recorded(name)

    async def run():
        whole = await read_payloads(raw)
        for cut in range(1, len(raw)):
            assert await read_payloads(raw[:cut], raw[cut:]) == whole, cut

    asyncio.run(run())


@every_tape
def test_net_01_02_an_end_that_came_too_early_is_told(name):
    """A clean end of the connection at any byte is no end of the reply unless its last chunk had come."""
    raw, wanted = recorded(name)
    last = re.search(rb'"finish_reason":"[^\r\n]*', raw)
    assert last is not None

    async def run():
        seen: dict[int, str] = {}  # a reply is made of its payloads: each number of them is put together once
        for end in range(1, len(raw)):
            came = await read_payloads(raw[:end])
            if len(came) not in seen:
                one = assembly()
                for payload in came:
                    one.feed(parse_chunk(payload))
                seen[len(came)] = one.reply().finish
            assert seen[len(came)] == (wanted["finish"] if seen[len(came)] != "cut" else "cut")
            assert seen[len(came)] == "cut" or end >= last.end()
        assert "cut" in seen.values()

    asyncio.run(run())


@every_tape
def test_net_01_04_a_connection_that_breaks_leaves_what_was_said(name, player):
    raw, wanted = recorded(name)
    for end in range(0, raw.find(b'"finish_reason":"'), 193):
        events, reply = player.play([raw[:end]], breaks=True)
        assert reply.finish == "cut"
        assert wanted["text"].startswith(reply.message.text) or wanted["recovered"] or "<" in raw.decode()
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == reply.message.text
        assert "<|" not in (reply.message.text + (reply.message.reasoning or "")).replace("a <| b", "")


# ---- replies in one piece --------------------------------------------------------------------------------------------


@every_tape
@pytest.mark.parametrize("objects", [False, True])
@pytest.mark.parametrize("before", [b"", b"\n   \n\n   \n"])
def test_a_reply_in_one_piece_is_the_same(name, objects, before, player):
    """Also with arguments as objects, and after the blank lines that keep a connection open (protocol §3.4)."""
    _, wanted = recorded(name)
    calls = [
        {"id": call, "type": "function", "function": {"name": tool, "arguments": json.loads(raw) if objects else raw}}
        for call, tool, raw in wanted["calls"]
    ]
    message = {"role": "assistant", "content": wanted["text"] or None, "tool_calls": calls or None}
    if wanted["reasoning"] is not None:
        message |= {wanted["reasoning_field"]: wanted["reasoning"], "reasoning_details": wanted["details"] or None}
    body = {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    if wanted["finish"] == "length":
        body["choices"][0]["finish_reason"] = "length"
    if wanted["usage"]:
        prompt, completion, cached, reasoning, cost = wanted["usage"]
        body["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "prompt_tokens_details": {"cached_tokens": cached},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
            "cost": cost,
        }
    events, reply = player.play([before + json.dumps(body, ensure_ascii=False).encode()], JSON)
    if objects:
        wanted["calls"] = [
            [call, tool, json.dumps(json.loads(raw), ensure_ascii=False)] for call, tool, raw in wanted["calls"]
        ]
    check(events, reply, wanted | {"recovered": []})
