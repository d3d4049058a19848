"""With nobody there: programs that run notebooks, a question over a notebook, and code that was approved before."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from kimi_jupyter.__main__ import main
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings.approved import read_approved
from kimi_jupyter.store import open_store
from kimi_jupyter.view.record import MIME
from tests.kernel.conftest import PLAIN, Scripted, environment, run, say
from tests.support.isolation import clean_environment
from tests.support.kernels import kernel

pytestmark = pytest.mark.kernel

SALES = "import pandas as pd\nsales = pd.DataFrame({'region': list('nsns'), 'price': [1.0, 2.0, 4.0, 8.0]})"
QUESTION = "What is the mean price by region in sales?"
BIN = Path(sys.executable).parent


def write(path, *cells, outputs=()):
    made = [new_markdown_cell("# Sales"), *map(new_code_cell, cells)]
    made[-1]["outputs"] = list(outputs)
    nbformat.write(new_notebook(cells=made), path)
    return path


@pytest.fixture
def command(capsys):
    """The shell's command, in this process: its exit code, and what it printed to each stream."""

    def run_it(*arguments):
        try:
            code = main([*map(str, arguments)])
        finally:
            out, err = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=out, stderr=err)

    return run_it


def quickest_decision(place):
    """Seconds between a call and the decision on it, of the quickest in a store whose audit is sound."""
    store, _ = open_store(next(place.rglob("conversations.sqlite3")))
    try:
        lines = [line for line in store.audit() if line.kind in ("proposed", "decided")]
        assert store.verify_audit() == []
    finally:
        store.close()
    times = [datetime.fromisoformat(line.at) for line in lines]
    return min((after - before).total_seconds() for before, after in zip(times[::2], times[1::2], strict=True))


@pytest.mark.parametrize(
    "runner",
    [
        [BIN / "jupyter-nbconvert", "--to", "notebook", "--execute", "--output", "out.ipynb", "in.ipynb"],
        [BIN / "papermill", "--no-progress-bar", "--kernel", "python3", "in.ipynb", "out.ipynb"],
        [BIN / "jupyter-execute", "--output=out", "in.ipynb"],
    ],
    ids=["nbconvert", "papermill", "jupyter execute"],
)
def test_app_25_nothing_runs_nothing_hangs_and_it_says_what_to_set(tmp_path, home, runner):
    write(tmp_path / "in.ipynb", SALES, "%load_ext kimi_jupyter", f"%%kimi\n{QUESTION}", "'next'")
    done = subprocess.run(
        runner, cwd=tmp_path, capture_output=True, text=True, timeout=110, env=clean_environment(home), check=False
    )
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    shown = "".join(output.get("data", {}).get("text/plain", "") for output in cells[3].outputs)
    assert "refused by rule: Nobody can be asked here" in shown
    assert "KIMI_JUPYTER_APPROVE=auto" in shown
    assert cells[4].outputs[0].data["text/plain"] == "'next'"


def test_a_question_over_a_notebook_ends_with_the_code_that_tells_how(tmp_path, command, monkeypatch):
    notebook = write(tmp_path / "a.ipynb", SALES)
    before = notebook.read_bytes()
    refused = command("run", notebook, "--ask", QUESTION)
    assert refused.returncode == 4
    assert "kimi-jupyter: step 1: run_python: refused by rule: Nobody can be asked here" in refused.stderr

    answered = command("run", notebook, "--ask", QUESTION, "--approve", "auto")
    assert answered.returncode == 0, answered.stderr
    assert "| s | 5 |" in answered.stdout
    assert "2.5" in answered.stdout

    monkeypatch.setenv("KIMI_JUPYTER_OFFLINE", "1")
    again = command("run", notebook, "--ask", QUESTION, "--json")
    events = [json.loads(line) for line in again.stdout.splitlines()]
    assert again.returncode == 0, again.stderr
    assert [event["type"] for event in (events[0], events[-1])] == ["turn_started", "turn_ended"]
    assert any(event["type"] == "notice" and event["text"].startswith("Replayed") for event in events)
    (sent,) = (event for event in events if event["type"] == "sent")
    assert [part[:2] for part in sent["parts"]] == [["cell", "[1]"], ["value", "sales"]]  # no cell of ours
    assert notebook.read_bytes() == before


@pytest.mark.parametrize(
    ("cells", "options", "code", "said"),
    [
        (["1 / 0"], [], 3, "Cell 2 failed: ZeroDivisionError: division by zero"),
        ([SALES], ["--provider", "nowhere"], 2, "nowhere"),
        ([SALES], ["--approved", "missing.json"], 2, "missing.json can't be read"),
        (None, [], 2, "no notebook"),
    ],
)
def test_what_keeps_it_from_asking_is_said_in_one_line(tmp_path, command, cells, options, code, said):
    notebook = tmp_path / "a.ipynb"
    if cells is None:
        notebook.write_text("{}")
    else:
        write(notebook, *cells)
    done = command("run", notebook, "--ask", QUESTION, *options)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_app_22_only_code_that_the_user_allowed_in_their_own_store_runs_where_nobody_is_asked(
    tmp_path, command, monkeypatch
):
    mine, theirs, approved = tmp_path / "mine", tmp_path / "theirs", tmp_path / "approved.json"
    mine.mkdir()
    theirs.mkdir()
    good, evil = "good = 6 * 7", "evil = 1"
    events = [
        {"type": "call_proposed", "call": name, "code": code, "digest": "0" * 64}
        for name, code in (("a", good), ("b", evil))
    ]
    record = new_output("display_data", data={MIME: {"version": 1, "events": events}, "text/plain": ""})
    notebook = write(tmp_path / "a.ipynb", "%load_ext kimi_jupyter", "%%kimi\nGo.", "'end'", outputs=[record])
    with OfflineServer() as server:
        at_home = environment(mine, server) | {"JPY_SESSION_NAME": str(notebook)}
        with kernel(mine, environ=at_home) as live:
            kimi = Scripted(live, server)
            live.execute(PLAIN)
            kimi.script(run(good), say("Done."), run("unseen = 1"), say("Done."))
            kimi.ask(answers=["y"])
            kimi.ask(options="--approve auto")

        nothing = command("approve", notebook, "--approved", approved)
        assert (nothing.returncode, approved.exists()) == (1, False)
        assert "2 of the pieces of code in its records you have not allowed here" in nothing.stdout
        monkeypatch.setenv("JUPYTER_DATA_DIR", at_home["JUPYTER_DATA_DIR"])
        done = command("approve", notebook, "--approved", approved)
        assert done.returncode == 0, done.stderr
        assert "user  good = 6 * 7" in done.stdout
        assert "1 of the pieces of code in its records you have not allowed here" in done.stdout
        assert [one.code for one in read_approved(approved)] == [good]
        assert "auto  unseen = 1" in command("approve", notebook, "--auto", "--dry-run").stdout

        for setting, ran in ({}, [False, False]), ({"KIMI_JUPYTER_APPROVED": str(approved)}, [True, False]):
            with kernel(theirs, environ=environment(theirs, server) | setting) as live:
                kimi = Scripted(live, server)
                live.execute(PLAIN)
                kimi.script(run(good), run(evil), say("Done."))
                kimi.ask("Go.", stdin=False)
                assert live.value("['good' in globals(), 'evil' in globals()]") == ran
        assert quickest_decision(theirs) < 0.1
    approved.chmod(0o666)
    refused = command("run", notebook, "--ask", "Anything?", "--approved", approved)
    assert "Others may write to" in refused.stderr
