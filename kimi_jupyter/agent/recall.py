"""The tool by which the model finds what it is not shown any more: full text of all the conversation, in the store."""

from __future__ import annotations

from collections.abc import Callable

from .tools import Tool

__all__ = ["RECALL", "recall_tool"]

#: The tool's name.
RECALL = "recall"


def recall_tool(find: Callable[[str], str]) -> Tool:
    """The tool.

    Parameters
    ----------
    find
        Finds passages of this conversation by words in them; returns them as text, within the budget of a result.
    """

    async def recall(query: str) -> str:
        return find(query)

    return Tool(
        name=RECALL,
        description=(
            "Search this whole conversation, also what was left out to make room: questions, answers, reasoning, code "
            "and results. Finds passages that hold the words; use it instead of computing again or guessing."
        ),
        parameters={
            "type": "object",
            "properties": {"query": {"type": "string", "description": "A few words that occur in what you look for."}},
            "required": ["query"],
            "additionalProperties": False,
        },
        gated=False,
        function=recall,
        place="engine",
    )
