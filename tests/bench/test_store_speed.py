"""What the store costs: a commit, opening a conversation, searching. Never fails on time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.legality import mended
from kimi_jupyter.agent.memory import earlier
from kimi_jupyter.chat.messages import Assistant, ToolCall, ToolResult, User
from kimi_jupyter.store import Store
from tests.support.stores import begin, ran

from .report import Limit, Report

_TOPIC = "store"
_RESULT = "".join(f"row {n}: {n * 7919}\n" for n in range(180))  # 2.8 KB
_WINDOW = 2_000_000
_MESSAGE, _CALL = "a message", "a call: proposed, decided (waits for the disk), started, finished"


def _timed(what: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - begun)


def _turn(store: Store, steps: int, name: str) -> tuple[str, dict[str, list[float]]]:
    """A turn of so many steps, as the loop writes it down; how long each kind of write took."""
    key, turn = begin(store, prompt=f"{name} question")
    took: dict[str, list[float]] = {_MESSAGE: [], _CALL: []}
    store.append(key, turn, User(f"{name} question"))
    for step in range(steps):
        call = ToolCall(f"run_python:{step}", "run_python", f'{{"code": "{name}_{step}()"}}')
        thought = Assistant("", f"I have to look at step {step} of {name}. " * 8, (call,))
        took[_MESSAGE].append(_timed(lambda said=thought: store.append(key, turn, said)))
        took[_CALL].append(_timed(lambda call=call: ran(store, turn, call.id, f"{name}_{call.id[11:]}()")))
        result = ToolResult(call.id, "run_python", _RESULT)
        took[_MESSAGE].append(_timed(lambda said=result: store.append(key, turn, said)))
    store.append(key, turn, Assistant("Done.", None))
    took["the end of the turn, with its index"] = [_timed(lambda: store.end_turn(turn, "complete"))]
    return key, took


def test_commits(benchmark: Any, report: Report, tmp_path: Path) -> None:
    store = Store(tmp_path / "kimi_jupyter" / "store.sqlite3")
    made: list[dict[str, list[float]]] = []
    steps = 12 if benchmark.disabled else 300
    benchmark.pedantic(
        lambda: made.append(_turn(store, steps, f"w{len(made)}")[1]), rounds=1 if benchmark.disabled else 5
    )
    for name in made[0]:
        times = [time for took in made for time in took[name]]
        report.row(_TOPIC, f"commit: {name}", {"ms, median": statistics.median(times), "of": len(times)})
        if name == _MESSAGE:
            report.goal(_TOPIC, "commit of a message", statistics.median(times), Limit(2, "ms"))
    store.close()


def test_opening_a_conversation(benchmark: Any, report: Report, tmp_path: Path) -> None:
    path, steps = tmp_path / "kimi_jupyter" / "store.sqlite3", 12 if benchmark.disabled else 300
    store = Store(path)
    key, _ = _turn(store, steps, "long")
    store.close()
    parts: dict[str, list[float]] = {}

    def note(name: str, what: Callable[[], object]) -> object:
        found: list[object] = []
        parts.setdefault(name, []).append(_timed(lambda: found.append(what())))
        return found[0]

    def open_it() -> None:
        opened = note("the file", lambda: Store(path))
        assert isinstance(opened, Store)
        said = note("what was said", lambda: opened.recent(key, _WINDOW))
        messages, before = said  # type: ignore[misc]
        note("made legal and counted", lambda: Conversation(key, mended(messages), left_out=earlier(before)))
        note("the code that ran", lambda: opened.code_that_ran(key))
        opened.close()
        assert len(messages) == 2 * steps + 2

    benchmark.pedantic(open_it, rounds=1 if benchmark.disabled else 10)
    for name, times in parts.items():
        report.row(_TOPIC, f"opening {steps} steps: {name}", {"ms, median": statistics.median(times), "of": len(times)})
    whole = sum(map(statistics.median, parts.values()))
    report.goal(_TOPIC, f"opening a conversation of {steps} steps, tokens counted", whole, Limit(100, "ms"))
    report.note(_TOPIC, f"The file has {path.stat().st_size / 1024:,.0f} KiB after a turn of {steps} steps.")


def test_searching(benchmark: Any, report: Report, tmp_path: Path) -> None:
    store = Store(tmp_path / "kimi_jupyter" / "store.sqlite3")
    turns, steps = (3, 4) if benchmark.disabled else (40, 25)
    keys = [_turn(store, steps, f"turn{number}")[0] for number in range(turns)]
    key = store.conversations()[turns // 2].id
    wanted = f"turn{turns - 1 - turns // 2}_{steps - 1}"
    assert key == keys[turns - 1 - turns // 2]
    benchmark.pedantic(lambda: store.search(wanted), rounds=1 if benchmark.disabled else 20)
    assert {hit.conversation for hit in store.search(wanted)} == {key}
    many = turns * (2 * steps + 2)
    for name, what in (
        ("one word", lambda: store.search(wanted)),
        ("a word that is everywhere", lambda: store.search("step")),
        ("what nobody said", lambda: store.search("ptarmigan")),
        ("recall of one conversation", lambda: store.recall(key, f"{wanted} look nothing")),
    ):
        times = [_timed(what) for _ in range(1 if benchmark.disabled else 10)]
        cells = {"ms, median": statistics.median(times), "of": len(times)}
        report.row(_TOPIC, f"search of {many:,} messages: {name}", cells)
    store.close()
