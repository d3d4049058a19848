"""A turn in a widget: its events stream to the front end, which draws them and sends back what the user does.

The widget is an anywidget: one ES module, built from ``labextension/src/widget``, for JupyterLab, Notebook 7, VS Code
and Colab. What goes over the comm are deltas, some twenty times a second, numbered so that a view that missed one can
ask for the whole. Imports ipywidgets and anywidget; import it when a widget is wanted, not before.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

import anywidget

from ..chat.events import Event
from . import WIDGET_MODULE
from .publishing import Publish, publish
from .record import saved
from .stream import TurnStream
from .turn import Turn

__all__ = ["TurnWidget", "WidgetView"]

_WIDGET = "application/vnd.jupyter.widget-view+json"
#: The version of the messages.
_VERSION = 1
#: Seconds after which the whole is sent unasked, as long as no view has been heard: what its first messages missed.
_UNASKED = (0.5, 1.0, 2.0, 4.0, 8.0)

#: A message from a view that is not about the widget itself.
Received = Callable[[dict[str, Any]], None]


class TurnWidget(anywidget.AnyWidget):
    """The widget of one turn. It has no state of its own: everything goes by messages.

    Parameters
    ----------
    received
        Called with each message; it is there before a front end can know of the widget.
    """

    _esm = WIDGET_MODULE
    _css = WIDGET_MODULE.with_suffix(".css")

    def __init__(self, received: Callable[[object, object, object], None]) -> None:
        self.on_msg(received)
        super().__init__()


class WidgetView:
    """Draws a turn in a widget, and hears what is done in it.

    Messages arrive on whichever thread the kernel handles them; they are answered there, so that a page that is opened
    while code runs is not left blank.

    Parameters
    ----------
    received
        Called with each message that is not about the widget itself, on the thread it arrives on. Must return at once.
    reasoning
        Whether the notebook keeps the reasoning.
    show
        Shows a MIME bundle; by default IPython's display machinery.
    """

    def __init__(self, received: Received, *, reasoning: bool = True, show: Publish = publish) -> None:
        self._stream = TurnStream()
        self._reasoning = reasoning
        self._received = received
        self._show = show
        self._lock = threading.RLock()
        self._context: Context | None = None
        self._heard = threading.Event()
        self._closed = False
        self._display = uuid.uuid4().hex
        self._begun = time.monotonic()
        self._unasked = list(_UNASKED)
        self._ready = False
        self._stream.join(self._send)
        self._widget = TurnWidget(self._on_message)
        self._ready = True
        widget = {"version_major": 2, "version_minor": 0, "model_id": self._widget.model_id}
        self._show({_WIDGET: widget, "text/plain": " "}, display_id=self._display, update=False)
        if self.heard:  # by a view that was quicker than this
            self._stream.snapshot()

    @property
    def turn(self) -> Turn:
        """The turn as it stands."""
        return self._stream.turn

    @property
    def heard(self) -> bool:
        """Whether a view has said that it is there."""
        return self._heard.is_set()

    # ---- to the front end --------------------------------------------------------------------------------------------

    def feed(self, event: Event) -> None:
        """Take an event in; nothing is sent yet."""
        self._stream.feed(event)

    def flush(self) -> None:
        """Send what is new."""
        if self._closed:
            return
        self._stream.flush()
        if not self.heard and self._unasked and time.monotonic() - self._begun > self._unasked[0]:
            self._unasked.pop(0)
            self._stream.snapshot(unasked=True)

    def open(self, call: str, nonce: str, undo: str) -> None:
        """A call waits for its decision here."""
        self._stream.open(call, nonce, undo)

    def settle(self) -> None:
        """No call waits any more."""
        self._stream.settle()

    def undoable(self, text: str) -> None:
        """What Undo would do now, ``""`` for nothing."""
        self._stream.undoable(text)

    def say(self, text: str) -> None:
        """One line about what happened outside the events."""
        self._stream.say(text)

    def refuse(self, of: str, text: str) -> None:
        """Say why a message did nothing."""
        self._send({"kind": "refused", "of": of, "text": text})

    def close(self) -> None:
        """End: the record takes the widget's place, the answer follows as Markdown. Again it does nothing."""
        if self._closed:
            return
        self._stream.end()
        self._closed = True
        record, answer = saved(self.turn, self._stream.transcript, reasoning=self._reasoning)
        self._show(record, display_id=self._display, update=True)
        if answer:
            self._show(answer, display_id=uuid.uuid4().hex, update=False)
        self._widget.close()

    def give_way(self) -> list[Event]:
        """End without a record: another view takes over. Returns the events so far."""
        self._closed = True
        self._stream.leave(self._send)
        self._show({"text/plain": " "}, display_id=self._display, update=True)
        self._widget.close()
        return self._stream.events()

    def _send(self, content: dict[str, Any]) -> None:
        with self._lock:
            if not self._ready or self._widget.comm is None:
                return
            # In the context of a view's message the kernel sends that view's next ones to a thread that is free while
            # code runs; from the cell's they would wait for its end (ipykernel 7.4).
            run = self._context.run if self._context is not None else _run
            run(self._widget.send, {"v": _VERSION, **content})

    # ---- from the front end ------------------------------------------------------------------------------------------

    def _on_message(self, _: object, content: object, __: object) -> None:
        if not isinstance(content, dict) or content.get("v") != _VERSION:
            self.refuse("message", "This page shows another version of kimi_jupyter than the kernel runs; reload it.")
            return
        with self._lock:
            self._context = copy_context()
        match content.get("kind"):
            case "ready" | "sync":
                self._heard.set()
                self._stream.snapshot()
            case _:
                self._received(content)


def _run(function: Callable[..., object], *arguments: object) -> object:
    return function(*arguments)
