"""What a turn may use up: hazards BUD, over real HTTP and a real store."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace

import pytest

from kimi_jupyter.agent.budget import GO_ON, Budget, Limits, Spent
from kimi_jupyter.agent.gate import Answer
from kimi_jupyter.agent.repetition import Repetition
from kimi_jupyter.chat.events import (
    CallFinished,
    CallProposed,
    CallStarted,
    Decided,
    Notice,
    ReasoningDelta,
    StepStarted,
    TextDelta,
    TurnEnded,
    UsageReported,
    Waiting,
)
from kimi_jupyter.chat.messages import Usage
from kimi_jupyter.kernel.spending import spent_today
from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.providers.models import Price
from kimi_jupyter.store import Store
from tests.support.turns import Host, of, run

YES, NO = Answer("run"), Answer("deny")


@pytest.fixture(scope="module")
def server():
    with OfflineServer() as server:
        yield server


@pytest.fixture
def host(server):
    return Host(server)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def questions(events):
    return [event for event in of(CallProposed, events) if event.name == GO_ON]


def steps(host, count, last="done"):
    host.script(*[run(f"x = {n}", f"Thought {n}.") for n in range(count)], Reply("", last))


# ---- asked, and what an answer means ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason", "requests"),
    [
        (YES, "complete", 5),
        (Answer("rest"), "complete", 5),
        (NO, "limit", 2),
        (Answer("edit", "x = 1"), "limit", 2),
        (None, "limit", 2),
    ],
    ids=["yes", "rest", "no", "edit", "nobody"],
)
def test_only_a_persons_yes_lets_a_turn_go_on(host, answer, reason, requests):
    steps(host, 4)
    events = host.turn(answers=[answer], limits=Limits(steps=9, asked_at=2))
    assert (events[-1].reason, len(host.requests)) == (reason, requests)
    (question,) = questions(events)
    assert question.arguments["reached"] == "2 steps"
    assert question.arguments["yes allows"] == "7 steps more"
    (decided,) = [event for event in of(Decided, events) if event.call == question.call]
    assert decided.by == ("rule" if answer is None else "user")
    assert [event.limits["steps"] for event in of(StepStarted, events)] == [2, 2, *[9] * (requests - 2)]
    host.script(Reply("", "back"))
    assert host.turn()[-1] == TurnEnded("complete")


def test_a_question_to_go_on_may_be_answered_by_a_stop(host):
    steps(host, 3)
    stop = lambda _: asyncio.current_task().cancel()  # noqa: E731
    events = host.turn(answers=[stop], limits=Limits(asked_at=1))
    assert events[-1].reason == "interrupted"
    assert [event.status for event in of(CallFinished, events)] == ["ok", "interrupted"]
    host.script(Reply("", "back"))
    assert host.turn(mode="never", answers=[YES], limits=Limits(asked_at=1))[-1] == TurnEnded("complete")


def test_bud_03_the_last_step_is_the_last_and_the_conversation_goes_on(host):
    steps(host, 9)
    ended = host.turn(answers=[YES] * 9, limits=Limits(steps=5))[-1]
    assert (ended.reason, len(host.requests), "5 steps" in ended.message) == ("limit", 5, True)
    host.script(Reply("", "on"))
    assert host.turn()[-1] == TurnEnded("complete")
    assert [request.status for request in host.requests] == [200]


def priced(host, usd):
    """Makes a token cost so much."""
    price = Price(usd, usd, usd)
    host.endpoint = replace(host.endpoint, model=replace(host.endpoint.model, price=price))
    return host


def test_money_is_asked_for_again_each_time_and_never_passed_by_more_than_a_request(host):
    priced(host, 1_000_000)  # a dollar a token
    steps(host, 9)
    events = host.turn(answers=[YES, YES, NO], limits=Limits(cost=1.0))
    assert (events[-1].reason, len(host.requests)) == ("limit", 3)
    asked = [event.limits["cost"] for event in of(StepStarted, events)]
    assert asked == [1.0, 2.0, 3.0]
    assert "USD" in questions(events)[0].arguments["so far"]
    assert "1.00 USD more" in questions(events)[0].arguments["yes allows"]


@pytest.mark.parametrize(
    ("limits", "at", "requests"),
    [
        (Limits(tokens=1), None, 1),
        (Limits(seconds=10), ReasoningDelta, 1),  # in the middle of a reply
        (Limits(seconds=10), CallStarted, 1),  # while code runs
        (Limits(seconds=10), CallProposed, 3),  # while somebody is asked: that is no work
        (Limits(seconds=10), Waiting, 4),  # nor is a wait for the endpoint
    ],
    ids=["tokens", "mid-stream", "mid-tool", "in approval", "waiting"],
)
def test_bud_04_a_budget_reached_in_any_state_ends_the_turn_cleanly(host, limits, at, requests):
    clock = Clock()

    def pass_time(*_):
        clock.now += 11

    first = [Fault("http", status=503)] if at is Waiting else []
    host.script(*first, run("x = 1"), run("x = 2"), Reply("", "done"))
    events = host.turn(
        mode="ask",
        answers=[YES, *([YES] if requests > 1 else [None])],
        at={at: pass_time} if at else {},
        budget=Budget(limits, clock=clock),
    )
    assert (events[-1].reason, len(host.requests)) == ("complete" if requests > 1 else "limit", requests)
    assert len(questions(events)) == (requests == 1)
    host.script(Reply("", "back"))
    assert host.turn()[-1] == TurnEnded("complete")


# ---- the day's -------------------------------------------------------------------------------------------------------


def spend(store, count, usage):
    turn = store.begin_turn(store.begin_conversation("n.ipynb"), "q", "offline", "m")
    for step in range(count):
        store.report_usage(turn, step, usage)
    return turn


def test_bud_05_what_the_day_has_used_up_outlives_the_kernel(tmp_path, host):
    path = tmp_path / "store.sqlite3"
    store = Store(path)
    store.end_turn(spend(store, 3, Usage(100, 50, cost=0.5)), "complete")
    store.close()
    again = Store(path)
    today = spent_today(again)
    assert (today.steps, today.tokens, today.cost) == (3, 450, 1.5)
    assert 0 <= today.seconds < 60
    host.script(Reply("", "must not be asked"))
    limits = Limits(day=Spent(cost=1.0))
    events = host.turn(budget=Budget(limits, lambda: spent_today(again)))
    assert (events[-1].reason, len(host.requests)) == ("limit", 0)
    assert questions(events)[0].arguments["reached"] == "today's 1.00 USD"
    events = host.turn(answers=[YES], budget=Budget(limits, lambda: spent_today(again)))
    assert events[-1] == TurnEnded("complete")
    assert [event.step for event in of(StepStarted, events)] == [1]


def test_bud_08_two_kernels_that_race_for_the_last_request_pass_the_limit_by_one_at_most(tmp_path):
    path, most = tmp_path / "store.sqlite3", 12
    start, errors = threading.Barrier(2), []

    def kernel():
        try:
            store = Store(path)
            turn = spend(store, 0, Usage())
            budget = Budget(Limits(day=Spent(steps=most)), lambda: spent_today(store))
            for step in range(most):
                start.wait(timeout=30)  # both ask at the same moment, each time
                if budget.reached():
                    start.abort()
                    break
                store.report_usage(turn, step, Usage(10, 10))
        except threading.BrokenBarrierError:
            pass
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    Store(path).close()
    kernels = [threading.Thread(target=kernel) for _ in range(2)]
    for one in kernels:
        one.start()
    for one in kernels:
        one.join()
    assert errors == []
    assert most <= spent_today(Store(path)).steps <= most + 1


# ---- usage that can't be ---------------------------------------------------------------------------------------------


def told(usage, text="It is 42."):
    """A reply with this usage."""
    chunks = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": usage},
    ]
    lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    return Fault("raw", headers={"Content-Type": "text/event-stream"}, body=lines)


@pytest.mark.parametrize(
    ("usage", "flagged"),
    [
        ({"prompt_tokens": 300, "completion_tokens": 6, "total_tokens": 306}, False),
        ({"prompt_tokens": -5, "completion_tokens": 6}, True),
        ({"prompt_tokens": 1e12, "completion_tokens": 6}, True),
        ({"prompt_tokens": 9_000_000, "completion_tokens": 6}, True),
        ({"prompt_tokens": 300, "completion_tokens": -1}, True),
        ({"prompt_tokens": 300, "completion_tokens": 9_999_999}, True),
        ({"prompt_tokens": 300, "completion_tokens": 6, "cached_tokens": 500}, False),
        ({"prompt_tokens": 300, "completion_tokens": 6, "cost": 1e12}, True),
        ({"prompt_tokens": 300, "completion_tokens": 6, "cost": float("inf")}, True),
        ({"prompt_tokens": float("nan"), "completion_tokens": 6}, True),
    ],
    ids=str,
)
def test_bud_06_a_count_that_cannot_be_is_replaced_and_flagged(host, usage, flagged):
    priced(host, 1.0)
    host.toolbox.remove("run_python")
    host.script(told(usage), told(usage))
    events = host.turn(limits=Limits(cost=1.0))
    (reported,) = of(UsageReported, events)
    assert events[-1] == TurnEnded("complete")
    assert 0 < reported.usage.prompt < 2_000
    assert 0 < reported.usage.completion < 100
    assert 0 <= reported.usage.cached <= reported.usage.prompt
    assert reported.usage.cost < 0.01
    assert reported.usage.estimated is flagged
    assert any("can't be right" in event.text for event in of(Notice, events)) is flagged
    assert host.conversation.tokens(0) < 2_000


def test_bud_06_missing_usage_is_estimated(host):
    host.script((Fault("missing_usage"), Reply("A thought.", "An answer.")))
    (reported,) = of(UsageReported, host.turn())
    assert reported.usage.estimated
    assert reported.usage.prompt > 5
    assert reported.usage.completion > 3


@pytest.mark.parametrize("how", ["stopped", "cut"])
def test_what_a_reply_that_broke_off_has_cost_is_counted(host, how):
    host.script(*([Fault("rst", after=12)] if how == "cut" else [Reply("A long thought. " * 50, "done")]))
    events = host.turn(stop_at=ReasoningDelta if how == "stopped" else None)
    (reported,) = of(UsageReported, events)
    assert reported.usage.estimated
    assert reported.usage.prompt > 0


# ---- the same over and over ------------------------------------------------------------------------------------------

LOOP = "The mean is 4, so I should compute the mean. "


@pytest.mark.parametrize(
    "reply",
    [
        Reply("Well. " + LOOP * 400, "x"),
        Reply("", "Hm. " + LOOP * 400),
        run("x = [\n" + "    0,\n" * 12_000),
    ],
    ids=["reasoning", "answer", "call"],
)
def test_bud_07_endless_repetition_is_stopped_and_kept_once(host, reply):
    host.script(reply, Reply("", "back"))
    events = host.turn()
    assert events[-1].reason == "incomplete"
    assert "repeating" in events[-1].message
    assert host.executor.ran == []
    assert len(of(TextDelta, events)) + len(of(ReasoningDelta, events)) < 6_000
    kept = "".join(message.text for message in host.conversation.messages)
    assert kept.count(LOOP) <= 2
    assert host.turn()[-1] == TurnEnded("complete")
    assert [request.status for request in host.requests] == [200, 200]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{n}: the mean of column {n * 7 % 13} is {n * n}.\n" for n in range(2_000)),
        "| a | b |\n" + "| 0 | 0 |\n" * 300,
        "-" * 3_000 + "\nend",
        "".join(f"| {n} | 0.0 | 0.0 |\n" for n in range(3_000)),
    ],
    ids=["numbers", "table", "rule", "long table"],
)
def test_long_text_that_goes_on_is_no_repetition(text):
    guard = Repetition()
    assert not any(guard.grows(text[start : start + 7]) for start in range(0, len(text), 7))
    assert guard.cut(text) == text
