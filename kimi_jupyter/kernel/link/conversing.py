"""Messages about conversations: open, begin, name, find, export and delete them. Done by the worker, between turns."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from ...errors import KimiError
from ...store import StoredConversation
from ..session import Session
from . import past
from .messages import Malformed
from .pages import Pages
from .received import Kinds, Received, Then
from .state import state
from .worker import Worker

__all__ = ["Conversing"]


class Conversing:
    """The notebook's conversations, for its pages.

    Parameters
    ----------
    session
        The kernel's session.
    pages
        Who is told of changes.
    worker
        What does the work.
    """

    def __init__(self, session: Session, pages: Pages, worker: Worker) -> None:
        self._session = session
        self._pages = pages
        self._worker = worker

    @property
    def kinds(self) -> Kinds:
        """The messages that are taken."""
        return {
            "open": self._open,
            "new": lambda received: self._change(received, self._session.new_conversation),
            "rename": self._rename,
            "delete": self._delete,
            "search": self._search,
            "export": self._export,
        }

    # ---- what pages are told -----------------------------------------------------------------------------------------

    def tell_list(self) -> None:
        """Tell every page the conversations there are."""
        self._pages.tell({"kind": "conversations", "items": past.conversations(self._session)})

    def tell_current(self) -> None:
        """Tell every page the conversation that goes on, as it is now."""
        self._pages.tell(past.conversation(self._session))

    # ---- messages ----------------------------------------------------------------------------------------------------

    def _change(self, received: Received, work: Callable[[], object]) -> Then:
        """Change which conversation goes on; a question that comes meanwhile waits for it."""
        between = ExitStack()
        between.enter_context(self._session.between_turns())

        def change() -> None:
            with between:
                work()
            self.tell_list()
            self._pages.tell(state(self._session))

        submit = received.later(self._worker, change)

        def then() -> None:
            try:
                submit()
            except KimiError:
                between.close()
                raise

        return then

    def _stored(self, received: Received) -> StoredConversation:
        known: StoredConversation | None = self._session.store.conversation(received.key("conversation"))
        if known is None:
            raise Malformed("There is no such conversation any more.")
        return known

    def _open(self, received: Received) -> Then:
        received.key("conversation")

        def work() -> None:
            stored = self._stored(received)
            if stored.id == self._session.conversation.key:
                self.tell_current()
            else:
                self._session.open_conversation(stored.id)

        return self._change(received, work)

    def _delete(self, received: Received) -> Then:
        def work() -> None:
            stored = self._stored(received)
            self._session.store.delete(stored.id)
            if stored.id == self._session.conversation.key:
                self._session.new_conversation()

        return self._change(received, work)

    def _rename(self, received: Received) -> Then:
        title = received.text("title", 1_000)

        def work() -> None:
            self._session.store.rename(self._stored(received).id, title)
            self.tell_list()

        return received.later(self._worker, work)

    def _search(self, received: Received) -> Then:
        wanted = received.text("text", 1_000, empty=True).strip()

        def work() -> None:
            items = past.found(self._session, wanted) if wanted else past.conversations(self._session)
            received.answer("conversations", items=items)

        return received.later(self._worker, work)

    def _export(self, received: Received) -> Then:
        form = received.content.get("format")
        if form not in ("markdown", "notebook"):
            raise Malformed("A conversation is exported as markdown or notebook.")

        def work() -> None:
            from ...store.exporting import FORMATS, export

            stored = self._stored(received)
            name = past.file_name(stored.title) + FORMATS[form]
            received.answer("exported", name=name, text=export(self._session.store, stored, form))

        return received.later(self._worker, work)
