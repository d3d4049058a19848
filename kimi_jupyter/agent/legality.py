"""Histories that were written down are made legal again before they are sent (protocol §2.4).

Where rows were lost, or two kernels wrote turns of one conversation at a time, a call may lack its result, a result its
call, and an id may be there twice. What was written down stays as it is. Imports ``chat.messages`` only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..chat.messages import Assistant, Message, ToolCall, ToolResult

__all__ = ["LOST", "mended"]

#: What a call in the middle of a history is answered with when its result is not there.
LOST = "The result of this call was lost; whether it had an effect is unknown."


def mended(messages: Iterable[Message]) -> list[Message]:
    """The messages as a legal history; calls at its very end may still wait for their results.

    Parameters
    ----------
    messages
        What was said, oldest first.

    Returns
    -------
    list of Message
        Of a legal history the same messages.
    """
    legal: list[Message] = []
    open_calls: dict[str, ToolCall] = {}  # by the id they were written down with
    taken: set[str] = set()
    for message in messages:
        if isinstance(message, ToolResult):
            if call := open_calls.pop(message.call, None):
                legal.append(message if call.id == message.call else replace(message, call=call.id))
            continue
        legal += [ToolResult(call.id, call.name, LOST) for call in open_calls.values()]
        open_calls = {}
        if isinstance(message, Assistant) and message.calls:
            message, open_calls = _with_own_ids(message, taken)
        legal.append(message)
    return legal


def _with_own_ids(message: Assistant, taken: set[str]) -> tuple[Assistant, dict[str, ToolCall]]:
    """A reply whose calls have ids that no other call has, and the calls by the ids they had."""
    calls: dict[str, ToolCall] = {}
    for call in message.calls:
        own, number = call.id, 2
        while own in taken:
            own, number = f"{call.id}-{number}", number + 1
        taken.add(own)
        calls.setdefault(call.id, call if own == call.id else replace(call, id=own))
    own_calls = tuple(calls.values())
    return (message if own_calls == message.calls else replace(message, calls=own_calls)), calls
