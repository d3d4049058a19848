"""Kill a process in the middle of a turn, again and again, and see what is left: ``python -m tests.crash --count N``.

Each point is two processes. The victim asks, thinks, waits for approval, runs code and makes room, until it is killed
(SIGKILL) at a random moment, before a random statement of SQLite, or at a random event; ``--at Decided`` names the
event. The survivor opens the same conversation and asks on. A point holds if all of this does:

- what the victim had acknowledged is in the store: messages, decisions, runs, ends of turns;
- no code ran twice, and none ran without exactly one approval before it;
- a run whose end nobody saw is unknown, and the model is told so;
- the survivor's turn ended as complete: its history was accepted by the offline endpoint, which is strict;
- a victim that was not killed in time got to its end too;
- the file is sound and the audit whole.

``--together 10`` plays so many victims at once, on one store, each in a conversation of its own, or with
``--conversations 2`` several in each.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.isolation import clean_environment

from .checks import faults_of
from .endpoint import Endpoint
from .processes import Told, played, shell, warm
from .turn import Plan

#: Points that share a conversation.
_SHARED = 12
#: Statements and events that a turn has at least, the events before and after.
_STATEMENTS, _EVENTS = 180, 70
#: Kinds of events that are aimed at: what streams, what is about a call or about room that was made, and the end.
_KINDS = (
    *("ReasoningDelta", "TextDelta", "CallDrafted", "CallProposed", "Decided", "CallStarted", "CallFinished"),
    *("Notice", "Notice", "TurnEnded"),
)
#: In the middle of what a process was when an event or a message was the last it told of.
_PHASES = {
    "stream": ("StepStarted", "ReasoningDelta", "TextDelta", "CallDrafted", "UsageReported", "user"),
    "approval": ("assistant", "CallProposed", "Decided"),
    "run": ("CallStarted", "CallOutput", "tool", "CallFinished"),
    "making room": ("Notice",),
    "end": ("TurnEnded", "ended"),
}


def main(words: list[str]) -> int:
    """Print how many of how many points hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__.split("\n\n")[0])
    parser.add_argument("--count", type=int, default=100, help="points")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="for the same points again")
    parser.add_argument("--at", default="", help="kill just after the first event of this kind, at each point")
    parser.add_argument("--together", type=int, default=1, help="victims at once")
    parser.add_argument("--conversations", type=int, default=0, help="of victims at once; 0: each has its own")
    given = parser.parse_args(words)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        os.environ.update(clean_environment(Path(place)))
        apart = given.conversations or given.together
        points = _Points(Path(place), random.Random(given.seed), given.at, given.together, apart)
        points.play(given.count)
    phases = ", ".join(f"{phase} {times}" for phase, times in points.killed.most_common())
    print(f"seed {given.seed}, {time.monotonic() - begun:.0f} s; killed in: {phases}")
    print(f"{points.held} of {given.count} points hold")
    return 0 if points.held == given.count else 1


@dataclass
class _Points:
    """Plays points, and counts those that hold and in which phase the victims were killed."""

    place: Path
    chance: random.Random
    kind: str
    together: int
    conversations: int
    held: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    #: Seconds a turn takes about.
    length: float = 0.5

    def play(self, count: int) -> None:
        marks = self.place / "marks"
        marks.touch()
        endpoint, ip = Endpoint(str(marks)), shell()
        ask_on = Plan("Is it all there?", endpoint.base_url, endpoint.key, "")
        warm(ip, ask_on)
        try:
            for first in range(0, count, self.together):
                numbers = range(first, min(count, first + self.together))
                plans = [self._victim(number, endpoint) for number in numbers]
                victims = played(ip, plans)
                survivors = [*(played(ip, [(replace(ask_on, notebook=plan.notebook), None)])[0] for plan, _ in plans)]
                for number, victim, survivor in zip(numbers, victims, survivors, strict=True):
                    self._count(number, victim, survivor, marks)
        finally:
            refused = endpoint.stop()
        for body in refused:
            print("refused by the endpoint:", body)
        self.held -= len(refused)

    def _victim(self, number: int, endpoint: Endpoint) -> tuple[Plan, float | None]:
        shared = number % self.conversations, number // self.together // _SHARED
        notebook = str(self.place / "work-{}-{}.ipynb".format(*shared))
        way = self._way(number)
        plan = Plan(f"Work on {number}", endpoint.base_url, endpoint.key, notebook, **way)
        return plan, None if way else self.chance.uniform(0, self.length)

    def _way(self, number: int) -> dict[str, Any]:
        """How a victim is to end; ``{}``: after some time."""
        if self.kind:
            return {"kind": self.kind, "event": 2}
        ways: tuple[dict[str, Any], ...] = (
            {"statement": self.chance.randrange(1, _STATEMENTS)},
            {"event": self.chance.randrange(1, _EVENTS)},
            {"kind": self.chance.choice(_KINDS), "event": self.chance.randrange(1, 5)},
            {},
        )
        return ways[number % len(ways)]

    def _count(self, number: int, victim: Told, survivor: Told, marks: Path) -> None:
        if victim.ended:  # not killed in time: the next is aimed better
            self.length = 0.7 * self.length + 0.3 * victim.seconds
        self.killed[_phase(victim)] += 1
        faults = [*faults_of(victim, survivor, marks, alone=self.conversations >= self.together)]
        self.held += not faults
        for fault in faults:
            print(f"point {number}: {fault}", flush=True)


def _phase(victim: Told) -> str:
    """What a process was in the middle of."""
    if not victim.lines:
        return "beginning"
    line = victim.lines[-1]
    last = "ended" if "ended" in line else line.get("event") or line["message"]["role"]
    return next((phase for phase, events in _PHASES.items() if last in events), "beginning")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
