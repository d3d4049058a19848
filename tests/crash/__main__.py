"""Kill a process in the middle of a turn, again and again, and see what is left: ``python -m tests.crash --count N``.

Each point is two processes. The victim asks, thinks, waits for approval, runs code and makes room, until it is killed
(SIGKILL) at a random moment, before a random statement of SQLite, or at a random event; ``--at Decided`` names the
event. The survivor opens the same conversation and asks on. A point holds if all of this does:

- what the victim had acknowledged is in the store: messages, decisions, runs, ends of turns;
- no code ran twice, and none ran without exactly one approval before it;
- a run whose end nobody saw is unknown, and the model is told so;
- the survivor's turn ended as complete: its history was accepted by the offline endpoint, which is strict;
- the file is sound and the audit whole.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import random
import select
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.isolation import clean_environment

from .checks import faults_of
from .endpoint import Endpoint
from .turn import Plan, play

#: Points that share a conversation.
_SHARED = 12
#: Statements and events that a turn has at least, the events before and after.
_STATEMENTS, _EVENTS = 180, 70
#: Kinds of events that are aimed at: what streams, what is about a call or about room that was made, and the end.
_KINDS = ("ReasoningDelta", "TextDelta", "CallDrafted", "CallProposed", "Decided", "CallStarted", "CallFinished")
_KINDS += ("Notice", "Notice", "TurnEnded")
#: In the middle of what a process was when an event or a message was the last it told of.
_PHASES = {
    "stream": ("StepStarted", "ReasoningDelta", "TextDelta", "CallDrafted", "UsageReported", "user"),
    "approval": ("assistant", "CallProposed", "Decided"),
    "run": ("CallStarted", "CallOutput", "tool", "CallFinished"),
    "making room": ("Notice",),
    "end": ("TurnEnded", "ended"),
}
#: Seconds a process may take.
_LONGEST = 60.0


def main(words: list[str]) -> int:
    """Print how many of how many points hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__.split("\n\n")[0])
    parser.add_argument("--count", type=int, default=100, help="points")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="for the same points again")
    parser.add_argument("--at", default="", help="kill just after the first event of this kind, at each point")
    given = parser.parse_args(words)
    chance, begun = random.Random(given.seed), time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        os.environ.update(clean_environment(Path(place)))
        held, where = _points(Path(place), given.count, chance, given.at)
    phases = ", ".join(f"{phase} {times}" for phase, times in where.most_common())
    print(f"seed {given.seed}, {time.monotonic() - begun:.0f} s; killed in: {phases}")
    print(f"{held} of {given.count} points hold")
    return 0 if held == given.count else 1


def _points(place: Path, count: int, chance: random.Random, kind: str) -> tuple[int, Counter[str]]:
    marks = place / "marks"
    marks.touch()
    endpoint, shell = Endpoint(str(marks)), _shell()
    _warm(shell, endpoint)
    held, where, length = 0, Counter[str](), 0.5
    try:
        for number in range(count):
            notebook = str(place / f"work-{number // _SHARED}.ipynb")
            plan = Plan(f"Work on {number}", endpoint.base_url, endpoint.key, notebook)
            way = _way(number, chance, kind)
            plan, after = replace(plan, **way), None if way else chance.uniform(0, length)
            told, seconds = _process(shell, plan, after)
            if any("ended" in line for line in told):  # not killed in time: the next is aimed better
                length = 0.7 * length + 0.3 * seconds
            where[_phase(told)] += 1
            asked, _ = _process(shell, Plan("Is it all there?", endpoint.base_url, endpoint.key, notebook), None)
            faults = [*faults_of(told, asked, marks)]
            held += not faults
            for fault in faults:
                print(f"point {number}: {fault}", flush=True)
    finally:
        refused = endpoint.stop()
    for body in refused:
        print("refused by the endpoint:", body)
    return held - len(refused), where


def _way(number: int, chance: random.Random, kind: str) -> dict[str, Any]:
    """How a victim is to end; ``{}``: after some time."""
    if kind:
        return {"kind": kind, "event": 2}
    ways: tuple[dict[str, Any], ...] = (
        {"statement": chance.randrange(1, _STATEMENTS)},
        {"event": chance.randrange(1, _EVENTS)},
        {"kind": chance.choice(_KINDS), "event": chance.randrange(1, 5)},
        {},
    )
    return ways[number % len(ways)]


def _phase(told: list[dict[str, Any]]) -> str:
    """What a process was in the middle of."""
    if not told:
        return "beginning"
    line = told[-1]
    last = "ended" if "ended" in line else line.get("event") or line["message"]["role"]
    return next((phase for phase, events in _PHASES.items() if last in events), "beginning")


def _process(shell: Any, plan: Plan, after: float | None) -> tuple[list[dict[str, Any]], float]:
    """Fork a process that plays a turn, kill it after so many seconds, and read what it told."""
    reading, writing = os.pipe()
    begun = time.monotonic()
    pid = os.fork()
    if pid == 0:
        with _quiet():
            os.close(reading)
            play(shell, plan, writing)
        os._exit(0)
    os.close(writing)
    text = _read(reading, pid, begun + after if after is not None else None, begun + _LONGEST)
    os.waitpid(pid, 0)
    return [json.loads(line) for line in text.decode().splitlines()], time.monotonic() - begun


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What the child prints is nobody's business; that it fails is."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    except BaseException:  # noqa: BLE001 - a forked process must not go on as the one it was forked from
        traceback.print_exc()
        os._exit(1)


def _read(pipe: int, pid: int, kill_at: float | None, give_up_at: float) -> bytes:
    """All a process writes until it ends or is killed."""
    parts: list[bytes] = []
    while True:
        limit = kill_at if kill_at is not None else give_up_at
        ready, _, _ = select.select([pipe], [], [], max(0.0, limit - time.monotonic()))
        if not ready:
            os.kill(pid, signal.SIGKILL)
            if kill_at is None:
                raise TimeoutError(f"a process did not end; so far: {b''.join(parts)[-500:]!r}")
            kill_at, give_up_at = None, time.monotonic() + 10
            continue
        part = os.read(pipe, 65536)
        if not part:
            os.close(pipe)
            return b"".join(parts)
        parts.append(part)


def _warm(shell: Any, endpoint: Endpoint) -> None:
    """Import what a turn needs, once for all that are forked from here."""
    before = set(sys.modules)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with _quiet():
            play(shell, Plan("Is it all there?", endpoint.base_url, endpoint.key, ""), os.open(os.devnull, os.O_WRONLY))
            os.write(writing, "\n".join(set(sys.modules) - before).encode())
        os._exit(0)
    os.close(writing)
    for name in _read(reading, pid, None, time.monotonic() + _LONGEST).decode().split():
        importlib.import_module(name)
    os.waitpid(pid, 0)


def _shell() -> Any:
    """An IPython shell without its thread for the history: a process with threads can't be forked."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell.instance(config=config)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
