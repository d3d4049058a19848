"""Each execution has exactly one approval before it, and what ran is what was approved (hazards §2.9).

Over random turns: replies with any calls, answers of any kind, faults of the endpoint, stops at any event, a store that
is opened anew in between.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.gate import Answer
from kimi_jupyter.agent.legality import mended
from kimi_jupyter.chat.events import (
    CallFinished,
    CallProposed,
    CallStarted,
    Decided,
    Event,
    ReasoningDelta,
    StepStarted,
    TurnEnded,
    UsageReported,
)
from kimi_jupyter.chat.messages import Usage
from kimi_jupyter.kernel.journal import Journal
from kimi_jupyter.offline.faults import DRAFT_FAULTS, Fault
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.store import Store
from tests.support.stores import rows
from tests.support.turns import Host, of

TURNS = 80
CODE = (
    "x = 1",
    "x += 1",
    "print(x)",
    "1/0",
    "raise KeyError('k')",
    "y = [",
    "!ls",
    "z = '\u202e'",
    "import math",
    "x = 2",
)
STOPS = (None, None, StepStarted, ReasoningDelta, CallProposed, Decided, CallStarted, CallFinished, UsageReported)


@pytest.fixture
def host() -> Iterator[Host]:
    with OfflineServer() as server:
        yield Host(server)


class Keeper:
    """Whose turns they are."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add_usage(self, usage: Usage) -> None:
        """Nothing is counted here."""


def replies(chance: random.Random) -> list[object]:
    """Some steps: calls, several at once, of tools that are not there, faults; then an answer."""
    steps: list[object] = []
    for _ in range(chance.randrange(6)):
        names = chance.choices(("run_python", "inspect", "set_auto_approve"), (8, 1, 1), k=chance.randrange(4))
        calls = tuple((name, {"code": chance.choice(CODE), "purpose": "p"}) for name in names)
        steps.append(Reply("I think.", "", calls))
        if chance.random() < 0.2:
            kinds = [*sorted(DRAFT_FAULTS - {"loop"}), "cut", "indexless", "interleaved_calls", "id_switch"]
            steps.append(Fault(chance.choice(kinds)))
    return [*steps, Reply("I know.", "Done.")]


def answers(chance: random.Random) -> list[Answer | None]:
    kinds = chance.choices(("run", "edit", "deny", "rest", "again", ""), (5, 2, 2, 1, 1, 1), k=8)
    return [Answer(kind, "x = 3" if kind == "edit" else None) if kind else None for kind in kinds]  # type: ignore[arg-type]


def test_each_execution_has_exactly_one_approval_before_it(host: Host, path: Path) -> None:
    chance = random.Random(7)
    store, conversation, ran = Store(path), "", 0
    for number in range(TURNS):
        if number % 8 == 0:  # as after a restart, now and then in a new conversation
            store.close()
            store = Store(path)
        if number % 16 == 0:
            conversation = store.begin_conversation("r.ipynb")
        turn = store.begin_turn(conversation, f"q{number}", "offline", "m")
        host.conversation = Conversation(
            conversation,
            mended(store.messages(conversation)),
            on_append=partial(store.append, conversation, turn),
        )
        before = len(host.executor.ran)
        host.script(*replies(chance))
        mode = chance.choices(("ask", "auto", "never"), (6, 1, 1))[0]
        events = host.turn(
            mode=mode,
            answers=answers(chance),
            at={kind: stop for kind in chance.choices(STOPS, k=1) if kind},
            note=Journal(Keeper(store), turn, "offline", "m"),
        )
        allowed(events)
        approved = rows(
            path,
            "SELECT coalesce(edited, code) FROM executions JOIN decisions ON number = decision "
            "WHERE turn = ? AND tool = 'run_python' ORDER BY decision",
            turn,
        )
        done = [(code,) for code in host.executor.ran[before:]]
        assert done == approved[: len(done)], "what ran is what was approved, in order"
        assert len(approved) - len(done) <= 1, "at most one that was stopped as it began"
        ran += len(done)
        (end,) = of(TurnEnded, events)
        assert [one.reason for one in store.turns(conversation)][-1] == end.reason
    assert ran > TURNS / 2, "little ran; the test says nothing"
    assert store.verify_audit() == []
    assert rows(path, "SELECT count(*) FROM executions WHERE ended IS NULL") == [(0,)]
    assert {str(verdict) for (verdict,) in rows(path, "SELECT DISTINCT verdict FROM decisions")} == {
        "run",
        "edit",
        "deny",
    }
    store.close()


def stop(*_: object) -> None:
    """As the stop button does."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


def allowed(events: list[Event]) -> None:
    """Each gated call that started was allowed once, before; none started twice."""
    gated = {event.call for event in of(CallProposed, events) if event.gated}
    yes: set[str] = set()
    started: set[str] = set()
    for event in events:
        if isinstance(event, Decided):
            assert event.call not in yes
            yes |= {event.call} if event.verdict in ("run", "edit") else set()
        elif isinstance(event, CallStarted) and event.call in gated:
            assert event.call in yes - started
            started.add(event.call)
