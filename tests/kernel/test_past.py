"""What is kept, in a real kernel: gone on with after a restart, looked through, exported, audited, forgotten."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import PLAIN, environment, run, say
from tests.support.kernels import Execution, Kernel, kernel
from tests.support.stores import change, written
from tests.support.widgets import FrontEnd

pytestmark = pytest.mark.kernel

Notebook = tuple[Kernel, OfflineServer, Path]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    """A kernel of a notebook, as Jupyter Server starts it."""
    place = tmp_path_factory.mktemp("past")
    with OfflineServer() as server:
        environ = environment(place, server) | {"JPY_SESSION_NAME": str(place / "work.ipynb")}
        with kernel(place, environ=environ) as live:
            live.execute(PLAIN)
            yield live, server, place


def restart(live: Kernel) -> None:
    live.restart()
    live.execute(PLAIN)


def messages(server: OfflineServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [r for r in server.requests if r.path.endswith("/chat/completions")][-1].body[
        "messages"
    ]
    return found


def store(place: Path) -> Path:
    (path,) = place.rglob("conversations.sqlite3")
    return path


class Killed(Exception):
    """The kernel is no more, and nothing will come from it."""


def kill_when(text: str, live: Kernel) -> Callable[[Execution], None]:
    """Kill the kernel, as ``kill -9`` does, once an output has this text."""

    def look(execution: Execution) -> None:
        if text in execution.text:
            os.killpg(os.getpgid(live.manager.provisioner.pid), signal.SIGKILL)  # type: ignore[union-attr]
            raise Killed

    return look


def test_sto_02_ker_08_a_question_whose_kernel_was_killed_in_a_run_goes_on_and_lost_names_are_said(
    notebook: Notebook,
) -> None:
    live, server, place = notebook
    marker = place / "ran"
    cut_off = f"open({str(marker)!r}, 'a').write('once ')\nprint('in the middle')\nimport time; time.sleep(60)"
    server.script([run("prices = [1, 2]; total = sum(prices)"), run(cut_off)])
    with pytest.raises(Killed):
        live.execute("%%kimi\nWhich 价格 is highest?", ["y", "y"], on_output=kill_when("\nin the middle", live))
    restart(live)
    server.script([say("It goes on: two prices.")])
    done = live.execute("%kimi resume")
    assert done.reply["status"] == "ok", done.text
    said = "What this conversation made is not in this kernel. These names do not exist: total, prices."
    assert said in done.text
    asked = messages(server)[-1]
    assert asked["role"] == "user"
    assert said in asked["content"]
    assert "Go on with what was interrupted. It was cut off, as when a kernel dies." in asked["content"]
    results = [message["content"] for message in messages(server) if message["role"] == "tool"]
    assert len(results) == 2
    assert "whether it had an effect is unknown" in results[1]
    assert marker.read_text() == "once ", "what was cut off is not run again"
    server.script([say()])
    assert said not in live.execute("%%kimi\nAnd now?").text, "it is said once"
    assert "answered to its end" in live.execute("%kimi resume").text
    with sqlite3.connect(f"file:{store(place)}?mode=ro", uri=True) as db:
        (title,) = db.execute("SELECT title FROM conversations").fetchone()
    db.close()
    assert title == "Which 价格 is highest?"


def test_what_was_said_is_found_and_gone_back_to(notebook: Notebook) -> None:
    live, server, _ = notebook
    live.execute("%kimi new")
    server.script([say("Nothing is like it.", reasoning="A NEAR( thought about walruses.")])
    live.execute('%%kimi\nSomething "else" entirely')
    listed = live.execute("%kimi history").text
    assert "Which 价格 is highest?" in listed
    assert "* " in listed
    assert "reasoning" in live.execute("%kimi history walrus").text
    assert "价格" in live.execute("%kimi history 价格").text
    server.script([run("print('\\x1b]0;owned\\x07 a dugong')"), say()])
    live.execute("%%kimi\nPrint it.", ["y"])
    printed = live.execute("%kimi history dugong").text
    assert "\\x1b]0;owned\\x07 a dugong" in printed, "what was printed does nothing to who looks for it"
    assert "\x1b" not in printed
    assert "Nothing that was said" in live.execute("%kimi history no-such-word").text
    line = next(line for line in listed.splitlines() if "价格" in line)
    key = line.split()[0]
    assert "Goes on with 'Which 价格 is highest?'" in live.execute(f"%kimi history open {key}").text
    server.script([say("I am back.")])
    live.execute("%%kimi\nStill there?")
    assert "价格" in messages(server)[1]["content"]
    assert "No conversation has the id" in live.execute("%kimi history open zzz").text


def test_a_conversation_leaves_as_lines_as_text_and_as_a_notebook(notebook: Notebook) -> None:
    live, _, place = notebook
    assert "Written as jsonl" in live.execute("%kimi export jsonl said.jsonl").text
    head, *lines = map(json.loads, (place / "said.jsonl").read_text().splitlines())
    assert head["title"] == "Which 价格 is highest?"
    assert [line["role"] for line in lines][:3] == ["user", "assistant", "tool"]
    assert "Written as markdown" in live.execute("%kimi export said.md").text
    text = (place / "said.md").read_text()
    assert "> Which 价格 is highest?" in text
    assert "```python\nprices = [1, 2]; total = sum(prices)\n```" in text
    assert "is there already" in live.execute("%kimi export said.md").text
    assert "Written as notebook" in live.execute("%kimi export notebook said.ipynb").text
    made = nbformat.read(place / "said.ipynb", 4)
    nbformat.validate(made)
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert "in the middle" in code[1].source
    assert [(cell.source, cell.metadata.kimi.status) for cell in code] == [
        ("prices = [1, 2]; total = sum(prices)", "ok"),
        (code[1].source, "unknown"),
    ]
    assert any("It goes on: two prices." in cell.source for cell in made.cells)


def test_sto_18_the_audit_shows_who_decided_and_notices_a_change(notebook: Notebook) -> None:
    live, server, place = notebook
    server.script([run("1 + 1"), say()])
    live.execute("%%kimi\nAgain.", ["n not that"])
    table = live.execute("%kimi audit").text
    assert re.search(
        r"run_python +deny +user +0\.\d s +not run +[0-9a-f]{8} +kimi-k2-thinking @ custom +1 \+ 1\n", table
    )
    assert "not run" in table
    assert "unknown" in table
    whole = live.execute("%kimi audit verify").text
    assert "The audit is whole" in whole
    head = whole.split("hash is ")[1][:64]
    assert "The audit is whole" in live.execute(f"%kimi audit verify {head}").text
    with sqlite3.connect(store(place)) as db:
        db.execute("UPDATE audit SET body = replace(body, '\"deny\"', '\"run\"')")
    db.close()
    found = live.execute("%kimi audit verify").text
    assert "does not hold, 2 faults:" in found
    assert "was changed" in found


def test_what_is_forgotten_is_gone_from_the_disk(notebook: Notebook) -> None:
    live, server, place = notebook
    assert b"walruses" in store(place).read_bytes() + store(place).with_name(store(place).name + "-wal").read_bytes()
    gone = live.execute("%kimi forget all").text
    assert "Forgotten: 2 conversations" in gone
    for file in store(place).parent.iterdir():
        assert b"walruses" not in file.read_bytes()
        assert "价格".encode() not in file.read_bytes()
    assert "No conversation is kept" not in live.execute("%kimi history").text, "a new one has begun"
    assert "forget all" in live.execute("%kimi forget everything").text
    server.script([say("Fresh.")])
    live.execute("%config KimiMagics.keep_content = False\n%config KimiMagics.keep_reasoning = False")
    live.execute("%%kimi\nA secret plan")
    for file in store(place).parent.iterdir():
        assert b"secret plan" not in file.read_bytes()


def test_where_conversations_are_kept_is_said_once_and_old_ones_are_forgotten_at_the_start(tmp_path: Path) -> None:
    with OfflineServer() as server, kernel(tmp_path, environ=environment(tmp_path, server)) as live:
        live.execute(PLAIN)
        server.script([say(), say()])
        first = live.execute("%%kimi\nWhere do walruses live?").text
        assert f"Conversations are kept in {store(tmp_path)}, on this machine only." in first
        assert "%config KimiMagics.store = False keeps none" in first
        change(store(tmp_path), "UPDATE conversations SET updated = '2026-01-01T00:00:00.000+00:00'")
        restart(live)
        live.execute("%config KimiMagics.keep_days = 30")
        later = live.execute("%%kimi\nHello again?").text
        assert "Forgotten: conversations not used for 30 days (keep_days): 1." in later
        assert "are kept in" not in later
        assert b"walruses" not in written(store(tmp_path))


FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, resource.RLIM_INFINITY))"


def test_sto_05_sec_07_a_disk_that_fills_up_in_a_turn_is_one_line_and_costs_no_request(notebook: Notebook) -> None:
    live, server, place = notebook
    live.execute("%config KimiMagics.keep_content = True\n%config KimiMagics.keep_reasoning = True\n%kimi new")
    server.script([run(FULL.format(0)), say()])
    line = f"kimi: The store {store(place)} can't be written: disk I/O error. Check the disk and its quota."
    assert line in live.execute("%%kimi\nFill it", ["y"]).text.splitlines()
    before = len(server.requests)
    assert line in live.execute("%%kimi\nIs there room?").text.splitlines()
    assert len(server.requests) == before, "it is said before anything is asked"
    live.execute(FULL.format("resource.RLIM_INFINITY"))
    server.script([say("There is room.")])
    assert "There is room." in live.execute("%%kimi\nAnd now?").text
    assert "unknown" in next(message["content"] for message in messages(server) if message["role"] == "tool")


def test_sto_14_to_17_a_saved_notebook_has_no_key_no_nonce_and_nothing_that_is_not_shown(notebook: Notebook) -> None:
    """Whenever it is saved: by hand, as a checkpoint, by itself in the middle of a turn, with the widgets' state."""
    live, server, _ = notebook
    live.execute("%config KimiMagics.widget = True\n%kimi new\nsecret = 'ptarmigan'")
    saved: list[str] = []
    front = FrontEnd(live, lambda front, opened: front.run(opened))
    server.script([run("print(len(secret))", reasoning="I count."), say("Nine letters.")])
    done = front.ask("How long is it?", on_output=lambda so_far: saved.append(json.dumps(so_far.outputs)))
    assert done.reply["status"] == "ok", done.text
    assert len(saved) > 2
    nonces = {message["open"]["nonce"] for message in front.messages if message.get("open")}
    assert len(nonces) == 1
    texts = {"autosaved": "".join(saved), "saved": json.dumps(done.outputs), "state": json.dumps(front.state)}
    for name, text in texts.items():
        assert server.key not in text, name
        assert not any(nonce in text for nonce in nonces), name
        for hidden in ("ptarmigan", "<context>", "You are Kimi"):  # sent, and shown nowhere
            assert hidden not in text, name
    for told in ("How long is it?", "I count.", "print(len(secret))", "Nine letters."):
        assert told in texts["saved"]
        assert told not in texts["state"]
