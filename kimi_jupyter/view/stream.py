"""A turn on its way to front ends: numbered messages, of which each front end can ask for the whole anew.

The widget has one at its other end, the sidebar as many as there are tabs. What goes over are deltas, some twenty times
a second, and pieces of state that are no events: which call is open, what Undo would do. A front end that missed a
number asks for a snapshot. Imports no front end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..chat.events import Event, event_from_dict
from .record import times
from .transcript import Transcript
from .turn import Turn

__all__ = ["Send", "TurnStream"]

#: Sends one message to a front end. Must return at once and must not raise.
Send = Callable[[dict[str, Any]], None]


class TurnStream:
    """One turn's messages. Any thread may use it.

    Parameters
    ----------
    head
        What every message says beside its own.

    Attributes
    ----------
    turn
        The turn as it stands.
    transcript
        Its events so far.
    """

    def __init__(self, head: Mapping[str, Any] | None = None) -> None:
        self.turn = Turn()
        self.transcript = Transcript()
        self._head = dict(head or {})
        self._new = Transcript()
        self._state: dict[str, Any] = {"open": None, "undo": ""}
        self._numbers: dict[Send, int] = {}
        self._live = True
        self._lock = threading.RLock()

    def join(self, send: Send) -> None:
        """From now on messages go there too; what was before comes with a snapshot."""
        with self._lock:
            self.flush()
            self._numbers.setdefault(send, 0)

    def leave(self, send: Send) -> None:
        """No more messages go there."""
        with self._lock:
            self._numbers.pop(send, None)

    # ---- what happens ------------------------------------------------------------------------------------------------

    def feed(self, event: Event) -> None:
        """Take an event in; nothing is sent yet."""
        with self._lock:
            self.turn.apply(event)
            self.transcript.add(event)
            self._new.add(event)

    def flush(self) -> None:
        """Send what is new."""
        with self._lock:
            if self._new:
                self._send_next("events", events=self._new.take())

    def open(self, call: str, nonce: str, undo: str) -> None:
        """A call waits for its decision."""
        self._tell("open", open={"call": call, "nonce": nonce, "undo": undo})

    def settle(self) -> None:
        """No call waits any more."""
        self._tell("open", open=None)

    def undoable(self, text: str) -> None:
        """What Undo would do now, ``""`` for nothing."""
        self._tell("undo", undo=text)

    def say(self, text: str) -> None:
        """One line about what happened outside the events."""
        with self._lock:
            for send in self._numbers:
                send({"kind": "said", **self._head, "text": text})

    def end(self) -> None:
        """The turn is over; if its producer broke off, it counts as interrupted. Again it does nothing."""
        with self._lock:
            for event in self.turn.broken_off():
                self.feed(event)
            self.flush()
            self._live = False

    @property
    def live(self) -> bool:
        """Whether the turn goes on."""
        return self._live

    # ---- the whole ---------------------------------------------------------------------------------------------------

    def snapshot(self, sends: Iterable[Send] | None = None, **more: Any) -> None:
        """Send the whole, to all or to some; ``more`` is said beside it."""
        with self._lock:
            self.flush()
            whole = more | {"events": self.transcript.events(), "live": self._live, **self._state, **times(self.turn)}
            self._send_next("snapshot", sends, **whole)

    def short(self) -> list[dict[str, Any]]:
        """The events so far as JSON-ready data, as few as fold to the same turn."""
        with self._lock:
            return self.transcript.events()

    def events(self) -> list[Event]:
        """The same as events."""
        return [event_from_dict(event) for event in self.short()]

    def _tell(self, kind: str, **state: Any) -> None:
        """Send a piece of state, after the events before it."""
        with self._lock:
            self._state |= state
            self.flush()
            self._send_next(kind, **state)

    def _send_next(self, kind: str, sends: Iterable[Send] | None = None, **content: Any) -> None:
        for send in list(self._numbers) if sends is None else sends:
            if send in self._numbers:
                self._numbers[send] += 1
                send({"kind": kind, **self._head, "seq": self._numbers[send], **content})
