"""What the model is told of passages that a search of its conversation found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..context.text import head_tail

if TYPE_CHECKING:
    from ..chat.messages import Message
    from ..store.rows import Hit

__all__ = ["passages", "passages_in"]

#: Characters of one passage, and of all.
_ONE, _ALL = 3_000, 12_000
_NOTHING = "Nothing of this conversation holds these words; try others, or fewer."
#: Passages of messages that were written down nowhere.
_BEST = 4
#: Places of a word in a long text that are looked at.
_PLACES = 50


def passages(hits: Sequence[Hit], query: str) -> str:
    """The passages as text for the model: where each was said, and as much of it as there is room for.

    Parameters
    ----------
    hits
        What was found, the best first.
    query
        What was looked for; where it was itself written down is no find.
    """
    texts, left = [], _ALL
    for hit in hits:
        if left <= 0:
            break
        if hit.text.strip() == query.strip():
            continue
        body = _around(hit.text, query, min(_ONE, left))
        texts.append(f"[question {hit.number}, {hit.place}]\n{body}")
        left -= len(body)
    return "\n\n".join(texts) or _NOTHING


def passages_in(messages: Iterable[Message], query: str) -> str:
    """The same of messages that were written down nowhere: those with the most words of the query.

    Parameters
    ----------
    messages
        What is not sent any more.
    query
        What is looked for.
    """
    words = _words(query)
    found = [(sum(word in message.text.lower() for word in words), message) for message in messages]
    best = sorted((pair for pair in found if pair[0]), key=lambda pair: -pair[0])[:_BEST]
    texts = [f"[{type(message).__name__.lower()}]\n{_around(message.text, query, _ONE)}" for _, message in best]
    return "\n\n".join(texts) or _NOTHING


def _words(query: str) -> list[str]:
    return [word.lower() for word in re.findall(r"\w+", query)]


def _around(text: str, query: str, room: int) -> str:
    """A text, or of a long one the part with the most words of the query."""
    if len(text) <= room:
        return text
    words = _words(query)
    lower, before = text.lower(), room // 4
    places = [match.start() for word in words for match in _first(re.escape(word), lower)]
    if not places:
        return head_tail(text, room)
    best = max(
        places, key=lambda place: sum(word in lower[max(0, place - before) : place + room - before] for word in words)
    )
    begin = max(0, best - before)
    return ("… " if begin else "") + text[begin : begin + room] + (" …" if begin + room < len(text) else "")


def _first(pattern: str, text: str) -> list[re.Match[str]]:
    return [match for _, match in zip(range(_PLACES), re.finditer(pattern, text), strict=False)]
