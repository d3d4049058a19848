"""Between two threads: the engine, where turns run, and the main thread, where cells run.

Events go one way; work that must happen on the main thread (running code, asking on stdin) is sent along with them and
its result goes back. The consumer is written once, as a coroutine: a cell that is awaited runs it on the kernel's loop;
a call from inside other code drives it with :func:`drive`, blocking. Imports nothing of IPython.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ..chat.events import CallDrafted, Event, ReasoningDelta, TextDelta, TurnEnded
from ..errors import ExecutionError
from ..view import View
from .interrupts import Interrupts

__all__ = ["Engine", "Inbox", "LoopInbox", "MainThread", "OnEngine", "QueueInbox", "Running", "drive"]

T = TypeVar("T")

_AWAITS = "Code with a top-level await can't run in a %%kimi inside other code."
#: Seconds between two updates of a view while text streams in.
_FRAME = 0.05
#: Seconds between two updates while nothing comes, so that a clock on screen goes on.
_TICK = 1.0


class Engine:
    """One thread with one asyncio loop, started when first needed, stopped with its owner."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[], object] | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The engine's loop."""
        if self._loop is None:
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=_serve_loop, args=(loop,), name="kimi-jupyter engine", daemon=True)
            thread.start()
            self._stop = weakref.finalize(self, loop.call_soon_threadsafe, loop.stop)
            self._loop = loop
        return self._loop

    def call(self, coroutine: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Run a coroutine on the engine and wait for it, from another thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(seconds)


def _serve_loop(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


@dataclass(frozen=True, slots=True)
class _Work:
    """Something to be done on the main thread, and where its result goes."""

    work: Callable[[], Awaitable[Any]]
    future: asyncio.Future[Any]

    def settle(self, set_it: Callable[[asyncio.Future[Any]], object]) -> None:
        def on_engine() -> None:
            if not self.future.done():
                set_it(self.future)

        self.future.get_loop().call_soon_threadsafe(on_engine)


@dataclass(frozen=True, slots=True)
class _Broken:
    """The engine side ended with a bug; its error keeps its traceback."""

    error: BaseException


Item = Event | _Work | _Broken


class Inbox(Protocol):
    """Where the main thread gets a turn's items from.

    Attributes
    ----------
    blocking
        Whether waiting blocks the main thread, its event loop included.
    """

    blocking: bool

    def put(self, item: Item) -> None:
        """Hand an item over, from any thread."""
        ...

    async def get(self, seconds: float) -> Item | None:
        """The next item, or ``None`` after so many seconds."""
        ...


class LoopInbox:
    """For an awaited cell: waiting leaves the kernel's loop free. Make it on that loop."""

    blocking = False

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Item] = asyncio.Queue()

    def put(self, item: Item) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, item)

    async def get(self, seconds: float) -> Item | None:
        try:
            return self._queue.get_nowait()  # no timer for what is there already
        except asyncio.QueueEmpty:
            pass
        try:
            return await asyncio.wait_for(self._queue.get(), seconds)
        except TimeoutError:
            return None


class QueueInbox:
    """For a call from inside other code: waiting blocks the main thread."""

    blocking = True

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()

    def put(self, item: Item) -> None:
        self._queue.put(item)

    async def get(self, seconds: float) -> Item | None:
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            return None


class OnEngine:
    """A turn's task on the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start it; from any thread."""

        def create() -> None:
            self._task = self._engine.loop.create_task(work())
            if self._stopped:
                self._cancel()

        self._engine.loop.call_soon_threadsafe(create)

    def stop(self) -> None:
        """Stop the turn; it ends as interrupted. Safe from any thread and from a signal handler, also repeatedly."""
        if not self._stopped:
            self._stopped = True
            self._engine.loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        """Cancel the task behind its first step: one that was never in its code could not end what it is to end."""
        if self._task is not None:
            self._engine.loop.call_soon(self._task.cancel)


class MainThread(Protocol):
    """The way of a turn to the main thread.

    Attributes
    ----------
    blocking
        Whether code there has to run in one go.
    interrupts
        What an interrupt does meanwhile.
    """

    blocking: bool
    interrupts: Interrupts

    async def on_main(self, work: Callable[[], Awaitable[T]]) -> T:
        """Have something done there, and wait for it on the engine."""
        ...


class Running(OnEngine):
    """A turn that runs on the engine, followed from the main thread.

    Parameters
    ----------
    engine
        Where it runs.
    inbox
        How its items reach the main thread.
    """

    def __init__(self, engine: Engine, inbox: Inbox) -> None:
        super().__init__(engine)
        self._inbox = inbox
        self.blocking = inbox.blocking
        self.interrupts = Interrupts(self.stop)

    def start(self, events: AsyncGenerator[Event], note: Callable[[Event], None]) -> None:
        """Start the turn. ``note`` sees each event, on the engine, before anyone else and before the turn goes on."""

        async def run() -> None:
            try:
                async with aclosing(events):
                    async for event in events:
                        note(event)
                        self._inbox.put(event)
            except BaseException as error:  # noqa: BLE001 - a bug of ours: raised again on the main thread
                self._inbox.put(_Broken(error))

        self.run(run)

    async def on_main(self, work: Callable[[], Awaitable[T]]) -> T:
        """On the engine: have something done on the main thread, and wait for it."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._inbox.put(_Work(work, future))
        return await future

    async def follow(self, view: View, *, signals: bool = True) -> TurnEnded:
        """On the main thread: show the turn and do its work until it has ended.

        Parameters
        ----------
        view
            Where it is shown.
        signals
            Whether interrupts are the turn's meanwhile; not where several are followed at once.

        Returns
        -------
        TurnEnded
            How it ended. Interrupts do not raise here; they end the turn.
        """
        with self.interrupts.ours() if signals else nullcontext():
            try:
                return await self._follow(view)
            finally:
                self.stop()
                view.close()

    async def _follow(self, view: View) -> TurnEnded:
        shown, dirty = time.monotonic(), False
        while True:
            item = await self._next(_FRAME if dirty else _TICK)
            match item:
                case _Work() if self._stopped:  # asked for just before: what the stop came first of does not begin
                    item.settle(lambda future: future.cancel())
                    continue
                case _Work():
                    view.flush()
                    await self._do(item)
                    continue
                case _Broken():
                    raise item.error
                case None:
                    dirty = True
                case ReasoningDelta() | TextDelta() | CallDrafted():
                    view.feed(item)
                    dirty = True
                case TurnEnded():
                    view.feed(item)
                    return item
                case _:
                    view.feed(item)
                    view.flush()
                    shown, dirty = time.monotonic(), False
            if dirty and time.monotonic() - shown >= _FRAME:
                view.flush()
                shown, dirty = time.monotonic(), False

    async def _next(self, seconds: float) -> Item | None:
        try:
            return await self._inbox.get(seconds)
        except (asyncio.CancelledError, KeyboardInterrupt):  # whoever cancels the cell stops the turn
            self.stop()
            return None

    async def _do(self, item: _Work) -> None:
        try:
            result = await item.work()
        except (asyncio.CancelledError, KeyboardInterrupt):
            self.stop()
        except BaseException as error:  # noqa: BLE001 - it belongs to the engine, which waits for it
            failure = error
            item.settle(lambda future: future.set_exception(failure))
        else:
            item.settle(lambda future: future.set_result(result))


def drive(coroutine: Coroutine[Any, Any, T], awaits: str = _AWAITS) -> T:
    """Run a coroutine that never really waits (its inbox blocks) to its end, without an event loop.

    Where something in it does wait, as code with a top-level ``await`` would, an :class:`ExecutionError` that says
    ``awaits`` is thrown in there.
    """
    error: ExecutionError | None = None
    while True:
        try:
            if error is None:
                coroutine.send(None)
            else:
                coroutine.throw(error)
        except StopIteration as done:
            result: T = done.value
            return result
        error = ExecutionError(awaits)
