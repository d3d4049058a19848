"""The loop without a notebook: another host with its own gate and executor, over real HTTP. The laws of events."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
import traceback

import pytest

from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.gate import Answer, PolicyGate
from kimi_jupyter.agent.loop import Agent, Execution, Limits
from kimi_jupyter.agent.tools import RUN_PYTHON, Toolbox, tool_from_function
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.events import (
    CallDrafted,
    CallFinished,
    CallProposed,
    CallStarted,
    Decided,
    ReasoningDelta,
    TextDelta,
    TurnEnded,
    TurnStarted,
    UsageReported,
)
from kimi_jupyter.chat.messages import Assistant, ToolResult, User
from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings import Keys, Settings, resolve

DEFAULTS = Limits()


class Python:
    """An executor in this process: a namespace and nothing else."""

    place = ("this process", 0)

    def __init__(self):
        self.namespace, self.ran = {}, []

    async def run(self, code):
        self.ran.append(code)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(code, self.namespace)
        except Exception:  # noqa: BLE001 - whatever the code raises is its result
            return Execution("error", (), traceback.format_exc(limit=1), 0.0)
        return Execution("ok", (), printed.getvalue(), 0.0)

    async def call(self, function, arguments):
        return Execution("ok", (), str(function(**arguments)), 0.0)


@pytest.fixture(scope="module")
def server():
    with OfflineServer() as server:
        yield server


class Host:
    """Runs turns and keeps what they said."""

    def __init__(self, server):
        settings = Settings(base_url=server.base_url)
        self.server, self.endpoint = server, resolve(settings, Keys({"KIMI_JUPYTER_API_KEY": server.key}), offline=None)
        self.conversation, self.executor, self.toolbox = Conversation("c"), Python(), Toolbox()
        self.toolbox.add(RUN_PYTHON)

    def script(self, *steps):
        self.before = len(self.server.requests)
        self.server.script(list(steps))

    @property
    def requests(self):
        """Those since the script was set."""
        return self.server.requests[self.before :]

    def turn(self, question="q", *, mode="auto", answers=(), limits=DEFAULTS, stop_at=None):
        remaining = list(answers)

        async def ask(proposal):
            return remaining.pop(0) if remaining else None

        async def main():
            client = HttpClient(self.endpoint)
            agent = Agent(
                self.endpoint, client, self.conversation, self.toolbox, PolicyGate(mode, ask), self.executor, limits
            )
            events = []

            async def collect():
                async for event in agent.run_turn("t", question, question):
                    events.append(event)
                    if stop_at and isinstance(event, stop_at):
                        asyncio.current_task().cancel()

            try:
                await asyncio.ensure_future(collect())
            finally:
                await client.close()
            return events

        events = asyncio.run(main())
        assert_laws(events, self.conversation)
        return events


def assert_laws(events, conversation):
    assert isinstance(events[0], TurnStarted)
    assert [type(event) for event in events].count(TurnEnded) == 1
    assert isinstance(events[-1], TurnEnded)
    proposed = [event.call for event in events if isinstance(event, CallProposed)]
    assert [event.call for event in events if isinstance(event, CallFinished)] == proposed
    started = {event.call for event in events if isinstance(event, CallStarted)}
    allowed = {event.call for event in events if isinstance(event, Decided) and event.verdict != "deny"}
    ungated = {event.call for event in events if isinstance(event, CallProposed) and not event.gated}
    assert started <= allowed | ungated
    assert conversation.open_calls == ()


@pytest.fixture
def host(server):
    return Host(server)


def run(code, reasoning="Let me see."):
    return Reply(reasoning, "", (("run_python", {"code": code, "purpose": "p"}),))


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_deltas_concatenate_to_the_message(host):
    host.script(Reply("One thought, two thoughts.", "The **answer**."))
    events = host.turn()
    message = host.conversation.messages[-1]
    assert "".join(e.text for e in of(ReasoningDelta, events)) == message.reasoning
    assert "".join(e.text for e in of(TextDelta, events)) == message.text
    assert message.reasoning.strip() == "One thought, two thoughts."
    assert events[-1] == TurnEnded("complete")


def test_several_steps_each_with_its_result(host):
    host.script(run("x = 2"), run("print(x * 21)"), Reply("", "42"))
    events = host.turn()
    assert host.executor.ran == ["x = 2", "print(x * 21)"]
    assert [m.text for m in host.conversation.messages if isinstance(m, ToolResult)] == ["(no output)", "42\n"]
    assert len(of(UsageReported, events)) == 3
    assert of(UsageReported, events)[-1].usage.prompt > 0
    drafted = "".join(e.arguments for e in of(CallDrafted, events))
    assert '"x = 2"' in drafted


def test_every_request_of_a_turn_is_accepted_by_the_strict_endpoint(host):
    host.script(run("x = 1"), Reply("", "said", (("run_python", {"code": "x"}),)), run("1/0"), Reply("r", "done"))
    host.turn()
    assert [request.status for request in host.requests] == [200] * 4


def test_an_error_is_told_and_mended(host):
    host.script(run("y"), run("y = 1"), Reply("", "mended"))
    events = host.turn()
    assert [e.status for e in of(CallFinished, events)] == ["error", "ok"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("run_python", {"source": "1"}), "lacks 'code'"),
        (("run_python", {"code": 1}), "must be text"),
        (("run_pyhton", {"code": "1"}), "run_python"),
        (("run_python", {"code": "x = = 1"}), "line 1"),
        (("run_python", {"code": "%ls"}), "magic"),
        (("run_python", {"code": "a = 'x\u202ey'"}), "u202e"),
    ],
)
def test_an_invalid_call_is_never_run_and_told_what_is_wrong(host, call, words):
    host.script(Reply("", "", (call,)), Reply("", "sorry"))
    events = host.turn()
    assert [e.status for e in of(CallFinished, events)] == ["invalid"]
    assert words in of(CallFinished, events)[0].text
    assert host.executor.ran == []
    assert events[-1].reason == "complete"


def test_an_edit_has_a_digest_of_its_own_and_is_what_runs(host):
    host.script(run("x = 1"), Reply("", "ok"))
    events = host.turn(mode="ask", answers=[Answer("edit", "x = 2")])
    assert host.executor.ran == ["x = 2"]
    assert of(Decided, events)[0].code == "x = 2"
    assert "x = 2" in host.conversation.messages[-2].text


def test_denied_calls_leave_a_legal_history_and_a_reason(host):
    host.script(run("x = 1"), Reply("", "then not"))
    events = host.turn(mode="ask", answers=[Answer("deny", reason="too slow")])
    assert host.executor.ran == []
    assert "too slow" in of(CallFinished, events)[0].text
    assert events[-1].reason == "complete"


def test_refusals_end_the_turn_and_the_other_calls_are_answered(host):
    host.script(Reply("", "", tuple(("run_python", {"code": f"x = {n}"}) for n in range(5))))
    events = host.turn(mode="ask", answers=[Answer("deny")] * 3)
    assert events[-1].reason == "limit"
    assert len(of(CallProposed, events)) == 3
    host.script(Reply("", "fine"))
    assert host.turn()[-1].reason == "complete"


def test_no_more_than_sixteen_calls_of_one_message_are_carried_out(host):
    host.script(Reply("", "", tuple(("run_python", {"code": f"x = {n}"}) for n in range(40))), Reply("", "done"))
    assert host.turn()[-1].reason == "complete"
    assert len(host.executor.ran) == 16


def test_the_step_limit_pauses_and_one_can_go_on(host):
    host.script(*[run(f"x = {n}") for n in range(3)])
    ended = host.turn(limits=Limits(steps=2))[-1]
    assert (ended.reason, "2 steps" in ended.message) == ("limit", True)
    host.script(Reply("", "on"))
    assert host.turn()[-1].reason == "complete"


def test_a_tool_of_the_users_own(host):
    def double(number: int) -> int:
        "Twice a number."
        return 2 * number

    host.toolbox.add(tool_from_function(double, gated=False))
    host.script(Reply("", "", (("double", {"number": 21}),)), Reply("", "42"))
    events = host.turn(mode="never")
    assert of(Decided, events) == []
    assert of(CallFinished, events)[0].text == "42"


@pytest.mark.parametrize("kind", [ReasoningDelta, CallDrafted, CallProposed, Decided, CallStarted, UsageReported])
def test_stopped_anywhere_the_conversation_goes_on(host, kind):
    host.script(run("x = 1"), Reply("Thinking of it.", "done"))
    events = host.turn(stop_at=kind)
    assert events[-1].reason == "interrupted"
    host.script(Reply("", "back"))
    events = host.turn("again")
    assert events[-1].reason == "complete"
    assert [request.status for request in host.requests] == [200]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("truncate_no_finish", after=3), "incomplete"),
        (Fault("mid_stream_error", after=3), "failed"),
        (Fault("error_200"), "failed"),
        (Fault("http", status=500), "failed"),
        (Fault("rst", after=3), "failed"),
        (Fault("empty_choice"), "incomplete"),
    ],
    ids=lambda value: getattr(value, "kind", value),
)
def test_faults_are_told_truly_and_the_conversation_goes_on(host, fault, reason):
    host.script(fault)
    assert host.turn()[-1].reason == reason
    host.script(Reply("", "back"))
    assert host.turn("again")[-1].reason == "complete"
    assert [request.status for request in host.requests] == [200]


def test_what_was_said_before_a_cut_is_kept(host):
    host.script(Fault("mid_stream_error", after=40))
    events = host.turn("How many rows has df?")
    said = "".join(e.text for e in of(TextDelta, events))
    kept = host.conversation.messages[-1]
    assert isinstance(kept, Assistant if said.strip() else User)


def test_a_hundred_steps_stay_quick_and_replay_every_thought(host):
    host.script(*[run(f"x = {n}", f"Thought {n}.") for n in range(100)], Reply("", "done"))
    started = time.perf_counter()
    assert host.turn()[-1].reason == "complete"
    assert time.perf_counter() - started < 60
    last = [r.body for r in host.requests][-1]["messages"]
    thoughts = [m.get("reasoning") or m.get("reasoning_content") for m in last if m["role"] == "assistant"]
    assert [t.strip() for t in thoughts] == [f"Thought {n}." for n in range(100)]
