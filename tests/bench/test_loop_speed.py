"""What a step of a long turn costs beside the endpoint and the code, and what loading costs. Never fails on time."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from kimi_jupyter.agent.budget import Limits
from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.execution import Execution
from kimi_jupyter.agent.gate import PolicyGate
from kimi_jupyter.agent.loop import Agent
from kimi_jupyter.agent.tools import RUN_PYTHON, Toolbox
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.events import StepStarted, TurnEnded, UsageReported
from kimi_jupyter.chat.wire import request_body
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings import Endpoint
from kimi_jupyter.store import Store
from tests.kernel.conftest import environment
from tests.matrix.trial import Python
from tests.support.kernels import kernel

from .report import Limit, Report
from .streams import endpoint

_TOPIC = "loop"
_LONG = "A turn of 300 steps with a store, in processor time of this process"


def test_own_time_a_step(benchmark: Any, report: Report, address: str) -> None:
    steps = 12 if benchmark.disabled else 300
    place = endpoint(f"{address}/calls/0/v1")
    sent: list[dict[str, Any]] = []

    async def turn() -> list[float]:
        client, executor = HttpClient(place), Python()
        stream = client.stream

        def counted(body, **more):
            sent.append(body)
            return stream(body, **more)

        client.stream = counted
        gate = PolicyGate("auto", lambda proposal: None)
        agent = Agent(place, client, Conversation("b"), Toolbox([RUN_PYTHON]), gate, executor, Limits(steps=steps))
        try:
            events = agent.run_turn("t", "q", "Count.")
            begun = [time.perf_counter() async for event in events if isinstance(event, StepStarted | TurnEnded)]
        finally:
            await client.close()
        assert len(executor.ran) == steps
        return [1000 * (after - before) for before, after in itertools.pairwise(begun)]

    async def exchange(size: int) -> float:
        """The same bytes to and from the endpoint with httpx alone, unread."""
        content, times = b"x" * size, []
        async with httpx.AsyncClient(timeout=None, trust_env=False) as bare:
            for _ in range(30):
                begun = time.perf_counter()
                await bare.post(f"{place.base_url}/chat/completions", content=content)
                times.append(1000 * (time.perf_counter() - begun))
        return statistics.median(times[5:])

    runs: list[list[float]] = []
    benchmark.pedantic(lambda: runs.append(asyncio.run(turn())), rounds=1 if benchmark.disabled else 2)
    for step in (10, 300):
        if step > steps:
            break
        around = [run[n] for run in runs for n in range(max(0, step - 6), min(step + 5, steps))]
        whole, bare = statistics.median(around), asyncio.run(exchange(len(json.dumps(sent[step - 1]))))
        cells = {
            "with the endpoint, ms": whole,
            "the same bytes with httpx alone, ms": bare,
            "own time, ms": whole - bare,
        }
        report.row(_TOPIC, f"step {step}", cells, "A step on the clock")


class _Printing(Python):
    """Results of 3 KB."""

    async def run(self, code: str) -> Execution:
        self.ran.append(code)
        return Execution("ok", (), "".join(f"row {len(self.ran)}.{n}: {n * 7919}\n" for n in range(150)), 0.0)


async def _long_turn(place: Endpoint, store: Store, steps: int) -> tuple[list[tuple[float, float]], bytes]:
    """Processor time (ms) and memory (bytes) at the start of each step and at the end; the last request's body."""
    key = store.begin_conversation("n.ipynb")
    turn = store.begin_turn(key, "q", "offline", "m")
    conversation = Conversation(key, on_append=lambda message: store.append(key, turn, message))
    client, executor, marks = HttpClient(place), _Printing(), []
    gate = PolicyGate("auto", lambda proposal: None)
    agent = Agent(place, client, conversation, Toolbox([RUN_PYTHON]), gate, executor, Limits(steps=steps))
    try:
        async for event in agent.run_turn(turn, "q", "Count."):
            if isinstance(event, UsageReported):
                store.report_usage(turn, len(marks), event.usage)
            if isinstance(event, StepStarted | TurnEnded):
                marks.append((1000 * time.process_time(), _resident()))
    finally:
        await client.close()
    assert len(executor.ran) == steps
    body = request_body(conversation.messages, [], model=place.model, model_id="m", max_tokens=1, cache_key="")
    return marks, json.dumps(body, ensure_ascii=False).encode()


async def _bare_exchange(place: Endpoint, content: bytes) -> float:
    """Processor time (ms) of the same bytes with httpx alone, its answer unread."""
    times = []
    async with httpx.AsyncClient(timeout=None, trust_env=False) as bare:
        for _ in range(20):
            begun = time.process_time()
            await bare.post(f"{place.base_url}/chat/completions", content=content)
            times.append(1000 * (time.process_time() - begun))
    return statistics.median(times)


def test_three_hundred_steps(benchmark: Any, report: Report, address: str, tmp_path: Path) -> None:
    """A whole turn with a store, in processor time of this process: the endpoint has its own."""
    steps, path = 12 if benchmark.disabled else 300, tmp_path / "store.sqlite3"
    place, runs = endpoint(f"{address}/calls/0/v1"), []
    benchmark.pedantic(lambda: runs.append(asyncio.run(_long_turn(place, Store(path), steps))), rounds=1)
    marks, body = runs[0]
    took = [after - before for (before, _), (after, _) in itertools.pairwise(marks)]
    for step in (number for number in (10, 100, 200, 300) if number <= steps):
        around = statistics.median(took[max(0, step - 6) : step + 5])
        report.row(_TOPIC, f"step {step}", {"processor, ms": around}, _LONG)
        if step in (10, 300):
            report.goal(_TOPIC, f"processor time of step {step}, sending included", around, Limit(10, "ms"))
    bare = asyncio.run(_bare_exchange(place, body))
    report.row(_TOPIC, f"the bytes of step {steps} with httpx alone", {"processor, ms": bare}, _LONG)
    grown = (marks[-1][1] - marks[min(10, steps)][1]) / 1024**2
    report.note(
        _TOPIC,
        f"The last request has {len(body) / 1024:,.0f} KiB; from step 10 to {steps} the process grew by "
        f"{grown:.1f} MiB; the store has {path.stat().st_size / 1024:,.0f} KiB.",
    )


def _resident() -> float:
    """Bytes of memory this process holds; 0 where that is not told."""
    try:
        return float(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0.0


def test_a_step_in_a_kernel(benchmark: Any, report: Report, tmp_path: Path) -> None:
    """A turn in a real kernel beside the same code as cells of the user's own."""
    steps = 5 if benchmark.disabled else 100
    code = Reply("I count.", "", (("run_python", {"code": "counted = globals().get('counted', 0) + 1"}),))
    with OfflineServer() as server, kernel(tmp_path, environ=environment(tmp_path, server)) as live:
        live.execute("%load_ext kimi_jupyter\n%config KimiMagics.ask_steps = 0")

        def turn() -> None:
            replies = [replace(code, calls=(("run_python", {"code": f"counted = {n}"}),)) for n in range(steps)]
            server.script([*replies, Reply("", "Done.")])
            assert live.execute("%%kimi --approve auto\nCount.", stdin=False).reply["status"] == "ok"

        def cells() -> float:
            begun = time.perf_counter()
            for n in range(steps):  # sent one after another: what waits for an answer looks for it now and then
                live.client.execute(f"counted = {n}", allow_stdin=False)
            live.execute("0", stdin=False)
            return 1000 * (time.perf_counter() - begun) / steps

        began = time.perf_counter()
        benchmark.pedantic(turn, rounds=1)
        step = 1000 * (time.perf_counter() - began) / steps
        report.row(_TOPIC, "kimi_jupyter, a step with its endpoint", {"ms": step}, "In a kernel")
        report.row(_TOPIC, "a cell of the user's own, sent one after another", {"ms": cells()}, "In a kernel")
        assert live.value("counted") == steps - 1
