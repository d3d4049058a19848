"""The tool by which the model searches the web, where its endpoint offers that. Each query asks the user first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..chat.search import WebSearch
from .tools import Tool

if TYPE_CHECKING:
    from ..chat.client import HttpClient

__all__ = ["WEB_SEARCH", "search_tool"]

#: The tool's name.
WEB_SEARCH = "web_search"


def search_tool(client: HttpClient) -> Tool:
    """The tool for an endpoint that searches (:attr:`~kimi_jupyter.providers.Provider.searches`).

    Parameters
    ----------
    client
        The endpoint's.
    """
    return Tool(
        name=WEB_SEARCH,
        description=(
            "Search the web and read titles, addresses, dates and snippets of pages. For what neither the notebook nor "
            "you can know: current facts, documentation of a library, where data is published. The user sees the query "
            "and has to approve it, because it leaves their machine: put no data of theirs and nothing private into it."
        ),
        parameters={
            "type": "object",
            "properties": {"query": {"type": "string", "description": "What to search for, in a few words."}},
            "required": ["query"],
            "additionalProperties": False,
        },
        function=WebSearch(client),
        place="engine",
    )
