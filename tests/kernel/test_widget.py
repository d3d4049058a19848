"""Turns in the widget, on the kernels whose messages arrive while a cell runs: what a page does, by its messages."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator

import pytest

from kimi_jupyter.chat.events import CallFinished, Decided, ReasoningDelta, Steered, TextDelta, TurnEnded
from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.view import WIDGET_MODULE
from kimi_jupyter.view.record import MIME
from tests.kernel.conftest import Scripted, environment, run, say
from tests.support.kernels import RELEASES, kernel, python_with
from tests.support.widgets import FrontEnd

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(400)]


@pytest.fixture(scope="module", params=[release for release in RELEASES if not release.startswith("6.")])
def living(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    assert WIDGET_MODULE.exists(), "the widget is not built; make test builds it"
    place = tmp_path_factory.mktemp("kernel")
    with OfflineServer() as server, kernel(place, python_with(request.param), environment(place, server)) as live:
        assert live.execute("%load_ext kimi_jupyter").reply["status"] == "ok"
        yield Scripted(live, server)


@pytest.fixture
def kimi(living: Scripted) -> Scripted:
    living.kernel.execute("%reset -f\n%kimi new")
    living.script()
    return living


def of(kind, front):
    return [event for event in front.events if isinstance(event, kind)]


def test_approve_edit_refuse_and_the_rest_in_the_card(kimi):
    answers = iter([{}, {"verdict": "edit", "code": "x += 2\nprint('x is', x)"}, {"verdict": "deny", "reason": "no"},
                    {"verdict": "rest"}])  # fmt: skip
    front = FrontEnd(kimi.kernel, lambda front, opened: front.run(opened, **next(answers)))
    kimi.script(run("x = 41"), run("x += 1"), run("x = 0"), run("y = x"), run("z = y"), say("It is 43."))
    done = front.ask()
    assert done.reply["status"] == "ok", done.text
    assert kimi.kernel.value("(x, y, z)") == (43, 43, 43)
    assert [(event.verdict, event.by) for event in of(Decided, front)] == [
        ("run", "user"),
        ("edit", "user"),
        ("deny", "user"),
        ("run", "user"),
        ("run", "rest"),
    ]
    assert done.prompts == []
    assert front.gaps == 0
    assert "x is 43" in done.text


def test_what_stays_is_the_record_the_outputs_and_the_answer(kimi):
    front = FrontEnd(kimi.kernel, lambda front, opened: front.run(opened))
    kimi.script(run("print('hello')"), say("The **answer**."))
    done = front.ask()
    kinds = [sorted(output.get("data", {output.get("name"): ""})) for output in done.outputs]
    assert kinds == [[MIME, "text/html", "text/plain"], ["stdout"], ["text/markdown", "text/plain"]]
    assert "widget-view" not in json.dumps(done.outputs)
    assert done.outputs[0]["data"][MIME]["version"] == 1


def test_the_same_code_is_allowed_again_in_the_conversation_and_in_no_other(kimi):
    asked = []

    def decide(front, opened):
        asked.append(opened["call"])
        return front.run(opened, "again" if len(asked) == 1 else "deny")

    front = FrontEnd(kimi.kernel, decide)
    for expected in (1, 1, 2):
        kimi.script(run("1 + 1"), say())
        front.ask(options="--new" if expected == 2 else "")
        assert len(asked) == expected


WRONG = (
    {"digest": "0" * 64},
    {"digest": None},
    {"nonce": "0" * 32},
    {"nonce": "é"},
    {"nonce": None},
    {"nonce": []},
    {"call": "another"},
    {"call": None},
    {"verdict": "yes"},
    {"verdict": "Approve"},
    {"verdict": "RUN"},
    {"verdict": ["run"]},
    {"verdict": None},
    {"verdict": True},
    {"verdict": "edit"},
    {"verdict": "edit", "code": "%ls", "digest": hashlib.sha256(b"%ls").hexdigest()},
    {"verdict": "edit", "code": "a = 1\n", "digest": "0" * 64},
    {"verdict": "edit", "code": 7, "digest": ""},
    {"v": 2},
)


def test_app_10_11_sec_02_nothing_but_an_exact_decision_counts(kimi):
    def decide(front, opened):
        good = front.run(opened)
        for wrong in WRONG:
            front.send("decide", **(good | wrong))
        for nothing in ([], None, "run", {"approve": True}, {"v": 1, "kind": "approve", "approve": True}):
            kimi.kernel.send(front.comm, nothing, front.subshell)
        front.send("decide")
        return front.run(opened, "deny", reason="enough")

    front = FrontEnd(kimi.kernel, decide)
    kimi.script(run("ran = True"), say())
    front.ask()
    assert kimi.kernel.value("'ran' in globals()") is False
    assert len(front.of("refused")) == len(WRONG) + 6
    assert [event.verdict for event in of(Decided, front)] == ["deny"]


def test_app_12_a_decision_counts_once(kimi):
    def decide(front, opened):
        for _ in range(50):
            front.send("decide", **front.run(opened))
        return front.run(opened, "deny")

    front = FrontEnd(kimi.kernel, decide)
    kimi.script(run("n = globals().get('n', 0) + 1"), say())
    front.ask()
    assert kimi.kernel.value("n") == 1
    assert [event.verdict for event in of(Decided, front)] == ["run"]


def test_app_11_14_a_decision_on_an_earlier_card_is_void(kimi):
    seen = []

    def decide(front, opened):
        seen.append(opened)
        if len(seen) == 2:
            front.send("decide", **(front.run(opened) | {"nonce": seen[0]["nonce"]}))
            return front.run(opened, "deny")
        return front.run(opened)

    front = FrontEnd(kimi.kernel, decide)
    kimi.script(run("x = 1"), run("x = 2"), say())
    front.ask()
    assert kimi.kernel.value("x") == 1


@pytest.mark.parametrize("stage", ["thinking", "asking", "looping", "awaiting"])
def test_stop_ends_the_turn_at_every_stage(kimi, stage):
    code = {
        "looping": "print('go')\nwhile True: pass",
        "awaiting": "import asyncio\nprint('go')\nawait asyncio.sleep(60)",
    }
    front = FrontEnd(kimi.kernel)
    stopped_at = []

    def stop():
        stopped_at.append(time.monotonic())
        front.send("stop")

    if stage == "asking":
        front.decide = lambda front, opened: stop()
    elif stage in code:
        front.decide = lambda front, opened: front.run(opened)
    kimi.script(run(code.get(stage, "1")) if stage != "thinking" else Fault("slow_first_byte", seconds=30), say())

    def on_output(execution):
        if "go" in execution.text and not stopped_at:
            stop()

    if stage == "thinking":
        threading.Timer(1.0, stop).start()
    done = front.ask(on_output=on_output, timeout=20)
    assert time.monotonic() - stopped_at[0] < 2
    assert done.reply["status"] == "error"
    assert "stopped by you" in done.text.lower()
    kimi.script(say("On we go."))
    assert front.ask().data("text/markdown") == ["On we go."]


def test_a_note_reaches_the_model_with_the_next_step(kimi):
    def decide(front, opened):
        front.send("note", text="use the median")
        front.send("note", text="")
        front.send("note", text="x" * 5_000)
        return front.run(opened)

    front = FrontEnd(kimi.kernel, decide)
    kimi.script(run("1"), say())
    front.ask()
    assert [event.text for event in of(Steered, front)] == ["use the median"]
    assert "use the median" in kimi.told()
    assert [message["of"] for message in front.of("refused")] == ["note", "note"]


def test_a_view_that_was_never_heard_is_asked_on_stdin(kimi):
    front = FrontEnd(kimi.kernel, silent=True)
    kimi.script(run("x = 5"), say("Five."))
    done = front.ask(answers=["y"])
    assert kimi.kernel.value("x") == 5
    assert len(done.prompts) == 1
    assert done.data("text/markdown") == ["Five."]


def test_nobody_to_ask_is_a_no_at_once(kimi):
    front = FrontEnd(kimi.kernel, silent=True)
    kimi.script(run("x = 5"), say())
    started = time.monotonic()
    done = front.ask(options="--rerun always", stdin=False)
    assert time.monotonic() - started < 2
    assert front.comm == ""
    assert "Nobody can be asked" in done.text
    assert kimi.kernel.value("'x' in globals()") is False


def test_ui_20_a_view_that_missed_most_of_it_shows_the_same_after_asking(kimi):
    thought = " ".join(str(number) for number in range(5_000))
    front = FrontEnd(kimi.kernel)
    front.decide = lambda front, opened: (front.send("sync"), front.run(opened))[1]
    kimi.script(run("1", reasoning=thought), say("Done."))
    front.ask()
    assert len(front.of("snapshot")) >= 2
    snapshot = front.of("snapshot")[-1]
    told = "".join(event["text"] for event in snapshot["events"] if event["type"] == "reasoning_delta")
    assert told.startswith(thought)
    assert snapshot["open"] is not None or snapshot["events"][-1]["type"] != "call_proposed"
    assert 0 < snapshot["thought"]["1"] <= snapshot["seconds"] < 60


def test_messages_are_few_and_little_larger_than_what_is_shown(kimi):
    thought = " ".join(str(number) for number in range(10_000))
    front = FrontEnd(kimi.kernel)
    kimi.script(Reply(thought, "Done."))
    started = time.monotonic()
    front.ask()
    seconds = time.monotonic() - started
    shown = sum(len(event.text) for event in front.events if isinstance(event, ReasoningDelta | TextDelta))
    sent = sum(len(json.dumps(message)) for message in front.of("events"))
    assert shown >= len(thought)
    assert len(front.messages) <= 30 * seconds + 10
    assert sent <= 1.5 * shown


def test_the_record_is_there_after_a_failure_and_a_stop(kimi):
    front = FrontEnd(kimi.kernel, lambda front, opened: front.run(opened))
    kimi.script(run("1/0"), say("It can't be divided."))
    done = front.ask()
    assert [event.status for event in of(CallFinished, front)] == ["error"]
    assert isinstance(front.events[-1], TurnEnded)
    assert "ZeroDivisionError" in done.data("text/html")[0]


def test_undo_in_the_widget_puts_back_and_the_model_is_told(kimi):
    kimi.kernel.execute("x = [1, 2]")

    def decide(front, opened):
        if len(front.of("undo")) and front.of("undo")[-1]["undo"]:
            front.send("undo")
            return front.run(opened, "deny")
        return front.run(opened)

    front = FrontEnd(kimi.kernel, decide)
    kimi.script(run("x.append(3)"), run("y = 1"), say())
    front.ask()
    assert kimi.kernel.value("x") == [1, 2]
    assert "undone the last run" in json.dumps(kimi.sent())
    assert front.of("undo")[-1]["undo"] == ""
    assert len(front.of("said")) == 1
    assert "x" in front.of("said")[0]["text"]


def test_the_card_says_before_a_run_what_undo_can_put_back(kimi):
    kimi.kernel.execute("x = [1, 2]")
    front = FrontEnd(kimi.kernel, lambda front, opened: front.run(opened, "deny"))
    kimi.script(run("x.append(3)"), say())
    front.ask()
    lines = [message["open"]["undo"] for message in front.of("open") if message["open"]]
    assert len(lines) == 1
    assert "x" in lines[0]


def test_code_of_the_turn_becomes_the_next_cell(kimi):
    def decide(front, opened):
        if len(front.of("open")) > 2:
            front.send("cell", calls=[])
        return front.run(opened)

    front = FrontEnd(kimi.kernel, decide)
    kimi.script(run("a = 1", purpose="set a"), run("b = 2"), say())
    done = front.ask()
    (payload,) = [one for one in done.reply["payload"] if one["source"] == "set_next_input"]
    assert payload["text"] == "a = 1"
