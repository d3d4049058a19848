"""A chat request answered: checked, thought about, counted, and put into the dialect's words. It sends nothing itself.

The analyst is imported at the first request, for a server that only serves scripted replies needs none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from ..chat.messages import Usage
from .answer import DONE, Answer, chunks, encode_event, usage_body, whole
from .delivery import Delivery, plan
from .dialects import DIALECTS, Dialect, call_id
from .draft import Draft, first_number, make_draft
from .fault_effects import affect_chunks, affect_draft, sample_call
from .faults import CHUNK_FAULTS, Fault
from .prompt import PrefixCache, Tokens
from .reply import Reply
from .validation import ChatRequest, check_chat, parse_body

__all__ = ["Chat"]

#: OpenRouter sends blank lines while a reply that does not stream is made (protocol §3.4).
_PADDING = b"\n         \n" * 3


class Chat:
    """Answers chat requests.

    Parameters
    ----------
    dialect
        The endpoint to sound like.
    analyst
        Replies to a request's body; ``None`` is the package's own.
    delay
        Seconds between chunks.
    """

    def __init__(self, dialect: Dialect, analyst: Callable[[dict[str, Any]], Reply] | None, delay: float) -> None:
        self.dialect = dialect
        self.delay = delay
        self.tokens = Tokens()
        self.spent = 0.0
        self._analyst = analyst
        self._cache = PrefixCache()
        self._answered = 0

    def answer(self, raw: bytes, faults: Sequence[Fault], scripted: Reply | None) -> Delivery:
        """Answer one request.

        Parameters
        ----------
        raw
            The request's body.
        faults
            What goes wrong this time.
        scripted
            Said instead of the analyst's reply.

        Raises
        ------
        Problem
            The request is refused.
        """
        request = check_chat(parse_body(raw), self.dialect, self.tokens)
        dialect = self.dialect
        if request.model.grammar and dialect.name == "moonshot":
            dialect = DIALECTS[request.model.grammar]
        self._answered += 1
        digest = sha256(b"%d %s" % (self._answered, raw)).hexdigest()[:24]
        draft = self._draft(request, dialect, digest, faults, scripted)
        answer = Answer(
            draft,
            self._usage(request, draft),
            request.body["model"],
            digest,
            int(time.time()),
            request.include_usage,
            request.choices,
        )
        headers = {"Content-Type": "text/event-stream" if request.stream else "application/json"}
        if request.stream:
            parts = _events(answer, dialect, faults)
            return plan(Delivery(200, headers, parts, streamed=True, delay=self.delay), faults)
        body = json.dumps(whole(answer, dialect), ensure_ascii=False).encode("utf-8", "replace")
        return plan(Delivery(200, headers, [_PADDING + body if dialect.comment else body]), faults)

    def _draft(
        self, request: ChatRequest, dialect: Dialect, digest: str, faults: Sequence[Fault], scripted: Reply | None
    ) -> Draft:
        body = request.body
        tools = body.get("tools") or []
        first = first_number(body["messages"])

        def new_id(name: str, place: int) -> str:
            return call_id(dialect, name, place, first=first, digest=digest)

        reply = scripted or self._reply(body, faults)
        draft = make_draft(
            reply,
            thinking=request.thinking,
            max_tokens=request.max_tokens,
            stops=request.stop,
            call_ids=[new_id(name, place) for place, (name, _) in enumerate(reply.calls)],
            wrap=(body.get("response_format") or {}).get("type") == "json_object",
        )
        return affect_draft(draft, faults, tools, new_id)

    def _reply(self, body: dict[str, Any], faults: Sequence[Fault]) -> Reply:
        if any(fault.kind == "loop" for fault in faults):  # the same call for ever, whatever came back
            return Reply("Let me run this.", "", (sample_call(body.get("tools") or []),))
        if self._analyst is None:
            from .analyst import respond

            self._analyst = respond
        return self._analyst({**body, "tools": []} if body.get("tool_choice") == "none" else body)

    def _usage(self, request: ChatRequest, draft: Draft) -> Usage:
        cached = self._cache.look_up(request.prompt, str(request.body.get("prompt_cache_key") or ""))
        prompt, completion = request.prompt.tokens, draft.tokens * request.choices
        hit, miss, written = request.model.price
        cost = ((prompt - cached) * miss + cached * hit + completion * written) / 1e6
        self.spent += cost
        return Usage(prompt, completion, cached, draft.reasoning_tokens * request.choices, cost)


def _events(answer: Answer, dialect: Dialect, faults: Sequence[Fault]) -> Iterator[bytes]:
    if dialect.comment:
        yield dialect.comment
    stream = chunks(answer, dialect)
    broken = False
    if any(fault.kind in CHUNK_FAULTS for fault in faults):
        stream = iter(affect_chunks(stream, faults, usage_body(answer.usage, dialect)))
        broken = any(fault.kind == "mid_stream_error" for fault in faults)
    for chunk in stream:
        yield encode_event(chunk)
    if not broken:
        yield DONE
