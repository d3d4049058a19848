"""Reads a chat-completions request: the turns so far, their results, and the tool that runs code.

Lenient: the request may come from any client, and the server has already refused what the protocol forbids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .digest import split_message
from .kinds import last_question
from .results import Result, read_result

__all__ = ["CodeTool", "Talk", "Turn", "read_talk"]


@dataclass(frozen=True, slots=True)
class CodeTool:
    """A tool that takes a ``code`` argument, with the schema of its arguments."""

    name: str
    properties: dict[str, Any]
    required: tuple[str, ...]

    def arguments(self, code: str, purpose: str) -> dict[str, Any]:
        """Arguments for a piece of code; whatever else the schema wants gets a sensible value."""
        arguments: dict[str, Any] = {"code": code}
        for name, schema in self.properties.items():
            if name != "code" and (name in self.required or name == "purpose"):
                arguments[name] = _filled(name, schema if isinstance(schema, dict) else {}, purpose)
        return arguments


def _filled(name: str, schema: dict[str, Any], purpose: str) -> Any:
    if "default" in schema:
        return schema["default"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return next((value for value in schema["enum"] if "python" in str(value).lower()), schema["enum"][0])
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), "string") if isinstance(kind, list) and kind else kind
    if kind in ("integer", "number"):
        return schema.get("minimum", 60 if "timeout" in name.lower() else 0)
    if kind == "string" or kind is None:
        return "python" if "lang" in name.lower() or name.lower() == "kernel" else purpose
    return {"boolean": False, "array": [], "object": {}}.get(str(kind))


@dataclass(slots=True)
class Turn:
    """One question with what was done about it so far."""

    text: str
    codes: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    answer: str = ""

    @property
    def context(self) -> str:
        """What describes the data: our context block, or for other clients the whole message."""
        context, _ = split_message(self.text)
        return context or self.text

    @property
    def question(self) -> str:
        context, question = split_message(self.text)
        return question if context else last_question(question)

    @property
    def ours(self) -> bool:
        """Whether the message has our context block."""
        return bool(split_message(self.text)[0])


@dataclass(frozen=True, slots=True)
class Talk:
    """A request as the analyst sees it."""

    instructions: str
    turns: tuple[Turn, ...]
    tool: CodeTool | None


def read_talk(body: dict[str, Any]) -> Talk:
    """The request's turns and tool."""
    instructions: list[str] = []
    turns: list[Turn] = []
    coded: set[str] = set()
    for message in _dicts(body.get("messages")):
        role, text = message.get("role"), _text(message.get("content"))
        if role in ("system", "developer"):
            instructions.append(text)
        elif role == "user":
            if turns and not turns[-1].answer and not turns[-1].results:
                turns[-1].text = f"{turns[-1].text}\n\n{text}"
            else:
                turns.append(Turn(text))
        elif role == "assistant" and turns:
            for call in _dicts(message.get("tool_calls")):
                if (code := _code_of(call)) is not None:
                    coded.add(str(call.get("id")))
                    turns[-1].codes.append(code)
            turns[-1].answer = text or turns[-1].answer
        elif role == "tool" and turns and str(message.get("tool_call_id")) in coded:
            turns[-1].results.append(read_result(text))
    return Talk("\n".join(instructions), tuple(turns), _code_tool(body))


def _dicts(value: object) -> Iterable[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in _dicts(content) if part.get("type") in (None, "text"))


def _code_of(call: dict[str, Any]) -> str | None:
    """The code that a call runs, ``None`` if it runs none."""
    function = call.get("function")
    try:
        arguments = json.loads(function["arguments"]) if isinstance(function, dict) else {}
    except (KeyError, TypeError, ValueError):
        return None
    return str(arguments["code"]) if isinstance(arguments, dict) and "code" in arguments else None


def _code_tool(body: dict[str, Any]) -> CodeTool | None:
    if body.get("tool_choice") == "none":
        return None
    for tool in _dicts(body.get("tools")):
        function = tool.get("function")
        schema = function.get("parameters") if isinstance(function, dict) else None
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if not isinstance(function, dict) or not isinstance(schema, dict) or not isinstance(properties, dict):
            continue
        code = properties.get("code")
        kind = code.get("type", "string") if isinstance(code, dict) else None
        if kind == "string" or (isinstance(kind, list) and "string" in kind):
            required = schema.get("required")
            names = tuple(str(name) for name in required) if isinstance(required, list) else ()
            return CodeTool(str(function.get("name", "")), properties, names)
    return None
