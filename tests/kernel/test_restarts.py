"""Kernels that end in the middle: restarted, changed for another one, shut down with their server; and what is left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kimi_jupyter.chat.events import ReasoningDelta
from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import Scripted, beside, environment, run, say
from tests.support.kernels import kernel
from tests.support.remote import remote_kernel, running_server
from tests.support.sidebar import Browser, Page

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def kimi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    with beside(tmp_path_factory.mktemp("kernel")) as kimi:
        yield kimi


@pytest.mark.parametrize(
    ("during", "status"), [("pending", "interrupted"), ("running", "unknown"), ("streaming", None)]
)
def test_ker_09_a_restart_runs_nothing_twice_says_what_became_of_it_and_the_question_goes_on(
    kimi, tmp_path, during, status
):
    marker = tmp_path / "ran"
    code = f"print('once', file=open({str(marker)!r}, 'a'), flush=True)\nimport time; time.sleep(60)"
    kimi.kernel.execute("%load_ext kimi_jupyter\n%kimi new")
    browser = Browser(kimi.kernel)
    opened: list[dict] = []

    def decide(page, call):
        opened.append(call)
        return page.run(call) if len(opened) == 1 or during == "running" else None

    page = Page(browser, decide)
    kimi.server.delay = 0.01
    kimi.script(run("made = 1"), run(code, reasoning="I think. " * (400 if during == "streaming" else 1)), say())
    turn = page.ask("What is it?", wait=False)
    reached = {
        "pending": lambda: len(opened) == 2,
        "running": marker.exists,
        "streaming": lambda: page.events(turn, "CallFinished") and type(page.streams[turn][-1]) is ReasoningDelta,
    }
    browser.pump(reached[during])
    kimi.kernel.restart()
    kimi.kernel.execute("%load_ext kimi_jupyter")
    kimi.script(say("It goes on."))
    back = Page(Browser(kimi.kernel), client=page.client)
    (told,) = back.of("conversation")[-1]["turns"]
    finished = [event["status"] for event in told["events"] if event["type"] == "call_finished"]
    assert finished == ["ok", *filter(None, [status])]
    last = told["events"][-1]
    assert last["reason"] == "interrupted"
    assert "This kernel did not see it end" in last["message"]
    # A card that is still on a screen somewhere is stale.
    assert back.answer("decide", **page.run(opened[-1]))["kind"] == "refused"
    again = back.ask(kind="resume", turn=turn)
    assert (back.ended(again), back.said(again)) == ("complete", "It goes on.")
    sent = kimi.sent()["messages"][-1]["content"]
    assert "Go on with what was interrupted. It was cut off" in sent
    assert "These names do not exist: made" in sent
    assert (marker.read_text() if marker.exists() else "") == ("once\n" if during == "running" else "")
    back.drop()


def test_con_03_of_two_kernels_in_turn_each_takes_decisions_on_its_own_calls_only(kimi, tmp_path):
    kimi.kernel.execute("%load_ext kimi_jupyter\n%kimi new")
    opened: list[dict] = []
    page = Page(Browser(kimi.kernel), lambda page, call: opened.append(call))
    kimi.script(run("x = 1"), say("In the first."), say("In the second."))
    turn = page.ask(wait=False)
    page.browser.pump(lambda: opened)
    place = Path(kimi.kernel.value("__import__('os').getcwd()"))
    with kernel(
        tmp_path, environ=environment(place, kimi.server) | {"JPY_SESSION_NAME": str(place / "analysis.ipynb")}
    ) as live:
        live.execute("%load_ext kimi_jupyter")
        other = Page(Browser(live), client=page.client)  # the same page: the notebook was given another kernel
        assert other.of("conversation")[-1]["id"] == page.of("turn")[-1]["conversation"]
        assert other.of("welcome")[0]["kernel"] != page.of("welcome")[0]["kernel"]
        assert other.answer("decide", **page.run(opened[0]))["kind"] == "refused"
        page.send("decide", **page.run(opened[0]))
        page.wait(turn)
        assert page.said(turn) == "In the first."
        assert [kimi.kernel.value("x"), live.value("'x' in globals()")] == [1, False]
        assert other.said(other.ask("And now?")) == "In the second."
        assert "These names do not exist: x" in kimi.sent()["messages"][-1]["content"]
    page.drop()


def test_con_08_a_server_that_is_stopped_in_a_run_stops_in_time_and_the_question_goes_on_after_it(tmp_path):
    home = tmp_path / "home"
    code = "import os\nmade = os.getpid()\nprint(made, os.environ['JPY_SESSION_NAME'])"
    with OfflineServer() as endpoint, ExitStack() as there:
        environ = {"KIMI_JUPYTER_BASE_URL": endpoint.base_url, "KIMI_JUPYTER_API_KEY": endpoint.key}
        with ExitStack() as servers:
            server = servers.enter_context(running_server(home, environ))
            live = there.enter_context(remote_kernel(server, "analysis.ipynb"))
            live.execute("%load_ext kimi_jupyter")
            page = Page(Browser(live))
            endpoint.script([run(code), run("while True: pass"), say()])
            turn = page.ask(wait=False)
            page.browser.pump(lambda: len(page.browser.begun) == 2)
            pid, name = page.cells[0]["outputs"].split()
            stopped = time.monotonic()
        assert time.monotonic() - stopped < 10  # two seconds on a machine that has nothing else to do
        assert not Path(f"/proc/{pid}").exists()
        after = environment(home, endpoint) | {"JPY_SESSION_NAME": name}
        live = there.enter_context(kernel(home, environ=after))
        live.execute("%load_ext kimi_jupyter")
        page = Page(Browser(live))
        (told,) = page.of("conversation")[-1]["turns"]
        assert told["turn"] == turn
        endpoint.script([say("It goes on.")])
        assert page.said(page.ask(kind="resume", turn=turn)) == "It goes on."
        assert "names do not exist: made" in endpoint.requests[-1].body["messages"][-1]["content"]
