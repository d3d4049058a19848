"""A front end of a turn's widget, over a real kernel's real messages: what the page does, without the page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from kimi_jupyter.chat.events import Event, event_from_dict
from tests.support.kernels import Execution, Kernel

__all__ = ["FrontEnd"]

#: Decides on an open call: the fields of the message to send, or ``None`` to send nothing.
Decide = Callable[["FrontEnd", dict[str, Any]], dict[str, Any] | None]


class FrontEnd:
    """Shows turns of a kernel, and decides.

    Parameters
    ----------
    kernel
        The kernel.
    decide
        Called with each call that is opened.
    silent
        Never says that it is there.

    Attributes
    ----------
    comm
        The newest widget's.
    subshell
        Where its messages go.
    events
        What the newest turn's view would have applied so far.
    messages
        All that came, in order.
    gaps
        How often a number was missed.
    state
        Of the widgets, by comm: what a page would save of them.
    """

    def __init__(self, kernel: Kernel, decide: Decide | None = None, *, silent: bool = False) -> None:
        self.kernel = kernel
        self.decide = decide
        self.silent = silent
        self.comm = ""
        self.subshell = kernel.subshell()
        self.events: list[Event] = []
        self.messages: list[dict[str, Any]] = []
        self.gaps = 0
        self.state: dict[str, dict[str, Any]] = {}
        self._sequence: int | None = None
        self._opened: set[str] = set()

    def ask(self, question: str = "Compute it.", *, options: str = "", **how: Any) -> Execution:
        """Ask in a cell. Where the card should have asked and stdin did, the answer is no, and the test goes on."""
        if "answers" not in how and not self.silent:
            how.setdefault("on_prompt", lambda execution: "n asked on stdin")
        return self.kernel.execute(f"%%kimi {options}\n{question}", on_comm=self._receive, **how)

    def send(self, kind: str, **content: Any) -> None:
        """Send a message as this view."""
        self.kernel.send(self.comm, {"v": 1, "view": "v", "kind": kind, **content}, self.subshell)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the messages that came."""
        return [str(message["kind"]) for message in self.messages]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one kind."""
        return [message for message in self.messages if message["kind"] == kind]

    @property
    def proposal(self) -> Any:
        """The newest call that was proposed."""
        return next(event for event in reversed(self.events) if type(event).__name__ == "CallProposed")

    def run(self, opened: dict[str, Any], verdict: str = "run", **changes: Any) -> dict[str, Any]:
        """The message that decides on an open call as a page would."""
        code = changes.get("code", self.proposal.code)
        shown = hashlib.sha256(code.encode()).hexdigest() if code is not None else self.proposal.digest
        return {"call": opened["call"], "nonce": opened["nonce"], "verdict": verdict, "digest": shown} | changes

    def _receive(self, kind: str, content: dict[str, Any]) -> None:
        data = content.get("data", {})
        if data.get("method") == "update" or kind == "comm_open":
            self.state.setdefault(content["comm_id"], {}).update(data.get("state", {}))
        if kind == "comm_open" and data.get("state", {}).get("_anywidget_id", "").endswith("TurnWidget"):
            self.comm, self.events, self._sequence = content["comm_id"], [], None
            if not self.silent:
                self.send("ready")
        elif kind == "comm_msg" and content["comm_id"] == self.comm and data.get("method") == "custom":
            self._take(data["content"])

    def _take(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        if message["kind"] == "snapshot":
            if message.get("unasked") and not self.silent:
                self.send("sync")  # as a page does that was not heard
            self.events = [event_from_dict(event) for event in message["events"]]
        elif "seq" in message:
            if self._sequence is None:
                return
            self.gaps += message["seq"] != self._sequence + 1
            self.events += [event_from_dict(event) for event in message.get("events", [])]
        self._sequence = message.get("seq", self._sequence)
        opened = message.get("open")
        if opened and opened["nonce"] not in self._opened and self.decide and not self.silent:
            self._opened.add(opened["nonce"])
            decision = self.decide(self, opened)
            if decision is not None:
                self.send("decide", seconds=1.0, **decision)
