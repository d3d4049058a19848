"""The tools of a kernel's conversations: our own, the user's, and what the endpoint offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..agent.plan import plan_tool
from ..agent.recall import recall_tool
from ..agent.tools import INSPECT, RUN_PYTHON, Tool, Toolbox
from ..settings import Endpoint

if TYPE_CHECKING:
    from ..chat.client import HttpClient
    from .remembering import Remembering

__all__ = ["own_tools", "put", "with_search"]


def own_tools(inspect: Callable[..., str], remembering: Remembering, users: Iterable[Tool]) -> Toolbox:
    """The tools of a kernel.

    Parameters
    ----------
    inspect
        Looks at a value.
    remembering
        Has the plan, and what was said.
    users
        The user's own; one of the same name as ours takes its place.
    """
    toolbox = Toolbox([RUN_PYTHON, replace(INSPECT, function=inspect)])
    toolbox.add(plan_tool(lambda: remembering.plan))
    toolbox.add(recall_tool(lambda query: remembering.recall(query)))
    for tool in users:
        put(toolbox, tool)
    return toolbox


def put(toolbox: Toolbox, tool: Tool) -> None:
    """Add a tool, in the place of one of the same name."""
    if tool.name in toolbox.names:
        toolbox.remove(tool.name)
    toolbox.add(tool)


def with_search(toolbox: Toolbox, endpoint: Endpoint, client: Callable[[Endpoint], HttpClient]) -> Toolbox:
    """The tools with a web search, where the endpoint offers one.

    Its place is behind our own, so that a tool the user adds changes none of the bytes before it.
    """
    if not endpoint.provider.searches:
        return toolbox
    from ..agent.search import search_tool

    search = search_tool(client(endpoint))
    if search.name in toolbox.names:  # the user's own goes first
        return toolbox
    tools = [tool for name in toolbox.names if (tool := toolbox.get(name)) is not None]
    return Toolbox([*tools[:2], search, *tools[2:]])
