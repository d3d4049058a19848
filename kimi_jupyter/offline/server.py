"""The offline endpoint as a server: a thread of its own with a loop of its own, on loopback. Imports tornado.

It must not share a kernel's loop: a blocked cell would block it, and a test's fault would block the kernel.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from tornado.httpserver import HTTPServer

from .chat import Chat
from .dialects import DIALECTS
from .faults import Entry, Script
from .record import Received
from .reply import Reply
from .routes import Service, make_application

__all__ = ["OfflineServer"]

_HOST = "127.0.0.1"
#: Bytes of a request: a file of 100 MB (protocol §5.4) and its frame.
_LARGEST_REQUEST = 101 * 2**20


class OfflineServer:
    """A real HTTP server on loopback that speaks Moonshot's protocol, and answers with a rule-based analyst.

    Parameters
    ----------
    port
        TCP port; 0 takes a free one.
    key
        The key to ask for; one is made if none is given.
    dialect
        The endpoint to sound like, a name of ``dialects.DIALECTS``.
    script
        Faults and replies by request, see :meth:`script`.
    delay
        Seconds between the chunks of a stream.
    analyst
        Replies to a request's body instead of the package's analyst.

    Raises
    ------
    ValueError
        There is no such dialect, or the key can't be a header's value.
    """

    def __init__(
        self,
        port: int = 0,
        key: str | None = None,
        *,
        dialect: str = "moonshot",
        script: Sequence[Entry] | Mapping[int, Entry] | None = None,
        delay: float = 0.0,
        analyst: Callable[[dict[str, Any]], Reply] | None = None,
    ) -> None:
        if dialect not in DIALECTS:
            raise ValueError(f"{dialect!r} is no dialect; there are {', '.join(DIALECTS)}")
        if key is not None and (not key.isascii() or not key.isprintable() or not key.strip() or " " in key):
            raise ValueError("a key is printable ASCII without spaces")
        self.key = key if key is not None else f"sk-offline-{secrets.token_hex(16)}"
        self._port = port
        self._service = Service(self.key, Chat(DIALECTS[dialect], analyst, delay))
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        if script is not None:
            self.script(script)

    def script(self, entries: Sequence[Entry] | Mapping[int, Entry], *, path: str = "/v1/chat/completions") -> None:
        """Say what the next requests get.

        Parameters
        ----------
        entries
            By request from now on, from 0: ``None``, a ``Fault``, a ``Reply`` that is sent instead of the analyst's, or
            a tuple of them.
        path
            The route. Others than the chat's know the faults of ``HTTP_FAULTS``, and ``delay``.
        """
        self._service.scripts[path] = Script(entries)

    @property
    def requests(self) -> list[Received]:
        """The latest requests, oldest first."""
        return self._service.record.list()

    @property
    def delay(self) -> float:
        """Seconds between chunks; may be set while it runs."""
        return self._service.chat.delay

    @delay.setter
    def delay(self, seconds: float) -> None:
        self._service.chat.delay = seconds

    @property
    def port(self) -> int:
        """The TCP port; 0 before the first start if none was asked for."""
        return self._port

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes for its base URL."""
        if not self._port:
            raise RuntimeError("The offline endpoint has no address before start().")
        return f"http://{_HOST}:{self._port}/v1"

    def start(self) -> None:
        """Listen; returns when requests are answered. Does nothing if it runs.

        Raises
        ------
        OSError
            The port is taken.
        """
        if self._thread is not None:
            return
        listening = _listen(self._port)
        self._port = listening.getsockname()[1]  # kept: after a stop and a start the address is the same
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(listening, ready), name="kimi-offline-endpoint", daemon=True
        )
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Close every connection and end the thread. Does nothing if it does not run."""
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = self._loop = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, listening: socket.socket, ready: threading.Event) -> None:
        # tornado wants a loop with add_reader, which the default one of Windows lacks.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._serve(listening, ready))

    async def _serve(self, listening: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = HTTPServer(make_application(self._service), max_body_size=_LARGEST_REQUEST)
        server.add_socket(listening)
        ready.set()
        await self._stopping.wait()
        server.stop()
        await server.close_all_connections()


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there it would let a second server take the port away
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_HOST, port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening
