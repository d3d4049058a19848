"""A server on loopback, in a process of its own, whose answers say when each line was sent.

Every line is the number of its stream and the time (``time.monotonic``, which all processes of a machine share). Needs
the standard library only, so that it can be run as a script.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["LINES", "read", "running"]

#: Lines of an answer, and seconds from one to the next.
LINES, _BEAT = 30, 0.1
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
_numbers = itertools.count()


def read(line: str) -> tuple[int, float]:
    """The stream that a line is of, and when it was sent."""
    stream, at = line.split()
    return int(stream), float(at)


@contextmanager
def running() -> Iterator[str]:
    """Run it; gives the base URL."""
    with subprocess.Popen([sys.executable, str(Path(__file__))], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.terminate()


def _event(text: str, finish: str | None = None) -> bytes:
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_762_500_000,
        "model": "kimi-k2-thinking",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}],
    }
    return b"data: %s\n\n" % json.dumps(chunk).encode()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    stream = next(_numbers)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
    writer.write(_HEAD)
    for _ in range(LINES):
        await asyncio.sleep(_BEAT)
        writer.write(_event(f"{stream} {time.monotonic():.6f}\n"))
        await writer.drain()
    writer.write(_event("", "stop") + b"data: [DONE]\n\n")
    writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
