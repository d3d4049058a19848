"""A server that costs next to nothing: canned streams on loopback, in a process of its own.

What is measured against it is the client: it shares no interpreter, checks nothing and makes nothing up. The first part
of the path says what to serve: ``/tokens/N/v1/…`` streams N chunks of a token each, ``/calls/0/v1/…`` a thought and a
call that is new each time. Needs the standard library only, so that any interpreter can run it as a script.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import random
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

__all__ = ["ANSWER_TOKENS", "THOUGHT_TOKENS", "Arrivals", "running"]

_random = random.Random(0)


def _vocabulary(letters: int) -> tuple[str, ...]:
    return tuple(" " + "".join(_random.choices("abcdefghijklmnoprstuvw", k=letters)) for _ in range(2_000))


#: Each of one length, and many: who repeats itself is stopped, by us and by LiteLLM.
THOUGHT_TOKENS, ANSWER_TOKENS = _vocabulary(7), _vocabulary(4)
_BLOCK = 65_536
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_numbers = itertools.count()


@contextmanager
def running() -> Iterator[str]:
    """Run it; gives its address without a path."""
    process = subprocess.Popen([sys.executable, str(Path(__file__))], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


class Arrivals:
    """A server in this process that notes when a question's last byte came, and gives a short answer.

    Attributes
    ----------
    last
        When (``time.perf_counter``).
    """

    def __init__(self) -> None:
        self.last = 0.0
        arrivals = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while line := self.rfile.readline():
                    length = 0
                    while (header := self.rfile.readline().strip()) != b"":
                        if header.lower().startswith(b"content-length:"):
                            length = int(header.partition(b":")[2])
                    self.rfile.read(length)
                    if line.startswith(b"POST"):
                        arrivals.last = time.perf_counter()
                    self.wfile.write(_tokens(8))

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _event(delta: dict[str, Any], finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    chunk: dict[str, Any] = {
        "id": "chatcmpl-69100000000000000000000a",
        "object": "chat.completion.chunk",
        "created": 1_762_500_000,
        "model": "kimi-k2-thinking",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        "system_fingerprint": "fpv0_10a6da87",
    }
    if usage:
        chunk["usage"] = usage
    return b"data: %s\n\n" % json.dumps(chunk, separators=(",", ":")).encode()


def _chunked(events: list[bytes]) -> bytes:
    """The first event by itself, as a server under way sends it, then blocks as a busy connection has them."""
    blocks, rest = [events[0]], b"".join(events[1:])
    blocks += [rest[start : start + _BLOCK] for start in range(0, len(rest), _BLOCK)]
    return b"".join(b"%x\r\n%s\r\n" % (len(block), block) for block in blocks) + b"0\r\n\r\n"


def _whole(events: list[bytes], finish: str, tokens: int) -> bytes:
    usage = {"prompt_tokens": 100, "completion_tokens": tokens, "total_tokens": 100 + tokens}
    return _HEAD + _chunked([_event({"role": "assistant", "content": ""}), *events, _event({}, finish, usage), _DONE])


_DONE = b"data: [DONE]\n\n"


@functools.cache
def _tokens(count: int) -> bytes:
    """Half of it reasoning, half of it the answer."""
    thoughts = [_event({"reasoning_content": token}) for token in _turns(THOUGHT_TOKENS, count // 2)]
    answer = [_event({"content": token}) for token in _turns(ANSWER_TOKENS, count - count // 2)]
    return _whole(thoughts + answer, "stop", count)


def _turns(tokens: tuple[str, ...], count: int) -> list[str]:
    """So many tokens in no order, always the same."""
    return random.Random(count).choices(tokens, k=count)


def _call() -> bytes:
    number = next(_numbers)
    thoughts = [_event({"reasoning_content": token}) for token in _turns(THOUGHT_TOKENS, 60)]
    call = {"index": 0, "id": f"run_python:{number}", "type": "function"}
    begun = _event({"tool_calls": [{**call, "function": {"name": "run_python", "arguments": ""}}]})
    arguments = json.dumps({"code": f"x = {number}", "purpose": "Count on."})
    parts = [arguments[start : start + 4] for start in range(0, len(arguments), 4)]
    pieces = [_event({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}) for part in parts]
    return _whole([*thoughts, begun, *pieces], "tool_calls", 60 + len(pieces))


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            _, kind, count, *_ = head.split(" ", 2)[1].split("/")
            length = next((line for line in head.lower().split("\r\n") if line.startswith("content-length:")), ":0")
            await reader.readexactly(int(length.partition(":")[2]))
            writer.write(_tokens(int(count)) if kind == "tokens" else _call())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
