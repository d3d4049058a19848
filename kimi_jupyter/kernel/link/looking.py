"""Messages that look at how things stand, and set what a page may: endpoint, models, variables, what would be sent."""

from __future__ import annotations

import asyncio

from ...errors import KimiError
from ..session import Options, Session
from .messages import asked
from .pages import Pages
from .received import Kinds, Received, Then
from .seen import seen_notebook
from .state import Chosen, change, state
from .variables import completions
from .worker import Worker

__all__ = ["Looking"]

#: Seconds that an endpoint has to list its models.
_LISTED = 20.0


class Looking:
    """How things stand, for the kernel's pages.

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
        self._chosen: Chosen = {}

    @property
    def kinds(self) -> Kinds:
        """The messages that are taken."""
        return {
            "look": lambda received: received.later(self._worker, lambda: received.answer(**state(self._session))),
            "set": self._set,
            "complete": self._complete,
            "models": lambda received: received.later(self._worker, lambda: self._models(received)),
            "sent": self._sent,
        }

    def _set(self, received: Received) -> Then:
        change(self._session, received.content, self._chosen)
        return received.later(self._worker, lambda: self._pages.tell(state(self._session)))

    def _complete(self, received: Received) -> Then:
        wanted = received.text("text", 200, empty=True)

        def work() -> None:
            received.answer("completions", items=completions(self._session.shell, wanted))

        return received.later(self._worker, work)

    def _models(self, received: Received) -> None:
        """What the endpoint lists, and what is known to be there; the engine waits for it, not the worker."""
        endpoint = self._session.endpoint()
        client = self._session.client(endpoint)

        async def ask() -> None:
            try:
                listed = await asyncio.wait_for(client.models(), _LISTED)
            except (KimiError, TimeoutError):
                listed = []
            names = dict.fromkeys([*endpoint.provider.models.values(), endpoint.model_id, *sorted(listed)])
            received.answer("models", names=list(names))

        asyncio.run_coroutine_threadsafe(ask(), self._session.engine.loop)

    def _sent(self, received: Received) -> Then:
        question = asked(received.content)
        options = Options(question.provider, question.model, new=question.new, detail=question.detail)

        def work() -> None:
            context = self._session.context(question.prompt, options, seen_notebook(question))
            received.answer(
                "preview",
                parts=[[part.kind, part.title, part.tokens] for part in context.parts],
                tokens=context.tokens,
                text=context.message(question.prompt),
                hidden=context.hidden,
                left_out=list(context.skipped),
            )

        return received.later(self._worker, work)
