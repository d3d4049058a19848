"""Strict validation of a chat request, with the messages of protocol §2 and §4.2.

The endpoint is strict so that a client that gets along with it gets along with Moonshot. Unknown parameters are
ignored, as there. Imports ``chat.tokens`` through ``prompt``, and no server.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .dialects import Dialect
from .history import check_messages
from .mfjs import check_schema
from .problem import invalid
from .prompt import Prompt, Tokens
from .served import Served, find_model

__all__ = ["LARGEST_BODY", "ChatRequest", "check_chat", "parse_body"]

#: Bytes a request may have (protocol §2.4).
LARGEST_BODY = 2_097_152
_MOST_TOOLS = 128
#: Tokens of a reply where the request names none (protocol §2.1).
_DEFAULT_REPLY = 32_768


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request that passed.

    Attributes
    ----------
    body
        The request as it came.
    model
        The model's rules.
    thinking
        Whether reasoning is sent.
    stream, include_usage
        How the answer is sent.
    max_tokens
        Tokens the answer may take, reasoning included.
    choices
        How many answers are wanted.
    stop
        Texts at which an answer ends.
    prompt
        The prompt as the model would see it.
    """

    body: dict[str, Any]
    model: Served
    thinking: bool
    stream: bool
    include_usage: bool
    max_tokens: int
    choices: int
    stop: tuple[str, ...]
    prompt: Prompt


def parse_body(raw: bytes) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises
    ------
    Problem
        400: it is too large or no JSON object.
    """
    if len(raw) > LARGEST_BODY:
        raise invalid(f"total message size {len(raw)} exceeds limit {LARGEST_BODY}")
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise invalid("Invalid request: the body is not valid JSON") from None
    if not isinstance(body, dict):
        raise invalid("Invalid request: the body must be a JSON object")
    return body


def check_chat(body: dict[str, Any], dialect: Dialect, tokens: Tokens) -> ChatRequest:
    """Check a ``POST /chat/completions``.

    Parameters
    ----------
    body
        The parsed request.
    dialect
        Says under which names models are known, and which field brings reasoning back (protocol §2.5, §3.4).
    tokens
        Counts, and remembers counts.

    Raises
    ------
    Problem
        With the message of protocol §2 or §4.2.
    """
    name = _typed(body, "model", "string", "")
    if not name:
        raise invalid("Invalid request: model is required")
    model = find_model(name, aliases=dialect.aliases)
    thinking = _check_thinking(body, model)
    _check_sampling(body, model, thinking)
    _check_tools(body, model)
    _check_tool_choice(body, model, thinking)
    _check_format(body)
    check_messages(
        body.get("messages"),
        thinking=thinking,
        vision=model.vision,
        replayed=dialect.replayed,
        reused_ids=dialect.reused_ids,
    )
    options = _typed(body, "stream_options", "object", {})
    prompt = tokens.prompt(body, keep_reasoning=model.keeps_reasoning or _keeps(body))
    return ChatRequest(
        body,
        model,
        thinking,
        _typed(body, "stream", "bool", False),
        bool(options.get("include_usage")),
        _reply_limit(body, model, prompt.tokens),
        int(_typed(body, "n", "number", 1)),
        _stops(body),
        prompt,
    )


# ---- types, in the words of the live endpoint ------------------------------------------------------------------------

_WORDS: dict[type, str] = {bool: "bool", str: "string", int: "number", float: "number", dict: "object", list: "array"}


def _typed(body: dict[str, Any], field: str, expected: str, default: Any) -> Any:
    """A field's value if it is of this type; ``null`` counts as absent, as some clients send it for everything."""
    value = body.get(field)
    if value is None:
        return default
    found = _WORDS[type(value)]
    if found != expected:
        raise invalid(
            f"the {field} field in the request (expected type {expected}) is illegal, and {found} is not acceptable"
        )
    return value


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


# ---- thinking and sampling -------------------------------------------------------------------------------------------


def _check_thinking(body: dict[str, Any], model: Served) -> bool:
    """Protocol §1.1's second table; returns whether the model thinks."""
    thinking = _typed(body, "thinking", "object", None)
    effort = _typed(body, "reasoning_effort", "string", None)
    if thinking is not None and effort is not None and model.efforts:
        raise invalid("cannot specify both 'thinking' and 'reasoning_effort'")
    if effort is not None and model.efforts and effort not in model.efforts:
        raise invalid(f"invalid reasoning_effort: only {', '.join(model.efforts)} are allowed for this model")
    if thinking is None:
        return True
    kind = thinking.get("type")
    if model.only_enabled and kind != "enabled":
        raise invalid("invalid thinking: only type=enabled is allowed for this model")
    if model.toggle:
        if kind not in ("enabled", "disabled"):
            raise invalid("invalid thinking: type must be enabled or disabled")
        if thinking.get("keep") not in (None, "all"):
            raise invalid("invalid thinking: keep must be null or all")
        return bool(kind == "enabled")
    return True


def _keeps(body: dict[str, Any]) -> bool:
    thinking = body.get("thinking")
    return isinstance(thinking, dict) and thinking.get("keep") == "all"


def _check_sampling(body: dict[str, Any], model: Served, thinking: bool) -> None:
    if model.fixed:
        only = {
            "temperature": 1 if thinking else 0.6,
            "top_p": 0.95,
            "n": 1,
            "presence_penalty": 0,
            "frequency_penalty": 0,
        }
        for field, value in only.items():
            if _typed(body, field, "number", value) != value:
                raise invalid(f"invalid {field}: only {value} is allowed for this model")
        return
    ranges = {
        "temperature": (0, 1),
        "top_p": (0, 1),
        "n": (1, 5),
        "presence_penalty": (-2, 2),
        "frequency_penalty": (-2, 2),
    }
    for field, (low, high) in ranges.items():
        if not low <= _typed(body, field, "number", low) <= high:
            raise invalid(f"invalid {field}: must be between {low} and {high}")
    count = _typed(body, "n", "number", 1)
    if not isinstance(count, int):
        raise invalid("invalid n: must be an integer")
    if count > 1 and _typed(body, "temperature", "number", 1.0) < 0.01:
        raise invalid("invalid n: only 1 is allowed when temperature is close to 0")


def _reply_limit(body: dict[str, Any], model: Served, prompt: int) -> int:
    """Tokens the reply may take; both names of the parameter count (protocol §2.1)."""
    wanted = None
    for field in ("max_tokens", "max_completion_tokens"):
        value = _typed(body, field, "number", None)
        if value is not None and (not isinstance(value, int) or value < 1):
            raise invalid(f"invalid {field}: must be a positive integer")
        wanted = value if value is not None else wanted
    if prompt >= model.context:
        raise invalid("Input token length too long")
    if wanted is not None and prompt + wanted > model.context:
        raise invalid(
            f"Invalid request: Your request exceeded model token limit: {model.context} (requested: {prompt + wanted})"
        )
    return wanted if wanted is not None else min(_DEFAULT_REPLY, model.context - prompt)


def _stops(body: dict[str, Any]) -> tuple[str, ...]:
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or not all(isinstance(one, str) for one in stops):
        raise invalid("Invalid request: stop must be a string or an array of strings")
    if len(stops) > 5 or any(len(one.encode()) > 32 for one in stops):
        raise invalid("Invalid request: stop takes at most 5 strings of at most 32 bytes each")
    return tuple(one for one in stops if one)


# ---- tools -----------------------------------------------------------------------------------------------------------


def _check_tools(body: dict[str, Any], model: Served) -> None:
    tools = _typed(body, "tools", "array", [])
    if len(tools) > _MOST_TOOLS:
        raise invalid(f"Invalid request: at most {_MOST_TOOLS} tools are allowed, got {len(tools)}")
    seen: set[str] = set()
    for tool in tools:
        name = _check_tool(tool, model)
        if name in seen:
            raise invalid(f"function name {name} is duplicated")
        seen.add(name)


def _check_tool(tool: Any, model: Served) -> str:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or tool.get("type") not in ("function", "builtin_function"):
        raise invalid("Invalid request: each tool must have a type (function or builtin_function) and a function")
    name = function.get("name")
    bare = name.removeprefix("$") if isinstance(name, str) and tool["type"] == "builtin_function" else name
    pattern = rf"[A-Za-z_][A-Za-z0-9_-]{{{model.shortest_name - 1},{model.longest_name - 1}}}"
    if not isinstance(name, str) or not isinstance(bare, str) or not re.fullmatch(pattern, bare):
        raise invalid(
            "function name is invalid, must start with a letter and can contain letters, numbers, underscores, "
            "and dashes"
        )
    if function.get("parameters") is not None:
        check_schema(function["parameters"], "tools.function.parameters")
    return name


def _check_tool_choice(body: dict[str, Any], model: Served, thinking: bool) -> None:
    """Protocol §2.3."""
    choice = body.get("tool_choice")
    if choice in (None, "auto", "none"):
        return
    named = isinstance(choice, dict) and choice.get("type") == "function"
    if not named and choice != "required":
        raise invalid("Invalid request: tool_choice must be auto, none, required or a function")
    if thinking and not (choice == "required" and model.required):
        raise invalid(f"tool_choice '{'specified' if named else choice}' is incompatible with thinking enabled")
    if not body.get("tools"):
        raise invalid("Invalid request: tool_choice is set but there are no tools")


def _check_format(body: dict[str, Any]) -> None:
    wanted = _typed(body, "response_format", "object", {"type": "text"})
    kind = wanted.get("type")
    if kind == "json_schema":
        described = wanted.get("json_schema")
        schema = described.get("schema") if isinstance(described, dict) else None
        check_schema(schema, "response_format.json_schema")
        raise invalid(
            "Invalid request: the offline endpoint has no response_format json_schema; use text or json_object"
        )
    if kind not in ("text", "json_object"):
        raise invalid("Invalid request: response_format.type must be text, json_object or json_schema")
