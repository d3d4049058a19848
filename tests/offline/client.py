"""A plain client of the offline endpoint that shows the bytes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer

#: What a scripted endpoint says where a test does not care.
REPLY = Reply("I should add them.", "Here it is.", (("add", {"a": 2, "b": 3}),))

ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}},
    },
}


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> tuple[int, str, str]:
        error = self.body["error"]
        return self.status, error.get("type", ""), error["message"]

    @property
    def events(self) -> list[Any]:
        """The JSON of each ``data:`` line but ``[DONE]``."""
        lines = [line for line in self.raw.decode().split("\n") if line.startswith("data: ")]
        return [json.loads(line[6:]) for line in lines if line != "data: [DONE]"]

    @property
    def deltas(self) -> list[dict[str, Any]]:
        return [event["choices"][0]["delta"] for event in self.events if event.get("choices")]

    @property
    def finishes(self) -> list[str]:
        choices = [event["choices"][0] for event in self.events if event.get("choices")]
        return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]

    def joined(self, field: str) -> str:
        return "".join(delta.get(field) or "" for delta in self.deltas)


class Client:
    """Speaks to an endpoint over a bare socket connection."""

    def __init__(self, server: OfflineServer) -> None:
        self.server = server

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.server.key}", **(headers or {})})
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            try:
                raw = answer.read()
            except http.client.IncompleteRead as cut:
                raw = cut.partial + b"<cut>"
            return Response(answer.status, names, raw)
        finally:
            connection.close()

    def get(self, path: str) -> Response:
        return self.request("GET", path)

    def post(self, path: str, body: Any) -> Response:
        raw = json.dumps(body).encode()
        return self.request("POST", path, raw, {"Content-Type": "application/json"})

    def chat(self, **fields: Any) -> Response:
        """A chat request, by default a small one; a field that is ``...`` is left out."""
        body = {"model": "kimi-k2-thinking", "messages": [{"role": "user", "content": "Hi"}], **fields}
        return self.post("/v1/chat/completions", {name: value for name, value in body.items() if value is not ...})

    def stream(self, **fields: Any) -> Response:
        return self.chat(stream=True, **fields)


Serve = Callable[..., Client]
