"""An answer's bytes to JSON values: server-sent events, or one body in one go, both within bounds.

Needs httpx-sse, imported with the first stream. Splitting lines is its business: httpx's own splitting breaks JSON at
U+2028 and U+0085 (hazards NET-09).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ..errors import BadReply
from .refusals import json_or_none, squeeze
from .wire import error_in

if TYPE_CHECKING:
    import httpx

__all__ = ["ERROR_LIMIT", "head", "payloads"]

#: Characters of one event, and of a whole reply (hazards NET-12 to NET-14); bytes of an error's body that are read.
_EVENT_LIMIT, _REPLY_LIMIT, ERROR_LIMIT = 4_000_000, 64_000_000, 100_000

#: Seconds the end of a body may come after its last event.
_END_SECONDS = 0.1
_NOTHING = "The endpoint sent an empty reply; run the cell again."


async def payloads(response: httpx.Response) -> AsyncIterator[Any]:
    """The JSON values of a reply: the events of a stream up to ``[DONE]``, or the one body of an answer in one go."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = await head(response, _REPLY_LIMIT, whole=True)
        if not body.strip():  # a connection that broke before the reply, after OpenRouter's blank lines for one
            raise _Empty(_NOTHING)
        yield _json(body.decode("utf-8", "replace"))
        return
    if kind != "text/event-stream":
        text = (await head(response, ERROR_LIMIT)).decode("utf-8", "replace")
        raise BadReply(f"Not a stream of events but {kind or 'no type'} came: {squeeze(text)!r}. Check the base URL.")
    from httpx_sse import EventSource

    came = False
    events = EventSource(_Bounded(response)).aiter_sse()  # type: ignore[arg-type]
    try:
        async for event in events:
            if event.data == "[DONE]":
                await _read_out(events)
                break
            if event.event == "error":
                message, name = error_in(json_or_none(event.data)) or (squeeze(event.data), "")
                payload = {"error": {"message": message, "type": name}}
                yield payload
                return
            if event.data:
                came = True
                yield _json(event.data)
    finally:
        await events.aclose()
    if not came:
        raise _Empty(_NOTHING)


async def _read_out(events: AsyncIterator[Any]) -> None:
    """Read to the end of a body that is over, or its connection could not be used again; never waits for long."""
    import httpx

    with contextlib.suppress(httpx.HTTPError, BadReply, TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            async for _ in events:
                pass


class _Empty(BadReply):
    """200, and nothing in it: seen once in a while, gone when asked again (hazards NET-22)."""

    passing = True


class _Bounded:
    """A response for httpx-sse whose events and whole text can't grow without bound."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.headers = response.headers

    async def aiter_text(self) -> AsyncIterator[str]:
        event = whole = 0
        async for text in self._response.aiter_text():
            whole += len(text)
            end = max(text.rfind("\n\n"), text.rfind("\n\r\n"), text.rfind("\r\r"))
            event = len(text) - end if end >= 0 else event + len(text)
            if event > _EVENT_LIMIT:
                raise BadReply(f"The endpoint sent an event of more than {_EVENT_LIMIT:,} characters; it was dropped.")
            if whole > 4 * _REPLY_LIMIT:
                raise BadReply(f"The reply grew beyond {4 * _REPLY_LIMIT:,} characters; it was dropped.")
            yield text


async def head(response: httpx.Response, limit: int, *, whole: bool = False) -> bytes:
    """The first bytes of a body; with ``whole`` one that is longer is an error."""
    parts, size = [], 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > limit:
            if whole:
                raise BadReply(f"The reply is larger than {limit:,} bytes; it was dropped.")
            break
    return b"".join(parts)[:limit]


def _json(text: str) -> Any:
    value = json_or_none(text)
    if value is None:  # not raised from the parser's error, which holds the whole text, and that may hold a key
        raise BadReply(f"The endpoint sent an event that is no JSON: {squeeze(text)!r}")
    return value
