"""Deltas without secrets: an endpoint that echoes the key in a reply must not bring it to the screen or into the store.

It stands between client and assembly, so that what is shown, kept, replayed and approved is one and the same text.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from ..errors import EndpointError
from ..settings import StreamRedactor
from .wire import CallDelta, Delta

__all__ = ["redacted"]

#: What of OpenRouter's reasoning details is text.
_DETAIL_TEXTS = ("text", "summary")


async def redacted(deltas: AsyncGenerator[Delta], secrets: Sequence[str]) -> AsyncGenerator[Delta]:
    """The deltas of one reply with each secret replaced, also where it is split over several of them.

    Parameters
    ----------
    deltas
        The reply's; closed with this.
    secrets
        See :class:`~kimi_jupyter.settings.StreamRedactor`.
    """
    lanes = _Lanes(secrets)
    async with aclosing(deltas):
        try:
            async for delta in deltas:
                for clean in lanes.feed(delta):
                    yield clean
        except EndpointError:
            for rest in lanes.flush():
                yield rest
            raise
        for rest in lanes.flush():
            yield rest


class _Lanes:
    """A redactor for each text of a reply: the reasoning, the answer, each call's arguments, each detail."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = secrets
        self._reasoning = StreamRedactor(secrets)
        self._text = StreamRedactor(secrets)
        self._call: tuple[CallDelta, StreamRedactor] | None = None
        self._details: dict[tuple[Any, Any, str], StreamRedactor] = {}

    def feed(self, delta: Delta) -> Iterator[Delta]:
        """A delta as it may be shown; what was held back of what came before it comes first."""
        calling = bool(delta.calls or delta.finish)
        answering = calling or bool(delta.text)
        if answering and not delta.reasoning:
            yield from self._flush_reasoning()
        if calling and not delta.text:
            yield from self._flush_text()
        reasoning = _fed(self._reasoning, delta.reasoning, last=answering)
        text = _fed(self._text, delta.text, last=calling)
        if calling or delta.reasoning_details:
            calls = tuple(self._clean_calls(delta))
            details = tuple(self._clean_detail(detail) for detail in delta.reasoning_details)
            yield delta._replace(reasoning=reasoning, text=text, calls=calls, reasoning_details=details)
        elif reasoning is delta.reasoning and text is delta.text:
            yield delta
        else:
            yield delta._replace(reasoning=reasoning, text=text)

    def flush(self) -> Iterator[Delta]:
        """What is held back at the end."""
        yield from self._flush_reasoning()
        yield from self._flush_text()
        if rest := tuple(self._rest_of_call()):
            yield Delta(calls=rest)

    def _flush_reasoning(self) -> Iterator[Delta]:
        details = [
            {"index": index, "type": kind, name: lane.flush()}
            for (index, kind, name), lane in self._details.items()
            if lane.holding
        ]
        if self._reasoning.holding or details:
            yield Delta(reasoning=self._reasoning.flush(), reasoning_details=tuple(details))

    def _flush_text(self) -> Iterator[Delta]:
        if self._text.holding:
            yield Delta(text=self._text.flush())

    def _clean_calls(self, delta: Delta) -> Iterator[CallDelta]:
        for call in delta.calls:
            if self._call is None or _another(self._call[0], call):
                yield from self._rest_of_call()
                self._call = call, StreamRedactor(self._secrets)
            arguments = _fed(self._call[1], call.arguments)
            yield replace(call, id=self._mask(call.id), name=self._mask(call.name), arguments=arguments)
        if delta.finish:
            yield from self._rest_of_call()

    def _rest_of_call(self) -> Iterator[CallDelta]:
        if self._call is not None and self._call[1].holding:
            call, lane = self._call
            yield replace(call, id=self._mask(call.id), name=None, arguments=lane.flush())

    def _mask(self, text: str | None) -> str | None:
        if not text:
            return text
        lane = StreamRedactor(self._secrets)
        return lane.feed(text) + lane.flush()

    def _clean_detail(self, detail: dict[str, Any]) -> dict[str, Any]:
        clean = dict(detail)
        for name in _DETAIL_TEXTS:
            if isinstance(clean.get(name), str):
                key = (clean.get("index"), clean.get("type"), name)
                lane = self._details.setdefault(key, StreamRedactor(self._secrets))
                clean[name] = lane.feed(clean[name])
        return clean


def _fed(lane: StreamRedactor, text: str | None, *, last: bool = False) -> str | None:
    """A piece without secrets; the last one with what was held back."""
    if not text:
        return text
    return lane.feed(text) + lane.flush() if last else lane.feed(text)


def _another(open_call: CallDelta, call: CallDelta) -> bool:
    """Whether a fragment belongs to another call than the one that is open."""
    if call.index != open_call.index or call.place != open_call.place:
        return True
    return bool(call.id and call.id != open_call.id) or bool(call.name and call.name != open_call.name)
