"""The order of messages: every row of protocol §2.4's table, and §2.5's rule. Of ours it imports ``problem`` only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .problem import invalid

__all__ = ["check_messages", "text_of"]

_ROLES = ("system", "user", "assistant", "tool")
_MEDIA = ("image_url", "video_url")


def check_messages(
    messages: Any, *, thinking: bool, vision: bool, replayed: Sequence[str], reused_ids: bool = False
) -> None:
    """Check a history.

    Parameters
    ----------
    messages
        The request's ``messages``.
    thinking
        Whether the model thinks, so that assistant messages with tool calls must bring their reasoning.
    vision
        Whether images are taken.
    replayed
        Fields of which one must hold that reasoning.
    reused_ids
        Whether later messages may use an id again.

    Raises
    ------
    Problem
        400 with the message of protocol §2.4 or §2.5.
    """
    if not isinstance(messages, list) or not messages:
        raise invalid("Invalid request: messages must not be empty")
    calls = _Calls(reused_ids)
    for position, message in enumerate(messages):
        role = _role(message, position)
        if role == "tool":
            calls.answer(message.get("tool_call_id"))
        else:
            calls.check_answered()
        _check_content(message, position, vision)
        if role == "assistant" and message.get("tool_calls"):
            calls.make(_call_ids(message, position))
            if thinking and not any(isinstance(message.get(field), str | list) for field in replayed):
                raise invalid(
                    "thinking is enabled but reasoning_content is missing in assistant tool call message "
                    f"at index {position}"
                )
    calls.check_answered()


class _Calls:
    """The tool calls of a history so far, and which of them wait for an answer."""

    def __init__(self, reused: bool) -> None:
        self._reused = reused
        self._seen: set[str] = set()
        self._waiting: dict[str, None] = {}  # ordered: a refusal names them in the order of the calls

    def make(self, call_ids: list[str]) -> None:
        if self._reused:
            self._seen.clear()
        for call_id in call_ids:
            if call_id in self._seen:
                raise invalid(f"Invalid request: tool call id {call_id} is duplicated")
            self._seen.add(call_id)
            self._waiting[call_id] = None

    def answer(self, call_id: Any) -> None:
        if not isinstance(call_id, str) or call_id not in self._waiting:
            raise invalid(f"tool_call_id {call_id if isinstance(call_id, str) else ''} is not found")
        del self._waiting[call_id]

    def check_answered(self) -> None:
        if self._waiting:
            raise invalid(
                "an assistant message with 'tool_calls' must be followed by tool messages responding to each "
                "'tool_call_id'. The following tool_call_ids did not have response messages: "
                + ", ".join(self._waiting)
            )


def text_of(content: Any) -> str:
    """The text of a message's content, of one string or in parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return ""


def _role(message: Any, position: int) -> str:
    if not isinstance(message, dict):
        raise invalid(f"Invalid request: message at position {position} must be an object")
    role = message.get("role")
    if role not in _ROLES:
        raise invalid(f"Invalid request: message at position {position} has an invalid role '{role}'")
    return str(role)


def _check_content(message: dict[str, Any], position: int, vision: bool) -> None:
    content, role = message.get("content"), message["role"]
    if isinstance(content, list):
        for part in content:
            _check_part(part, position, vision)
    elif content is not None and not isinstance(content, str):
        raise invalid(f"Invalid request: message at position {position} has content that is neither text nor parts")
    may_be_empty = role == "assistant" and (message.get("tool_calls") or message.get("partial"))
    if not content and not may_be_empty:
        raise invalid(f"Invalid request: message at position {position} with role '{role}' must not be empty")


def _check_part(part: Any, position: int, vision: bool) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text":
        if not isinstance(part.get("text"), str) or not part["text"]:
            raise invalid("text content is empty")
    elif kind not in _MEDIA:
        raise invalid(f"Invalid request: message at position {position} has a content part of unknown type '{kind}'")
    elif not vision:
        raise invalid(f"Invalid request: message at position {position} holds {kind}, which this model does not take")


def _call_ids(message: dict[str, Any], position: int) -> list[str]:
    calls = message["tool_calls"]
    if not isinstance(calls, list):
        raise invalid(f"Invalid request: tool_calls of the message at position {position} must be an array")
    return [_call_id(call, position) for call in calls]


def _call_id(call: Any, position: int) -> str:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str) or not function["name"]:
        raise invalid(f"Invalid request: a tool call of the message at position {position} has no function name")
    call_id = call.get("id")
    if not isinstance(call_id, str) or not call_id:
        raise invalid(f"Invalid request: a tool call of the message at position {position} has no id")
    try:
        json.loads(function.get("arguments", ""))
    except (TypeError, ValueError, RecursionError):
        raise invalid(f"Invalid request: arguments of tool call {call_id} are not valid JSON") from None
    return call_id
