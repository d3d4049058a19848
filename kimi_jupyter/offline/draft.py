"""A reply made ready to be sent: calls with ids and JSON arguments, cut at the token limit. Imports ``reply``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .reply import Reply

__all__ = ["CALL_TOKENS", "Draft", "DraftCall", "first_number", "make_draft", "pieces"]

#: About one model token each; the fragments recorded for ``{"a": 2, "b": 3}`` are these (protocol §3.1).
_PIECE = re.compile(
    r"[\u4e00-\u9fff]{1,2}"
    r"| ?[A-Za-z]{1,10}(?:'(?:s|t|re|ve|m|ll|d)(?![A-Za-z]))?"
    r"|\d{1,3}"
    r"| ?[^\sA-Za-z\d\u4e00-\u9fff]{1,4}[\r\n]*"
    r"|\s*[\r\n]+|\s+"
)
#: Tokens around a call's arguments: markers, name and id (protocol §8.4).
CALL_TOKENS = 5


def pieces(text: str) -> list[str]:
    """Cut a text into token-sized pieces, which join to it again."""
    return _PIECE.findall(text)


@dataclass(frozen=True, slots=True)
class DraftCall:
    """A call as it is sent. ``arguments`` is JSON text unless a fault wants it otherwise."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply as it is sent; ``reasoning`` is ``None`` where the model does not think or has not thought."""

    reasoning: str | None
    text: str
    calls: tuple[DraftCall, ...]
    finish: str

    @property
    def reasoning_tokens(self) -> int:
        """Tokens of the reasoning, one a piece."""
        return len(pieces(self.reasoning or ""))

    @property
    def tokens(self) -> int:
        """Tokens written in all."""
        called = sum(CALL_TOKENS + len(pieces(call.arguments)) for call in self.calls)
        return self.reasoning_tokens + len(pieces(self.text)) + called


def make_draft(
    reply: Reply, *, thinking: bool, max_tokens: int, stops: Sequence[str], call_ids: Sequence[str], wrap: bool
) -> Draft:
    """Make a reply ready.

    Parameters
    ----------
    reply
        What is said.
    thinking
        Whether the reasoning is sent at all.
    max_tokens
        Tokens it may take; the rest is cut off with ``finish_reason: length``.
    stops
        Texts at which the answer ends, without them.
    call_ids
        One for each call.
    wrap
        Whether the answer must be a JSON object (``response_format: json_object``).
    """
    text = json.dumps({"answer": reply.text}, ensure_ascii=False) if wrap and not reply.calls else reply.text
    calls = tuple(
        DraftCall(call_id, name, json.dumps(arguments, ensure_ascii=False))
        for call_id, (name, arguments) in zip(call_ids, reply.calls, strict=True)
    )
    finish = reply.finish or ("tool_calls" if calls else "stop")
    stopped = min((place for place in (text.find(stop) for stop in stops) if place >= 0), default=None)
    if stopped is not None:
        text, calls, finish = text[:stopped], (), "stop"
    draft = Draft((reply.reasoning or None) if thinking else None, text, calls, finish)
    return draft if draft.tokens <= max_tokens else _cut(draft, max_tokens)


def first_number(messages: Sequence[Mapping[str, Any]]) -> int:
    """The number the next call of a conversation gets: one counter over all its calls (protocol §8.4)."""
    replies = [message for message in messages if message["role"] == "assistant"]
    calls = [call for message in replies for call in message.get("tool_calls") or ()]
    used = [int(found[1]) for call in calls if (found := re.search(r"[:_](\d{1,9})$", str(call.get("id"))))]
    return max([len(calls), *(number + 1 for number in used)])


def _cut(draft: Draft, left: int) -> Draft:
    """The first ``left`` tokens of a draft; a call that is cut keeps the arguments' beginning (protocol §3.3)."""
    reasoning = pieces(draft.reasoning or "")[:left]
    left -= len(reasoning)
    text = pieces(draft.text)[:left]
    left -= len(text)
    calls: list[DraftCall] = []
    for call in draft.calls:
        left -= CALL_TOKENS
        if left < 0:
            break
        arguments = pieces(call.arguments)[:left]
        left -= len(arguments)
        calls.append(replace(call, arguments="".join(arguments)))
    return Draft("".join(reasoning) or None, "".join(text), tuple(calls), "length")
