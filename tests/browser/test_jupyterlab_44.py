"""JupyterLab 4.4 and Notebook 7.4, the oldest that are supported: a turn in the sidebar and one in a cell.

The server is of an environment of its own, and the kernel of this one, as where an administrator keeps the server.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.cards import LOAD
from tests.support.kernels import LABS, jupyterlab_with
from tests.support.lab import Lab, running_lab
from tests.support.labpage import SLOW, LabPage, NotebookPage
from tests.support.sidepanel import allow, ask, box, prepare, python, question, sidebar, sources, step, wants

pytestmark = pytest.mark.browser

_EXTENSION = Path(__file__).parents[2] / "kimi_jupyter" / "labextension"
(OLDEST,) = LABS


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server with the oldest JupyterLab, this tree's extension and this environment's kernel."""
    place = tmp_path_factory.mktemp("oldest")
    for folder in ("kernels/python3", "labextensions"):
        (place / "share" / folder).mkdir(parents=True)
    (place / "share" / "labextensions" / "kimi-jupyter").symlink_to(_EXTENSION, target_is_directory=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"})
    (place / "share" / "kernels" / "python3" / "kernel.json").write_text(kernel)
    with running_lab(place, {"JUPYTER_PATH": str(place / "share")}, jupyterlab_with(OLDEST)) as lab:
        yield lab


def test_a_cell_and_the_sidebar_work_and_know_of_each_other(page: LabPage) -> None:
    calls = (
        python("value = 6 * 7\nprint('value', value)"),
        ("edit_cell", {"cell": "3", "source": "note = 'overwritten'"}),
    )
    script = wants(*calls).replace(
        "Reply('', 'Done.')",
        "Reply('', 'Done.'), Reply('Again.', '', (('run_python', {'code': 'print(value + 1)', 'purpose': 'p'}),)), "
        "Reply('', 'It is 43.'), Reply('', 'The heron.')",
    )
    told = "print([m['content'] for m in endpoint.requests[-1].body['messages'] if m['role'] != 'system'])"
    prepare(page, "oldest.ipynb", LOAD, script, "note = 'mine'", "%%kimi\nAnd one more?", told, run=3)
    page.cell(2).locator(".jp-InputPrompt").click()
    ask(page, "What is six times seven?")
    allow(page, 1)
    expect(page.output(3)).to_contain_text("value 42", timeout=SLOW)
    reasoning = step(page, 1).get_by_role("group", name="Reasoning of step 1")
    reasoning.get_by_role("button").click()
    expect(reasoning).to_contain_text("Let me.")
    expect(step(page, 2).locator(".cm-deletedChunk")).to_have_text("note = 'mine'", timeout=SLOW)
    step(page, 2).get_by_role("button", name="Refuse", exact=True).click()
    page.page.keyboard.type("it is mine")
    page.page.keyboard.press("Enter")
    expect(question(page, 1)).to_contain_text("Done.", timeout=SLOW)
    expect(question(page, 1)).to_contain_text("refused: it is mine")

    # The cell's card is the widget's, and the sidebar follows.
    page.run(4)
    run = page.output(4).get_by_role("button", name="Run", exact=True)
    expect(run).to_be_enabled(timeout=SLOW)
    run.click()
    expect(page.output(4)).to_contain_text("It is 43.", timeout=SLOW)
    expect(question(page, 2)).to_contain_text("It is 43.", timeout=SLOW)
    page.wait_done(4)
    ask(page, "Which bird?")
    expect(question(page, 3)).to_contain_text("The heron.", timeout=SLOW)
    page.run(5)
    for part in ("six times seven", "it is mine", "And one more?", "It is 43.", "Which bird?"):
        expect(page.output(5)).to_contain_text(part, timeout=SLOW)
    assert sources(page)[2:4] == ["note = 'mine'", calls[0][1]["code"]]


@pytest.mark.parametrize("either", [NotebookPage], indirect=True)
def test_in_Notebook_the_sidebar_is_in_the_right_area(either: LabPage) -> None:  # noqa: N802
    page = either
    prepare(page, "classic.ipynb", LOAD, wants(python("print('as a cell')")), run=2)
    page.menu("View", "Right Sidebar", "Show Kimi")
    expect(box(page)).to_be_visible(timeout=SLOW)
    ask(page)
    allow(page, 1)
    expect(page.output(2)).to_contain_text("as a cell", timeout=SLOW)
    expect(sidebar(page)).to_contain_text("Done.", timeout=SLOW)
