"""A question that was answered before, asked with nobody there: shown as it was, its code run as it was allowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.store import Store
from tests.kernel.conftest import PLAIN, Scripted, environment, run, say
from tests.support.kernels import kernel

QUESTION = "Add it up."


class Notebook:
    """A notebook's cells, run in one kernel after another with one store."""

    def __init__(self, kimi: Scripted, place) -> None:
        self.kimi, self.place = kimi, place

    def cell(self, code: str):
        return self.kimi.kernel.execute(code)

    def begin(self, *cells: str) -> None:
        """A new kernel, the extension and some cells; the endpoint is asked nothing."""
        self.kimi.kernel.restart()
        for cell in (PLAIN, *cells):
            assert self.cell(cell).reply["status"] == "ok"
        self.kimi.script()

    def ask(self, *steps: object, question=QUESTION, options="", answers=(), there=False):
        """Ask; what the endpoint would say may be left out."""
        if steps:
            self.kimi.script(*steps)
        return self.kimi.ask(question, answers, options=options, stdin=there)

    @property
    def asked(self) -> int:
        return len(self.kimi.requests)

    def decisions(self) -> list[tuple[object, ...]]:
        """Verdict, who decided, and how the run ended, of every call so far."""
        store = Store(next(self.place.rglob("conversations.sqlite3")))
        try:
            return store._database.read(
                "SELECT d.verdict, d.decider, e.status FROM decisions d LEFT JOIN executions e "
                "ON e.decision = d.number ORDER BY d.number"
            )
        finally:
            store.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("replay")


@pytest.fixture(scope="module")
def module_notebook(home) -> Iterator[Notebook]:
    with OfflineServer() as server, kernel(home, environ=environment(home, server)) as live:
        yield Notebook(Scripted(live, server), home)


@pytest.fixture
def notebook(module_notebook: Notebook) -> Notebook:
    for store in module_notebook.place.rglob("conversations.sqlite3*"):
        store.unlink()
    return module_notebook


def test_it_is_replayed_with_no_request_and_later_cells_find_what_its_code_made(notebook):
    notebook.begin("data = [1, 2, 3]")
    first = notebook.ask(run("total = sum(data)\nprint('it is', total)"), say("Six."), answers=["y"], there=True)
    assert first.reply["status"] == "ok"

    notebook.begin("data = [1, 2, 3]")
    again = notebook.ask()
    assert (again.reply["status"], notebook.asked) == ("ok", 0)
    assert notebook.kimi.kernel.value("total") == 6
    assert "Replayed from 20" in again.text
    assert "nothing was sent" in again.text
    assert "it is 6" in again.text
    assert "Let me compute." in again.text
    assert "allowed before, word for word" in again.text
    assert again.data("text/markdown")[-1].strip() == first.data("text/markdown")[-1].strip() == "Six."
    assert notebook.decisions() == [("run", "user", "ok"), ("run", "again", "ok")]

    notebook.begin("data = [1, 2, 3]")
    shown = notebook.ask(options="--approve never")
    assert "was not called again; its result is that of then" in shown.text
    assert notebook.kimi.kernel.value("'total' in globals()") is False

    notebook.begin("data = [1, 2, 3]")
    notebook.ask()
    notebook.ask(say("Four."), question="And without the two?")  # it goes on as if the model had been asked
    roles = [message["role"] for message in notebook.kimi.sent()["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert "it is 6" in notebook.kimi.sent()["messages"][3]["content"]

    notebook.begin("data = [1, 2, 3]")
    notebook.ask()
    assert "Replayed" in notebook.ask(question="And without the two?").text  # what was asked before it is the same
    assert notebook.asked == 0


def test_what_has_changed_is_asked_again_and_at_the_keyboard_everything_is(notebook):
    notebook.begin("data = [1, 2, 3]")
    notebook.ask(run("total = sum(data)"), say("Six."), answers=["y"], there=True)

    notebook.begin("data = [1, 2, 30]")
    changed = notebook.ask(run("total = sum(data)"), say("I could not."))
    assert notebook.asked == 2
    assert "what goes along with it has changed since 20" in changed.text
    assert "kimi-jupyter approve" in changed.text  # nobody is there, and what was allowed then is asked anew
    assert notebook.kimi.kernel.value("'total' in globals()") is False

    notebook.begin("data = [1, 2, 3]")
    for options in ("--model kimi-k2-thinking-turbo", "--max-steps 5", "--detail stats", "--rerun always"):
        assert "Asked anew." in notebook.ask(say("Asked anew."), options=options).text
    assert "Asked anew." in notebook.ask(say("Asked anew."), there=True).text

    notebook.begin("data = [1, 2, 30]")
    never = notebook.ask(options="--rerun never", there=True)
    assert notebook.asked == 0
    assert "Replayed" in never.text
    assert notebook.kimi.kernel.value("total") == 33
    none = notebook.ask(question="Something else?", options="--rerun never")
    assert (none.reply["status"], notebook.asked) == ("error", 0)
    assert "no stored answer to this question" in none.text


def test_refused_code_is_shown_and_edited_code_runs_as_the_user_wrote_it(notebook):
    notebook.begin("%config KimiMagics.ask_steps = 2")
    steps = [run("bad = 1"), run("good = 1"), say("Done.")]
    notebook.ask(*steps, answers=["n not this", "e", "good = kept = 2", "", "y"], there=True)

    notebook.begin("%config KimiMagics.ask_steps = 2")
    again = notebook.ask()
    assert notebook.asked == 0
    assert notebook.kimi.kernel.value("('bad' in globals(), good)") == (False, 2)
    assert "refused: not this" in again.text
    assert "creates good, kept" in again.text
    assert "differs" not in again.text
    assert "go on" not in again.text
    assert [row[0] for row in notebook.decisions()] == ["deny", "edit", "run", "deny", "edit"]


def test_it_says_where_a_result_differs_and_fails_where_code_that_worked_does_not(notebook):
    (notebook.place / "n.txt").write_text("7")
    notebook.begin()
    notebook.ask(run("n = int(open('n.txt').read())\nprint('read', n)"), say("Seven."), answers=["y"], there=True)

    (notebook.place / "n.txt").write_text("8")
    notebook.begin()
    again = notebook.ask()
    assert again.reply["status"] == "ok"
    assert "differs from then. Line 1 was: read 7 — and is: read 8" in again.text

    (notebook.place / "n.txt").write_text("eight")
    notebook.begin()
    again = notebook.ask()
    assert (again.reply["status"], notebook.asked) == ("error", 0)
    assert "worked then and fails now: ValueError" in again.text


def test_the_last_digits_of_a_sum_make_no_difference(notebook):
    (notebook.place / "n.txt").write_text("27.75247988705762")
    notebook.begin()
    notebook.ask(run("print('std', open('n.txt').read())"), say("27.8."), answers=["y"], there=True)

    for now, differs in (("27.752479887057632", False), ("27.752479", True)):
        (notebook.place / "n.txt").write_text(now)
        notebook.begin()
        assert ("differs" in notebook.ask().text) is differs


def test_stop_ends_a_replay_and_the_next_question_works(notebook):
    code = "import time\nimport os\ntime.sleep(30 if os.path.exists('slow') else 0)"
    notebook.begin()
    notebook.ask(run(code), say("Done."), answers=["y"], there=True)
    (notebook.place / "slow").touch()
    notebook.begin()
    stopped = notebook.kimi.kernel.execute(
        f"%%kimi\n{QUESTION}",
        stdin=False,
        on_output=lambda execution: "runs…" in execution.text and notebook.kimi.kernel.interrupt(),
        timeout=20,
    )
    assert stopped.reply["status"] == "error"
    assert notebook.decisions()[-1] == ("run", "again", "interrupted")
    (notebook.place / "slow").unlink()
    assert "Replayed" in notebook.ask().text


def test_with_every_request_forbidden_and_no_key_it_still_replays_and_asks_nothing(tmp_path):
    with OfflineServer() as server:
        environ = environment(tmp_path, server)
        with kernel(tmp_path, environ=environ) as live:
            first = Notebook(Scripted(live, server), tmp_path)
            first.cell(PLAIN)
            first.ask(run("x = 1"), say("One."), answers=["y"], there=True)
        del environ["KIMI_JUPYTER_API_KEY"]
        with kernel(tmp_path, environ=environ | {"KIMI_JUPYTER_OFFLINE": "1"}) as live:
            second = Notebook(Scripted(live, server), tmp_path)
            second.cell(PLAIN)
            second.kimi.script()
            assert "Replayed" in second.ask().text
            assert live.value("x") == 1
            refused = second.ask(question="Something else?", there=True)
            assert refused.reply["status"] == "error"
            assert "KIMI_JUPYTER_OFFLINE" in refused.text
            assert second.kimi.kernel.execute("%kimi provider offline\n%kimi ask Anything?").reply["status"] == "error"
            assert server.requests[second.kimi.before :] == []
