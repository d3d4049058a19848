"""How text goes into the store: without secrets, and always as valid UTF-8. Imports nothing of ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["REMOVED", "as_json", "plain", "without"]

#: What stands in a secret's place.
REMOVED = "[key removed]"
#: Characters. Shorter keys ("EMPTY", "none") guard nothing, and removing them would spoil ordinary text.
_SHORTEST = 8


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret replaced, also where it stands as JSON or in a URL."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) < _SHORTEST:
            continue
        for form in {
            secret,
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            quote(secret, safe=""),
        }:
            text = text.replace(form, REMOVED)
    return text


def plain(text: str, secrets: Iterable[str]) -> str:
    """A text for people: without secrets, lone surrogates written out as ``\\udc80``."""
    return without(text, secrets).encode("utf-8", "backslashreplace").decode()


def as_json(data: Any, secrets: Iterable[str]) -> str:
    """Data as JSON text, without secrets.

    Lone surrogates come back from it as they were: where a text has one, JSON's own escapes are used for all of the
    message. (Two halves that stand together come back as the character they make, which is what an endpoint reads.)
    """
    clean = _scrubbed(data, tuple(secrets))
    text = json.dumps(clean, ensure_ascii=False, separators=(",", ":"))
    return text if _encodable(text) else json.dumps(clean, separators=(",", ":"))


def _scrubbed(data: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(data, str):
        return without(data, secrets)
    if isinstance(data, dict):
        return {without(str(key), secrets): _scrubbed(value, secrets) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_scrubbed(value, secrets) for value in data]
    return data


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
