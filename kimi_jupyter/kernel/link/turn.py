"""A turn that was asked in the sidebar. It lives wholly on the engine: it streams, stops and takes notes while the main
thread is busy with a cell of the user's; values are read by a thread of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...agent.gate import Answer
from ...agent.notebook_tools import notebook_tools
from ...agent.plan import items_from
from ...agent.steering import LONGEST, Steering
from ...agent.tools import RUN_PYTHON, Toolbox
from ...chat.events import CallFinished, CallProposed, CallStarted
from ...context.terms import Terms
from ...errors import KimiError
from ..bridge import OnEngine
from ..card import Card, Refuse
from ..session import Begun, Host, Options, Question, Session
from .executor import PageExecutor
from .notebook import PageNotebook
from .seen import seen_notebook, versions_sent

if TYPE_CHECKING:
    from ..live import LiveTurn
    from .messages import Asked
    from .received import Received
    from .requests import Requests
    from .watch import CellWatch
    from .worker import Worker

__all__ = ["SidebarTurn", "Wiring"]

log = logging.getLogger("kimi_jupyter")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every turn of a kernel's pages needs.

    Attributes
    ----------
    session, worker, requests, watch
        Of the kernel.
    versions
        Gives which version of each cell the model has seen in this conversation.
    over
        Told of a turn that has ended, or never began.
    """

    session: Session
    worker: Worker
    requests: Requests
    watch: CellWatch
    versions: Callable[[], dict[str, str]]
    over: Callable[[SidebarTurn], object]


class SidebarTurn:
    """One turn.

    Parameters
    ----------
    wiring
        What it needs of its kernel.
    received
        The message by which it was asked.
    asked
        The question.
    take_back
        The turn that it takes the place of, ``""`` for none.
    """

    def __init__(self, wiring: Wiring, received: Received, asked: Asked, take_back: str = "") -> None:
        self._wiring = wiring
        self._session = wiring.session
        self._received = received
        self._asked = asked
        self._take_back = take_back
        self._on_engine = OnEngine(wiring.session.engine)
        self._options = Options(asked.provider, asked.model, new=asked.new, detail=asked.detail)
        self._steering = Steering()
        self._versions: dict[str, str] = {}
        self._card: Card | None = None
        self._live: LiveTurn | None = None
        self._executor = PageExecutor(
            self._session.shell,
            kernel=self._session.kernel,
            requests=wiring.requests,
            watch=wiring.watch,
            client=received.page.client,
            place=asked.place,
            active=asked.active,
            telling=self._session.telling,
            seconds=self._session.settings.code_seconds,
            ran=self._ran,
        )

    @property
    def turn(self) -> str:
        """The turn's id, ``""`` before it has begun."""
        return self._live.turn if self._live is not None else ""

    def start(self) -> None:
        """Start it. The session was claimed for it; when it has ended it is let go."""
        self._on_engine.run(self._run)

    def stop(self) -> None:
        """Stop it, from any thread."""
        self._on_engine.stop()

    def decide(self, message: dict[str, Any], refuse: Refuse) -> None:
        """Take a decision, from any thread."""
        if self._card is None:
            refuse("This call does not wait for a decision any more.")
        else:
            self._card.decide(message, refuse)

    def note(self, text: object) -> bool:
        """Take a note for the model; whether it is one."""
        return isinstance(text, str) and len(text) <= LONGEST and self._steering.add(text)

    def replan(self, items: object) -> bool:
        """Take the plan as the user wants it; whether it is one."""
        plan = items_from(items)
        if plan is not None:
            self._steering.replan(plan)
        return plan is not None

    def undo(self) -> None:
        """Undo the last run, on the main thread."""
        said = self._session.undo_last(self._steering)
        if self._live is not None:
            self._live.stream.say(said)
            self._live.stream.undoable("")

    # ---- on the engine -----------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            begun = await self._begin()
            async with aclosing(begun.events) as events:
                async for event in events:
                    if isinstance(event, CallStarted | CallFinished):
                        self._executor.call_id = event.call if isinstance(event, CallStarted) else ""
                    begun.note(event)
        except KimiError as error:
            self._refuse(str(error))
        except asyncio.CancelledError:
            self._refuse("It was stopped before it began.")
        except Exception:  # the border of a turn that nobody awaits: a bug keeps its traceback in the log
            log.exception("a turn in the sidebar")
            self._refuse("That did not work; the kernel's log says why.")
        finally:
            self._session.finished()
            self._wiring.over(self)

    async def _begin(self) -> Begun:
        asked, session = self._asked, self._session
        options = self._options

        def read() -> Question:
            session.endpoint(options)
            context = session.context(asked.prompt, options, seen_notebook(asked))
            self._versions = dict(versions_sent(asked, context))
            if self._take_back:
                session.take_back(self._take_back)
            return Question(asked.prompt, options, context, "sidebar")

        question = await self._wiring.worker.do(read)
        host = Host(self._ask, self._executor, self._steering, self._tools)
        begun = session.begin(question, host)
        self._wiring.versions().update(self._versions)
        self._live = session.live
        assert self._live is not None
        self._executor.turn = begun.turn
        self._card = Card(self._live.stream)
        return begun

    def _refuse(self, text: str) -> None:
        if self._live is None:
            self._received.refuse(text)

    def _tools(self, toolbox: Toolbox) -> Toolbox:
        """The conversation's tools, as they are carried out from here, and those for the notebook's cells."""
        session, worker = self._session, self._wiring.worker

        async def inspect(**asked: Any) -> str:
            return await worker.do(lambda: session.inspect(**asked))

        tools = [tool for name in toolbox.names if (tool := toolbox.get(name)) is not None]
        changed = [
            replace(tool, function=inspect, place="engine") if tool.function == session.inspect else tool
            for tool in tools
        ]
        terms = Terms(0, session.detail(self._options), session.telling["secrets"], session.telling["hide"])
        notebook = PageNotebook(self._executor, self._wiring.versions(), self._asked.cells, terms)
        own = [tool for tool in notebook_tools(notebook) if tool.name not in toolbox.names]  # the user's go first
        return Toolbox([*changed, *own])

    async def _ask(self, proposal: CallProposed) -> Answer:
        assert self._card is not None
        return await self._card.ask(proposal, await self._undo_line(proposal))

    async def _undo_line(self, proposal: CallProposed) -> str:
        """What Undo could put back after the model's own code."""
        code = proposal.code
        if code is None or proposal.name != RUN_PYTHON.name:
            return ""
        return await self._wiring.worker.do(lambda: self._session.before_aside(code))

    def _ran(self, undo: str | None, said: str) -> None:
        if self._live is not None:
            if undo is not None:
                self._live.stream.undoable(undo)
            if said:
                self._live.stream.say(said)
