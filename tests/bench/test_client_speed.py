"""The streaming client beside others in one run: chunks a second, the first token, memory. Never fails on time.

With benchmarks disabled each runs once on little, and still checks that every character arrived.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from kimi_jupyter.chat.assemble import Assembly
from kimi_jupyter.chat.client import HttpClient
from tests.second_server.proxy import installed

from .clients import CLIENTS, Read, endpoint, read_ours
from .endpoint import ANSWER_TOKENS, THOUGHT_TOKENS

#: Chunks of a long stream; slow clients get fewer, their rate does not depend on it.
_CHUNKS = {"openai-python, async": 10_000, "LiteLLM, async": 4_000}
_SHORT = 8


def _base(address: str, chunks: int) -> str:
    return f"{address}/tokens/{chunks}/v1"


def _assert_whole(read: Read, chunks: int) -> None:
    assert read[:2] == (chunks // 2 * len(THOUGHT_TOKENS[0]), (chunks - chunks // 2) * len(ANSWER_TOKENS[0]))


def test_chunks_a_second(benchmark, figure: Callable[..., None], address: str) -> None:
    """The best of five rounds, by turns: on a busy machine the others are about the machine."""
    rates: dict[str, list[float]] = {name: [] for name in CLIENTS}

    async def once(name: str) -> float:
        chunks = 500 if benchmark.disabled else _CHUNKS.get(name, 60_000)
        async with CLIENTS[name](_base(address, _SHORT)) as read:
            await read()  # imports
        async with CLIENTS[name](_base(address, chunks)) as read:
            begun = time.perf_counter()
            _assert_whole(await read(), chunks)
            return chunks / (time.perf_counter() - begun)

    def by_turns() -> None:
        for name, measured in rates.items():
            measured.append(asyncio.run(once(name)))

    benchmark.pedantic(by_turns, rounds=1 if benchmark.disabled else 5)
    for name, measured in rates.items():
        figure(f"{name}: rate", max(measured), "chunks/s", 0)


def test_the_first_token_when_warm(benchmark, figure: Callable[..., None], address: str) -> None:
    rounds = 3 if benchmark.disabled else 150
    firsts: dict[str, list[float]] = {name: [] for name in CLIENTS}

    async def once(name: str, read: Callable) -> None:
        begun = time.perf_counter()
        got = await read()
        _assert_whole(got, _SHORT)
        firsts[name].append(1000 * (got.first - begun))

    async def main() -> None:
        base = _base(address, _SHORT)
        async with (
            CLIENTS["httpx + httpx-sse + json"](base) as bare,
            CLIENTS["kimi_jupyter, bytes to events"](base) as ours,
            CLIENTS["kimi_jupyter, whole turn"](base) as turn,
            CLIENTS["openai-python, async"](base) as other,
        ):
            for _ in range(rounds):  # by turns, so that all see the same machine
                for name, read in zip(CLIENTS, (bare, ours, turn, other), strict=True):
                    await once(name, read)

    benchmark.pedantic(lambda: asyncio.run(main()), rounds=1)
    bare, *others = [(name, statistics.median(times[rounds // 5 :])) for name, times in firsts.items()]
    figure(f"{bare[0]}: first token", bare[1], "ms", 2)
    for name, median in others:
        figure(f"{name}: first token", median, "ms", 2)
        figure(f"{name}: later than {bare[0]}", median - bare[1], "ms", 2)


def test_litellm_for_comparison(benchmark, figure: Callable[..., None], address: str) -> None:
    python = installed()
    if python is None:  # make matrix LITELLM=1 makes its environment; there is nothing of ours to check here
        benchmark.pedantic(lambda: None, rounds=1)
        return
    chunks, rounds = (50, 1) if benchmark.disabled else (_CHUNKS["LiteLLM, async"], 40)
    script = Path(__file__).with_name("litellm_client.py")
    command = [str(python), str(script), _base(address, chunks), _base(address, _SHORT), str(rounds)]

    def run() -> dict[str, float]:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=110)
        return json.loads(done.stdout.strip().splitlines()[-1])

    figures = benchmark.pedantic(run, rounds=1)
    figure("LiteLLM, async: rate", figures["rate"], "chunks/s", 0)
    figure("LiteLLM, async: first token", figures["first_ms"], "ms", 2)


def test_memory_kept_a_chunk(benchmark, figure: Callable[..., None], address: str) -> None:
    chunks = 500 if benchmark.disabled else 20_000

    async def main() -> float:
        place = endpoint(_base(address, chunks))
        client, assembly = HttpClient(place), Assembly()
        try:
            await read_ours(client, place, Assembly())
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            _assert_whole(await read_ours(client, place, assembly), chunks)
            message = assembly.reply().message
            kept = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
            await client.close()
        assert len(message.text) == (chunks - chunks // 2) * len(ANSWER_TOKENS[0])
        return kept / chunks

    kept = benchmark.pedantic(lambda: asyncio.run(main()), rounds=1)
    figure("kimi_jupyter: memory kept", kept, "bytes/chunk")
