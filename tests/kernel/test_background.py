"""``%%kimi --bg``: the cell returns, the turn goes on below it, and its code runs between the user's cells."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator

import pytest

from kimi_jupyter.chat.events import CallFinished, CallProposed, TurnEnded
from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.view import WIDGET_MODULE
from kimi_jupyter.view.record import MIME
from tests.kernel.conftest import Scripted, environment, run, say
from tests.support.kernels import Execution, kernel
from tests.support.widgets import FrontEnd

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]


class Page(FrontEnd):
    """A notebook's page: cells may be sent one after another, and outputs belong to the cell that they name."""

    def __init__(self, kimi: Scripted, decide=None) -> None:
        super().__init__(kimi.kernel, decide)
        self.outputs: dict[str, Execution] = {}
        self.held: dict = {}

    def cell(self, code: str) -> str:
        """Send a cell; returns what its outputs go by."""
        return self.kernel.client.execute(code, allow_stdin=True)

    def follow(self, until: Callable[[], object], seconds: float = 20.0) -> None:
        """Take in what comes, until something is so."""
        deadline = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, [type(event).__name__ for event in self.events]
            try:
                message = self.kernel.client.get_iopub_msg(timeout=0.05)
            except queue.Empty:
                continue
            kind, content = message["msg_type"], message["content"]
            self._receive(kind, content)
            cell = self.outputs.setdefault(message["parent_header"].get("msg_id", ""), Execution())
            if kind == "status" and content["execution_state"] == "idle":
                cell.reply = {"idle": time.monotonic()}
            cell.take(kind, content)

    def hold(self, opened: dict) -> None:
        """Keep an open card for later."""
        self.held = opened

    def decide_now(self) -> None:
        """Decide on it."""
        self.send("decide", seconds=1.0, **self.run(self.held))

    def below(self, cell: str) -> Execution:
        """What stands below a cell."""
        return self.outputs.get(cell, Execution())

    def is_over(self, cell: str) -> bool:
        """Whether a cell has run."""
        return bool(self.below(cell).reply)

    @property
    def ended(self) -> str:
        """How the turn ended."""
        return self.events[-1].reason if self.events and isinstance(self.events[-1], TurnEnded) else ""

    def of(self, kind):  # type: ignore[override]
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def living(tmp_path_factory) -> Iterator[Scripted]:
    assert WIDGET_MODULE.exists(), "the widget is not built; make test builds it"
    place = tmp_path_factory.mktemp("kernel")
    with OfflineServer() as server, kernel(place, environ=environment(place, server)) as live:
        assert live.execute("%load_ext kimi_jupyter").reply["status"] == "ok"
        yield Scripted(live, server)


@pytest.fixture
def kimi(living) -> Scripted:
    living.kernel.execute("%reset -f\n%kimi new")
    living.script()
    return living


def allow(page, opened):
    return page.run(opened)


def hold(page, opened):
    page.hold(opened)


def waits(page):
    """Whether code waits for a cell to end, and says so."""
    return any("as soon as the cell" in str(message.get("text")) for message in page.messages)


def test_the_cell_returns_at_once_and_everything_of_the_turn_appears_below_it(kimi):
    page = Page(kimi, allow)
    kimi.script(run("x = 6 * 7\nprint('x is', x)\nx"), say("It is 42."))
    asked = page.cell("%%kimi --bg\nCompute it.")
    page.follow(lambda: page.is_over(asked))
    assert not page.ended
    own = page.cell("'a cell of my own'")
    page.follow(lambda: page.ended and page.below(asked).data("text/markdown"))
    assert kimi.kernel.value("x") == 42
    assert "x is 42" in page.below(asked).text
    assert page.below(asked).data("text/markdown") == ["It is 42."]
    assert len(page.below(asked).data(MIME)) == 1
    assert page.below(own).text == "'a cell of my own'\n"
    assert kimi.kernel.execute("%kimi stop").text.strip() == "No question goes on in the background."


def test_it_goes_on_while_a_cell_runs_and_its_code_waits_for_the_end_of_that_and_of_no_more(kimi):
    page = Page(kimi, hold)
    kimi.script(run("order.append('kimi')"), say("In its turn."))
    kimi.kernel.execute("order = []")
    page.cell("%%kimi --bg\nAdd yours.")
    page.follow(lambda: page.held)
    first = page.cell(
        "import time, asyncio\nprint('begun')\ntime.sleep(0.5); await asyncio.sleep(0.5); order.append(1)"
    )
    later = [page.cell(f"time.sleep(0.4); order.append({number})") for number in (2, 3, 4)]
    page.follow(lambda: page.below(first).text)
    page.decide_now()
    page.follow(lambda: waits(page))
    assert not page.is_over(first)
    page.follow(lambda: page.ended and page.is_over(later[-1]))
    order = kimi.kernel.value("order")
    assert [one for one in order if one != "kimi"] == [1, 2, 3, 4]
    assert 0 < order.index("kimi") < 4


def test_stop_ends_what_waits_and_leaves_the_users_cell_alone(kimi):
    page = Page(kimi, hold)
    kimi.script(run("ran = True"), say("Must not be asked."))
    page.cell("%%kimi --bg\nRun it.")
    page.follow(lambda: page.held)
    mine = page.cell("import time\nran = False\nprint('begun')\nfor _ in range(20): time.sleep(0.1)\n'it is whole'")
    page.follow(lambda: page.below(mine).text)
    page.decide_now()
    page.follow(lambda: waits(page))
    page.send("stop")
    page.follow(lambda: page.ended, 2)  # a second, on a machine that has no other work
    assert (page.ended, page.is_over(mine)) == ("interrupted", False)
    page.follow(lambda: page.is_over(mine))
    assert "it is whole" in page.below(mine).text
    assert kimi.kernel.value("ran") is False
    kimi.script(say("Here again."))
    assert kimi.ask().reply["status"] == "ok"


def test_stop_interrupts_its_code_and_another_question_waits_for_its_end(kimi):
    page = Page(kimi, hold)
    kimi.script(run("import time\nprint('begun')\nfor _ in range(300): time.sleep(0.1)"), say("Must not be asked."))
    asked = page.cell("%%kimi --bg\nRun it.")
    page.follow(lambda: page.held)
    for other in ("%%kimi\nAnother?", "%kimi new"):
        cell = page.cell(other)
        page.follow(lambda cell=cell: page.is_over(cell))
        assert "already being answered" in page.below(cell).text
    page.decide_now()
    page.follow(lambda: "begun" in page.below(asked).text)
    page.send("stop")
    page.follow(lambda: page.ended, 3)
    assert page.ended == "interrupted"
    kimi.script(say("Here again."))
    assert kimi.ask().reply["status"] == "ok"
    assert [request.status for request in kimi.requests] == [200]


def test_code_that_awaits_is_told_to_do_without_and_a_failure_is_said(kimi):
    page = Page(kimi, allow)
    kimi.script(run("import asyncio\nawait asyncio.sleep(0.1)"), Fault("http", status=401))
    page.cell("%%kimi --bg\nAwait it.")
    page.follow(lambda: page.ended)
    assert "top-level await" in page.of(CallFinished)[0].text
    assert page.ended == "failed"
    assert kimi.kernel.execute("1 + 1").text == "2\n"


def test_kimi_stop_ends_it_from_a_cell(kimi):
    page = Page(kimi)
    kimi.script(run("x = 1"), say("Must not be asked."))
    page.cell("%%kimi --bg\nRun it.")
    page.follow(lambda: page.of(CallProposed))
    stop = page.cell("%kimi stop")
    page.follow(lambda: page.ended and page.is_over(stop))
    assert (page.ended, page.below(stop).text.strip()) == ("interrupted", "Stopping.")


def test_where_nobody_is_there_the_cell_waits(kimi):
    kimi.script(say("Waited."))
    done = kimi.ask("Wait.", options="--bg", stdin=False)
    assert "this cell waits" in done.text + "".join(done.data("text/html"))
    assert "Waited." in "".join(done.data("text/markdown"))
