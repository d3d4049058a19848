"""Messages about turns: ask, ask again, go on, decide, stop, note, undo, and how a request went in the notebook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...agent.steering import LONGEST
from ..live import LiveTurn
from ..resuming import going_on
from ..session import Session
from . import past
from .connection import Connection
from .messages import Asked, Malformed, asked, result
from .pages import Pages
from .received import LONGEST_ID, Kinds, Received, Then
from .requests import Requests
from .turn import SidebarTurn, Wiring
from .watch import CellWatch
from .worker import Worker

__all__ = ["Turning", "began"]

_NOT_OURS = "This question was asked in a cell; decide and stop there."
_OVER = "This question is not being answered any more."


class Turning:
    """The turns of a kernel, for its pages.

    Parameters
    ----------
    session
        The kernel's session.
    pages
        Who sees them.
    worker
        What reads values for them.
    """

    def __init__(self, session: Session, pages: Pages, worker: Worker) -> None:
        self._session = session
        self._pages = pages
        self.requests = Requests(pages.of)
        self._watch = CellWatch(session.shell, lambda: session.undo, lambda: session.settings.code_seconds)
        self._wiring = Wiring(session, worker, self.requests, self._watch, self._versions, self._over)
        self._turn: SidebarTurn | None = None
        self._latest = session.live  # the turn that goes on, or went on last
        self._seen: tuple[str, dict[str, str]] = ("", {})

    @property
    def kinds(self) -> Kinds:
        """The messages that are taken."""
        return {
            "ask": lambda received: self._start(received, asked(received.content)),
            "resend": self._resend,
            "resume": self._resume,
            "decide": self._decide,
            "stop": lambda received: self._ours(received).stop,
            "note": self._note,
            "plan": self._plan,
            "undo": self._undo,
            "sync": self._sync,
            "result": self._result,
        }

    def close(self) -> None:
        """Watch cells no more."""
        self._watch.close()

    def changed(self, live: LiveTurn) -> None:
        """A turn began or ended, in the sidebar or in a cell."""
        self._latest = live
        if not live.stream.live:
            return
        for page in self._pages.greeted:
            live.stream.join(page.send)
            page.send(began(live))

    def show(self, pages: Iterable[Connection]) -> None:
        """Show pages the turn that goes on, behind the conversation with all of it."""
        live = self._session.live
        if live is None:
            return
        for page in pages:
            page.send(began(live))
            live.stream.join(page.send)
            live.stream.snapshot([page.send])

    def leave(self, page: Connection) -> None:
        """A comm is closed."""
        if self._latest is not None:
            self._latest.stream.leave(page.send)

    def _versions(self) -> dict[str, str]:
        """Which version of each cell the model has seen in this conversation, by the cell's id."""
        key = self._session.conversation.key
        if self._seen[0] != key:
            self._seen = key, {}
        return self._seen[1]

    def _over(self, turn: SidebarTurn) -> None:
        if self._turn is turn:
            self._turn = None

    # ---- messages ----------------------------------------------------------------------------------------------------

    def _resend(self, received: Received) -> Then:
        question = asked(received.content)
        turn = self._last(received, "Only the last question can be changed and asked again.")
        return self._start(received, question, take_back=turn)

    def _resume(self, received: Received) -> Then:
        self._last(received, "Only the last question can be gone on with.")
        prompt = going_on(self._session.store, self._session.conversation.key)
        return self._start(received, asked({**received.content, "prompt": prompt}))

    def _last(self, received: Received, otherwise: str) -> str:
        """The conversation's last turn, where it is the one that a message is about."""
        turn = received.key("turn")
        last = self._session.store.turns(self._session.conversation.key)[-1:]
        if not last or last[0].id != turn:
            raise Malformed(otherwise)
        return turn

    def _start(self, received: Received, question: Asked, take_back: str = "") -> Then:
        self._session.claim("sidebar")
        self._turn = turn = SidebarTurn(self._wiring, received, question, take_back)
        return turn.start

    def _ours(self, received: Received) -> SidebarTurn:
        """The sidebar's turn that a message is about."""
        turn, live = self._turn, self._session.live
        wanted = received.content.get("turn")
        if live is not None and live.place == "cell" and wanted == live.turn:
            raise Malformed(_NOT_OURS)
        if turn is None or wanted not in (turn.turn, "", None):
            raise Malformed(_OVER)
        return turn

    def _decide(self, received: Received) -> Then:
        turn, message = self._ours(received), dict(received.content)
        call = str(message.get("call"))[:LONGEST_ID]
        return lambda: turn.decide(message, lambda why: received.refuse(why, turn=turn.turn, call=call))

    def _note(self, received: Received) -> Then:
        if not self._ours(received).note(received.content.get("text")):
            raise Malformed(f"A note is a text of at most {LONGEST:,} characters.")
        return None

    def _plan(self, received: Received) -> Then:
        if not self._ours(received).replan(received.content.get("items")):
            raise Malformed("That is no plan.")
        return None

    def _undo(self, received: Received) -> Then:
        turn, live = self._turn, self._latest
        if turn is None and self._session.busy:
            raise Malformed(_NOT_OURS)

        def undo() -> None:
            if turn is not None:
                turn.undo()
            elif live is not None:
                live.stream.say(self._session.undo.back())
                live.stream.undoable("")

        return lambda: self._session.shell.kernel.io_loop.add_callback(undo)

    def _sync(self, received: Received) -> Then:
        send, live, turn = received.page.send, self._latest, received.key("turn")
        if live is None or live.turn != turn:
            return received.later(self._wiring.worker, lambda: self._tell_whole(received, turn))
        stream = live.stream
        stream.join(send)
        return lambda: stream.snapshot([send])

    def _tell_whole(self, received: Received, turn: str) -> None:
        """Tell a page all of a turn that is long over, of which it knows no more than the gist."""
        told = past.whole(self._session, turn)
        if told is None:
            raise Malformed("This question is not in this conversation.")
        whole = {"events": told["events"], "open": None, "undo": "", "live": False, **told["times"]}
        received.page.send({"kind": "snapshot", "turn": turn, "seq": 1, **whole})

    def _result(self, received: Received) -> Then:
        request, done = received.key("request"), result(received.content)

        def settle() -> None:
            if not self.requests.settle(request, done):
                received.refuse("Nothing waits for this result.")

        return lambda: self._session.engine.loop.call_soon_threadsafe(settle)


def began(live: LiveTurn) -> dict[str, Any]:
    """The message that a turn began."""
    return {
        "kind": "turn",
        "turn": live.turn,
        "prompt": live.prompt,
        "place": live.place,
        "conversation": live.conversation,
        "at": live.at,
    }
