"""The notebook's cells from its file and from what ran, whichever of them is newer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config

from kimi_jupyter.context.cells import cell_text
from kimi_jupyter.context.terms import Terms
from kimi_jupyter.kernel.notebook import notebook_cells
from kimi_jupyter.kernel.runs import Runs


class Session:
    """A real shell whose runs are watched, and a notebook file beside it."""

    def __init__(self, place: Path) -> None:
        self.shell = InteractiveShell(config=Config({"HistoryManager": {"hist_file": ":memory:"}}))
        self.runs = Runs()
        self.runs.watch(self.shell)
        self.path = place / "n.ipynb"

    def run(self, source: str, key: str | None = None) -> int:
        """Run a cell as a front end does, and return its number."""
        number = self.shell.execution_count
        self.shell.run_cell(source, store_history=True, cell_id=key)
        return number

    def save(self, *cells, later: bool = True) -> None:
        """Write the file, after all that ran or before it."""
        notebook = new_notebook(cells=list(cells))
        nbformat.write(notebook, self.path)
        when = time.time() + (100 if later else -100)
        os.utime(self.path, (when, when))

    def cells(self, key: str = "new") -> list[str]:
        """The cells as they would be told to a question, ``->`` where the question stands."""
        self.run("%%kimi\nwhat?", key)
        seen = notebook_cells(self.shell, str(self.path), self.runs)
        told = [cell_text(cell, Terms(500)).removeprefix("## ") for cell in seen.cells]
        return [*told[: seen.here], "->", *told[seen.here :]]


@pytest.fixture
def session(tmp_path: Path):
    session = Session(tmp_path)
    yield session
    session.runs.unwatch(session.shell)
    session.shell.history_manager.end_session()


def cell(source: str, key: str, number: int | None = None, *outputs: str):
    """A cell of the file."""
    shown = [new_output("stream", text=text) for text in outputs]
    return new_code_cell(source, id=key, execution_count=number, outputs=shown)


def test_without_a_file_the_last_run_of_each_cell_counts(session):
    session.run("x = 1", "a")
    session.run("y = 1", "b")
    session.run("x = 2", "a")
    assert session.cells() == ["Cell [2]\ny = 1", "Cell [3]\nx = 2", "->"]


def test_a_cell_edited_and_run_after_saving_is_told_as_it_ran(session):
    session.run("x = 2", "a")
    session.save(cell("x = 1", "a", 7), later=False)
    assert session.cells() == ["Cell [1]\nx = 2", "->"]


def test_a_cell_edited_after_it_ran_is_told_as_it_ran_and_as_it_is(session):
    session.run("x = 1", "a")
    session.save(cell("x = 3", "a", 1))
    assert session.cells() == ["Cell [1]\nx = 1", "Cell [ ]\nx = 3", "->"]


def test_a_deleted_cell_is_not_told_and_one_not_yet_saved_is(session):
    session.run("kept = 1", "a")
    session.run("gone = 1", "b")
    session.save(cell("kept = 1", "a", 1))
    assert session.cells() == ["Cell [1]\nkept = 1", "->"]
    session.save(cell("kept = 1", "a", 1), later=False)
    assert session.cells() == ["Cell [1]\nkept = 1", "Cell [2]\ngone = 1", "->"]


def test_ids_that_are_not_the_files_delete_nothing(session):
    session.run("kept = 1", "vscode#1")
    session.run("old = 1", "vscode#2")
    session.save(cell("kept = 1", "a", 1), cell("new = 1", "b", 2))
    assert session.cells() == ["Cell [1]\nkept = 1", "Cell [2]\nold = 1", "->", "Cell [ ]\nnew = 1"]


def test_numbers_and_outputs_of_an_earlier_kernel_do_not_count(session):
    session.save(cell("a = 1", "a", 1, "of yesterday"), cell("b = 1", "b", 2, "of yesterday"), later=False)
    session.run("a = 1", "a")
    first, here, second = session.cells()
    assert first == "Cell [1]\na = 1"
    assert here == "->"
    assert second == "Cell [ ]\nb = 1\n## Output [ ]\nof yesterday"


def test_what_a_run_printed_comes_from_a_file_saved_since(session):
    session.run("print('now')", "a")
    session.save(cell("print('now')", "a", 1, "now"))
    assert session.cells() == ["Cell [1]\nprint('now')\n## Output [1]\nnow", "->"]


def test_equal_cells_are_told_apart_by_their_ids(session):
    session.run("t", "a")
    session.run("t", "b")
    session.save(cell("t", "a", 1), cell("t", "b", 2), later=False)
    assert [one.split("\n")[0] for one in session.cells()] == [
        "Cell [1] (failed: NameError)",
        "Cell [2] (failed: NameError)",
        "->",
    ]


def test_the_question_stands_where_its_cell_stands(session):
    session.save(cell("a = 1", "a"), cell("%%kimi\nwhat?", "q"), cell("b = 1", "b"), cell("%%kimi\nwhat?", "r"))
    assert session.cells("q") == ["Cell [ ]\na = 1", "->", "Cell [ ]\nb = 1"]


def test_a_question_not_yet_saved_stands_behind_the_cell_that_ran_last(session):
    session.save(new_markdown_cell("# Plan"), cell("a = 1", "a"), cell("b = 1", "b"), later=False)
    session.run("a = 1", "a")
    assert session.cells() == ["Markdown [ ]\n# Plan", "Cell [1]\na = 1", "->", "Cell [ ]\nb = 1"]


def test_a_failed_cell_is_told_with_the_line_it_failed_in(session):
    session.run("def f(d):\n    return d['k']\nf({})", "a")
    (told, _) = session.cells()
    assert told.startswith("Cell [1] (failed: KeyError)\n")
    assert told.endswith("KeyError: 'k'")
    assert "return d['k']" in told.partition("## Output")[2]


def test_a_saved_failure_is_told_with_the_line_it_came_from(session):
    trace = [
        "\x1b[31m----\x1b[39m",
        "Traceback",
        "Cell In[1], line 2\n      1 x = 1\n\x1b[32m----> 2\x1b[39m 1/0\n",
        "File lib.py:9\n----> 9 deeper()",
    ]
    error = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=trace)
    session.save(new_code_cell("x = 1\n1/0", execution_count=1, outputs=[error]))
    told = session.cells()[0]
    assert told.startswith("Cell [ ] (failed: ZeroDivisionError)")
    assert told.endswith("line 2: 1/0\nZeroDivisionError: division by zero")


def test_no_more_than_so_many_runs_are_remembered(session):
    for number in range(510):
        session.run(f"{number}")
    assert len(session.runs.ended) == 500


def test_a_notebook_of_an_older_format_is_read(session):
    code = {"cell_type": "code", "input": ["a = 1"], "prompt_number": 3, "outputs": [], "language": "python"}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [code]}]}
    session.path.write_text(json.dumps(old))
    assert session.cells() == ["Cell [ ]\na = 1", "->"]


def test_reading_a_notebook_does_not_import_nbformat(session):
    session.save(cell("a = 1", "a"))
    code = (
        "import sys; from pathlib import Path; from kimi_jupyter.context.cells import cells_from_notebook;"
        f"assert len(cells_from_notebook(Path({str(session.path)!r}))) == 1; assert 'nbformat' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
