"""What the user does in a turn's widget: decide, stop, add a note, undo.

Messages arrive on any thread; what has to happen on the main one is handed over to it. The sidebar's messages are
``link``'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..agent.gate import Answer
from ..agent.plan import items_from
from ..agent.steering import LONGEST, Steering
from ..chat.events import CallProposed
from .card import Card, Meanwhile, nothing_else

if TYPE_CHECKING:
    from ..view.widget import WidgetView

__all__ = ["Pressing"]


class Pressing:
    """What is done in a turn's widget. Make it on the main thread's loop.

    Parameters
    ----------
    stop
        What Stop does, on any thread.
    steering
        Where notes go.
    undo
        Tells, for a call's code, what Undo could put back, in one line.
    actions
        What else can be done, by the message's kind; called on the main thread with the message.
    """

    def __init__(
        self,
        stop: Callable[[], object],
        steering: Steering,
        *,
        undo: Callable[[str], str] = lambda _: "",
        actions: dict[str, Callable[[dict[str, Any]], object]] | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = stop
        self._steering = steering
        self._undo = undo
        self._actions = actions or {}
        self._view: WidgetView | None = None
        self._card: Card | None = None

    def show_in(self, view: WidgetView, meanwhile: Meanwhile = nothing_else) -> None:
        """From now on the card is in this widget; to be called on the loop that waits for its decisions."""
        self._view = view
        self._card = Card(view, meanwhile)

    async def ask(self, proposal: CallProposed, undo: str | None = None) -> Answer:
        """Ask in the card; ``undo`` says what Undo could put back, where it is known already."""
        assert self._card is not None
        if undo is None:
            undo = self._undo(proposal.code) if proposal.code else ""
        return await self._card.ask(proposal, undo)

    def receive(self, message: dict[str, Any]) -> None:
        """Take a message from a view, on any thread. Returns at once."""
        kind = message.get("kind")
        if kind == "stop":
            self._stop()
        elif kind == "note":
            self._note(message.get("text"))
        elif kind == "plan":
            self._replan(message.get("items"))
        elif kind == "decide" and self._card is not None:
            self._card.decide(message, lambda text: self._refuse("decide", text))
        elif isinstance(kind, str) and kind in self._actions:
            self._loop.call_soon_threadsafe(self._actions[kind], message)
        else:
            self._refuse(str(kind)[:40], "That message means nothing here.")

    def _note(self, text: object) -> None:
        if not (isinstance(text, str) and len(text) <= LONGEST and self._steering.add(text)):
            self._refuse("note", f"A note is a text of at most {LONGEST:,} characters.")

    def _replan(self, items: object) -> None:
        plan = items_from(items)
        if plan is None:
            self._refuse("plan", "That is no plan.")
        else:
            self._steering.replan(plan)

    def _refuse(self, of: str, text: str) -> None:
        if self._view is not None:
            self._view.refuse(of, text)
