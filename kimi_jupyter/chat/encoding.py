"""A request as bytes. A long turn sends its first messages again with each of hundreds of steps: each is encoded once.

Imports nothing of ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["Encoder"]


class Encoder:
    """Makes the bytes of a body, the same for equal bodies: the prefix cache wants that (protocol §5.5).

    Messages are known again by being the same object, and must not be changed once they were sent.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, bytes]] = {}

    def encode(self, body: Mapping[str, Any]) -> bytes:
        """The body as JSON in UTF-8."""
        fields = (
            _json(name) + b":" + (self._messages(value) if name == "messages" and type(value) is list else _json(value))
            for name, value in body.items()
        )
        return b"{" + b",".join(fields) + b"}"

    def _messages(self, messages: list[Any]) -> bytes:
        before, self._known = self._known, {}
        for message in messages:
            known = before.get(id(message))
            if known is None or known[0] is not message:
                known = message, _json(message)
            self._known[id(message)] = known
        return b"[" + b",".join([self._known[id(message)][1] for message in messages]) + b"]"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
