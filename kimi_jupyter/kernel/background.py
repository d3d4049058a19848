"""A question whose cell has returned (``%%kimi --bg``): the turn goes on below it while the user works in other cells.

It lives on the engine: it streams, asks in its card and is stopped there, whatever the main thread does. Code that was
allowed runs on the main thread between two cells of the user's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from ..agent.steering import Steering
from ..chat.events import CallDrafted, CallProposed, ReasoningDelta, TextDelta
from ..view.widget import WidgetView
from .between import Between
from .bridge import OnEngine, drive
from .executor import KernelExecutor
from .interrupts import Interrupts
from .pressing import Pressing
from .question import Begun, Host, Options, Question
from .surface import MUTE

if TYPE_CHECKING:
    from ..agent.gate import Answer
    from .session import Session

__all__ = ["BackgroundTurn"]

T = TypeVar("T")

#: Seconds between two updates while text streams in; between two looks whether a view is there.
_FRAME = 0.1
_AWAITS = "Code that runs beside the user's cells can't have a top-level await; write it without."

log = logging.getLogger("kimi_jupyter")


class BackgroundTurn(OnEngine):
    """One turn. Make it on the main thread, in the cell that asks.

    Parameters
    ----------
    session
        The kernel's session.
    actions
        As in :class:`.Pressing`.
    """

    #: Code runs in one go.
    blocking = True

    def __init__(self, session: Session, actions: dict[str, Callable[[dict[str, Any]], object]]) -> None:
        super().__init__(session.engine)
        self._session = session
        self.interrupts = Interrupts(self.stop)
        self._steering = Steering()
        self._between = Between(session.shell)
        self._context = copy_context()
        self._pressing = Pressing(self.halt, self._steering, actions=actions)
        self.view: WidgetView | None = None

    @property
    def steering(self) -> Steering:
        """Where notes go."""
        return self._steering

    def start(self, prompt: str, options: Options) -> None:
        """Begin the turn and return. When it has ended the session's cells are told that it has finished.

        Raises
        ------
        KimiError
            In one line why nothing was sent.
        """
        session = self._session
        executor = KernelExecutor(
            session.shell,
            self,
            kernel=session.kernel,
            undo=session.undo,
            seconds=session.settings.code_seconds,
            mute=lambda: self._say(MUTE),
            **session.telling,
        )
        try:
            session.endpoint(options)  # what is wrong with it is said before anything is read
            question = Question(prompt, options, session.context(prompt, options))
            begun = session.begin(question, Host(self._ask, executor, self._steering))
            self.view = WidgetView(self._pressing.receive, reasoning=session.settings.save_reasoning)
        except BaseException:
            self._between.close()
            raise
        self.run(lambda: self._go_on(begun))

    def halt(self) -> None:
        """Stop the turn, and its code where that runs; from any thread."""
        self.stop()
        self.interrupts.press()

    async def on_main(self, work: Callable[[], Awaitable[T]]) -> T:
        """On the engine: have something done on the main thread when no cell runs, and wait for it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def settle(set_it: Callable[[], object]) -> None:
            loop.call_soon_threadsafe(lambda: None if done.done() else set_it())

        def do() -> None:
            if done.cancelled():
                return
            try:
                with self.interrupts.ours():
                    result = drive(_awaited(work), _AWAITS)
            except BaseException as error:  # noqa: BLE001 - it belongs to the engine, which waits for it
                failure = error
                settle(lambda: done.set_exception(failure))
            else:
                settle(lambda: done.set_result(result))

        if self._between.busy:
            self._say("It runs as soon as the cell that runs now is done.")
        self._between.put(do)
        return await done

    # ---- on the engine -----------------------------------------------------------------------------------------------

    async def _go_on(self, begun: Begun) -> None:
        view = self.view
        assert view is not None
        self._pressing.show_in(view)
        frames = asyncio.get_running_loop().create_task(self._frames(view))
        try:
            async with aclosing(begun.events) as events:
                async for event in events:
                    begun.note(event)
                    view.feed(event)
                    if not isinstance(event, ReasoningDelta | TextDelta | CallDrafted):
                        view.flush()
        except Exception:  # the border of a turn that nobody awaits: a bug keeps its traceback in the log
            log.exception("a turn in the background")
        finally:
            frames.cancel()
            self._between.close()
            self._context.run(view.close)
            self._session.cells.finished()

    async def _frames(self, view: WidgetView) -> None:
        while True:
            await asyncio.sleep(_FRAME)
            view.flush()

    async def _ask(self, proposal: CallProposed) -> Answer:
        """Ask in the card, once a view is there to show it."""
        while self.view is None or not self.view.heard:  # noqa: ASYNC110 - it is heard on another thread
            await asyncio.sleep(_FRAME)
        return await self._pressing.ask(proposal, await self._before(proposal))

    async def _before(self, proposal: CallProposed) -> str:
        """What Undo could put back after the code."""
        return await asyncio.to_thread(self._session.before_aside, proposal.code) if proposal.code is not None else ""

    def _say(self, text: str) -> None:
        if self.view is not None:
            self.view.say(text)


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
