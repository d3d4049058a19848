"""The functions that were declared as tools in this process, before or after a session began. Imports no IPython."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..agent.tools import Tool

__all__ = ["declare", "declared_tools", "tool_of"]

#: Each tool and the function it was made of, by the tool's name: declared once a process, as functions are.
_declared: dict[str, tuple[Tool, Callable[..., Any]]] = {}


def declare(tool: Tool, function: Callable[..., Any]) -> None:
    """Declare a tool; one of the same name is replaced, as happens when its cell runs again."""
    _declared[tool.name] = tool, function
    extension = sys.modules.get(f"{__package__}.extension")
    if extension is not None:  # where it is loaded, a session may go on already
        extension.add_tool(tool)


def declared_tools() -> tuple[Tool, ...]:
    """The tools in the order they were declared first."""
    return tuple(tool for tool, _ in _declared.values())


def tool_of(function: Callable[..., Any]) -> Tool | None:
    """The tool that a function was declared as, or ``None``."""
    return next((tool for tool, declared in _declared.values() if declared is function), None)
