"""What a step of a long turn costs beside the endpoint and the code, and what loading costs. Never fails on time."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from kimi_jupyter.agent.budget import Limits
from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.gate import PolicyGate
from kimi_jupyter.agent.loop import Agent
from kimi_jupyter.agent.tools import RUN_PYTHON, Toolbox
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.events import StepStarted, TurnEnded
from tests.matrix.trial import Python
from tests.support.kernels import kernel

from .clients import endpoint

_LOAD = """
import time
begun = time.perf_counter()
get_ipython().run_line_magic("load_ext", {name!r})
took = 1000 * (time.perf_counter() - begun)
"""


def test_own_time_a_step(benchmark, figure: Callable[..., None], address: str) -> None:
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
        figure(f"step {step}: with the endpoint", whole, "ms", 2)
        figure(f"step {step}: the same bytes with httpx alone", bare, "ms", 2)
        figure(f"step {step}: own time", whole - bare, "ms", 2)


def test_loading_the_extension(benchmark, figure: Callable[..., None], tmp_path: Path) -> None:
    taken: dict[str, list[float]] = {"autoreload": [], "kimi_jupyter": []}

    def load() -> None:
        place = tmp_path / str(len(taken["autoreload"]))
        place.mkdir()
        with kernel(place) as running:
            for name, times in taken.items():
                running.execute(_LOAD.format(name=name))
                times.append(running.value("took"))
            loaded = running.value(
                "[name for name in ('httpx', 'pandas', 'narwhals') if name in __import__('sys').modules]"
            )
        assert loaded == []

    benchmark.pedantic(load, rounds=1 if benchmark.disabled else 5)
    for name, times in taken.items():
        figure(f"%load_ext {name}", statistics.median(times), "ms")
