"""Servers for tests of the network: one that answers as told and remembers what it was asked, and a proxy.

Real sockets on loopback, one thread a connection. With a certificate a server speaks TLS.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

__all__ = ["TLS", "Answer", "Proxy", "Server", "sse"]

#: Where the certificates of the tests are.
TLS = Path(__file__).parents[1] / "data" / "tls"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answers; a body that is no bytes is sent as JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


def sse(*payloads: Any) -> Answer:
    """A stream of events, with the end it should have."""
    events = [*(json.dumps(payload) for payload in payloads), "[DONE]"]
    body = "".join(f"data: {event}\n\n" for event in events).encode()
    return Answer(body, headers={"Content-Type": "text/event-stream"})


class _Running(ABC):
    """A server on a thread of its own for as long as the ``with`` lasts."""

    def __init__(self) -> None:
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self.port: int = self._http.server_address[1]
        self.asked: list[Asked] = []

    @abstractmethod
    def answer(self, request: Asked) -> Answer:
        """What a request gets."""

    def connect(self, handler: BaseHTTPRequestHandler) -> None:
        """What ``CONNECT`` gets."""
        handler.send_error(405)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class Server(_Running):
    """Answers every request as it is told.

    Parameters
    ----------
    answer
        What it answers: always this, or what the function makes of the request.
    certificate
        Name of a certificate in :data:`TLS`.
    """

    def __init__(self, answer: Answer | Callable[[Asked], Answer], certificate: str = "") -> None:
        super().__init__()
        self._answer = answer
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / f"{certificate}.pem", TLS / "server.key")
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.scheme = "https" if certificate else "http"

    @property
    def base_url(self) -> str:
        """Its address by the name ``localhost``."""
        return f"{self.scheme}://localhost:{self.port}/v1"

    def answer(self, request: Asked) -> Answer:
        return self._answer if isinstance(self._answer, Answer) else self._answer(request)


class Proxy(_Running):
    """A proxy that knows names only it can resolve.

    Parameters
    ----------
    hosts
        Name → port on this machine.
    password
        What it asks for, as ``Basic`` credentials; ``""``: nothing.
    """

    def __init__(self, hosts: Mapping[str, int], password: str = "") -> None:
        super().__init__()
        self._hosts = dict(hosts)
        self._password = password

    @property
    def address(self) -> str:
        """What stands in ``HTTPS_PROXY``."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Asked) -> Answer:
        from urllib.parse import urlsplit

        parts = urlsplit(request.target)
        port = self._hosts.get(parts.hostname or "")
        if port is None or parts.scheme != "http":
            return Answer({"error": {"message": f"no way to {request.target}"}}, 502)
        import http.client

        upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            upstream.request(request.method, parts.path, request.body, {**request.headers, "via": "1.1 test"})
            response = upstream.getresponse()
            kind = response.getheader("content-type") or "application/json"
            return Answer(response.read(), response.status, {"Content-Type": kind})
        finally:
            upstream.close()

    def connect(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append(Asked("CONNECT", handler.path, headers, b""))
        if self._password and headers.get("proxy-authorization") != self._password:
            handler.send_error(407)
            return
        port = self._hosts.get(handler.path.partition(":")[0])
        if port is None:
            handler.send_error(502)
            return
        with socket.create_connection(("127.0.0.1", port), 10) as upstream:
            handler.send_response(200)
            handler.end_headers()
            back = threading.Thread(target=_pump, args=(upstream, handler.connection), daemon=True)
            back.start()
            _pump(handler.connection, upstream)
            back.join(10)
        handler.close_connection = True


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # one of the two is gone: so is the tunnel
        return


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    owner: _Running

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what tests are about; nothing is printed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Asked(self.command, self.path, headers, self.rfile.read(size))
        self.server.owner.asked.append(request)
        answer = self.server.owner.answer(request)
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 - the name is HTTP's

    def do_CONNECT(self) -> None:
        self.server.owner.connect(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""
