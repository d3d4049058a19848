"""The kernel's end of the sidebar: every page's comm, and who takes which message.

Messages are taken on the thread they arrive on and acknowledged at once: what takes a moment is done by the worker,
what belongs to a turn on the engine. A message never raises: what is wrong with it is said to the page in one line.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..._version import __version__
from ..live import LiveTurn
from ..session import Session
from . import past
from .connection import Connection
from .conversing import Conversing
from .looking import Looking
from .messages import VERSION, Malformed
from .pages import Pages
from .received import LONGEST_ID, Kinds, Received, Then
from .state import state
from .turning import Turning
from .worker import Worker

__all__ = ["Link"]


class Link:
    """The pages of a kernel.

    Parameters
    ----------
    session
        The kernel's session.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pages = Pages()
        self._worker = Worker()
        self._conversing = Conversing(session, self._pages, self._worker)
        self._looking = Looking(session, self._pages, self._worker)
        self._turning = Turning(session, self._pages, self._worker)
        self._kinds: Kinds = {
            "hello": self._hello,
            **self._turning.kinds,
            **self._conversing.kinds,
            **self._looking.kinds,
        }
        session.watchers.append(self._changed)
        session.followers.append(self._follow)
        session.shell.events.register("post_run_cell", self._ran)
        self._tells = False

    def close(self) -> None:
        """Close every comm, and watch no more."""
        self._session.watchers.remove(self._changed)
        self._session.followers.remove(self._follow)
        self._session.shell.events.unregister("post_run_cell", self._ran)
        self._turning.close()
        self._pages.close()
        self._worker.close()

    # ---- comms -------------------------------------------------------------------------------------------------------

    def connect(self, comm: Any, message: Mapping[str, Any]) -> None:
        """A page opened a comm; called on the thread that handles it."""
        data = message.get("content", {}).get("data", {})
        client = data.get("client") if isinstance(data, dict) else None
        page = Connection(comm, client[:LONGEST_ID] if isinstance(client, str) and client else uuid.uuid4().hex)

        def receive(message: Mapping[str, Any]) -> None:
            self._receive(page, message.get("content", {}).get("data"))

        # The comm's own ``handle_msg`` would run IPython's hooks of a cell's begin and end around every message, on
        # whichever thread: those would show and close the figures of the user's cell that runs meanwhile.
        comm.handle_msg = receive
        comm.on_close(lambda _: self._closed(page))
        self._pages.add(page)

    def _closed(self, page: Connection) -> None:
        self._pages.remove(page)
        self._turning.leave(page)
        if self._pages.of(page.client) is None:
            self._session.engine.loop.call_soon_threadsafe(self._turning.requests.lost, page.client)

    def _receive(self, page: Connection, message: Any) -> None:
        content = message if isinstance(message, dict) else {}
        kind = content.get("kind")
        kind = kind if isinstance(kind, str) else "message"
        try:
            number = page.number(content) if content.get("v") == VERSION else None
        except Malformed as error:
            Received(page, None, kind[:40], content).refuse(str(error))
            return
        received = Received(page, number, kind[:40], content)
        after: list[Then] = []
        if received.guarded(lambda: after.append(self._take(received))):
            page.send({"kind": "ack", "id": number})
            if after[0] is not None:
                received.guarded(after[0])

    def _take(self, received: Received) -> Then:
        if received.number is None:
            raise Malformed("This page speaks another version of kimi_jupyter than the kernel; reload it.")
        take = self._kinds.get(received.kind)
        if take is None:
            raise Malformed("That message means nothing here.")
        if not received.page.greeted and received.kind != "hello":
            raise Malformed("Say hello first.")
        return take(received)

    # ---- what pages are told unasked ---------------------------------------------------------------------------------

    def _hello(self, received: Received) -> Then:
        page, session = received.page, self._session
        notebook = received.text("notebook", 4_096, empty=True)

        def welcome() -> None:
            self._pages.greet(page)
            told = {"version": __version__, "kernel": session.kernel, "protocol": VERSION, "busy": session.busy}
            page.send({"kind": "welcome", **told})
            session.engine.loop.call_soon_threadsafe(self._turning.requests.returned, page.client)
            received.later(self._worker, lambda: self._tell_all(page, notebook))()

        return welcome

    def _tell_all(self, page: Connection, notebook: str) -> None:
        """How things stand, the conversations, the one that goes on, and its turn that goes on."""
        if notebook:
            self._session.told_notebook(notebook)
        page.send(state(self._session))
        page.send({"kind": "conversations", "items": past.conversations(self._session)})
        page.send(past.conversation(self._session))
        self._turning.show([page])

    def _follow(self) -> None:
        """Another conversation goes on: told before anything of it is."""
        there = self._pages.greeted
        if there:
            news = Received(there[0], None, "conversation", {})
            if news.guarded(self._conversing.tell_current):
                self._turning.show(there)
                self._tell_news(there[0])

    def _ran(self, _: Any) -> None:
        """A cell ran, and may have changed the endpoint, a key or who allows code."""
        there = self._pages.greeted
        if there and not self._tells:
            self._tells = True  # a cell that runs many others is told of once
            news = Received(there[0], None, "state", {})
            if not news.guarded(news.later(self._worker, self._tell_state)):
                self._tells = False  # the worker had too much to do: the next cell is told of again

    def _tell_state(self) -> None:
        self._tells = False
        self._pages.tell(state(self._session))

    def _changed(self, live: LiveTurn) -> None:
        """A turn began or ended."""
        self._turning.changed(live)
        there = self._pages.greeted
        if there:
            self._tell_news(there[0])

    def _tell_news(self, page: Connection) -> None:
        """Have every page told how things stand, and the list of conversations."""
        news = Received(page, None, "state", {})

        def tell() -> None:
            self._pages.tell(state(self._session))
            self._conversing.tell_list()

        news.later(self._worker, tell)()
