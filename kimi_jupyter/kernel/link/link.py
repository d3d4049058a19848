"""The kernel's end of the sidebar: every page's comm, and what is done with each message.

Handlers run on the thread a message arrives on and return at once: what takes a moment is done by the worker, what
belongs to a turn on the engine. A message never raises: what is wrong with it is said to the page in one line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from ..._version import __version__
from ...errors import KimiError
from ...store import StoredConversation
from ..live import LiveTurn
from ..session import Options, Session
from . import past
from .connection import Connection
from .messages import VERSION, Asked, Malformed, asked, result, text
from .requests import Requests
from .seen import seen_notebook
from .state import Chosen, change, state
from .turn import SidebarTurn
from .variables import completions
from .watch import CellWatch
from .worker import Worker

__all__ = ["Link"]

#: What is left to do after a message was acknowledged.
Then = Callable[[], object] | None

_ID = 200
_NOT_OURS = "This question was asked in a cell; decide and stop there."
_OVER = "This question is not being answered any more."

log = logging.getLogger("kimi_jupyter")


class Link:
    """The pages of a kernel.

    Parameters
    ----------
    session
        The kernel's session.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.worker = Worker()
        self.requests = Requests(self._page)
        self.watch = CellWatch(session.shell, lambda: session.undo, lambda: session.settings.code_seconds)
        self._connections: list[Connection] = []
        self._turn: SidebarTurn | None = None
        self._ended: LiveTurn | None = None
        self._chosen: Chosen = {}
        self._seen: tuple[str, dict[str, str]] = ("", {})
        self._kinds: dict[str, Callable[[Connection, int, dict[str, Any]], Then]] = {
            "hello": self._hello,
            "ask": self._ask,
            "resend": self._resend,
            "sent": self._sent,
            "decide": self._decide,
            "stop": self._stop,
            "note": self._note,
            "undo": self._undo,
            "sync": self._sync,
            "result": self._result,
            "open": self._open,
            "new": self._new,
            "rename": self._rename,
            "delete": self._delete,
            "search": self._search,
            "export": self._export,
            "complete": self._complete,
            "set": self._set,
            "look": self._look,
            "models": self._models,
        }
        session.watchers.append(self._changed)

    # ---- comms -------------------------------------------------------------------------------------------------------

    def connect(self, comm: Any, message: Mapping[str, Any]) -> None:
        """A page opened a comm; called on the thread that handles it."""
        data = message.get("content", {}).get("data", {})
        client = data.get("client") if isinstance(data, dict) else None
        connection = Connection(comm, client[:_ID] if isinstance(client, str) else "")

        def receive(message: Mapping[str, Any]) -> None:
            self._receive(connection, message.get("content", {}).get("data"))

        # The comm's own ``handle_msg`` would run IPython's hooks of a cell's begin and end around every message, on
        # whichever thread: those would show and close the figures of the user's cell that runs meanwhile.
        comm.handle_msg = receive
        comm.on_close(lambda _: self._closed(connection))
        self._connections.append(connection)

    def _page(self, client: str) -> Connection | None:
        """The comm of a page, the newest one."""
        there = (one for one in reversed(self._connections) if one.client == client and one.greeted)
        return next((one for one in there if not one.closed), None)

    def _closed(self, connection: Connection) -> None:
        connection.closed = True
        if connection in self._connections:
            self._connections.remove(connection)
        for live in (self.session.live, self._ended):
            if live is not None:
                live.stream.leave(connection.send)
        if self._page(connection.client) is None:
            self.session.engine.loop.call_soon_threadsafe(self.requests.lost, connection.client)

    def close(self) -> None:
        """Close every comm, and watch no more."""
        self.session.watchers.remove(self._changed)
        self.watch.close()
        for connection in list(self._connections):
            connection.close()
        self._connections.clear()
        self.worker.close()

    def seen(self) -> dict[str, str]:
        """Which version of each cell the model has seen in this conversation, by the cell's id."""
        key = self.session.conversation.key
        if self._seen[0] != key:
            self._seen = key, {}
        return self._seen[1]

    @property
    def _pages(self) -> list[Connection]:
        return [connection for connection in list(self._connections) if connection.greeted]

    # ---- messages ----------------------------------------------------------------------------------------------------

    def _receive(self, page: Connection, message: Any) -> None:
        kind = message.get("kind") if isinstance(message, dict) else None
        of, number = (kind[:40] if isinstance(kind, str) else "message"), None
        try:
            if not isinstance(message, dict) or message.get("v") != VERSION:
                raise Malformed("This page speaks another version of kimi_jupyter than the kernel; reload it.")
            number = page.number(message)
            handle = self._kinds.get(kind) if isinstance(kind, str) else None
            if handle is None:
                raise Malformed("That message means nothing here.")
            if not page.greeted and kind != "hello":
                raise Malformed("Say hello first.")
            then = handle(page, number, message)
        except (Malformed, KimiError) as error:
            page.refuse(of, str(error), number)
            return
        except Exception:  # the border to a front end: whatever it sends, its comm lives on
            log.exception("a message from the sidebar")
            page.refuse(of, "That did not work; the kernel's log says why.", number)
            return
        page.send({"kind": "ack", "id": number})
        if then is not None:
            self._guarded(page, number, of, then)

    def _later(self, page: Connection, number: int, of: str, work: Callable[[], object]) -> Then:
        """Have the worker do something for a page; what goes wrong is said to it."""
        self.worker.submit(lambda: self._guarded(page, number, of, work))
        return None

    def _guarded(self, page: Connection, number: int, of: str, work: Callable[[], object]) -> None:
        try:
            work()
        except (Malformed, KimiError) as error:
            page.refuse(of, str(error), number)
        except Exception:  # the border to a front end
            log.exception("a message from the sidebar")
            page.refuse(of, "That did not work; the kernel's log says why.", number)

    def _change(self, page: Connection, number: int, of: str, work: Callable[[], object]) -> Then:
        """Have the worker change what the conversation is; a question that comes meanwhile waits for it."""
        between = ExitStack()
        between.enter_context(self.session.between_turns())

        def change() -> None:
            with between:
                work()
            self._shown_to_all()

        def then() -> None:
            try:
                self._later(page, number, of, change)
            except KimiError:
                between.close()
                raise

        return then

    def _hello(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        def welcome() -> None:
            page.greeted = True
            for other in [one for one in self._connections if one.client == page.client and one is not page]:
                other.closed = True
            page.send(
                {
                    "kind": "welcome",
                    "version": __version__,
                    "kernel": self.session.kernel,
                    "protocol": VERSION,
                    "busy": self.session.busy,
                }
            )
            self._later(page, number, "hello", lambda: self._tell_all(page))
            self.session.engine.loop.call_soon_threadsafe(self.requests.returned, page.client)

        return welcome

    def _tell_all(self, page: Connection) -> None:
        """What a page is told when it comes: how things stand, and the turn that goes on."""
        page.send(state(self.session))
        self._list([page])
        page.send(past.conversation(self.session))
        if (live := self.session.live) is not None:
            page.send(_began(live))
            live.stream.join(page.send)
            live.stream.snapshot([page.send])

    def _list(self, pages: Iterable[Connection]) -> None:
        items = past.conversations(self.session)
        for page in pages:
            page.send({"kind": "conversations", "items": items})

    def _news(self) -> None:
        try:
            self._state_to_all()
            self._list(self._pages)
        except KimiError:
            log.exception("telling the sidebar how things stand")

    def _state_to_all(self) -> None:
        now = state(self.session)
        for page in self._pages:
            page.send(now)

    # ---- turns -------------------------------------------------------------------------------------------------------

    def _ask(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        return self._start(page, number, asked(message))

    def _resend(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        question, turn = asked(message), text(message, "turn", _ID)
        last = self.session.store.turns(self.session.conversation.key)[-1:]
        if not last or last[0].id != turn:
            raise Malformed("Only the last question can be changed and asked again.")
        return self._start(page, number, question, take_back=turn)

    def _start(self, page: Connection, number: int, question: Asked, take_back: str = "") -> Then:
        self.session.claim("sidebar")
        self._turn = turn = SidebarTurn(self, page, number, question, take_back)
        return turn.start

    def over(self, turn: SidebarTurn) -> None:
        """A turn has ended, or never began."""
        if self._turn is turn:
            self._turn = None

    def _changed(self, live: LiveTurn) -> None:
        """A turn began or ended, in the sidebar or in a cell."""
        if live.stream.live:
            for page in self._pages:
                live.stream.join(page.send)
                page.send(_began(live))
        else:
            self._ended = live
        if self._pages:
            self.worker.submit(self._news)

    def _ours(self, message: dict[str, Any]) -> SidebarTurn:
        """The sidebar's turn that a message is about."""
        turn, live = self._turn, self.session.live
        wanted = message.get("turn")
        if live is not None and live.place == "cell" and wanted == live.turn:
            raise Malformed(_NOT_OURS)
        if turn is None or wanted not in (turn.turn, "", None):
            raise Malformed(_OVER)
        return turn

    def _decide(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        turn = self._ours(message)

        def refuse(why: str) -> None:
            page.refuse("decide", why, number, turn=turn.turn, call=str(message.get("call"))[:_ID])

        return lambda: turn.decide(message, refuse)

    def _stop(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        return self._ours(message).stop

    def _note(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        if not self._ours(message).note(message.get("text")):
            raise Malformed("A note is a text of at most 4,000 characters.")
        return None

    def _undo(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        turn, live = self._turn, self.session.live or self._ended
        if turn is None and self.session.busy:
            raise Malformed(_NOT_OURS)

        def undo() -> None:
            if turn is not None:
                turn.undo()
            elif live is not None:
                live.stream.say(self.session.undo.back())
                live.stream.undoable("")

        return lambda: self.session.shell.kernel.io_loop.add_callback(undo)

    def _sync(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        wanted = message.get("turn")
        for live in (self.session.live, self._ended):
            if live is not None and live.turn == wanted:
                live.stream.join(page.send)
                stream = live.stream
                return lambda: stream.snapshot([page.send])
        raise Malformed(_OVER)

    def _result(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        request, done = text(message, "request", _ID), result(message)

        def settle() -> None:
            if not self.requests.settle(request, done):
                page.refuse("result", "Nothing waits for this result.", number)

        return lambda: self.session.engine.loop.call_soon_threadsafe(settle)

    # ---- conversations -----------------------------------------------------------------------------------------------

    def _stored(self, message: dict[str, Any]) -> StoredConversation:
        wanted = text(message, "conversation", _ID)
        known: dict[str, StoredConversation] = {one.id: one for one in self.session.store.conversations()}
        if wanted not in known:
            raise Malformed("There is no such conversation any more.")
        return known[wanted]

    def show_conversation(self) -> None:
        """Send every page the conversation as it is now."""
        now = past.conversation(self.session)
        for page in self._pages:
            page.send(now)

    def _shown_to_all(self) -> None:
        self.show_conversation()
        self._list(self._pages)
        self._state_to_all()

    def _open(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        text(message, "conversation", _ID)

        def work() -> None:
            stored = self._stored(message)
            if stored.id != self.session.conversation.key:
                self.session.open_conversation(stored.id)

        return self._change(page, number, "open", work)

    def _new(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        return self._change(page, number, "new", self.session.new_conversation)

    def _rename(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        title = text(message, "title", 1_000)

        def work() -> None:
            self.session.store.rename(self._stored(message).id, title)
            self._list(self._pages)

        return lambda: self._later(page, number, "rename", work)

    def _delete(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        def work() -> None:
            stored = self._stored(message)
            self.session.store.delete(stored.id)
            if stored.id == self.session.conversation.key:
                self.session.new_conversation()

        return self._change(page, number, "delete", work)

    def _search(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        wanted = text(message, "text", 1_000, empty=True)

        def work() -> None:
            items = past.found(self.session, wanted) if wanted.strip() else past.conversations(self.session)
            page.send({"kind": "conversations", "re": number, "items": items})

        return lambda: self._later(page, number, "search", work)

    def _export(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        form = message.get("format")
        if form not in ("markdown", "notebook"):
            raise Malformed("A conversation is exported as markdown or notebook.")

        def work() -> None:
            from ...store.exporting import FORMATS, export

            stored = self._stored(message)
            name = past.file_name(stored.title) + FORMATS[form]
            page.send(
                {"kind": "exported", "re": number, "name": name, "text": export(self.session.store, stored, form)}
            )

        return lambda: self._later(page, number, "export", work)

    # ---- how things stand --------------------------------------------------------------------------------------------

    def _look(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        return lambda: self._later(page, number, "look", lambda: page.send(state(self.session) | {"re": number}))

    def _set(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        change(self.session, message, self._chosen)
        return lambda: self._later(page, number, "set", self._state_to_all)

    def _complete(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        wanted = text(message, "text", 200, empty=True)

        def work() -> None:
            items = completions(self.session.shell, wanted)
            page.send({"kind": "completions", "re": number, "items": items})

        return lambda: self._later(page, number, "complete", work)

    def _models(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        def work() -> None:
            endpoint = self.session.endpoint()
            listed = self.session.engine.call(self.session.client(endpoint).models(), 20)
            names = dict.fromkeys([*endpoint.provider.models.values(), endpoint.model_id, *sorted(listed)])
            page.send({"kind": "models", "re": number, "names": list(names)})

        return lambda: self._later(page, number, "models", work)

    def _sent(self, page: Connection, number: int, message: dict[str, Any]) -> Then:
        question = asked(message)
        options = Options(question.provider, question.model, new=question.new, detail=question.detail)

        def work() -> None:
            context = self.session.context(question.prompt, options, seen_notebook(question))
            parts = [[part.kind, part.title, part.tokens] for part in context.parts]
            page.send(
                {
                    "kind": "preview",
                    "re": number,
                    "parts": parts,
                    "tokens": context.tokens,
                    "text": context.message(question.prompt),
                    "hidden": context.hidden,
                    "left_out": list(context.skipped),
                }
            )

        return lambda: self._later(page, number, "sent", work)


def _began(live: LiveTurn) -> dict[str, Any]:
    return {
        "kind": "turn",
        "turn": live.turn,
        "prompt": live.prompt,
        "place": live.place,
        "conversation": live.conversation,
        "at": live.at,
    }
