"""Calling a function of the user's own, where a question says its name, with what it gives for its parameters.

Numbers are taken in order, texts from quotes, from an enum's words, or from words in capitals. Pure text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..reply import Reply
from .digest import split_message
from .markdown import FOOTER, code, plain, printed
from .results import read_result
from .talk import CodeTool

__all__ = ["called"]

_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?![\w.]*\w)")
_QUOTED = re.compile(r"\"([^\"]+)\"|'([^']+)'|“([^”]+)”")
_ADD = re.compile(r"\badd (?:a|an|another) (?:new )?(?:(?P<kind>markdown|text|code) )?cell\b", re.IGNORECASE)
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]{1,}\b")


def called(body: dict[str, Any], tool: CodeTool | None) -> Reply | None:
    """The call that the last question asks for by a tool's name, or the answer once it was made; else ``None``.

    Parameters
    ----------
    body
        The request.
    tool
        The tool that runs code, which is not meant.
    """
    messages = [message for message in body.get("messages") or () if isinstance(message, dict)]
    last = max((place for place, message in enumerate(messages) if message.get("role") == "user"), default=-1)
    question = split_message(str(messages[last].get("content") or ""))[1] if last >= 0 else ""
    question = _ADD.sub(_add_cell, question)
    found = next(_named(body, question, tool.name if tool is not None else ""), None)
    if found is None or body.get("tool_choice") == "none":
        return None
    name, schema = found
    results = [message for message in messages[last + 1 :] if message.get("role") == "tool"]
    if results:
        return _answer(name, str(results[-1].get("content") or ""))
    arguments, missing = _arguments(schema, question)
    if missing:
        said = f"To call {code(name)} I need {', '.join(map(code, missing))}; name it in the question."
        return Reply(f"The question names {name}, but not {', '.join(missing)}.", f"{said}\n\n{FOOTER}")
    return Reply(f"The question names {name}, so I call it with what it gives.", "", ((name, arguments),))


def _add_cell(asked: re.Match[str]) -> str:
    """The tool's name in place of the words for it, where there is such a tool."""
    kind = asked["kind"] or ""
    return f"add_cell {'markdown' if kind.lower() == 'text' else kind.lower()}"


def _named(body: dict[str, Any], question: str, coding: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tools that a question names, with their schemas; a name is one word and no ordinary one."""
    for tool in body.get("tools") or ():
        function = tool.get("function") if isinstance(tool, dict) else None
        name = str(function.get("name", "")) if isinstance(function, dict) else ""
        schema = function.get("parameters") if isinstance(function, dict) else None
        wanted = "_" in name and name != coding and re.search(rf"\b{re.escape(name)}\b", question)
        if wanted and isinstance(schema, dict):
            yield name, schema


def _arguments(schema: dict[str, Any], question: str) -> tuple[dict[str, Any], list[str]]:
    """Arguments that the question gives, and required ones that it does not."""
    numbers = [float(text) for text in _NUMBER.findall(question)]
    quoted = [next(filter(None, groups)) for groups in _QUOTED.findall(question)]
    texts = [*quoted, *_CAPITALS.findall(question)]
    given: dict[str, Any] = {}
    for name, part in (schema.get("properties") or {}).items():
        kind = part.get("type") if isinstance(part, dict) else None
        if isinstance(part, dict) and isinstance(part.get("enum"), list):
            words = [value for value in part["enum"] if re.search(rf"\b{re.escape(str(value))}\b", question)]
            given |= {name: words[0]} if words else {}
        elif kind in ("number", "integer") and numbers:
            value = numbers.pop(0)
            given[name] = int(value) if kind == "integer" else value
        elif kind == "string" and texts:
            given[name] = texts.pop(0)
    return given, [name for name in schema.get("required") or () if name not in given]


def _answer(name: str, text: str) -> Reply:
    result = read_result(text)
    if result.refused:
        reason = f": {plain(result.message)}" if result.message else "."
        return Reply("The call was refused.", f"{code(name)} was not called{reason}\n\n{FOOTER}")
    if name == "add_cell" and text.startswith("Added"):
        return Reply("The cell was added.", f"The cell stands in the notebook now; it was not run.\n\n{FOOTER}")
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    said = (
        f"{code(name)} gives **{value}**."
        if isinstance(value, int | float)
        else f"{code(name)} gives:\n\n{printed(text)}"
    )
    return Reply("I report what it gave.", f"{said}\n\n{FOOTER}")
