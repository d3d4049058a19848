"""A notebook's conversation outlives its kernel."""

from __future__ import annotations

import sqlite3

import pytest

from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import environment, run, say
from tests.support.kernels import kernel

pytestmark = pytest.mark.kernel


@pytest.fixture
def notebook(tmp_path):
    """A kernel of a notebook, as Jupyter Server starts it."""
    with OfflineServer() as server:
        environ = environment(tmp_path, server) | {"JPY_SESSION_NAME": str(tmp_path / "work.ipynb")}
        with kernel(tmp_path, environ=environ) as live:
            live.execute("%load_ext kimi_jupyter")
            yield live, server, tmp_path


def messages(server):
    return server.requests[-1].body["messages"]


def test_it_goes_on_after_a_restart_and_says_so(notebook):
    live, server, _ = notebook
    server.script([run("x = 1", reasoning="A thought to replay."), say("One."), say("I remember.")])
    live.execute("%%kimi\nFirst?", ["y"])
    before = messages(server)
    live.restart()
    live.execute("%load_ext kimi_jupyter")
    done = live.execute("%%kimi\nSecond?")
    assert messages(server)[: len(before)] == before
    assert [m["role"] for m in messages(server)] == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert messages(server)[2]["reasoning_content"] == "A thought to replay."
    assert "earlier conversation" in done.text + "".join(done.data("text/html"))
    assert "2 questions" in live.execute("%kimi").text


def test_a_kernel_that_dies_while_code_runs_leaves_a_history_that_goes_on(notebook):
    live, server, _ = notebook
    server.script([run("import os; os._exit(1)"), say("I remember.")])
    with pytest.raises((TimeoutError, RuntimeError, AssertionError)):
        live.execute("%%kimi\nDie.", ["y"], timeout=5)
    live.restart()
    live.execute("%load_ext kimi_jupyter")
    done = live.execute("%%kimi\nStill there?")
    assert done.reply["status"] == "ok", done.text
    tool = next(m for m in messages(server) if m["role"] == "tool")
    assert "unknown" in tool["content"]


def test_decisions_and_runs_are_written_down_before_they_happen(notebook):
    live, server, place = notebook
    server.script([run("x = 1"), run("x = 2"), say()])
    live.execute("%%kimi\nDo it.", ["y", "n not that"])
    (path,) = place.rglob("*.sqlite3")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        decisions = db.execute("select verdict, code, reason, length(digest) from decisions order by rowid").fetchall()
        runs = db.execute("select status from executions").fetchall()
    db.close()
    assert decisions == [("run", "x = 1", "", 64), ("deny", "x = 2", "not that", 64)]
    assert runs == [("ok",)]


def test_two_notebooks_do_not_share_a_conversation(notebook, tmp_path_factory):
    live, server, place = notebook
    server.script([say("One."), say("Two.")])
    live.execute("%%kimi\nFirst?")
    environ = environment(place, server) | {"JPY_SESSION_NAME": str(place / "other.ipynb")}
    other = tmp_path_factory.mktemp("other")
    with kernel(other, environ=environ) as second:
        second.execute("%load_ext kimi_jupyter")
        second.execute("%%kimi\nSecond?")
    assert [m["role"] for m in messages(server)] == ["system", "user"]


def test_an_unusable_store_is_said_and_everything_else_works(tmp_path):
    with OfflineServer() as server:
        environ = environment(tmp_path, server)
        data = tmp_path / "jupyter" / "data"
        (data / "kimi_jupyter").write_text("a file where a directory should be")
        with kernel(tmp_path, environ=environ) as live:
            server.script([run("x = 1"), say("Fine.")])
            live.execute("%load_ext kimi_jupyter")
            done = live.execute("%%kimi\nGo.", ["y"])
            assert done.reply["status"] == "ok"
            assert "memory" in done.text + "".join(done.data("text/html"))
