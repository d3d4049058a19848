"""Room in the window: what is left out stays legal, rare, told and found again (hazards PRO-21, PRO-23 to PRO-25)."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.agent.budget import Limits
from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.legality import mended
from kimi_jupyter.agent.memory import compact
from kimi_jupyter.agent.plan import Plan, plan_tool
from kimi_jupyter.agent.recall import recall_tool
from kimi_jupyter.agent.steering import NOTE
from kimi_jupyter.chat.events import CallFinished, Notice, Planned, StepStarted, TurnEnded, UsageReported
from kimi_jupyter.chat.messages import Assistant, ToolCall, ToolResult, User
from kimi_jupyter.chat.wire import estimate_message, wire_message
from kimi_jupyter.kernel.recalling import passages, passages_in
from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.history import check_messages
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.store import Store
from tests.support.turns import Host, of, run


@pytest.fixture(scope="module")
def server():
    with OfflineServer() as server:
        yield server


@pytest.fixture
def host(server, tmp_path):
    host = Host(server)
    host.store = Store(tmp_path / "store.sqlite3")
    key = host.store.begin_conversation("n.ipynb")
    host.conversation = Conversation(key, on_append=lambda message: host.store.append(key, None, message))
    host.toolbox.add(recall_tool(lambda query: passages(host.store.recall(key, query), query)))
    return host


def assert_legal(messages):
    check_messages(
        [wire_message(message) for message in messages], thinking=True, vision=False, replayed=("reasoning_content",)
    )


# ---- any history -----------------------------------------------------------------------------------------------------

pieces = st.tuples(st.sampled_from(["ask", "note", "text", "calls", "answer"]), st.integers(1, 2_000))


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=40), st.integers(0, 3_000))
def test_any_history_is_legal_when_it_was_shortened_and_is_not_longer(said, target):
    conversation, number = Conversation("c"), 0
    for what, size in said:
        match what:
            case "ask":
                conversation.ask("word " * size)
            case "note":
                conversation.ask(f"{NOTE} word")
            case "text" if not conversation.open_calls:
                conversation.reply(Assistant("word " * size, "thought " * size))
            case "calls" if not conversation.open_calls:
                calls = tuple(ToolCall(f"c:{number + place}", "run_python", "{}") for place in range(size % 3 + 1))
                conversation.reply(Assistant("", "thought " * size, calls))
                number += len(calls)
            case _ if conversation.open_calls:
                conversation.answer(ToolResult(*conversation.open_calls[0], "result " * size))
    conversation.heal()
    before = list(conversation.messages)
    after, left_out = compact(before, target)
    sizes = [sum(map(estimate_message, messages)) for messages in (before, after)]
    assert sizes[1] <= sizes[0] + 20 * left_out.contexts
    if not left_out:
        assert after == before
    if after:
        assert_legal([*after] if isinstance(after[0], User) else [User("q"), *after])
    notes = [message for message in before if isinstance(message, User) and message.text.startswith(NOTE)]
    asked = [message for message in before if isinstance(message, User) and message not in notes]
    assert not asked or after[-1] == before[-1]
    assert not asked or asked[-1] in after


def long_turn(steps, size=3_000):
    messages = [
        User("<context>\nsecret table\n</context>\n\nfirst question"),
        Assistant("a first answer", "thought " * 50),
    ]
    messages.append(User("second question"))
    for step in range(steps):
        messages.append(Assistant("", f"thought {step}", (ToolCall(f"c:{step}", "run_python", "{}"),)))
        messages.append(ToolResult(f"c:{step}", "run_python", f"row {step} " * (size // 8)))
    return messages


def test_results_go_before_questions_and_old_ones_before_new_ones():
    messages = long_turn(40)
    whole = sum(map(estimate_message, messages))
    after, left_out = compact(messages, whole * 3 // 4)
    assert (left_out.questions, left_out.steps, left_out.contexts) == ((), 0, 0)
    stubbed = ["kept; recall finds it" in message.text for message in after if isinstance(message, ToolResult)]
    assert stubbed == sorted(stubbed, reverse=True)
    assert 5 < sum(stubbed) < 20
    assert "\n" not in next(message.text for message in after if isinstance(message, ToolResult))
    thoughts = [message.reasoning for message in after if isinstance(message, Assistant) and message.calls]
    assert thoughts == [f"thought {step}" for step in range(40)]
    assert after[1].reasoning is None


def test_then_old_questions_go_and_last_old_steps_while_the_newest_stay():
    after, left_out = compact(long_turn(40), 1_500)
    assert left_out.questions == ("first question",)
    assert left_out.steps > 20
    assert after[0] == User("second question")
    assert "row 39" in after[-1].text
    assert "- first question" in left_out.note
    assert "recall(query)" in left_out.note


def test_what_cannot_be_shortened_stays_as_it_is():
    messages = [User("word " * 5_000)]
    assert compact(messages, 10) == (messages, compact(messages, 10)[1])
    assert not compact(messages, 10)[1]
    assert compact(messages, 10)[1].words == ""


# ---- the endpoint's count and ours -----------------------------------------------------------------------------------


@pytest.mark.parametrize("truth", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("measured", [True, False])
def test_pro_24_an_estimate_that_is_off_by_a_third_is_absorbed(truth, measured):
    """The endpoint counts otherwise than we do; without its counts it refuses what is too long."""
    window, overhead, conversation = 10_000, 500, Conversation("c")
    conversation.ask("question")
    made_room = refused = 0
    for step in range(200):
        made_room += bool(conversation.make_room(window, overhead))
        true = truth * (overhead + sum(map(estimate_message, conversation.prompt("s"))))
        if true > window:
            refused += 1
            assert conversation.make_room(window, overhead, refused=True)
            true = truth * (overhead + sum(map(estimate_message, conversation.prompt("s"))))
        assert true <= window
        if measured:
            assert conversation.measure(round(true), overhead)
        conversation.reply(Assistant("", "thought " * 20, (ToolCall(f"c:{step}", "run_python", "{}"),)))
        conversation.answer(ToolResult(f"c:{step}", "run_python", f"row {step} " * 120))
    assert refused <= (0 if measured else 1)
    assert made_room + refused < 40
    assert_legal(conversation.prompt("s"))


# ---- over real HTTP --------------------------------------------------------------------------------------------------


def small(host, tokens):
    """A model with a window of so many tokens."""
    host.endpoint = replace(host.endpoint, model=replace(host.endpoint.model, context=tokens))
    return host


def bodies(host):
    return [request.body["messages"] for request in host.requests]


def rooms(events):
    return [event.text for event in of(Notice, events) if "make room" in event.text]


def test_pro_21_the_prefix_stays_the_same_between_two_times_that_room_is_made(host):
    small(host, 12_000)
    found = ["print('number 0 ' * 150, 'helio' + 'trope')", *(f"print('number {n} ' * 150)" for n in range(1, 60))]
    steps = [run(code, f"Thought {n}, é.") for n, code in enumerate(found)]
    host.script(*steps, Reply("", "", (("recall", {"query": "heliotrope"}),)), Reply("", "done"))
    events = host.turn("Print the numbers.")
    assert events[-1] == TurnEnded("complete")
    assert {request.status for request in host.requests} == {200}
    grown = [later[: len(earlier)] == earlier for earlier, later in pairwise(bodies(host))]
    assert 1 <= grown.count(False) == len(rooms(events)) <= 6
    usages = [event.usage for event in of(UsageReported, events)]
    assert all(usage.prompt < 12_000 for usage in usages)
    assert sum(usage.cached for usage in usages) > 0.5 * sum(usage.prompt for usage in usages)
    last = bodies(host)[-1]
    told = [message for message in last if message["role"] == "user"]
    assert "To make room" in told[0]["content"]
    assert told[1]["content"] == "Print the numbers."
    kept = [message for message in host.store.messages(host.conversation.key) if isinstance(message, ToolResult)]
    assert all(f"number {n} number {n}" in message.text for n, message in enumerate(kept[:60]))
    assert kept[60].text.endswith(" heliotrope\n")


#: Thoughts that are easily changed on the way.
ODD = [
    "",
    "  two blanks before",
    "a\r\nline",
    "\u2028 and \u0085",
    "e\u0301 ≠ é",
    "𝒦 🧑‍🚀",
    'a "quoted" \\ thing',
    "tab\tend ",
]


def test_pro_21_three_hundred_steps_replay_each_thought_byte_for_byte(host):
    thoughts = [f"{ODD[n % len(ODD)]} {n}" for n in range(299)]
    host.script(*[run(f"x = {n}", thought) for n, thought in enumerate(thoughts)], Reply("All done.", "done"))
    assert host.turn(limits=Limits(steps=300))[-1] == TurnEnded("complete")
    assert len(host.executor.ran) == 299
    assert [request.status for request in host.requests] == [200] * 300
    for step, messages in enumerate(bodies(host)):
        assert [one["reasoning_content"] for one in messages if one["role"] == "assistant"] == thoughts[:step]
    said = [one for one in host.store.messages(host.conversation.key) if isinstance(one, Assistant)]
    assert [one.reasoning for one in said] == [*thoughts, "All done."]


def test_a_conversation_of_twice_the_window_goes_on_and_what_was_said_first_is_found_again(host):
    host.script(run("print('a ' * 15_000, 'heliotrope has', 4700 + 11, 'rows', 'b ' * 15_000)"), Reply("", "Noted."))
    host.turn("Count the rows of all tables.")
    window, written, number = host.endpoint.model.context, 0, 0
    while written < 2 * window:
        replies = [run(f"print('{number + n} some words of output; ' * 1_050)", f"Thought {n}.") for n in range(24)]
        number += len(replies)
        host.script(*replies, Reply("", f"Done with {number}."))
        events = host.turn(f"Look at part {number}.")
        assert events[-1] == TurnEnded("complete")
        assert {request.status for request in host.requests} == {200}
        written += sum(estimate_message(message) for message in host.store.messages(host.conversation.key)[-50:])
    assert "heliotrope has 4711" not in json.dumps(bodies(host)[-1])
    host.script(Reply("It is gone.", "", (("recall", {"query": "heliotrope rows"}),)), Reply("", "It has 4711."))
    events = host.turn("How many rows has heliotrope?")
    assert events[-1] == TurnEnded("complete")
    assert "heliotrope has 4711 rows" in of(CallFinished, events)[0].text
    assert "heliotrope has 4711 rows" in passages_in(host.conversation.left_out, "heliotrope rows")
    resumed = Conversation(host.conversation.key, mended(host.store.messages(host.conversation.key)))
    assert resumed.tokens(0) > 2 * window > 4 * resumed.expected(window) - 8
    host.conversation = resumed
    host.script(Reply("", "Here again."))
    events = host.turn("And now?")
    assert events[-1] == TurnEnded("complete")
    assert len(host.requests) == len(rooms(events)) == 1  # made room before the first request, by no model's help
    assert "old tool results" in bodies(host)[-1][1]["content"]


def test_pro_25_room_is_made_without_a_request_and_what_fails_after_it_loses_nothing(host):
    small(host, 12_000)
    host.script(*[run(f"print('number {n} ' * 150)") for n in range(24)], Reply("", "done"))
    host.turn("Print them.")
    host.script(run("print('number 24 ' * 600)"), Fault("http", status=401))
    events = host.turn("One more.")
    assert (events[-1].reason, len(host.requests)) == ("failed", 2)
    assert rooms(events)
    kept = [message.text for message in host.store.messages(host.conversation.key) if isinstance(message, ToolResult)]
    assert all(f"number {n} number {n}" in text for n, text in enumerate(kept))
    assert len(kept) == 25
    host.script(Reply("", "back"))
    assert host.turn("Again.")[-1] == TurnEnded("complete")


# ---- steering and the plan -------------------------------------------------------------------------------------------


def test_wrap_up_lets_the_model_call_nothing_more_and_leaves_the_prefix_as_it_was(host):
    host.script(run("x = 1"), Reply("", "", (("run_python", {"code": "x = 2"}),)), Reply("", "What I have."))
    events = host.turn(note_at={CallFinished: "wrap up now!"})
    assert events[-1] == TurnEnded("complete")
    assert host.executor.ran == ["x = 1"]
    assert [request.body.get("tool_choice") for request in host.requests] == [None, "none", "none"]
    assert len({json.dumps(request.body["tools"]) for request in host.requests}) == 1
    assert "call no more tools" in bodies(host)[1][-1]["content"]


def test_a_model_that_does_not_wrap_up_is_paused(host):
    host.script(*[run(f"x = {n}") for n in range(9)])
    events = host.turn(note_at={StepStarted: "wrap up"})
    assert (events[-1].reason, host.executor.ran) == ("limit", [])
    assert len(host.requests) <= 3


def plan(**asked):
    return Reply("Plan.", "", (("plan", asked),))


def test_a_plan_is_kept_shown_changed_by_the_user_and_found_again(host):
    kept = Plan()
    host.toolbox.add(plan_tool(lambda: kept))
    items = None

    def edit(event, steering):
        nonlocal items
        items = (*kept.items[:1], replace(kept.items[1], text="plot it in red"))
        steering.replan(items)

    host.script(
        plan(add=["load\nthe data", "plot", "report"]),
        plan(done=[1, 9]),
        run("x = 1"),
        plan(drop=[2]),
        Reply("", "done"),
    )
    acts = {CallFinished: lambda *_: None, UsageReported: lambda *_: None}
    events = host.turn(plan=kept, at=acts)
    assert [event.items for event in of(Planned, events)] == [
        (("load the data", "open"), ("plot", "open"), ("report", "open")),
        (("load the data", "done"), ("plot", "open"), ("report", "open")),
        (("load the data", "done"), ("plot", "dropped"), ("report", "open")),
    ]
    assert "There is no item 9." in of(CallFinished, events)[1].text
    host.script(run("x = 2"), plan(done=[1]), Reply("", "done"))
    events = host.turn("go on", plan=kept, at={StepStarted: edit})
    first, second = of(Planned, events)[:2]
    assert first.items[2] == ("report", "open")
    assert second.items == (("load the data", "done"), ("plot it in red", "dropped"))
    assert any("[-] 2. plot it in red" in message["content"] for message in bodies(host)[0])
    found = Plan(host.store.messages(host.conversation.key))
    assert found.items == kept.items == items
    kept.begin()
    assert kept.items == ()
