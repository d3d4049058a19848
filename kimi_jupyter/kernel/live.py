"""The turn that goes on, for whoever watches: every turn has one, whether it was asked in a cell or in the sidebar."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Literal

from ..chat.events import Event
from ..view.record import times
from ..view.stream import TurnStream

__all__ = ["LiveTurn", "Place"]

#: Where a question was asked.
Place = Literal["cell", "sidebar"]
#: Seconds between two messages of events.
_FRAME = 0.05


class LiveTurn:
    """A turn that goes on.

    Parameters
    ----------
    turn
        Its id.
    prompt
        The user's words.
    place
        Where it was asked.
    conversation
        Whose turn it is.

    Attributes
    ----------
    stream
        Its events on their way to front ends.
    at
        When it began, in seconds since the epoch.
    """

    def __init__(self, turn: str, prompt: str, place: Place, conversation: str) -> None:
        self.turn = turn
        self.prompt = prompt
        self.place = place
        self.conversation = conversation
        self.stream = TurnStream({"turn": turn})
        self.at = time.time()
        self._sent = 0.0
        self._waiting = False

    def feed(self, event: Event) -> None:
        """Take an event in, on the engine; it is sent within a frame."""
        self.stream.feed(event)
        if not self._waiting:
            self._waiting = True
            loop = asyncio.get_running_loop()
            loop.call_later(max(0.0, self._sent + _FRAME - time.monotonic()), self._flush)

    def _flush(self) -> None:
        self._waiting, self._sent = False, time.monotonic()
        self.stream.flush()

    def end(self) -> None:
        """The turn is over. Again it does nothing."""
        self.stream.end()

    def times(self) -> dict[str, Any]:
        """How long it took so far, in seconds."""
        return times(self.stream.turn)

    def record(self) -> dict[str, Any]:
        """Its events as a notebook keeps them, for the store."""
        events = [event | {"text": ""} if event["type"] == "sent" else event for event in self.stream.short()]
        return {"version": 1, "place": self.place, "events": events, **self.times()}
