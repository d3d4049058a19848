"""A turn on the engine, followed from the main thread, awaited and blocking."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from kimi_jupyter.chat.events import Notice, ReasoningDelta, TextDelta, TurnEnded
from kimi_jupyter.errors import ExecutionError
from kimi_jupyter.kernel.bridge import Engine, LoopInbox, QueueInbox, Running, drive


class Watching:
    def __init__(self):
        self.events, self.flushes, self.closed = [], [], 0

    def feed(self, event):
        self.events.append(event)

    def flush(self):
        self.flushes.append(len(self.events))

    def close(self):
        self.closed += 1


@pytest.fixture(scope="module")
def engine():
    return Engine()


def follow(engine, events, *, blocking, noted=None, before=lambda running: None):
    """Follow a turn in one of the two ways; returns how it ended and what was watched."""
    view = Watching()

    async def main():
        running = Running(engine, QueueInbox() if blocking else LoopInbox())
        running.start(events(running), ([] if noted is None else noted).append)
        before(running)
        return await running.follow(view)

    return (drive(main()) if blocking else asyncio.run(main())), view


both_ways = pytest.mark.parametrize("blocking", [False, True], ids=["awaited", "blocking"])


@both_ways
def test_events_arrive_in_order_and_are_noted_first(engine, blocking):
    noted = []

    async def events(running):
        for number in range(100):
            yield TextDelta(str(number))
            assert len(noted) == number + 1
        yield TurnEnded("complete")

    ended, view = follow(engine, events, blocking=blocking, noted=noted)
    assert ended == TurnEnded("complete")
    assert view.events == noted == [*(TextDelta(str(n)) for n in range(100)), ended]
    assert view.closed == 1


@both_ways
def test_work_is_done_on_the_main_thread_and_its_result_goes_back(engine, blocking):
    async def where():
        return threading.current_thread()

    async def events(running):
        assert threading.current_thread() is not threading.main_thread()
        thread = await running.on_main(where)
        yield TurnEnded("complete", thread.name)

    ended, _ = follow(engine, events, blocking=blocking)
    assert ended.message == threading.main_thread().name


@both_ways
def test_what_work_raises_is_raised_where_it_was_asked_for(engine, blocking):
    async def fail():
        raise ZeroDivisionError("main")

    async def events(running):
        try:
            await running.on_main(fail)
        except ZeroDivisionError as error:
            yield TurnEnded("failed", str(error))

    assert follow(engine, events, blocking=blocking)[0] == TurnEnded("failed", "main")


@both_ways
def test_a_bug_on_the_engine_is_raised_on_the_main_thread(engine, blocking):
    async def events(running):
        yield TextDelta("a")
        raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        follow(engine, events, blocking=blocking)


@both_ways
def test_stop_ends_the_turn_whatever_it_waits_for(engine, blocking):
    async def events(running):
        yield TextDelta("a")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            yield TurnEnded("interrupted")

    started = time.monotonic()
    ended, view = follow(
        engine, events, blocking=blocking, before=lambda running: threading.Timer(0.2, running.stop).start()
    )
    assert ended == TurnEnded("interrupted")
    assert view.events == [TextDelta("a"), ended]
    assert time.monotonic() - started < 2


@both_ways
def test_con_07_work_that_a_stop_came_before_does_not_begin(engine, blocking):
    done = []

    async def work():
        done.append("work")

    async def events(running):
        running.stop()
        try:
            await running.on_main(work)
        except asyncio.CancelledError:
            yield TurnEnded("interrupted")

    ended, _ = follow(engine, events, blocking=blocking)
    assert (ended, done) == (TurnEnded("interrupted"), [])


@both_ways
def test_a_signal_during_the_turn_stops_it_and_is_ours_only_for_so_long(engine, blocking):
    import signal

    async def events(running):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            yield TurnEnded("interrupted")

    before = signal.getsignal(signal.SIGINT)
    ended, _ = follow(
        engine,
        events,
        blocking=blocking,
        before=lambda running: threading.Timer(
            0.2, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)
        ).start(),
    )
    assert ended == TurnEnded("interrupted")
    assert signal.getsignal(signal.SIGINT) is before


@both_ways
def test_views_are_updated_twenty_times_a_second_at_most_while_text_streams(engine, blocking):
    async def events(running):
        for _ in range(300):
            yield ReasoningDelta("x")
            await asyncio.sleep(0.002)
        yield Notice("info", "seen at once")
        yield TurnEnded("complete")

    started = time.monotonic()
    _, view = follow(engine, events, blocking=blocking)
    assert len(view.flushes) <= (time.monotonic() - started) / 0.05 + 2
    assert 301 in view.flushes


def test_driving_code_that_waits_throws_into_it():
    async def wait():
        try:
            await asyncio.sleep(0)
        except ExecutionError as error:
            return str(error)

    assert "top-level await" in drive(wait())
