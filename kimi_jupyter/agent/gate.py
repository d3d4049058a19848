"""The gate: who says whether a call may run.

The one place where rules of approval live (hazards §2). Anything that is not an exact "run" is a no; waiting never
approves; with nobody to ask the answer is no.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from ..chat.events import CallProposed, Decided
from .source import fingerprint

__all__ = ["PATIENCE", "Answer", "Ask", "Gate", "PolicyGate"]

#: After so many refusals in a row the turn ends: the model is not getting what the user wants.
PATIENCE = 3

_NOBODY = (
    "Nobody can be asked here, so nothing runs. The user can allow it: all code with --approve auto or "
    "KIMI_JUPYTER_APPROVE=auto, code that they allowed before with kimi-jupyter approve."
)

Mode = Literal["ask", "auto", "never"]


class Gate(Protocol):
    """Allows, edits or denies a call. One of the three seams."""

    async def decide(self, proposal: CallProposed) -> Decided:
        """The decision on a proposed call; takes as long as a person takes."""
        ...

    async def go_on(self, question: CallProposed) -> Decided:
        """Whether a turn may go on beyond its budget."""
        ...

    @property
    def exhausted(self) -> bool:
        """Whether the turn should end because one call after another was refused."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered.

    ``rest`` is ``run`` for this and everything else in the turn, ``again`` for this and the same code later in the
    conversation.
    """

    verdict: Literal["run", "edit", "deny", "rest", "again"]
    code: str | None = None
    reason: str = ""
    seconds: float = 0.0


#: Asks a person. Returns ``None`` where nobody can be asked.
Ask = Callable[[CallProposed], Awaitable[Answer | None]]


class PolicyGate:
    """The rules of one turn.

    Parameters
    ----------
    mode
        ``ask`` a person, ``auto`` run everything, ``never`` run anything.
    ask
        How a person is asked.
    allowed
        Digests of code that may run again without asking; what a person allows so is added. The conversation's.
    approved
        Fingerprints of code that may run where nobody can be asked.
    """

    def __init__(
        self, mode: Mode, ask: Ask, allowed: set[str] | None = None, approved: Collection[str] = frozenset()
    ) -> None:
        self._mode = mode
        self._ask = ask
        self._allowed = set() if allowed is None else allowed
        self._approved = approved
        self._rest = False
        self._denied: set[str] = set()
        self._refusals = 0

    @property
    def exhausted(self) -> bool:
        return self._refusals >= PATIENCE

    async def decide(self, proposal: CallProposed) -> Decided:
        decision = await self._decide(proposal)
        if decision.verdict == "deny":
            self._denied.add(proposal.digest)
            self._refusals += 1
        else:
            self._refusals = 0
        return decision

    async def go_on(self, question: CallProposed) -> Decided:
        """Only a person's yes lets a turn go on: no rule about code does, and none of theirs is changed by it."""
        answer = await self._ask(question)
        if answer is None:
            return Decided(question.call, "deny", "rule", reason="Nobody can be asked here.")
        yes = answer.verdict in ("run", "rest", "again")
        return Decided(question.call, "run" if yes else "deny", "user", None, answer.reason, answer.seconds)

    async def _decide(self, proposal: CallProposed) -> Decided:
        call = proposal.call
        if proposal.digest in self._denied:
            return Decided(call, "deny", "rule", reason="The user has already refused exactly this. Do not ask again.")
        if self._mode == "never":
            return Decided(call, "deny", "rule", reason="The user lets no code run (approve=never). Answer without it.")
        if self._mode == "auto":
            return Decided(call, "run", "auto")
        if self._rest:
            return Decided(call, "run", "rest")
        if proposal.digest in self._allowed:
            return Decided(call, "run", "again")
        answer = await self._ask(proposal)
        if answer is None:
            if proposal.code is not None and fingerprint(proposal.code) in self._approved:
                return Decided(call, "run", "again")
            return Decided(call, "deny", "rule", reason=_NOBODY)
        if answer.verdict == "rest" or answer.verdict == "again":
            if answer.verdict == "rest":
                self._rest = True
            else:
                self._allowed.add(proposal.digest)
            return Decided(call, "run", "user", seconds=answer.seconds)
        return Decided(call, answer.verdict, "user", answer.code, answer.reason, answer.seconds)
