"""What the model is told of passages that a search of its conversation found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..context.text import head_tail

if TYPE_CHECKING:
    from ..store.rows import Hit

__all__ = ["passages"]

#: Characters of one passage, and of all.
_ONE, _ALL = 3_000, 12_000


def passages(hits: Sequence[Hit]) -> str:
    """The passages as text for the model: where each was said, and as much of it as there is room for."""
    texts, left = [], _ALL
    for hit in hits:
        if left <= 0:
            break
        body = hit.text if len(hit.text) <= min(_ONE, left) else _around(hit, min(_ONE, left))
        texts.append(f"[question {hit.number}, {hit.place}]\n{body}")
        left -= len(body)
    return "\n\n".join(texts) or "Nothing of this conversation holds these words; try others, or fewer."


def _around(hit: Hit, room: int) -> str:
    """A long text's part that was found, or its ends where that can't be told."""
    words = hit.snippet.strip("… ").split()
    start = hit.text.find(" ".join(words[:3])) if words else -1
    if start < 0:
        return head_tail(hit.text, room)
    begin = max(0, start - room // 4)
    return ("… " if begin else "") + hit.text[begin : begin + room] + (" …" if begin + room < len(hit.text) else "")
