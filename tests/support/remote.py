"""Kernels on another server: a kernel gateway, a Jupyter server in front of it, and a front end of the latter.

All by Jupyter Server itself: with a gateway's address it starts no kernel but hands every message on. ``RemoteKernel``
speaks the web socket that a browser speaks, and is used as a :class:`~tests.support.kernels.Kernel` is.
"""

from __future__ import annotations

import json
import queue
import socket
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import websocket
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session

from tests.support.isolation import clean_environment
from tests.support.kernels import Kernel
from tests.support.lab import serving

__all__ = ["RemoteKernel", "Server", "remote_kernel", "running_server"]

#: What this environment's servers would load besides, which takes seconds and nothing here needs.
_EXTENSIONS = ("jupyterlab", "notebook", "notebook_shim", "jupyter_lsp", "jupyter_server_terminals")


@dataclass(frozen=True, slots=True)
class Server:
    """A running Jupyter server: its base address (a slash at the end), what opens it, and the home of its user."""

    url: str
    token: str
    home: Path

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask its REST API."""
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        with urlopen(Request(f"{self.url}{path}", data, headers, method=method), timeout=60) as reply:
            text = reply.read()
        return json.loads(text) if text else None


@contextmanager
def running_server(place: Path, environ: Mapping[str, str] = {}) -> Iterator[Server]:
    """Run a Jupyter server of a user of its own.

    Parameters
    ----------
    place
        The user's home, where the server works; made if it is not there.
    environ
        Variables that it gets besides.

    Raises
    ------
    RuntimeError
        It did not come up; the message is its log.
    """
    place.mkdir(exist_ok=True)
    env, log = clean_environment(place) | dict(environ), place / "server.log"
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", f"--ServerApp.root_dir={place}"),
        *(f"--ServerApp.jpserver_extensions={name}=False" for name in _EXTENSIONS),
    ]
    with serving(command, place, env, log) as at:
        _accepts(at["port"])
        yield Server(at["url"], at["token"], place)


def _accepts(port: int) -> None:
    """Wait until a server takes connections: it writes where it listens a moment before it does."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class _Channel:
    """One of a kernel's channels over the socket, as jupyter_client's are used."""

    def __init__(self, name: str, client: _Client) -> None:
        self._name = name
        self._client = client

    def send(self, message: dict[str, Any]) -> None:
        self._client.send(self._name, message)

    def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        return self._client.received[self._name].get(timeout=timeout)


class _Client:
    """What of jupyter_client's blocking client the tests use, over a web socket."""

    def __init__(self, address: str) -> None:
        self.session = Session()
        self.received: dict[str, queue.Queue[dict[str, Any]]] = defaultdict(queue.Queue)
        self._socket = websocket.create_connection(address, timeout=60)
        self._last: dict[str, Any] = {}
        self.shell_channel, self.stdin_channel = _Channel("shell", self), _Channel("stdin", self)
        self.control_channel = _Channel("control", self)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(websocket.WebSocketException, OSError, ValueError):
            while text := self._socket.recv():
                message = json.loads(text)
                self.received[message["channel"]].put(message)

    def close(self) -> None:
        self._socket.close()
        self._reader.join(timeout=10)

    def send(self, channel: str, message: dict[str, Any]) -> None:
        whole = {"parent_header": {}, "metadata": {}, "buffers": [], **message, "channel": channel}
        self._socket.send(json.dumps(whole, default=json_default))

    def execute(self, code: str, *, allow_stdin: bool = True, store_history: bool = True, **more: Any) -> str:
        content = {"code": code, "silent": False, "store_history": store_history, "allow_stdin": allow_stdin}
        message = self.session.msg("execute_request", content | {"user_expressions": {}, "stop_on_error": True} | more)
        self.send("shell", message)
        return str(message["header"]["msg_id"])

    def input(self, text: str) -> None:
        self.send("stdin", self.session.msg("input_reply", {"value": text}))

    def execute_interactive(self, code: str, *, timeout: float, output_hook: object, **more: Any) -> dict[str, Any]:
        request = self.execute(code, **more)
        while True:
            reply = self.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == request:
                return reply

    def get_shell_msg(self, timeout: float) -> dict[str, Any]:
        return self.shell_channel.get_msg(timeout)

    def get_iopub_msg(self, timeout: float) -> dict[str, Any]:
        return self.received["iopub"].get(timeout=timeout)

    def get_control_msg(self, timeout: float) -> dict[str, Any]:
        return self.control_channel.get_msg(timeout)


class RemoteKernel(Kernel):
    """A kernel behind a server. Made by :func:`remote_kernel`."""

    def __init__(self, server: Server, key: str, client: _Client) -> None:
        super().__init__(None, client)  # type: ignore[arg-type]  # it is asked over REST in the manager's place
        self.server, self.key = server, key

    def interrupt(self) -> None:
        self.server.call("POST", f"api/kernels/{self.key}/interrupt", {})

    def restart(self) -> None:
        self.server.call("POST", f"api/kernels/{self.key}/restart", {})


@contextmanager
def remote_kernel(server: Server, notebook: str) -> Iterator[RemoteKernel]:
    """A session of a notebook at a server, as a page begins it.

    Parameters
    ----------
    server
        The one that the page is of.
    notebook
        The notebook's path below the server's directory.
    """
    asked = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
    session = server.call("POST", "api/sessions", asked)
    key = session["kernel"]["id"]
    client = _Client(f"ws{server.url.removeprefix('http')}api/kernels/{key}/channels?token={server.token}")
    try:
        yield RemoteKernel(server, key, client)
    finally:
        with suppress(URLError):  # the server may have been stopped, and the kernel with it
            server.call("DELETE", f"api/sessions/{session['id']}")
        client.close()
