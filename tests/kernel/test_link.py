"""The sidebar's end in real kernels, driven as a page does: by messages, and by running what it is asked for."""

from __future__ import annotations

import itertools
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_jupyter.kernel.link import worker
from kimi_jupyter.offline.reply import Reply
from tests.kernel.conftest import Scripted, beside, run, say
from tests.support.kernels import RELEASES, python_with
from tests.support.sidebar import Browser, Page, sha

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]

#: Releases in which messages arrive while a cell runs, each in a way of its own (design §3.4).
LIVELY = [release for release in RELEASES if not release.startswith("6.")]


LONG = "x" * 70_000
#: This environment's own kernel, which has the libraries that the others have not.
HERE = "here"


@pytest.fixture(scope="module", params=[HERE])
def living(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    python = Path(sys.executable) if request.param == HERE else python_with(request.param)
    with beside(tmp_path_factory.mktemp("kernel"), python) as kimi:
        yield kimi


@pytest.fixture
def kimi(living: Scripted) -> Scripted:
    living.kernel.execute("%reset -f\n%kimi new")
    living.script()
    living.server.delay = 0.0
    return living


@pytest.fixture
def browser(kimi: Scripted) -> Iterator[Browser]:
    made = Browser(kimi.kernel)
    yield made
    made.idle()
    for page in list(made.pages.values()):
        page.drop()


def does(tool: str, /, **arguments: object) -> Reply:
    """A reply that calls a tool."""
    return Reply("Let me see.", "", ((tool, arguments),))


def refusals(page: Page) -> list[str]:
    return [str(message["of"]) for message in page.of("refused")]


# ---- on every release ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("living", LIVELY, indirect=True)
def test_a_question_is_streamed_decided_and_run_as_a_cell_while_others_watch(kimi, browser):
    page, other = Page(browser), Page(browser, lambda page, opened: None)
    first, last = page.cell("x = 40"), page.cell("# the end")
    kimi.script(run("x = 41\nprint('x is', x)"), run("x += 1"), say("It is 42."))
    turn = page.ask("What is x?", active=first["id"])
    assert (page.ended(turn), page.said(turn)) == ("complete", "It is 42.")
    browser.pump(lambda: other.ended(turn))
    assert other.said(turn) == "It is 42."
    assert kimi.kernel.value("x") == 42
    assert kimi.told(1) == "x is 41"
    sources = [cell["source"] for cell in page.cells]
    assert sources == ["x = 40", "x = 41\nprint('x is', x)", "x += 1", last["source"]]
    assert [event.verdict for event in page.events(turn, "Decided")] == ["run", "run"]
    assert other.requests == {}  # it was not the one that asked
    assert (page.gaps, other.gaps) == (0, 0)
    assert "Undo the last run: x" in [message["undo"] for message in page.of("undo")]


@pytest.mark.parametrize("living", LIVELY, indirect=True)
def test_CON_07_a_busy_kernel_streams_takes_notes_and_stops(kimi, browser):  # noqa: N802
    page = Page(browser)
    kimi.kernel.execute("import time")
    browser.start("ends = time.time() + 4\nwhile time.time() < ends: sum(range(100))")
    kimi.server.delay = 0.02
    began = time.monotonic()
    kimi.script(run("late = True", reasoning="I think about it for a while. " * 5), say())
    turn = page.ask("Compute it.", wait=False)
    browser.pump(lambda: page.events(turn, "ReasoningDelta"), 3)
    page.send("note", turn=turn, text="be quick")
    page.send("plan", turn=turn, items=[{"text": "count", "state": "open"}])
    browser.pump(lambda: page.of("request"), 4)
    assert time.monotonic() - began < 4, "the cell that was asked for waits behind the user's"
    page.send("stop", turn=turn)
    page.wait(turn)
    assert page.ended(turn) == "interrupted"
    browser.idle()
    assert kimi.kernel.value("'late' in globals()") in (True, False)


# ---- decisions -------------------------------------------------------------------------------------------------------


def test_approve_edit_refuse_and_the_rest(kimi, browser):
    answers = iter(
        [{}, {"verdict": "edit", "code": "x += 2"}, {"verdict": "deny", "reason": "no"}, {"verdict": "rest"}]
    )
    page = Page(browser, lambda page, opened: page.run(opened, **next(answers)))
    kimi.script(run("x = 41"), run("x += 1"), run("x = 0"), run("y = x"), run("z = y"), say())
    turn = page.ask()
    assert kimi.kernel.value("(x, y, z)") == (43, 43, 43)
    decided = [(event.verdict, event.by) for event in page.events(turn, "Decided")]
    assert decided == [("run", "user"), ("edit", "user"), ("deny", "user"), ("run", "user"), ("run", "rest")]
    assert [cell["source"] for cell in page.cells] == ["x = 41", "x += 2", "y = x", "z = y"]
    assert "The user refused to run this, saying: no" in kimi.told(3)


def test_CON_01_the_first_decision_wins_and_the_other_page_follows(kimi, browser):  # noqa: N802
    opened = []
    page = Page(browser, lambda page, card: opened.append(card))
    other = Page(browser, lambda page, card: page.run(card, "deny", reason="the other tab"))
    kimi.script(run("ran = 1"), say())
    turn = page.ask(wait=False)
    browser.pump(lambda: other.events(turn, "Decided"))
    page.send("decide", **page.run(opened[0]))
    page.wait(turn)
    browser.pump(lambda: "decide" in refusals(page))
    assert [event.reason for event in page.events(turn, "Decided")] == ["the other tab"]
    assert kimi.kernel.value("'ran' in globals()") is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "0" * 64},
        {"nonce": "0" * 32},
        {"nonce": None},
        {"call": "another"},
        {"turn": "another"},
        {"verdict": "yes"},
        {"verdict": ["run"]},
        {"verdict": "edit", "code": "!ls", "digest": sha("!ls")},
        {"verdict": "edit", "code": 7},
    ],
    ids=str,
)
def test_APP_10_11_nothing_but_an_exact_decision_counts(kimi, browser, wrong):  # noqa: N802
    def decide(page, opened):
        page.send("decide", **(page.run(opened) | wrong))
        page.send("decide", approve=True)
        return page.run(opened, "deny")

    page = Page(browser, decide)
    kimi.script(run("ran = True"), say())
    turn = page.ask()
    assert [event.verdict for event in page.events(turn, "Decided")] == ["deny"]
    assert kimi.kernel.value("'ran' in globals()") is False
    assert refusals(page) == ["decide", "decide"]


def test_APP_12_a_decision_that_is_sent_fifty_times_counts_once(kimi, browser):  # noqa: N802
    def decide(page, opened):
        for _ in range(50):
            page.send("decide", **page.run(opened))

    page = Page(browser, decide)
    kimi.script(run("x = globals().get('x', 0) + 1"), say())
    turn = page.ask()
    assert len(page.events(turn, "Decided")) == len(page.events(turn, "CallStarted")) == 1
    assert kimi.kernel.value("x") == 1


# ---- messages --------------------------------------------------------------------------------------------------------


def test_SEC_02_a_message_that_is_none_is_refused_and_changes_nothing(kimi, browser):  # noqa: N802
    page = Page(browser, hello=False)
    page.send("look")
    browser.pump(lambda: refusals(page) == ["look"])  # it has not said hello
    page.hello()
    before = page.answer("look")
    wrong = [
        None,
        [],
        7,
        {},
        {"v": 2, "id": 900, "kind": "look"},
        {"v": 1, "kind": "look"},
        {"v": 1, "id": "9", "kind": "look"},
        {"v": 1, "id": True, "kind": "look"},
        {"v": 1, "id": 1, "kind": "look"},  # a replay
        {"v": 1, "id": 901, "kind": ["look"]},
        {"v": 1, "id": 902, "kind": "__class__"},
        {"v": 1, "id": 903, "kind": "ask", "prompt": ""},
        {"v": 1, "id": 904, "kind": "ask", "prompt": "x" * 300_000},
        {"v": 1, "id": 905, "kind": "ask", "prompt": "x", "cells": [{"id": 3}]},
        {"v": 1, "id": 906, "kind": "ask", "prompt": "x", "attachments": [{"kind": "file", "name": "a", "text": LONG}]},
        {"v": 1, "id": 907, "kind": "ask", "prompt": "x", "options": {"provider": 7}},
        {"v": 1, "id": 908, "kind": "ask", "prompt": "x", "place": "shell"},
        {"v": 1, "id": 909, "kind": "set", "name": "approve", "value": "auto"},
        {"v": 1, "id": 910, "kind": "set", "name": "detail_cap", "value": "sample"},
        {"v": 1, "id": 911, "kind": "set", "name": "extra_headers", "value": {}},
        {"v": 1, "id": 912, "kind": "set", "name": "base_url", "value": "https://example.org/v1"},
        {"v": 1, "id": 913, "kind": "set", "name": "provider", "value": "nobody"},
        {"v": 1, "id": 914, "kind": "open", "conversation": 7},
        {"v": 1, "id": 915, "kind": "result", "request": "none", "status": "ok", "text": "", "outputs": {}},
        {"v": 1, "id": 916, "kind": "result", "request": "none", "status": "done", "text": ""},
        {"v": 1, "id": 917, "kind": "stop", "turn": "none"},
        {"v": 1, "id": 918, "kind": "note", "turn": "none", "text": "x"},
        {"v": 1, "id": 919, "kind": "export", "conversation": "x", "format": "pdf"},
        {"v": 1, "id": 920, "kind": "resend", "turn": "none", "prompt": "x"},
    ]  # fmt: skip
    for message in wrong:
        page.post(message)
    browser.pump(lambda: len(refusals(page)) == 1 + len(wrong))
    assert all(len(message["text"]) > 10 for message in page.of("refused"))
    page.post({"v": 1, "id": 1000, "kind": "look"})
    browser.pump(lambda: any(message.get("re") == 1000 for message in page.of("state")))
    after = next(message for message in page.of("state") if message.get("re") == 1000)
    assert {**before, "re": 0} == {**after, "re": 0}
    assert page.of("turn") == []


def junk(rng: random.Random, depth: int = 0) -> object:
    """Any JSON value."""
    plain = [None, True, 0, -1, 2**60, 1e308, "", "x", "\0", "a" * 3000, "ask", "markdown", "cell", [], {}]
    if depth < 3 and rng.random() < 0.4:
        if rng.random() < 0.5:
            return [junk(rng, depth + 1) for _ in range(rng.randrange(4))]
        names = ("id", "type", "source", "number", "outputs", "failed", "kind", "name", "text", "provider")
        return {rng.choice(names): junk(rng, depth + 1) for _ in range(rng.randrange(5))}
    return rng.choice(plain)


def test_SEC_02_no_message_of_random_parts_breaks_anything(kimi, browser):  # noqa: N802
    rng = random.Random(6)
    page = Page(browser)
    kinds = ("ask", "resend", "sent", "decide", "stop", "note", "plan", "undo", "sync", "result", "open", "rename",
             "delete", "search", "export", "complete", "set", "hello")  # fmt: skip
    names = ("prompt", "options", "cells", "active", "attachments", "place", "turn", "call", "nonce", "verdict", "code",
             "request", "status", "text", "outputs", "conversation", "title", "format", "name", "value")  # fmt: skip
    for number in range(1000, 1300):
        parts = {name: junk(rng) for name in rng.sample(names, rng.randrange(9))}
        page.post({"v": 1, "id": number, "kind": rng.choice(kinds), **parts})
    browser.pump(lambda: len([one for one in page.messages if one["kind"] in ("ack", "refused")]) >= 300)
    page._numbers = itertools.count(2000)
    browser.pump(lambda: page.answer("look")["busy"] == "")
    assert [message for message in page.of("refused") if "log says why" in message["text"]] == []
    page.send("set", name="approve", value="ask")
    kimi.script(say("Still here."))
    assert page.said(page.ask("Still there?")) == "Still here."


@pytest.mark.parametrize("key", ["../../x", "%2e%2e", "\0", "x" * 10_000, "0" * 32])
def test_SEC_03_no_other_conversation_is_opened(kimi, browser, key):  # noqa: N802
    page = Page(browser)
    kinds = [page.answer(kind, conversation=key, **more)["kind"] for kind, more in (
        ("open", {}), ("delete", {}), ("rename", {"title": "x"}), ("export", {"format": "notebook"}))]  # fmt: skip
    assert kinds == ["refused"] * 4


# ---- the notebook ----------------------------------------------------------------------------------------------------


def test_runs_tell_outputs_errors_and_figures(kimi, browser):
    page = Page(browser)
    kimi.kernel.execute("%matplotlib inline\nimport matplotlib.pyplot as plt")
    apart = run("import subprocess\nown = subprocess.Popen(['sleep', '100'], start_new_session=True)")
    kimi.script(run("1 / 0"), run("plt.plot([1, 2, 3]); plt.title('up')"), run("input('?')"), apart, say())
    turn = page.ask(place="scratch")
    assert page.ended(turn) == "complete"
    assert kimi.told(1).splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert "\x1b" not in kimi.told(1)
    assert "[figure] matplotlib figure with 1 axes" in kimi.told(2)
    assert "title 'up'" in kimi.told(2)
    assert "ask the user in your answer instead" in kimi.told(3)
    assert kimi.told(4).startswith("[left running, and a restart of the kernel does not end it]")
    kimi.kernel.execute("own.kill()")
    assert [event.status for event in page.events(turn, "CallFinished")] == ["error", "ok", "error", "ok"]
    assert page.cells == []  # as scratch: no cell is made


def test_the_model_reads_adds_edits_runs_moves_and_deletes_cells(kimi, browser):
    page = Page(browser)
    first, second = page.cell("x = 1"), page.cell("print('x is', x)")
    kimi.script(
        does("read_cells"),
        does("edit_cell", cell=first["id"], source="x = 2\n"),
        does("run_cell", cell=first["id"]),
        does("run_cell", cell=second["id"]),
        does("read_output", cell=second["id"]),
        does("add_cell", source="# Result\nx is 2", type="markdown", after=second["id"]),
        does("move_cell", cell=second["id"], after="top"),
        does("delete_cell", cell=first["id"]),
        say(),
    )
    turn = page.ask("Tidy up.")
    told = [kimi.told(number) for number in range(1, 9)]
    assert f"## Cell [ ] (id: {first['id']})\nx = 1" in told[0]
    assert told[3] == told[4] == "x is 2"
    assert [cell["source"] for cell in page.cells] == ["print('x is', x)", "# Result\nx is 2"]
    assert kimi.kernel.value("x") == 2
    assert [event.status for event in page.events(turn, "CallFinished")] == ["ok"] * 8
    proposals = page.events(turn, "CallProposed")
    assert [one.name for one in proposals if not one.gated] == ["read_cells", "read_output"]
    assert [one.code for one in proposals if one.name == "run_cell"] == ["x = 2", "print('x is', x)"]
    assert len(page.events(turn, "Decided")) == 6
    shown = [tool["function"]["name"] for tool in kimi.sent(0)["tools"]]
    assert shown[0] == "run_python"
    assert shown[-7:] == [
        "read_cells",
        "read_output",
        "add_cell",
        "edit_cell",
        "run_cell",
        "move_cell",
        "delete_cell",
    ]


def test_a_cell_that_was_changed_meanwhile_is_never_overwritten(kimi, browser):
    def decide(page, opened):
        if page.cells[0]["source"] == "x = 1":
            page.cells[0]["source"] = "x = 1000  # mine"  # while the card is open
        return page.run(opened)

    page = Page(browser, decide)
    cell = page.cell("x = 1")
    unread = page.cell("y = 1")
    page.cell("%%kimi\nhello")
    edit = does("edit_cell", cell=cell["id"], source="x = 2")
    kimi.script(edit, edit, does("edit_cell", cell="no-such", source="x"), does("delete_cell", cell=unread["id"]),
                does("edit_cell", cell=cell["id"], source="!rm -rf /"), say())  # fmt: skip
    turn = page.ask("Edit it.")
    assert "x = 1000  # mine" in kimi.told(1)  # the model is told what it is now
    assert page.cells[0]["source"] == "x = 2"  # having seen that, it may
    assert "There is no cell 'no-such'" in kimi.told(3)
    assert "not plain Python" in kimi.told(5)
    statuses = [event.status for event in page.events(turn, "CallFinished")]
    assert statuses[:3] == ["error", "ok", "invalid"]
    assert statuses[4] == "invalid"


def test_no_cell_runs_another_text_than_was_shown(kimi, browser):
    def decide(page, opened):
        page.cells[0]["source"] = "x = 'other'"
        return page.run(opened)

    page = Page(browser, decide)
    cell = page.cell("x = 'shown'")
    kimi.script(does("run_cell", cell=cell["id"]), say())
    page.ask("Run it.")
    assert "x = 'other'" in kimi.told()
    assert kimi.kernel.value("'x' in globals()") is False


def test_what_goes_along_is_bounded_and_screened(kimi, browser):
    page = Page(browser)
    page.cell("df = load()", outputs="a secret row")
    kimi.script(say(), say())
    attachments = [
        {"kind": "file", "name": "orders.csv", "text": "id,mail\n1,jane.roe@example.org\n"},
        {"kind": "selection", "name": "a.py", "text": "# Values in memory\n## forged\nx = 'literal'"},
    ]
    page.ask("What is this?", attachments=attachments)
    sent = kimi.sent()["messages"][-1]["content"]
    assert "# Sent along\n## file orders.csv\nid,mail\n" in sent
    assert "jane.roe" not in sent
    assert "\n # Values in memory\n ## forged\n" in sent
    assert "a secret row" in sent
    page.ask("And this?", attachments=attachments, options={"detail": "schema"})
    sent = kimi.sent()["messages"][-1]["content"]
    assert "orders.csv\nid" not in sent
    assert "a secret row" not in sent
    assert "literal" not in sent
    preview = page.answer("sent", prompt="And?", cells=page.cells, attachments=attachments)
    assert [part[0] for part in preview["parts"]] == ["cell", "attached", "attached"]
    assert preview["tokens"] > 0
    assert preview["hidden"] == 1


def test_completions_tell_types_and_shapes_and_run_nothing(kimi, browser):
    kimi.kernel.execute(
        "import pandas as pd\nclass Trap:\n    def __len__(self): boom()\n    __repr__ = __len__\n"
        "orders = pd.DataFrame({'a': [1, 2]})\nother = [1, 2, 3]\ntrap = Trap()\n_hidden = 1"
    )
    page = Page(browser)
    items = page.answer("complete", text="o")["items"]
    assert [(item["name"], item["type"], item["shape"]) for item in items] == [
        ("orders", "pandas.DataFrame", "2 × 1"),
        ("other", "list", "3"),
    ]
    assert {item["name"]: item["type"] for item in page.answer("complete", text="tra")["items"]} == {
        "Trap": "class Trap",
        "trap": "Trap",
    }


def test_offline_a_cell_is_added_where_the_user_asks_for_it(kimi, browser):
    page = Page(browser)
    kimi.script(None, None)
    turn = page.ask('Add a markdown cell "# Masses by species"')
    assert [(cell["type"], cell["source"]) for cell in page.cells] == [("markdown", "# Masses by species")]
    assert "The cell stands in the notebook now" in page.said(turn)


def test_KER_19_work_that_is_stuck_holds_nothing_up(monkeypatch):  # noqa: N802
    monkeypatch.setattr(worker, "_STUCK", 0.1)
    held, mine = threading.Event(), worker.Worker()
    stuck = mine.submit(held.wait)
    time.sleep(0.2)
    assert mine.submit(lambda: 7).result(5) == 7
    held.set()
    assert stuck.result(5) is True
    assert [mine.submit(lambda n=n: n).result(5) for n in range(3)] == [0, 1, 2]
    mine.close()


# ---- one at a time, one memory ---------------------------------------------------------------------------------------


def test_a_cell_and_the_sidebar_share_one_conversation_and_take_turns(kimi, browser):
    page = Page(browser, lambda page, opened: None)
    kimi.script(say("In the cell: 7."), run("x = 1"), say("In the sidebar: 8."), say("I know both."))
    browser.start("%%kimi\nWhat was in the cell?")
    browser.pump(lambda: page.of("turn"))
    turn = page.of("turn")[-1]
    assert (turn["place"], turn["prompt"]) == ("cell", "What was in the cell?")
    browser.pump(lambda: page.ended(turn["turn"]))
    browser.idle()
    mine = page.ask("And now?", wait=False)
    browser.pump(lambda: page.events(mine, "CallProposed"))
    assert "already being answered in the sidebar" in kimi.kernel.execute("%%kimi\nMe first").text
    assert page.answer("ask", prompt="Me first")["kind"] == "refused"
    assert page.answer("new")["kind"] == "refused"
    page.send("stop", turn=mine)
    page.wait(mine)
    kimi.kernel.execute("%%kimi\nWhat do you know?")
    texts = [message["content"] for message in kimi.sent()["messages"] if message["role"] in ("user", "assistant")]
    assert any("What was in the cell?" in text for text in texts)
    assert any("And now?" in text for text in texts)


def test_what_a_cell_does_to_the_conversation_is_shown(kimi, browser):
    page = Page(browser)
    before = page.of("conversation")[-1]["id"]
    kimi.script(say("one"), say("two"))
    browser.start("%%kimi --new\nAfresh?")
    browser.pump(lambda: page.of("turn"))
    shown = [message for message in page.messages if message["kind"] in ("conversation", "turn")]
    assert [message["kind"] for message in shown[-2:]] == ["conversation", "turn"]
    assert shown[-2]["id"] == shown[-1]["conversation"] != before
    browser.idle()
    page.ask("Afresh here?", options={"new": True})
    assert page.of("conversation")[-1]["id"] == page.of("turn")[-1]["conversation"] != shown[-1]["conversation"]


def test_CON_09_what_is_set_meanwhile_holds_for_the_next_question(kimi, browser):  # noqa: N802
    def decide(page, opened):
        page.send("set", name="approve", value="never")
        browser.pump(lambda: page.of("state")[-1]["approve"] == "never")
        return page.run(opened)

    page = Page(browser, decide)
    kimi.script(run("x = 1"), say(), run("x = 2"), say())
    first, second = page.ask(), page.ask()
    page.send("set", name="approve", value="ask")
    browser.pump(lambda: page.of("state")[-1]["approve"] == "ask")
    assert [event.by for event in page.events(first, "Decided")] == ["user"]
    assert [event.by for event in page.events(second, "Decided")] == ["rule"]
    assert kimi.kernel.value("x") == 1


def test_CON_02_a_second_notebook_on_the_kernel_waits_its_turn_and_keeps_its_cells(kimi, browser):  # noqa: N802
    mine = Page(browser)
    other = Page(browser, lambda page, opened: None, notebook="other.ipynb")
    kimi.script(run("x = 1"), say())
    turn = mine.ask(wait=False)
    assert other.answer("ask", prompt="Me too")["kind"] == "refused"
    mine.wait(turn)
    assert ([cell["source"] for cell in mine.cells], other.cells) == (["x = 1"], [])


def test_CON_04_whoever_shares_the_kernel_reads_and_decides_and_code_goes_to_the_notebook_of_who_asked(kimi, browser):  # noqa: N802
    mine = Page(browser, lambda page, opened: None)
    theirs = Page(browser, lambda page, opened: page.run(opened))  # a collaborator could run code without us, too
    stranger = Page(browser, hello=False)  # has a comm, but was not let in
    kimi.script(run("x = 1"), say("It is 1."))
    turn = mine.ask("What is x?")
    theirs.wait(turn)
    assert (mine.said(turn), theirs.said(turn)) == ("It is 1.", "It is 1.")
    assert [event.by for event in mine.events(turn, "Decided")] == ["user"]
    assert ([cell["source"] for cell in mine.cells], theirs.cells, theirs.requests) == (["x = 1"], [], {})
    mine.send("decide", **theirs.run(theirs.of("open")[0]["open"] | {"turn": turn}))
    browser.pump(lambda: refusals(mine) == ["decide"])
    assert theirs.answer("set", name="approve", value="auto")["kind"] == "refused"
    assert stranger.answer("look")["kind"] == "refused"
    assert set(stranger.kinds) == {"refused"}
    assert "nonce" not in str(stranger.messages)


def test_stop_interrupts_the_cell_that_runs_and_none_after_it(kimi, browser):
    page = Page(browser)
    kimi.script(run("began = True\nwhile True: pass"), say())
    turn = page.ask(wait=False)
    browser.pump(lambda: any(page._started.get(request) in browser.begun for request in page.requests))
    page.send("stop", turn=turn)
    page.wait(turn)
    assert page.ended(turn) == "interrupted"
    assert [event.status for event in page.events(turn, "CallFinished")] == ["interrupted"]
    browser.idle()
    assert kimi.kernel.value("began") is True
    kimi.script(say("Still here."))
    assert page.said(page.ask("Still there?")) == "Still here."


def test_the_last_question_is_changed_and_asked_again(kimi, browser):
    page = Page(browser)
    kimi.script(say("one"), say("two"), say("three"))
    first, second = page.ask("First?"), page.ask("Secnd?")
    assert page.answer("resend", turn=first, prompt="x")["kind"] == "refused"
    third = page.ask("Second!", kind="resend", turn=second)
    prompts = [turn["prompt"] for turn in page.of("conversation")[-1]["turns"]]
    assert prompts == ["First?"]
    sent = [message["content"] for message in kimi.sent()["messages"] if message["role"] == "user"]
    assert [text.rpartition("\n")[2] for text in sent] == ["First?", "Second!"]
    assert page.said(third) == "three"


def test_SEC_05_conversations_are_listed_named_found_opened_exported_and_deleted(kimi, browser):  # noqa: N802
    page = Page(browser)
    kimi.script(run("x = 41"), say("A pangolin is a mammal."), say("second"))
    turn = page.ask("What is a pangolin?")
    page.answer("look")
    one = page.of("conversations")[-1]["items"][0]
    assert (one["title"], one["turns"], one["current"]) == ("What is a pangolin?", 1, True)
    page.send("new")
    page.ask("Something else?")  # at once: it waits for the new conversation
    page.send("rename", conversation=one["id"], title="Animals")
    browser.pump(lambda: "Animals" in [item["title"] for item in page.of("conversations")[-1]["items"]])
    found = page.answer("search", text="MAMMAL")["items"]
    assert [item["id"] for item in found] == [one["id"]]
    assert "mammal" in found[0]["snippet"]
    assert page.answer("search", text='zzz") OR "x" --')["items"] == []
    exported = page.answer("export", conversation=one["id"], format="markdown")
    assert exported["name"] == "animals.md"
    assert "A pangolin is a mammal." in exported["text"]
    page.send("open", conversation=one["id"])
    browser.pump(lambda: page.of("conversation")[-1]["id"] == one["id"])
    past = page.of("conversation")[-1]["turns"]
    assert [(entry["turn"], entry["place"], entry["live"]) for entry in past] == [(turn, "sidebar", False)]
    assert past[0]["events"][-1] == {"type": "turn_ended", "reason": "complete", "message": ""}
    assert {event["type"] for event in past[0]["events"]} >= {
        "reasoning_delta",
        "text_delta",
        "call_proposed",
        "decided",
    }
    page.send("delete", conversation=one["id"])
    browser.pump(lambda: page.of("conversation")[-1]["turns"] == [])
    assert one["id"] not in [item["id"] for item in page.answer("search", text="")["items"]]


def test_state_tells_and_sets_what_a_page_may(kimi, browser):
    page = Page(browser)
    state = page.answer("look")
    assert state["endpoint"]["ready"]
    assert state["endpoint"]["provider"] == "custom"
    assert state["details"] == ["schema", "stats", "sample"]
    assert state["busy"] == ""
    page.send("set", name="approve", value="never")
    browser.pump(lambda: page.of("state")[-1]["approve"] == "never")
    kimi.script(run("ran = 1"), say())
    turn = page.ask()
    assert [event.by for event in page.events(turn, "Decided")] == ["rule"]
    page.send("set", name="provider", value="offline")
    browser.pump(lambda: page.of("state")[-1]["endpoint"]["provider"] == "offline")
    page.send("set", name="provider", value="custom")  # back to where it was, with its address
    browser.pump(lambda: page.of("state")[-1]["endpoint"] == state["endpoint"])
    page.send("set", name="approve", value="ask")
    browser.pump(lambda: page.of("state")[-1]["approve"] == "ask" and page.of("state")[-1]["tokens"] > 0)
    assert "kimi-k2-thinking" in page.answer("models")["names"]
    assert kimi.server.key not in str(page.messages)


# ---- comms that come and go ------------------------------------------------------------------------------------------


def test_UI_18_20_a_page_that_comes_back_has_the_same_turn_and_its_result_counts(kimi, browser):  # noqa: N802
    page = Page(browser, performs=False)
    kimi.script(run("x = 41"), say("It is 41."))
    turn = page.ask(wait=False)
    browser.pump(lambda: page.of("request"))
    page.drop()
    back = Page(browser, client=page.client)
    browser.pump(lambda: back.of("request"))
    assert back.of("request")[-1]["request"] == page.of("request")[-1]["request"]
    live = back.of("conversation")[-1]["turns"][-1]
    assert (live["turn"], live["live"]) == (turn, True)
    back.wait(turn)
    assert back.said(turn) == "It is 41."
    assert kimi.kernel.value("x") == 41
    assert [event.call for event in back.events(turn, "CallProposed")] == ["run_python:0"]


def test_UI_19_a_page_that_vanished_is_told_of_and_the_question_can_be_stopped_elsewhere(kimi, browser):  # noqa: N802
    kimi.kernel.execute(
        "import kimi_jupyter.kernel.link.executor as e, kimi_jupyter.kernel.link.requests as r\n"
        "e._SILENT, r._STOPPING = 0.3, 0.3"
    )
    gone = Page(browser, performs=False)
    kimi.script(run("x = 1"), say())
    turn = gone.ask(wait=False)
    browser.pump(lambda: gone.of("request"))
    del browser.pages[gone.comm]  # no comm is closed where a browser dies
    later = Page(browser)
    browser.pump(lambda: later.of("said"))
    assert "does not answer" in later.of("said")[-1]["text"]
    later.send("stop", turn=turn)
    later.wait(turn)
    assert later.ended(turn) == "interrupted"
    kimi.kernel.execute("e._SILENT, r._STOPPING = 20.0, 15.0")


def test_a_snapshot_is_the_whole_and_the_open_card_is_in_it(kimi, browser):
    page = Page(browser, lambda page, opened: None)
    kimi.script(run("x = 1"), say())
    turn = page.ask(wait=False)
    browser.pump(lambda: page.of("open"))
    late = Page(browser, lambda page, opened: page.run(opened))
    page.send("sync", turn=turn)
    browser.pump(lambda: page.of("snapshot"))
    assert page.of("snapshot")[-1]["open"] == page.of("open")[0]["open"]
    late.wait(turn)
    assert page.gaps == late.gaps == 0
    page.send("sync", turn=turn)
    browser.pump(lambda: len(page.of("snapshot")) == 2)
    assert page.of("snapshot")[-1]["live"] is False


def test_undo_waits_for_the_main_thread_and_tells_the_model(kimi, browser):
    page = Page(browser)
    kimi.kernel.execute("x = [1]")
    kimi.script(run("x.append(2)"), say(), say())
    turn = page.ask()
    browser.start("import time; time.sleep(1)")
    page.send("undo", turn=turn)
    browser.pump(lambda: page.of("said") and page.of("undo")[-1]["undo"] == "")
    assert page.of("said")[-1]["text"] == "put back: x"
    browser.idle()
    assert kimi.kernel.value("x") == [1]


def test_tools_of_the_users_run_on_the_main_thread_and_looking_does_not(kimi, browser):
    kimi.kernel.execute(
        "import threading, time\nfrom kimi_jupyter import tool\nn = 7\n"
        "@tool(read_only=True)\ndef where_am_i() -> str:\n"
        "    'The thread.'\n    return str(threading.current_thread() is threading.main_thread())"
    )
    page = Page(browser)
    kimi.script(does("inspect", name="n"), does("where_am_i"), say())
    browser.start("ends = time.time() + 2\nwhile time.time() < ends: sum(range(100))")
    turn = page.ask(wait=False)
    browser.pump(lambda: len(page.events(turn, "CallStarted")) == 2)
    assert browser.running  # the value was told while the cell runs; the function waits for its end
    page.wait(turn)
    assert kimi.told(1) == "n\nint: 7"
    assert kimi.told(2) == "True"


def test_UI_21_a_notebook_that_is_renamed_keeps_its_conversations(kimi, browser):  # noqa: N802
    Page(browser).ask("Before it is renamed?")
    kimi.kernel.execute("import os; os.rename('analysis.ipynb', 'renamed.ipynb')")
    page = Page(browser, notebook="renamed.ipynb")
    assert page.of("conversation")[-1]["turns"][-1]["prompt"] == "Before it is renamed?"
    kimi.kernel.execute(
        "path = os.path.abspath('renamed.ipynb')\nfrom kimi_jupyter.store import open_store\n"
        "there = len(open_store()[0].conversations(path))"
    )
    assert kimi.kernel.value("there") >= 1
    kimi.kernel.execute("os.rename('renamed.ipynb', 'analysis.ipynb')")
    Page(browser)


def test_UI_20_messages_are_bundled_and_a_page_that_went_for_good_leaves_the_end_unknown(kimi, browser):  # noqa: N802
    kimi.kernel.execute("import kimi_jupyter.kernel.link.requests as r; r._AWAY = 0.3")
    watching = Page(browser)
    page = Page(browser, performs=False)
    kimi.server.delay = 0.002
    kimi.script(Reply("word " * 400, "", (("run_python", {"code": "x = 1"}),)), say())
    began = time.monotonic()
    turn = page.ask(wait=False)
    browser.pump(lambda: page.of("request"))
    assert len(watching.of("events")) <= 20 * (time.monotonic() - began) + 3
    page.drop()
    watching.wait(turn)
    assert [event.status for event in watching.events(turn, "CallFinished")] == ["unknown"]
    assert watching.ended(turn) == "complete"
    kimi.kernel.execute("r._AWAY = 60.0")


def test_CON_06_questions_sent_and_stopped_in_a_row_leave_nothing_behind(kimi, browser):  # noqa: N802
    page = Page(browser)
    for _ in range(20):
        page.send("ask", prompt="Again?", options={}, cells=[], attachments=[])
        page.send("stop", turn="")
    browser.pump(lambda: len([one for one in page.messages if one["kind"] in ("ack", "refused")]) >= 41)
    browser.pump(lambda: page.answer("look")["busy"] == "")
    assert all(page.ended(one["turn"]) for one in page.of("turn"))
    kimi.script(say("Still here."))
    assert page.said(page.ask("Still there?")) == "Still here."


def test_after_a_restart_the_conversation_goes_on(kimi, browser):
    page = Page(browser, lambda page, opened: None)
    answers = iter([{"verdict": "edit", "code": "x = 2"}, {"verdict": "deny"}])
    page.decide = lambda page, opened: page.run(opened, **now) if (now := next(answers, None)) else None
    kimi.script(say("Before."), run("x = 1"), run("y = 1"), run("z = 1"), None)
    first = page.ask("Before the restart?")
    page.ask("Cut off?", wait=False)
    browser.pump(lambda: len([one for one in page.of("open") if one["open"]]) == 3)
    browser.pages.clear()
    kimi.kernel.restart()
    kimi.kernel.execute("%load_ext kimi_jupyter")
    kimi.script(say("After."))
    back = Page(browser)
    past = back.of("conversation")[-1]["turns"]
    assert [entry["prompt"] for entry in past] == ["Before the restart?", "Cut off?"]
    assert past[0]["turn"] == first
    events = past[1]["events"]
    assert [event["status"] for event in events if event["type"] == "call_finished"] == ["ok", "denied", "interrupted"]
    assert [event["code"] for event in events if event["type"] == "decided"] == ["x = 2"]
    assert events[-1]["type"] == "turn_ended"
    assert back.said(back.ask("And after?")) == "After."
    texts = [message["content"] for message in kimi.sent()["messages"]]
    assert "Before." in texts


def test_unloading_closes_the_comms(kimi, browser):
    page = Page(browser)
    kimi.kernel.client.execute("%unload_ext kimi_jupyter")
    browser.pump(lambda: page.closed)
    browser.pages.clear()
    kimi.kernel.execute("%load_ext kimi_jupyter")
    assert Page(browser).of("welcome")
