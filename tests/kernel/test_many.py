"""Many sessions at once: what each gets comes without delay, whole, and is its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from kimi_jupyter import Session
from kimi_jupyter.chat.events import Event, TextDelta
from tests.support import stamped

pytestmark = pytest.mark.timeout(120)

_SESSIONS = 50


def _at(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)] if values else float("inf")


async def _lags(found: list[tuple[float, float]]) -> None:
    """How late the loop is each hundredth of a second, and when."""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        found.append((due, time.monotonic() - due))


def _noting(late: list[tuple[float, float]]) -> Callable[[Event], None]:
    """Notes of each line of an answer when it came, and how long it took; a delta may end anywhere in one."""
    begun = [""]

    def note(event: Event) -> None:
        if isinstance(event, TextDelta):
            now = time.monotonic()
            *lines, begun[0] = (begun[0] + event.text).split("\n")
            late.extend((now, now - stamped.read(line)[1]) for line in lines)

    return note


async def _ask_all(late: list[tuple[float, float]], lags: list[tuple[float, float]]) -> list[list[str]]:
    sessions = [Session(on_event=_noting(late)) for _ in range(_SESSIONS)]
    watch = asyncio.get_running_loop().create_task(_lags(lags))
    answers = await asyncio.gather(*(session.aask("Say when.") for session in sessions))
    watch.cancel()
    for session in sessions:
        session.close()
    assert all(answer.complete for answer in answers)
    return [answer.text.split("\n") for answer in answers]


def test_con_05_fifty_sessions_that_stream_at_once_get_their_own_words_without_delay(monkeypatch):
    late: list[tuple[float, float]] = []
    lags: list[tuple[float, float]] = []
    with stamped.running() as address:
        monkeypatch.setenv("KIMI_JUPYTER_BASE_URL", address)
        monkeypatch.setenv("KIMI_JUPYTER_API_KEY", "not-asked-for")
        answers = asyncio.run(_ask_all(late, lags))
    streams = [{stamped.read(line)[0] for line in answer if line} for answer in answers]
    assert all(len(stream) == 1 for stream in streams)
    assert len(set.union(*streams)) == _SESSIONS
    assert all(len(list(filter(None, answer))) == stamped.LINES for answer in answers)
    # The machine has other things to do: of the time in which all stream, the best quarter of a second counts.
    last = late[-1][0]
    times = [(last - 0.25 * back, last - 0.25 * (back - 1)) for back in range(2, 10)]
    delays = [_at([delay for at, delay in late if begin < at <= end], 0.95) for begin, end in times]
    behind = [max((lag for at, lag in lags if begin < at <= end), default=float("inf")) for begin, end in times]
    assert min(delays) < 0.05
    assert min(behind) < 0.1
