"""Long turns in a real kernel: asked to go on, steered, planned, remembered."""

from __future__ import annotations

import pytest

from kimi_jupyter.chat.events import Decided, Planned, StepStarted, TurnEnded
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.view import WIDGET_MODULE
from tests.kernel.conftest import PLAIN, Scripted, environment, run, say
from tests.support.kernels import kernel
from tests.support.widgets import FrontEnd

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A kernel whose turns are shown in a widget."""
    assert WIDGET_MODULE.exists(), "the widget is not built; make test builds it"
    place = tmp_path_factory.mktemp("kernel")
    with OfflineServer() as server, kernel(place, environ=environment(place, server)) as live:
        live.execute("%load_ext kimi_jupyter\n%config KimiMagics.ask_steps = 2")
        yield Scripted(live, server)


def page(done):
    return done.text + "".join(done.data("text/html"))


@pytest.mark.parametrize(
    ("answer", "ran", "words"), [("y", 3, "Counted."), ("n", 2, "is used up"), ("", 2, "is used up")]
)
def test_the_budget_asks_on_the_input_line_and_only_a_yes_goes_on(kimi, answer, ran, words):
    kimi.kernel.execute("%config KimiMagics.ask_steps = 2")
    kimi.script(*[run(f"n = {n}") for n in range(1, 4)], say("Counted."))
    done = kimi.ask("Count.", [answer] * 3, options="--approve auto")
    kimi.kernel.execute("%config KimiMagics.ask_steps = 50")
    assert done.prompts[0].startswith("Go on? ")
    assert "298 steps more" in page(done)
    assert words in page(done)
    assert kimi.kernel.value("n") == ran
    kimi.script(say("Here."))
    assert kimi.ask().reply["status"] == "ok"


def test_with_nobody_to_ask_it_ends_there_and_a_number_of_steps_is_a_yes(kimi):
    kimi.kernel.execute("%config KimiMagics.ask_steps = 1")
    kimi.script(run("n = 1"), run("n = 2"), say("Counted."))
    assert "is used up" in page(kimi.ask("Count.", options="--approve auto", stdin=False))
    assert len(kimi.requests) == 1
    kimi.script(run("n = 1"), run("n = 2"), say("Counted."))
    done = kimi.ask("Count.", options="--approve auto --max-steps 9", stdin=False)
    kimi.kernel.execute("%config KimiMagics.ask_steps = 50")
    assert (done.prompts, len(kimi.requests)) == ([], 3)
    assert "3 of 9 steps" in page(done)


def test_bud_05_the_days_limit_holds_over_a_restart(tmp_path):
    with OfflineServer() as server, kernel(tmp_path, environ=environment(tmp_path, server)) as live:
        kimi, day = Scripted(live, server), f"{PLAIN}\n%config KimiMagics.day_steps = 2"
        live.execute(day)
        kimi.script(run("n = 1"), say("Counted."))
        kimi.ask("First.", options="--approve auto", stdin=False)
        live.restart()
        live.execute(day)
        kimi.script(say("Must not be asked."))
        done = kimi.ask("Second.", stdin=False)
        assert "2 steps of 2 steps" in live.execute("%kimi").text
    assert "today&#x27;s 2 steps" in page(done)
    assert kimi.requests == []


def test_the_card_asks_to_go_on_and_its_answer_is_written_down(shown):
    answers = iter([{}, {"verdict": "deny"}])
    front = FrontEnd(shown.kernel, lambda front, opened: front.run(opened, **next(answers)))
    for reason in ("complete", "limit"):
        shown.script(*[run(f"n = {n}") for n in range(3)], say("Counted."))
        front.ask("Count.", options="--approve auto")
        assert front.events[-1].reason == reason
        started = [event.limits["steps"] for event in front.events if isinstance(event, StepStarted)]
        assert started == ([2, 2, 300, 300] if reason == "complete" else [2, 2])
        (asked,) = [event for event in front.events if isinstance(event, Decided) and event.by == "user"]
        assert asked.call == "go on 1"
    assert "go on" in shown.kernel.execute("%kimi audit").text


def test_a_plan_is_seen_and_changed_in_the_widget_and_the_model_is_told(shown):
    def decide(front, opened):
        front.send("plan", items=[{"text": "plot in red", "state": "open"}])
        front.send("plan", items=[{"text": "x", "state": "odd"}])
        return front.run(opened)

    front = FrontEnd(shown.kernel, decide)
    shown.script(Reply("Plan.", "", (("plan", {"add": ["plot", "report"]}),)), run("n = 1"), say("Done."))
    front.ask("Plot.", options="--max-steps 9")
    planned = [event.items for event in front.events if isinstance(event, Planned)]
    assert planned == [(("plot", "open"), ("report", "open")), (("plot in red", "open"),)]
    assert [one["of"] for one in front.of("refused")] == ["plan"]
    assert any("[ ] 1. plot in red" in one["content"] for one in shown.sent()["messages"] if one["role"] == "user")


def test_wrap_up_in_the_widget_gets_the_answer_without_another_call(shown):
    def decide(front, opened):
        front.send("note", text="wrap up")
        return front.run(opened)

    shown.script(run("n = 1"), run("n = 99"), say("What I have."))
    front = FrontEnd(shown.kernel, decide)
    done = front.ask("Count.", options="--max-steps 9")
    assert front.events[-1] == TurnEnded("complete")
    assert done.data("text/markdown") == ["What I have."]
    assert [request.body.get("tool_choice") for request in shown.requests] == [None, "none", "none"]
    assert shown.kernel.value("n") == 1


def test_recall_finds_what_an_earlier_kernel_has_seen(tmp_path):
    with OfflineServer() as server:
        environ = environment(tmp_path, server) | {"JPY_SESSION_NAME": str(tmp_path / "n.ipynb")}
        with kernel(tmp_path, environ=environ) as live:
            kimi = Scripted(live, server)
            live.execute(PLAIN)
            kimi.script(run("print('the heliotrope has', 4700 + 11)"), say("Noted."))
            kimi.ask(options="--approve auto")
            live.restart()
            live.execute(PLAIN)
            kimi.script(Reply("Look.", "", (("recall", {"query": "heliotrope"}),)), say("4711."))
            kimi.ask("How many?")
            assert "the heliotrope has 4711" in kimi.told()
