"""What is written down of a turn while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..chat.events import CallFinished, CallProposed, CallStarted, Decided, Event, TurnEnded, UsageReported
from ..chat.messages import Usage

__all__ = ["Journal", "Keeper"]


class Keeper(Protocol):
    """Whose turn it is."""

    @property
    def store(self) -> Any:
        """Where it is written down."""
        ...

    def add_usage(self, usage: Usage) -> None:
        """Count a step's tokens."""
        ...


class Journal:
    """Writes a turn's decisions, runs and usage down, each before the turn goes on (design §5.5).

    Parameters
    ----------
    session
        Whose turn it is.
    turn
        The turn's id.
    provider, model
        Who is asked.
    record
        Gives the turn's events as they are kept, once it has ended.
    """

    def __init__(
        self,
        session: Keeper,
        turn: str,
        provider: str,
        model: str,
        record: Callable[[], dict[str, Any] | None] = lambda: None,
    ) -> None:
        self._session = session
        self._turn = turn
        self._asked = {"provider": provider, "model": model}
        self._record = record
        self._proposals: dict[str, CallProposed] = {}
        self._started: set[str] = set()
        self._step = 0

    def __call__(self, event: Event) -> None:
        store, turn = self._session.store, self._turn
        match event:
            case CallProposed():
                self._proposals[event.call] = event
                if event.gated:
                    store.propose(turn, event)
            case Decided():
                proposal = self._proposals[event.call]
                store.decide(turn, proposal, event, **self._asked)
            case CallStarted():
                if self._proposals[event.call].gated:
                    store.start_execution(turn, event.call)
                    self._started.add(event.call)
            case CallFinished():
                if event.call in self._started:
                    store.finish_execution(turn, event.call, event.status, event.text)
            case UsageReported():
                self._step += 1
                store.report_usage(turn, self._step, event.usage)
                self._session.add_usage(event.usage)
            case TurnEnded():
                store.end_turn(turn, event.reason, self._record())
