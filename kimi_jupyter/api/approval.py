"""Who allows code in a script: a rule, or a function of the caller's. Nothing is allowed by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..agent.gate import Answer, PolicyGate
from ..chat.events import CallProposed
from ..errors import SettingsError
from ..kernel.bridge import Running

__all__ = ["Approve", "Edit", "Mode", "gate_for"]


@dataclass(frozen=True, slots=True)
class Edit:
    """What an ``approve`` function returns to have other code run in place of the model's."""

    code: str


#: Decides on a call: ``True`` runs it, :class:`Edit` runs other code, a text refuses it and is told to the model as the
#: reason; anything else refuses it.
Approve = Callable[[CallProposed], bool | str | Edit | None]
#: What may be given as ``approve``.
Mode = Literal["auto", "never"] | Approve


def gate_for(approve: Mode, running: Running) -> PolicyGate:
    """The gate of a turn; a function is called on the thread that asked.

    Raises
    ------
    SettingsError
        ``approve`` is neither a rule nor a function.
    """
    if isinstance(approve, str):
        if approve not in ("auto", "never"):
            raise SettingsError(f"approve={approve!r} is no rule; give 'auto', 'never', or a function that decides.")
        return PolicyGate(approve, _nobody)
    if not callable(approve):
        raise SettingsError(f"approve is a {type(approve).__name__}; give 'auto', 'never', or a function that decides.")

    async def decide(proposal: CallProposed) -> Answer:
        return _meant(approve(proposal))

    return PolicyGate("ask", lambda proposal: running.on_main(lambda: decide(proposal)))


async def _nobody(_: CallProposed) -> None:
    return None


def _meant(said: object) -> Answer:
    """What a function's answer means; whatever is not exactly a yes is a no (hazards §2.1)."""
    if said is True:
        return Answer("run")
    if isinstance(said, Edit):
        return Answer("edit", said.code)
    return Answer("deny", reason=said if isinstance(said, str) else "")
