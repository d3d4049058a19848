"""An answer in the words of a dialect: chunks of a stream, or one piece. Imports ``dialects``, ``draft`` and values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..chat.messages import Usage
from .dialects import Dialect
from .draft import Draft, DraftCall, pieces

__all__ = ["DONE", "Answer", "chunks", "encode_event", "usage_body", "whole"]

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer on its way out.

    Attributes
    ----------
    draft
        What is said.
    usage
        Tokens of the request, and USD.
    model
        The model's name as the client wrote it.
    digest
        24 hexadecimal digits that ids are made of.
    created
        Unix time.
    include_usage
        Whether a usage chunk was asked for.
    choices
        How often it is said (``n``).
    """

    draft: Draft
    usage: Usage
    model: str
    digest: str
    created: int
    include_usage: bool = False
    choices: int = 1

    def id(self, form: str) -> str:
        """An id of a dialect's form."""
        wide = (self.digest * 2)[:32]
        uuid = "-".join((wide[:8], wide[8:12], wide[12:16], wide[16:20], wide[20:]))
        return form.format(digest=self.digest, created=self.created, uuid=uuid)


def encode_event(payload: Any) -> bytes:
    """A payload as one server-sent event."""
    # What can't be UTF-8, a lone surrogate, is sent as "?": the stream stays readable.
    return b"data: " + _encode(payload).encode("utf-8", "replace") + b"\n\n"


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


# ---- streaming -------------------------------------------------------------------------------------------------------


def chunks(answer: Answer, dialect: Dialect) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed answer, without ``[DONE]``."""
    frame = _frame(answer, dialect, "chat.completion.chunk")
    first = True
    for place in range(answer.choices):
        last = place == answer.choices - 1
        for choice, more in _choices(answer, dialect, place, last):
            yield {**frame, "choices": [choice], **more}
            if first and dialect.later_id:
                frame["id"] = answer.id(dialect.later_id)
            first = False
    if answer.include_usage and dialect.usage in ("choice", "chunk"):
        yield {**frame, "choices": [], "usage": usage_body(answer.usage, dialect)}


def _frame(answer: Answer, dialect: Dialect, kind: str) -> dict[str, Any]:
    return {
        "id": answer.id(dialect.chunk_id),
        "object": kind,
        "created": answer.created,
        "model": answer.model,
        **dialect.extra,
    }


def _choices(
    answer: Answer, dialect: Dialect, place: int, last: bool
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each chunk's choice, and the keys that stand beside ``choices``."""
    for delta in _deltas(answer.draft, dialect):
        choice = {"index": place, "delta": delta, "finish_reason": None}
        if dialect.native_finish:
            choice["native_finish_reason"] = None
        yield choice, {}
    usage = usage_body(answer.usage, dialect)
    for time in range(dialect.finishes + (last and dialect.usage == "finish")):
        choice = {"index": place, "delta": _last_delta(dialect), "finish_reason": answer.draft.finish}
        more: dict[str, Any] = {}
        if dialect.native_finish:
            choice["native_finish_reason"] = answer.draft.finish
        if last and dialect.usage == "choice":
            choice["usage"] = usage
        elif last and dialect.usage == "x_groq":
            more["x_groq"] = {"id": answer.id("req_{digest}"), "usage": usage}
        elif dialect.usage == "finish" and time == dialect.finishes:
            more["usage"] = usage
        yield choice, more


def _deltas(draft: Draft, dialect: Dialect) -> Iterator[dict[str, Any]]:
    role = {"role": "assistant"} if dialect.every_role else {}
    if not dialect.every_role:
        yield {"role": "assistant", "content": ""}
    if draft.reasoning is not None:
        beside = {**_beside(dialect.beside_reasoning), **role}
        for piece in _spaced(draft.reasoning, dialect):
            yield {**beside, **_reasoning(piece, dialect)}
        if dialect.separator:
            yield {**beside, **_reasoning("", dialect)}
    if draft.text:
        for piece in _spaced(draft.text, dialect):
            yield {"content": piece, **role}
    beside = {**_beside(dialect.beside_calls), **role}
    for index, call in enumerate(draft.calls):
        for delta in _call_deltas(call, index, dialect):
            yield {**beside, "tool_calls": [delta]}


def _spaced(text: str, dialect: Dialect) -> list[str]:
    return pieces(f" {text}" if dialect.leading_space and text[:1] != " " else text)


def _beside(content: Any) -> dict[str, Any]:
    return {} if content is ... else {"content": content}


def _reasoning(text: str, dialect: Dialect) -> dict[str, Any]:
    """The reasoning fields; those that come together carry the same text."""
    return {name: _detail(text) if name == "reasoning_details" else text for name in dialect.reasoning}


def _detail(text: str) -> list[dict[str, Any]]:
    return [{"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}]


def _call_deltas(call: DraftCall, index: int, dialect: Dialect) -> Iterator[dict[str, Any]]:
    function: dict[str, Any] = {"name": call.name}
    if dialect.arguments != "absent":
        function["arguments"] = call.arguments if dialect.arguments == "whole" else ""
    yield {"index": index, "id": call.id, "type": "function", "function": function}
    if dialect.arguments == "whole":
        return
    for piece in [call.arguments] if dialect.arguments == "object" else pieces(call.arguments):
        yield {"index": index, **dialect.later_call, "function": {**dialect.later_function, "arguments": piece}}


def _last_delta(dialect: Dialect) -> dict[str, Any]:
    return {"content": "", "role": "assistant"} if dialect.every_role else {}


# ---- in one piece ----------------------------------------------------------------------------------------------------


def whole(answer: Answer, dialect: Dialect) -> dict[str, Any]:
    """The answer in one piece (protocol §3.2)."""
    draft = answer.draft
    message: dict[str, Any] = {"role": "assistant", "content": draft.text}
    if draft.reasoning is not None:
        message.update(_reasoning(draft.reasoning, dialect))
    if draft.calls:
        message["tool_calls"] = [
            {
                "index": index,
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for index, call in enumerate(draft.calls)
        ]
    choices = [{"index": place, "message": message, "finish_reason": draft.finish} for place in range(answer.choices)]
    frame = _frame(answer, dialect, "chat.completion")
    return {**frame, "choices": choices, "usage": usage_body(answer.usage, dialect)}


def usage_body(usage: Usage, dialect: Dialect) -> dict[str, Any]:
    """Token counts where this dialect puts them."""
    body: dict[str, Any] = {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
    }
    if dialect.usage_form in ("flat", "both"):
        body["cached_tokens"] = usage.cached
    if dialect.usage_form == "cost":
        body |= {"cost": usage.cost, "is_byok": False, "cost_details": {"upstream_inference_cost": usage.cost}}
    if dialect.usage_form != "flat":
        body["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning}
        body["prompt_tokens_details"] = {"cached_tokens": usage.cached}
    return body
