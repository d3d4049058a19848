"""What an endpoint's bytes look like, before our client made sense of them.

The client is lenient, so from its deltas one can't tell a good endpoint from a bent one; here the raw stream is kept
and read once more, for what differs between endpoints (protocol §3.4). Imports nothing of ours.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

__all__ = ["Facts", "Tap", "read_facts"]

#: Bytes of a reply that are kept to be looked at.
_KEPT = 8_000_000
_REASONING = ("reasoning_content", "reasoning", "reasoning_details")
_CALL_MARKER = re.compile(r"<\|tool_calls?_(?:section_|argument_)?begin\|>")
_END_MARKER = re.compile(r"<\|(?:tool_calls?_(?:section_)?end|im_\w+|open|sep|close)\|>")
_THINK_TAG = re.compile(r"</?think>")
#: Forms of a tool call's id, the first that fits (protocol §3.4).
_ID_FORMS = (
    ("functions.name:N", re.compile(r"functions\.[\w.-]+:\d+")),
    ("name:N", re.compile(r"[A-Za-z_][\w.-]*:\d+")),
    ("call_…", re.compile(r"call_.+")),
    ("name_N", re.compile(r"[A-Za-z_][\w.-]*_\d+")),
    ("N", re.compile(r"\d+")),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen in one reply, or in several.

    Attributes
    ----------
    reasoning_fields
        Fields that carried reasoning, in the order they came; ``content (<think>)`` where it stood in the text.
    usage_places
        Where usage sat: ``choice``, ``top level``, ``trailing chunk``, ``x_groq``.
    finish_reasons
        Values of ``finish_reason``.
    done
        Whether ``[DONE]`` came; ``None`` where a reply was no stream.
    id_forms
        Forms of tool calls' ids; ``missing`` where one had none.
    leaks
        Markers of the model's raw format that stood in text: ``tool calls in content``, ``tool calls in reasoning``,
        ``end tokens in content``, ``think tags in content`` and so on.
    keep_alives
        Comment lines.
    """

    reasoning_fields: tuple[str, ...] = ()
    usage_places: tuple[str, ...] = ()
    finish_reasons: tuple[str, ...] = ()
    done: bool | None = None
    id_forms: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    keep_alives: int = 0

    def __or__(self, other: Facts) -> Facts:
        done = [fact for fact in (self.done, other.done) if fact is not None]
        return Facts(
            _unique([*self.reasoning_fields, *other.reasoning_fields]),
            _unique([*self.usage_places, *other.usage_places]),
            _unique([*self.finish_reasons, *other.finish_reasons]),
            all(done) if done else None,
            _unique([*self.id_forms, *other.id_forms]),
            _unique([*self.leaks, *other.leaks]),
            self.keep_alives + other.keep_alives,
        )


class Tap:
    """Keeps what a response brings and when; give :meth:`open` to the client as its observer."""

    def __init__(self) -> None:
        self.headers: float | None = None
        self.first_byte: float | None = None
        self.status = 0
        self.kind = ""
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def raw(self) -> bytes:
        """The body, as far as it came."""
        return b"".join(self._parts)

    def open(self, response: httpx.Response) -> None:
        """The headers are there; look on as the body is read."""
        self.headers = time.perf_counter()
        self.status = response.status_code
        self.kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        response.stream = _observed(response.stream, self._take)  # type: ignore[arg-type]

    def _take(self, part: bytes) -> None:
        if self.first_byte is None:
            self.first_byte = time.perf_counter()
        if self._size < _KEPT:
            self._parts.append(part)
            self._size += len(part)


def _observed(stream: httpx.AsyncByteStream, take: Any) -> httpx.AsyncByteStream:
    import httpx  # a base class of httpx's can only be named once httpx is there

    class Observed(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for part in stream:
                take(part)
                yield part

        async def aclose(self) -> None:
            await stream.aclose()

    return Observed()


# ---- reading ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    """What a reply's chunks add up to."""

    reasoning: list[str] = field(default_factory=list)
    usage: list[str] = field(default_factory=list)
    finishes: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    content: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    numbers: dict[Any, bool] = field(default_factory=dict)


def read_facts(raw: bytes, kind: str) -> Facts:
    """The facts of one reply.

    Parameters
    ----------
    raw
        The body, whole or cut.
    kind
        Its content type; one that is of no reply has no facts.
    """
    seen, done = _Seen(), None
    payloads: Iterable[Any] = ()
    if kind == "application/json":
        payloads = [_json(raw.decode("utf-8", "replace"))]
    elif kind == "text/event-stream":
        events = list(_events(raw))
        done = "[DONE]" in events
        payloads = [_json(event) for event in events if event != "[DONE]"]
    for payload in payloads:
        if isinstance(payload, dict):
            _look(payload, seen)
    content, thoughts = "".join(seen.content), "".join(seen.thoughts)
    if _THINK_TAG.search(content):
        seen.reasoning.append("content (<think>)")
    comments = 0 if done is None else sum(line.startswith(b":") for line in raw.splitlines())
    return Facts(
        _unique(seen.reasoning),
        _unique(seen.usage),
        _unique(seen.finishes),
        done,
        _unique([*seen.ids, *("missing" for has_id in seen.numbers.values() if not has_id)]),
        _unique([*_leaks(content, "content"), *_leaks(thoughts, "reasoning")]),
        comments,
    )


def _events(raw: bytes) -> Iterator[str]:
    import httpx
    from httpx_sse import EventSource

    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=raw)
    for event in EventSource(response).iter_sse():
        if event.data:
            yield event.data


def _look(payload: dict[str, Any], seen: _Seen) -> None:
    choices = payload.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
    if payload.get("usage"):
        seen.usage.append("top level" if choice is not None else "trailing chunk")
    groq = payload.get("x_groq")
    if isinstance(groq, dict) and groq.get("usage"):
        seen.usage.append("x_groq")
    if choice is None:
        return
    if choice.get("usage"):
        seen.usage.append("choice")
    if isinstance(choice.get("finish_reason"), str):
        seen.finishes.append(choice["finish_reason"])
    body = choice.get("delta") or choice.get("message")
    if isinstance(body, dict):
        _look_inside(body, seen)


def _look_inside(body: dict[str, Any], seen: _Seen) -> None:
    for name in _REASONING:
        text = _thought(body.get(name))
        if text:
            seen.reasoning.append(name)
            if name in ("reasoning_content", "reasoning"):
                seen.thoughts.append(text)
    if isinstance(body.get("content"), str):
        seen.content.append(body["content"])
    calls = body.get("tool_calls")
    for place, call in enumerate(calls if isinstance(calls, list) else ()):
        if not isinstance(call, dict):
            continue
        number, call_id = call.get("index"), call.get("id")
        key = place if number is None else str(number)
        seen.numbers[key] = seen.numbers.get(key, False) or bool(call_id)
        if isinstance(call_id, str) and call_id:
            seen.ids.append(next((form for form, pattern in _ID_FORMS if pattern.fullmatch(call_id)), "other"))


def _thought(value: Any) -> str:
    if isinstance(value, list):
        return "".join(str(part.get("text") or "") for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def _leaks(text: str, place: str) -> Iterator[str]:
    if _CALL_MARKER.search(text):
        yield f"tool calls in {place}"
    elif _END_MARKER.search(text):
        yield f"end tokens in {place}"
    if _THINK_TAG.search(text):
        yield f"think tags in {place}"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
