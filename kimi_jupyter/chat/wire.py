"""The wire: our messages as a request, and an endpoint's JSON as deltas. All Kimi quirks, each with its reason.

Pure functions from values to values; nothing here opens a connection. Section numbers are those of the protocol notes
(``protocol §N``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ..errors import BadReply
from ..providers import Model
from .messages import Assistant, Message, System, ToolResult, Usage, User
from .tokens import MESSAGE_OVERHEAD, PROMPT_OVERHEAD, estimate_tokens

__all__ = [
    "CallDelta",
    "Delta",
    "Wired",
    "error_in",
    "estimate_message",
    "estimate_tools",
    "parse_chunk",
    "reply_limit",
    "request_body",
    "wire_message",
]

#: Tokens kept free beside prompt and reply: our estimate is not exact (kimi-cli keeps the same margin, protocol §2.1).
_MARGIN = 1024


@dataclass(frozen=True, slots=True)
class CallDelta:
    """A fragment of a tool call; ``None`` where the endpoint sent nothing usable.

    ``place`` is its place among several in one delta: what tells them apart where there is no index (protocol §3.4).
    """

    index: int | None
    id: str | None
    name: str | None
    arguments: str | None
    place: int | None = None


class Delta(NamedTuple):
    """What one chunk of a reply holds; ``None`` and ``()`` where it holds nothing of the kind."""

    reasoning: str | None = None
    text: str | None = None
    calls: tuple[CallDelta, ...] = ()
    finish: str | None = None
    usage: Usage | None = None
    reasoning_field: str | None = None
    reasoning_details: tuple[dict[str, Any], ...] = ()


# ---- what we send ----------------------------------------------------------------------------------------------------


def request_body(
    messages: Sequence[Message],
    tools: Sequence[Mapping[str, Any]],
    *,
    model: Model,
    model_id: str,
    max_tokens: int,
    cache_key: str,
    switches: Mapping[str, Any] | None = None,
    stream: bool = True,
    placeholder: str = "",
    tool_choice: Literal["none"] | None = None,
    wired: Wired | None = None,
) -> dict[str, Any]:
    """The body of a ``POST /chat/completions``.

    Equal arguments give equal bytes, and a longer history gives the same bytes first, so that the endpoint's prefix
    cache holds (protocol §5.5).

    Parameters
    ----------
    messages
        The whole history, system message first.
    tools
        Tool definitions in wire form, in a stable order.
    model
        The model's profile: it says which sampling parameters may be sent.
    model_id
        The model's name at this endpoint.
    max_tokens
        Tokens the reply may take, reasoning included; see :func:`reply_limit`.
    cache_key
        Stands for the conversation (protocol §2.1 ``prompt_cache_key``).
    switches
        Fields that say how the model thinks (:func:`~kimi_jupyter.providers.thinking_fields`).
    stream
        Whether the reply comes as it is written, or in one piece.
    placeholder
        Stands for an empty reasoning beside tool calls; see :func:`wire_message`.
    tool_choice
        ``none``: the model may call nothing, though it is told of the tools, so that the prefix stays the same.
    wired
        Remembers messages in wire form from one request to the next.
    """
    body: dict[str, Any] = {
        "model": model_id,
        "messages": (wired or Wired()).messages(messages, placeholder),
        "max_tokens": max_tokens,
        "stream": stream,
    }
    if stream:  # a reply in one piece brings its usage anyway
        body["stream_options"] = {"include_usage": True}
    if model.temperature is not None:  # newer models refuse any but their own (protocol §2.1)
        body["temperature"] = model.temperature
    if switches:
        body.update(switches)
    if tools:
        body["tools"] = list(tools)
    if tool_choice is not None:  # "required" and a tool's name are refused while thinking (protocol §2.3)
        body["tool_choice"] = tool_choice
    if cache_key:
        body["prompt_cache_key"] = cache_key
    return body


class Wired:
    """Messages in wire form, each made once: the same message is the same object in the next request too."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Message, dict[str, Any]]] = {}
        self._placeholder = ""

    def messages(self, messages: Sequence[Message], placeholder: str = "") -> list[dict[str, Any]]:
        """The messages in the form of :func:`wire_message`, not to be changed."""
        before = self._known if placeholder == self._placeholder else {}
        self._known, self._placeholder = {}, placeholder
        wire = []
        for message in messages:
            known = before.get(id(message))
            if known is None or known[0] is not message:
                known = message, wire_message(message, placeholder)
            self._known[id(message)] = known
            wire.append(known[1])
        return wire


def wire_message(message: Message, placeholder: str = "") -> dict[str, Any]:
    """One message in the form of protocol §2.4.

    Parameters
    ----------
    message
        The message.
    placeholder
        Stands for an empty reasoning beside tool calls, where a gateway takes an empty one for none (protocol §2.5).
    """
    match message:
        case System():
            return {"role": "system", "content": message.text}
        case User():
            return {"role": "user", "content": message.text}
        case ToolResult():
            return {"role": "tool", "tool_call_id": message.call, "name": message.name, "content": message.text}
        case Assistant():
            return _wire_assistant(message, placeholder)


def _wire_assistant(message: Assistant, placeholder: str) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": "assistant", "content": message.text}
    # Beside tool calls the key must be there, empty if need be, or the request is refused (protocol §2.5).
    # Reasoning of earlier turns goes along as it was, read or not: the history's bytes stay the same (protocol §5.5).
    if message.reasoning is not None or message.calls:
        wire[message.reasoning_field] = message.reasoning or (placeholder if message.calls else "")
    if message.reasoning_details:
        wire["reasoning_details"] = list(message.reasoning_details)
    if message.calls:
        wire["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    return wire


def estimate_message(message: Message, count: Callable[[str], int] = estimate_tokens) -> int:
    """Tokens a message takes in the prompt, estimated; ``count`` estimates a text."""
    total = MESSAGE_OVERHEAD + count(message.text)
    if isinstance(message, Assistant):
        total += count(message.reasoning or "")
        total += sum(MESSAGE_OVERHEAD + count(call.name + call.arguments) for call in message.calls)
    return total


def estimate_tools(tools: Sequence[Mapping[str, Any]]) -> int:
    """Tokens the tool definitions and the frame of the prompt take, estimated."""
    return PROMPT_OVERHEAD + (MESSAGE_OVERHEAD + estimate_tokens(json.dumps(tools)) if tools else 0)


def reply_limit(wanted: int, *, context: int, prompt: int, max_output: int | None = None) -> int:
    """How many tokens the reply may take: what is wanted, within the window that is left (protocol §2.1)."""
    limit = min(wanted, context - prompt - _MARGIN)
    if max_output is not None:
        limit = min(limit, max_output)
    return max(1, limit)


# ---- what we get -----------------------------------------------------------------------------------------------------


def error_in(payload: Any) -> tuple[str, str] | None:
    """Message and type, each one line, if this JSON is an error in one of its forms (protocol §4.1), else ``None``."""
    if not isinstance(payload, dict):
        return None
    error = payload.get("error")
    if not error and payload.get("object") == "error":  # older vLLM
        error = payload
    if not error:
        choice = _first_choice(payload)
        error = choice.get("error") if choice else None  # OpenRouter, in the middle of a stream
    if not error:
        return None
    if isinstance(error, dict):
        return _one_line(error.get("message") or error), _one_line(error.get("type") or error.get("code") or "")
    return _one_line(error), ""


def _one_line(value: Any) -> str:
    return " ".join(str(value).split())  # LiteLLM's have several


def parse_chunk(payload: Any) -> Delta:
    """The delta a chunk of a stream holds, or a whole reply where the endpoint did not stream.

    Raises
    ------
    BadReply
        The payload is no chunk of the protocol.
    """
    if not isinstance(payload, dict):
        raise BadReply(f"The endpoint sent {type(payload).__name__} where a reply was due; check the base URL.")
    choice = _first_choice(payload)
    usage = _usage(payload, choice)
    if choice is None:
        return Delta(usage=usage)
    body = choice.get("delta") or choice.get("message") or {}
    if not isinstance(body, dict):
        body = {}
    field, reasoning, details = _reasoning(body)
    finish = choice.get("finish_reason")
    return Delta(
        reasoning,
        _content(body.get("content")),
        _call_deltas(body.get("tool_calls")),
        finish if isinstance(finish, str) and finish else None,
        usage,
        field,
        details,
    )


def _content(value: Any) -> str | None:
    """The text, also where it comes as a list of parts."""
    if isinstance(value, list):
        parts = (part.get("text") for part in value if isinstance(part, dict) and part.get("type") == "text")
        value = "".join(part for part in parts if isinstance(part, str))
    return value if isinstance(value, str) and value else None


def _first_choice(payload: dict[str, Any]) -> dict[str, Any] | None:
    choices = payload.get("choices")
    if not isinstance(choices, list):
        return None
    for choice in choices:
        if isinstance(choice, dict) and choice.get("index", 0) in (0, None):
            return choice
    return None


def _reasoning(body: dict[str, Any]) -> tuple[str | None, str | None, tuple[dict[str, Any], ...]]:
    """Field name, text and details. Servers that send several forms mean one text: the first that holds any wins."""
    raw = body.get("reasoning_details")
    details = tuple(part for part in raw if isinstance(part, dict)) if isinstance(raw, list) else ()
    present: str | None = None
    for field in ("reasoning_content", "reasoning"):
        value = body.get(field)
        if isinstance(value, str):
            if value:
                return field, value, details
            present = present or field
    if details:
        texts = (part.get("text") or part.get("summary") for part in details)
        return present or "reasoning", "".join(text for text in texts if isinstance(text, str)), details
    return present, None if present is None else "", ()  # an empty one counts as present (protocol §3.5.2)


def _call_deltas(raw: Any) -> tuple[CallDelta, ...]:
    if not isinstance(raw, list):
        return ()
    return tuple(
        _call_delta(entry, position, len(raw)) for position, entry in enumerate(raw) if isinstance(entry, dict)
    )


def _call_delta(entry: dict[str, Any], position: int, count: int) -> CallDelta:
    function = entry.get("function")
    if not isinstance(function, dict):
        function = entry if "arguments" in entry else {}
    arguments = function.get("arguments")
    if isinstance(arguments, dict | list):  # some gateways parse them on the way
        arguments = json.dumps(arguments, ensure_ascii=False)
    return CallDelta(
        _index(entry.get("index")),
        _text(entry.get("id")),
        _text(function.get("name")),
        _text(arguments),
        position if count > 1 else None,
    )


def _index(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _usage(payload: dict[str, Any], choice: dict[str, Any] | None) -> Usage | None:
    """Usage wherever it sits: top level, in the choice (Moonshot), under ``x_groq`` (protocol §3.4)."""
    raw = payload.get("usage")
    if not raw and choice is not None:
        raw = choice.get("usage")
    if not raw:
        groq = payload.get("x_groq")
        raw = groq.get("usage") if isinstance(groq, dict) else None
    if not isinstance(raw, dict):
        return None
    prompt = _count(raw.get("prompt_tokens"))
    prompt_details = raw.get("prompt_tokens_details")
    completion_details = raw.get("completion_tokens_details")
    completion = _count(raw.get("completion_tokens"))
    cached = _count(raw.get("cached_tokens"))
    if not cached and isinstance(prompt_details, dict):
        cached = _count(prompt_details.get("cached_tokens"))
    if not prompt and not completion:  # nothing, or nothing that can be: as good as none (hazards BUD-06)
        return None
    reasoning = _count(completion_details.get("reasoning_tokens")) if isinstance(completion_details, dict) else 0
    cost = raw.get("cost")
    return Usage(
        prompt=prompt,
        completion=completion,
        cached=cached,
        reasoning=min(reasoning, completion),  # more reasoning than completion was seen (protocol §3.2)
        cost=float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) and cost >= 0 else None,
    )


def _count(value: Any) -> int:
    """A token count that can't be absurd: negative or enormous figures were seen (hazards BUD-06)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value <= 10_000_000 else 0
