"""Deciding in the widget's card: what comes from the front end is checked, and nothing but an exact yes runs anything.

A decision is taken only for the call that is open, with the nonce it was opened with, over exactly the text that was
shown (hazards §2.4). Messages arrive on any thread and are handed over to the main one, where the cell waits.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from ..agent.gate import Answer
from ..agent.source import Refusal, canonical
from ..agent.steering import LONGEST, Steering
from ..chat.events import CallProposed
from ..chat.visible import visible
from .interrupts import Interrupts

if TYPE_CHECKING:
    from ..view.widget import WidgetView

__all__ = ["Card"]

_VERDICTS = ("run", "edit", "deny", "rest", "again")
_NOT_SHOWN = "What was shown is not what would run; reload the page and decide again."
#: Characters of a reason for a refusal.
_REASON = 2_000


@dataclass(slots=True)
class _Open:
    """The call that waits for its decision."""

    proposal: CallProposed
    nonce: str
    decided: asyncio.Future[Answer]


class Card:
    """What the user does in a turn's widget. Make it on the main thread's loop.

    Parameters
    ----------
    interrupts
        The turn's: Stop is what ■ is.
    steering
        Where notes go.
    undo
        Tells, for a call's code, what Undo could put back, in one line.
    actions
        What else can be done, by the message's kind; called on the main thread with the message.
    """

    def __init__(
        self,
        interrupts: Interrupts,
        steering: Steering,
        *,
        undo: Callable[[str], str] = lambda _: "",
        actions: dict[str, Callable[[dict[str, Any]], object]] | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._interrupts = interrupts
        self._steering = steering
        self._undo = undo
        self._actions = actions or {}
        self._open: _Open | None = None
        self.view: WidgetView | None = None

    async def ask(self, proposal: CallProposed) -> Answer:
        """Open the card for a call and wait for the decision; an interrupt cancels the waiting."""
        assert self.view is not None
        decided: asyncio.Future[Answer] = self._loop.create_future()
        self._open = _Open(proposal, secrets.token_hex(16), decided)

        def cancel(*_: object) -> None:
            self._loop.call_soon_threadsafe(decided.cancel)

        try:
            with self._interrupts.meaning(cancel):
                self.view.open(proposal.call, self._open.nonce, self._undo(proposal.code) if proposal.code else "")
                return await decided
        finally:
            self._open = None
            self.view.settle()

    # ---- messages, on any thread -------------------------------------------------------------------------------------

    def receive(self, message: dict[str, Any]) -> None:
        """Take a message from a view. Returns at once."""
        kind = message.get("kind")
        if kind == "stop":
            self._interrupts.press()
        elif kind == "note":
            self._note(message.get("text"))
        elif kind == "decide":
            self._loop.call_soon_threadsafe(self._decide, message)
        elif isinstance(kind, str) and kind in self._actions:
            self._loop.call_soon_threadsafe(self._actions[kind], message)
        elif self.view is not None:
            self.view.refuse(str(kind)[:40], "That message means nothing here.")

    def _note(self, text: object) -> None:
        taken = isinstance(text, str) and len(text) <= LONGEST and self._steering.add(text)
        if not taken and self.view is not None:
            self.view.refuse("note", f"A note is a text of at most {LONGEST:,} characters.")

    # ---- on the main thread ------------------------------------------------------------------------------------------

    def _decide(self, message: dict[str, Any]) -> None:
        answer = self._answer(message)
        if isinstance(answer, str):
            if self.view is not None:
                self.view.refuse("decide", answer)
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
        source = canonical(code)
        if isinstance(source, Refusal):
            return f"That can't run: {visible(source.message)}"
        if message.get("digest") != _digest(code):
            return _NOT_SHOWN
        return Answer("edit", source.text, seconds=_seconds(message))


def _shown_digest(proposal: CallProposed) -> str:
    return _digest(proposal.code) if proposal.code is not None else proposal.digest


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _seconds(message: dict[str, Any]) -> float:
    """How long the card was open, by the page's word."""
    seconds = message.get("seconds")
    return min(max(float(seconds), 0.0), 1e7) if isinstance(seconds, int | float) and seconds == seconds else 0.0
