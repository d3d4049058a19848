"""The offline endpoint in a process of its own, with an analyst that keeps a turn busy, and what it refused."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
from typing import Any

from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer

__all__ = ["STEPS", "Endpoint", "marker"]

#: Requests of a victim's turn that run code.
STEPS = 4
#: Every so many requests the endpoint finds the conversation too long, so that room is made.
_TOO_LONG = Fault("http", status=413, message="Input token length too long")
_EVERY = 9


def marker(number: int, step: int, call: int = 0) -> str:
    """What a call's code leaves in the file when it runs; each is there at most once."""
    return f"turn-{number}-step-{step}-call-{call}"


def _analyst(file: str) -> Any:
    def reply(body: dict[str, Any]) -> Reply:
        messages = body["messages"]
        last = max(place for place, message in enumerate(messages) if message["role"] == "user")
        asked = re.search(r"Work on (\d+)", str(messages[last]["content"]))
        step = sum(message["role"] == "assistant" for message in messages[last:])
        if asked is None or step >= STEPS:
            return Reply("All of it is there.", f"Done after {step} steps.")
        number = int(asked[1])
        calls = [_call(file, number, step, call) for call in range(1 + step % 2)]
        return Reply(f"Step {step}: I have to write a marker.", "The next marker.", tuple(calls))

    return reply


def _call(file: str, number: int, step: int, call: int) -> tuple[str, dict[str, Any]]:
    code = f"print({marker(number, step, call)!r}, file=open({file!r}, 'a'), flush=True); print('x' * {2000 * step})"
    return "run_python", {"code": code, "purpose": "Write a marker"}


class Endpoint:
    """The endpoint's process.

    Parameters
    ----------
    file
        The file that the code it proposes writes to.
    """

    def __init__(self, file: str) -> None:
        told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(told)
            _serve(file, tell)
        os.close(tell)
        self._told = os.fdopen(told, encoding="utf-8")
        self.base_url, self.key = json.loads(self._told.readline())

    def stop(self) -> list[str]:
        """Stop it; what it refused that it should not have been asked."""
        os.kill(self.pid, signal.SIGTERM)
        refused: list[str] = json.loads(self._told.readline())
        os.waitpid(self.pid, 0)
        self._told.close()
        return refused


def _serve(file: str, tell: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    logging.disable(logging.CRITICAL)  # connections break off, on purpose
    with OfflineServer(analyst=_analyst(file)) as server, os.fdopen(tell, "w", encoding="utf-8") as out:
        server.script(dict.fromkeys(range(_EVERY, 200000, _EVERY), _TOO_LONG))
        print(json.dumps([server.base_url, server.key]), file=out, flush=True)
        signal.sigwait({signal.SIGTERM})
        asked = [request for request in server.requests if request.path.endswith("/chat/completions")]
        refused = [str(request.body)[-300:] for request in asked if request.status == 400]  # 413 was its own idea
        print(json.dumps(refused), file=out, flush=True)
    os._exit(0)
