"""The streaming client beside others in one run: chunks a second, the first token, memory. Never fails on time.

With benchmarks disabled ours runs once on little, and still checks that every character arrived.
"""

from __future__ import annotations

import asyncio
import statistics
import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest

from kimi_jupyter.chat.assemble import Assembly
from kimi_jupyter.chat.client import HttpClient

from .contenders import Contender, Worker, by_turns, there, working
from .endpoint import ANSWER_TOKENS, THOUGHT_TOKENS
from .report import Limit, Report
from .streams import endpoint, read_events

_TOPIC = "client"
EVENTS = Contender("kimi_jupyter, bytes to events", "streams:events")
TURN = Contender("kimi_jupyter, whole turn", "streams:turn")
BARE = Contender("httpx + httpx-sse + json", "streams:bare")
RAW = Contender("raw socket + orjson", "streams:raw", "libraries")
OPENAI = Contender("openai-python, async", "streams:openai", "libraries")
LANGCHAIN = Contender("LangChain", "streams:langchain", "libraries")
LITELLM = Contender("LiteLLM, async", "streams:litellm", "libraries")
CLIENTS = (RAW, BARE, EVENTS, TURN, OPENAI, LANGCHAIN, LITELLM)
#: Chunks of a long stream; slow clients get fewer, their rate does not depend on it.
_CHUNKS = {OPENAI.name: 10_000, LANGCHAIN.name: 10_000, LITELLM.name: 2_000}
_SHORT, _OFTEN = 8, 40


def _base(address: str, chunks: int) -> str:
    return f"{address}/tokens/{chunks}/v1"


def _whole(chunks: int) -> list[int]:
    return [chunks // 2 * len(THOUGHT_TOKENS[0]), (chunks - chunks // 2) * len(ANSWER_TOKENS[0])]


@pytest.mark.timeout(1800)
def test_clients_beside_each_other(benchmark: Any, report: Report, address: str) -> None:
    """By turns, so that all see the same machine; the first call, then warm ones, then long streams."""
    contenders = [TURN] if benchmark.disabled else there(CLIENTS, report, _TOPIC)
    found: dict[str, dict[str, list[Any]]] = {one.name: {} for one in contenders}

    def note(name: str, **values: list[Any]) -> None:
        for what, value in values.items():
            found[name].setdefault(what, []).extend(value)

    def short(name: str, worker: Worker) -> None:
        answer = worker.ask(base_url=_base(address, _SHORT), rounds=1 if benchmark.disabled else _OFTEN)
        kind = "warm" if "first" in found[name] else "first"
        note(name, **({"warm": answer["firsts"][5:]} if kind == "warm" else {"first": answer["firsts"][:1]}))

    def long(name: str, worker: Worker) -> None:
        chunks = 500 if benchmark.disabled else _CHUNKS.get(name, 200_000)
        answer = worker.ask(base_url=_base(address, chunks))
        note(
            name,
            rate=[chunks / answer["seconds"][0]],
            memory=[answer["memory"]],
            read=[answer["read"] == _whole(chunks)],
        )

    def run() -> None:
        with working(contenders) as workers:
            for measure, rounds in ((short, 5), (long, 3)):
                by_turns(workers, measure, 1 if benchmark.disabled else rounds, report, _TOPIC)

    benchmark.pedantic(run, rounds=1)
    assert all(all(found[one.name]["read"]) for one in contenders if one.name.startswith("kimi_jupyter"))
    if not benchmark.disabled:
        _tell(report, {name: values for name, values in found.items() if "rate" in values})


def _tell(report: Report, found: Mapping[str, Mapping[str, list[Any]]]) -> None:
    rates = {name: max(values["rate"]) for name, values in found.items()}
    warm = {name: statistics.quantiles(values["warm"], n=10)[0] for name, values in found.items()}
    for name, values in found.items():
        cells = {
            "chunks per second of processor": rates[name],
            "memory more, MB": max(values["memory"]) / 1e6,
            "first token of a first call, ms": values["first"][0],
            "first token, warm, ms": warm[name],
            "later than bare, ms": warm[name] - warm[BARE.name],
            "characters kept": "all" if all(values["read"]) else "not all",
        }
        report.row(_TOPIC, name, cells)
    report.bars(
        _TOPIC, "Chunks per second of processor", "more is better", sorted(rates.items(), key=lambda bar: -bar[1])
    )
    ours = rates[EVENTS.name]
    report.goal(_TOPIC, "bytes to events", ours, Limit(40_000, "chunks a second", least=True))
    for other, times in ((OPENAI, 4), (LITELLM, 20)):
        if other.name in rates:
            limit = Limit(times, "×", least=True)
            report.goal(_TOPIC, f"times the rate of {other.name}", ours / rates[other.name], limit)
    later = warm[EVENTS.name] - warm[BARE.name]
    report.goal(_TOPIC, "a warm first token, later than bare httpx-sse", later, Limit(1, "ms"))


def test_memory_kept_a_chunk(benchmark: Any, report: Report, address: str) -> None:
    """What ``tracemalloc`` finds after a reply that is still held."""
    chunks = 500 if benchmark.disabled else 20_000

    async def main() -> float:
        place = endpoint(_base(address, chunks))
        client, assembly = HttpClient(place), Assembly()
        try:
            await read_events(client, place, Assembly())
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            assert list((await read_events(client, place, assembly))[:2]) == _whole(chunks)
            message = assembly.reply().message
            kept = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
            await client.close()
        assert len(message.text) == (chunks - chunks // 2) * len(ANSWER_TOKENS[0])
        return kept / chunks

    kept = benchmark.pedantic(lambda: asyncio.run(main()), rounds=1)
    report.goal(_TOPIC, "memory kept", kept, Limit(300, "bytes a chunk"))
