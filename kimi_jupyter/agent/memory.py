"""Making room: what of a history can be left out of the next request, and what the model is told of it.

Only what is sent becomes shorter; the store keeps everything. Old tool results go first, the largest of them; then the
context blocks of old questions; then whole old turns. The last turn stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..chat.messages import Message, ToolResult, User
from ..chat.wire import estimate_message

__all__ = ["compact"]

#: Characters of a tool result that are worth a stub.
_WORTH = 400
_CONTEXT = re.compile(r"\A<context>.*?</context>\n*", re.DOTALL)


def compact(messages: Sequence[Message], target: int) -> tuple[list[Message], str]:
    """Shorten a history to about a number of tokens.

    Parameters
    ----------
    messages
        A legal history; the result is one too.
    target
        Tokens it should take, estimated.

    Returns
    -------
    list of Message, str
        The shorter history, and in words what was left out (``""`` if nothing could be).
    """
    kept = list(messages)
    last = max((place for place, message in enumerate(kept) if isinstance(message, User)), default=0)
    sizes = [estimate_message(message) for message in kept]
    excess = sum(sizes) - target
    said = []
    excess, stubbed = _stub_results(kept, sizes, last, excess)
    if stubbed:
        said.append(f"{stubbed} old tool results")
    if excess > 0:
        excess, cut = _drop_contexts(kept, sizes, last, excess)
        if cut:
            said.append(f"the context of {cut} old questions")
    if excess > 0:
        kept, dropped = _drop_turns(kept, sizes, last, excess)
        if dropped:
            said.append(f"{dropped} old questions with their answers")
    if excess > 0 and not said:  # all of it is the last turn
        _, stubbed = _stub_results(kept, sizes, len(kept) - 2, excess)
        if stubbed:
            said.append(f"{stubbed} tool results of this question")
    return kept, ", ".join(said)


def _stub_results(kept: list[Message], sizes: list[int], before: int, excess: int) -> tuple[int, int]:
    candidates = [
        (place, message)
        for place, message in enumerate(kept[:before])
        if isinstance(message, ToolResult) and len(message.text) > _WORTH
    ]
    stubbed = 0
    for place, message in sorted(candidates, key=lambda found: (-sizes[found[0]], found[0])):
        if excess <= 0:
            break
        head = message.text[: _WORTH // 4].rstrip()
        left_out = len(message.text) - len(head)
        kept[place] = replace(message, text=f"{head}\n[{left_out:,} characters left out to make room]")
        excess -= sizes[place] - estimate_message(kept[place])
        stubbed += 1
    return excess, stubbed


def _drop_contexts(kept: list[Message], sizes: list[int], before: int, excess: int) -> tuple[int, int]:
    cut = 0
    for place, message in enumerate(kept[:before]):
        if excess <= 0:
            break
        if isinstance(message, User) and (shorter := _CONTEXT.sub("", message.text)) not in ("", message.text):
            kept[place] = User(f"[context left out to make room]\n\n{shorter}")
            excess -= sizes[place] - estimate_message(kept[place])
            cut += 1
    return excess, cut


def _drop_turns(kept: list[Message], sizes: list[int], last: int, excess: int) -> tuple[list[Message], int]:
    """Leave whole turns out, oldest first; what follows is told so by its own first message."""
    starts = [place for place, message in enumerate(kept) if isinstance(message, User)]
    dropped = 0
    start = 0
    for place in starts[1:]:
        if excess <= 0 or place > last:
            break
        excess -= sum(estimate_message(message) for message in kept[start:place])
        start, dropped = place, dropped + 1
    if not dropped:
        return kept, 0
    first = kept[start]
    assert isinstance(first, User)
    note = f"[{dropped} earlier questions and their answers were left out to make room]\n\n"
    return [User(note + first.text), *kept[start + 1 :]], dropped
