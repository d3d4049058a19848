"""Formula tools that work without a network (protocol §5.7). Imports ``problem`` only.

Of the official ones only what a loopback server can truly do is here; the others answer 404.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .problem import NOT_FOUND, Problem, invalid

__all__ = ["list_tools", "run_fiber"]


def _tool(name: str, description: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def _date(arguments: Mapping[str, Any]) -> str:
    zone = str(arguments.get("timezone") or "UTC")
    try:
        now = datetime.now(UTC if zone == "UTC" else ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"unknown timezone {zone}") from None
    return json.dumps({"now": now.isoformat(timespec="seconds"), "weekday": now.strftime("%A"), "timezone": zone})


def _base64(arguments: Mapping[str, Any]) -> str:
    operation, data = arguments.get("operation"), str(arguments.get("data") or "")
    if operation == "encode":
        return base64.b64encode(data.encode()).decode()
    if operation != "decode":
        raise ValueError("operation must be encode or decode")
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(f"data is no base64 of a text: {error}") from None


_DATE = _tool(
    "date",
    "The current date, time and weekday.",
    {"timezone": {"type": "string", "description": "IANA name such as Europe/Berlin; UTC if left out"}},
    [],
)
_BASE64 = _tool(
    "base64",
    "Encode a text to base64 or decode it.",
    {"operation": {"type": "string", "enum": ["encode", "decode"]}, "data": {"type": "string"}},
    ["operation", "data"],
)
_FORMULAS: Mapping[str, tuple[dict[str, Any], Callable[[Mapping[str, Any]], str]]] = MappingProxyType(
    {"moonshot/date": (_DATE, _date), "moonshot/base64": (_BASE64, _base64)}
)


def list_tools(uri: str) -> dict[str, Any]:
    """The tools of a formula, e.g. ``moonshot/date:latest``.

    Raises
    ------
    Problem
        404: it isn't here.
    """
    return {"object": "list", "tools": [_find(uri)[0]]}


def run_fiber(uri: str, body: Mapping[str, Any], fiber_id: str) -> dict[str, Any]:
    """Run a formula's tool; a tool that fails is a fiber that failed, not an HTTP error.

    Raises
    ------
    Problem
        404: the formula isn't here. 400: name or arguments are not of the form.
    """
    tool, run = _find(uri)
    name, text = body.get("name"), body.get("arguments")
    if name != tool["function"]["name"]:
        raise invalid(f"Invalid request: formula {uri} has no tool {name}")
    try:
        arguments = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise invalid("Invalid request: arguments must be a JSON object as a string")
    fiber = {"id": fiber_id, "object": "fiber", "formula": uri}
    try:
        return {**fiber, "status": "succeeded", "context": {"input": text, "output": run(arguments)}}
    except ValueError as error:
        return {**fiber, "status": "failed", "error": str(error), "context": {"input": text, "error": str(error)}}


def _find(uri: str) -> tuple[dict[str, Any], Callable[[Mapping[str, Any]], str]]:
    name, _, tag = uri.partition(":")
    if name not in _FORMULAS or tag not in ("", "latest"):
        raise Problem(404, "resource_not_found_error", NOT_FOUND)
    return _FORMULAS[name]
