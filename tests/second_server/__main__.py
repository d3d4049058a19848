"""Our client against a server not of our making: ``make matrix LITELLM=1``, or ``make matrix`` once it is installed.

LiteLLM's proxy answers with its mock replies; then it stands between us and the offline endpoint, which is strict
about what comes back. ``python -m tests.second_server install`` makes its environment first.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.events import CallFinished, Event, ReasoningDelta, TextDelta, TurnEnded, UsageReported, Waiting
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings import Keys, Settings, resolve
from tests.matrix.trial import Host, quick_retries

from .proxy import KEY, environment, installed, proxy

_TEXT, _CODE = "It is **42**, a number.", "x = 6 * 7\nprint(x)"
_MOCK = {"model": "openai/kimi-k2-thinking", "api_key": "none"}
_CALL = {"id": "call_1", "type": "function", "function": {"name": "run_python", "arguments": '{"code": "6 * 7"}'}}


def _host(url: str, model: str, *, stream: bool) -> Host:
    settings = Settings(base_url=url, model=model, stream=stream)
    return Host(resolve(settings, Keys({"KIMI_JUPYTER_API_KEY": KEY}), offline=lambda: ("", "")))


def _turn(host: Host, question: str = "What is six times seven?") -> tuple[list[Event], TurnEnded]:
    events = asyncio.run(host.turn(question))
    assert isinstance(events[-1], TurnEnded)
    return events, events[-1]


def _said(events: list[Event], kind: type[TextDelta | ReasoningDelta] = TextDelta) -> str:
    return "".join(event.text for event in events if isinstance(event, kind))


def answers(url: str, stream: bool, _: OfflineServer) -> None:
    """A mock reply is shown whole, counted, and the conversation goes on."""
    host = _host(url, "mock", stream=stream)
    for question in ("One?", "Two?"):
        events, end = _turn(host, question)
        assert (end.reason, _said(events)) == ("complete", _TEXT), end
        usage = [event.usage for event in events if isinstance(event, UsageReported)]
        assert len(usage) == 1
        assert usage[0].prompt > 0
        assert not usage[0].estimated


def calls(url: str, stream: bool, _: OfflineServer) -> None:
    """A mock call is asked about, run, and stopped when it is made for ever; LiteLLM does not stream mock calls."""
    host = _host(url, "call", stream=stream)
    events, end = _turn(host)
    if stream:
        assert end.reason == "complete", end
        assert host.executor.ran == []
        return
    assert host.executor.ran == host.asked == ["6 * 7"] * 2
    assert end.reason == "limit", end
    assert [event.status for event in events if isinstance(event, CallFinished)][:2] == ["ok", "ok"]


def limits(url: str, stream: bool, _: OfflineServer) -> None:
    """A rate limit is waited for, then told in one line."""
    events, end = _turn(_host(url, "limited", stream=stream))
    assert end.reason == "failed", end
    assert "\n" not in end.message
    assert len([event for event in events if isinstance(event, Waiting)]) == 4


def breaks(url: str, stream: bool, _: OfflineServer) -> None:
    """An error in the middle of a reply is told, and not as an answer."""
    _, end = _turn(_host(url, "broken", stream=stream))
    assert end.reason == "failed", end
    assert "\n" not in end.message


def refuses(url: str, stream: bool, _: OfflineServer) -> None:
    """A model it does not have is told so, with those it has."""
    _, end = _turn(_host(url, "nothing-like-it", stream=stream))
    assert end.reason == "failed", end
    assert "nothing-like-it" in end.message


def lists(url: str, stream: bool, _: OfflineServer) -> None:
    """Its models are listed."""

    async def ask() -> list[str]:
        client = HttpClient(_host(url, "mock", stream=stream).endpoint)
        try:
            return await client.models()
        finally:
            await client.close()

    assert "mock" in asyncio.run(ask())


def passes_on(url: str, stream: bool, upstream: OfflineServer) -> None:
    """Behind it, thoughts, calls and their results go through unchanged, and the strict endpoint takes the history."""
    host = _host(url, "kimi-k2-thinking", stream=stream)
    before = len(upstream.requests)
    first, second = (("run_python", {"code": code}) for code in (_CODE, "x + 1"))
    upstream.script([Reply("Let me compute.", "", (first,)), Reply("Once more.", "", (second,)), Reply("Done.", _TEXT)])
    events, end = _turn(host)
    assert (end.reason, _said(events).strip()) == ("complete", _TEXT), end
    assert host.executor.ran == [_CODE, "x + 1"]
    assert _said(events, ReasoningDelta) == "Let me compute.Once more.Done."
    assert [request.status for request in upstream.requests[before:]] == [200] * 3
    upstream.script([Reply("Again.", "Back.")])
    assert _turn(host, "And now?")[1].reason == "complete"


CHECKS: tuple[Callable[[str, bool, OfflineServer], None], ...] = (
    answers,
    calls,
    limits,
    breaks,
    refuses,
    lists,
    passes_on,
)


@contextmanager
def _running() -> Iterator[tuple[str, OfflineServer]]:
    """The proxy's base URL, and the endpoint behind it."""
    with OfflineServer(key=KEY) as upstream:
        behind = {"model": "openai/kimi-k2-thinking", "api_base": upstream.base_url, "api_key": KEY}
        models = {
            "mock": {**_MOCK, "mock_response": _TEXT},
            "call": {**_MOCK, "mock_response": "Let me compute.", "mock_tool_calls": [_CALL]},
            "limited": {**_MOCK, "mock_response": "litellm.RateLimitError"},
            "broken": {**_MOCK, "mock_response": "Exception: mock_streaming_error"},
            "kimi-k2-thinking": behind,
        }
        with proxy(environment(), models) as url:
            yield url, upstream


def main(words: list[str]) -> int:
    """Run every check, streamed and in one piece; install the proxy only if told to."""
    if "install" not in words and installed() is None:
        print("LiteLLM's proxy is not installed, so nothing was run against it; make matrix LITELLM=1 installs it")
        return 0
    held = 0
    with quick_retries(), _running() as (url, upstream):
        for check in CHECKS:
            for stream in (True, False):
                mode = "streamed" if stream else "in one piece"
                try:
                    check(url, stream, upstream)
                except AssertionError as error:
                    print(f"F {check.__name__}, {mode}: {error}")
                else:
                    held += 1
                    print(f". {check.__name__}, {mode}: {check.__doc__}")
    total = 2 * len(CHECKS)
    print(f"LiteLLM's proxy: {held} of {total} hold")
    return int(held != total)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
