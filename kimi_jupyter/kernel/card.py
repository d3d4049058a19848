"""Deciding in a card: what comes from a front end is checked, and nothing but an exact yes runs anything.

A decision is taken only for the call that is open, with the nonce it was opened with, over exactly the text that was
shown (hazards §2.4). Messages arrive on any thread and are handed over to the loop where the turn's question waits: the
kernel's for a cell, the engine's for the sidebar. The first decision wins.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

from ..agent.gate import Answer
from ..agent.source import Refusal, canonical
from ..agent.tools import RUN_PYTHON
from ..chat.events import CallProposed
from ..chat.visible import visible

__all__ = ["Card", "Meanwhile", "Refuse", "Shown", "digest_of", "nothing_else"]

_VERDICTS = ("run", "edit", "deny", "rest", "again")
_NOT_SHOWN = "What was shown is not what would run; reload the page and decide again."
#: Characters of a reason for a refusal.
_REASON = 2_000

#: Tells the one who sent a message, in one line, why it did nothing.
Refuse = Callable[[str], object]


class Shown(Protocol):
    """Where a card is shown."""

    def open(self, call: str, nonce: str, undo: str) -> None:
        """A call waits for its decision."""
        ...

    def settle(self) -> None:
        """No call waits any more."""
        ...


@dataclass(slots=True)
class _Open:
    """The call that waits for its decision."""

    proposal: CallProposed
    nonce: str
    decided: asyncio.Future[Answer]


#: What is around the waiting for a decision; is given what cancels it, from any thread.
Meanwhile = Callable[[Callable[..., object]], AbstractContextManager[None]]


def nothing_else(_: Callable[..., object]) -> AbstractContextManager[None]:
    """Nothing is around it."""
    return nullcontext()


class Card:
    """Where a turn's calls are decided. Make it on the loop that waits for the decisions.

    Parameters
    ----------
    shown
        Where it is shown.
    meanwhile
        Around the waiting; is given what cancels it, from any thread.
    """

    def __init__(self, shown: Shown, meanwhile: Meanwhile = nothing_else) -> None:
        self._loop = asyncio.get_running_loop()
        self._shown = shown
        self._meanwhile = meanwhile
        self._open: _Open | None = None

    async def ask(self, proposal: CallProposed, undo: str = "") -> Answer:
        """Open the card for a call and wait for the decision.

        Parameters
        ----------
        proposal
            The call.
        undo
            What Undo could put back after it, in one line.
        """
        decided: asyncio.Future[Answer] = self._loop.create_future()
        self._open = _Open(proposal, secrets.token_hex(16), decided)

        def cancel(*_: object) -> None:
            self._loop.call_soon_threadsafe(decided.cancel)

        try:
            with self._meanwhile(cancel):
                self._shown.open(proposal.call, self._open.nonce, undo)
                return await decided
        finally:
            self._open = None
            self._shown.settle()

    def decide(self, message: dict[str, Any], refuse: Refuse) -> None:
        """Take a decision, on any thread; returns at once."""
        self._loop.call_soon_threadsafe(self._decide, message, refuse)

    def _decide(self, message: dict[str, Any], refuse: Refuse) -> None:
        answer = self._answer(message)
        if isinstance(answer, str):
            refuse(answer)
        elif self._open is not None and not self._open.decided.done():
            self._open.decided.set_result(answer)

    def _answer(self, message: dict[str, Any]) -> Answer | str:
        """What was decided, or why that is no decision."""
        waiting = self._open
        if waiting is None or message.get("call") != waiting.proposal.call or waiting.decided.done():
            return "This call does not wait for a decision any more."
        nonce, verdict = message.get("nonce"), message.get("verdict")
        if not isinstance(nonce, str) or not hmac.compare_digest(
            nonce.encode(errors="replace"), waiting.nonce.encode()
        ):
            return "This card is out of date; reload the page."
        if verdict not in _VERDICTS:
            return "That is no decision."
        if verdict == "deny":
            reason = message.get("reason")
            return Answer(
                "deny", reason=reason.strip()[:_REASON] if isinstance(reason, str) else "", seconds=_seconds(message)
            )
        if verdict == "edit":
            return self._edited(waiting, message)
        if message.get("digest") != _shown_digest(waiting.proposal):
            return _NOT_SHOWN
        return Answer(cast("Literal['run', 'rest', 'again']", verdict), seconds=_seconds(message))

    def _edited(self, waiting: _Open, message: dict[str, Any]) -> Answer | str:
        code = message.get("code")
        if waiting.proposal.code is None or not isinstance(code, str):
            return "There is no code to edit."
        if waiting.proposal.name != RUN_PYTHON.name:
            return "This is a cell of the notebook; edit it there."
        source = canonical(code)
        if isinstance(source, Refusal):
            return f"That can't run: {visible(source.message)}"
        if message.get("digest") != digest_of(code):
            return _NOT_SHOWN
        return Answer("edit", source.text, seconds=_seconds(message))


def digest_of(text: str) -> str:
    """What a page computes over a text that it shows: SHA-256 of its UTF-8, in hex."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _shown_digest(proposal: CallProposed) -> str:
    return digest_of(proposal.code) if proposal.code is not None else proposal.digest


def _seconds(message: dict[str, Any]) -> float:
    """How long the card was open, by the page's word."""
    seconds = message.get("seconds")
    return min(max(float(seconds), 0.0), 1e7) if isinstance(seconds, int | float) and seconds == seconds else 0.0
