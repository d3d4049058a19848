"""What Kimi does in a notebook from the sidebar: code as cells, edits, taking back, errors, stopping.

Each test is a whole turn in JupyterLab, since what matters is how the parts meet: the card, the cells and the kernel.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.cards import LOAD
from tests.support.labpage import SLOW, LabPage
from tests.support.sidepanel import (
    allow,
    ask,
    button,
    let,
    prepare,
    python,
    sidebar,
    sources,
    step,
    type_at_end,
    until,
    wants,
)

pytestmark = pytest.mark.browser

IMPORT = "import pandas as pd\nsales = pd.DataFrame({'price': [1.5, 2.5], 'shop': ['a', 'b']})"


def test_KER_11_APP_24_code_becomes_a_cell_after_what_the_user_queued_and_can_be_taken_back(page: LabPage) -> None:  # noqa: N802
    first = "order.append('kimi')\nprint(order, 'größe 🐼')\n\n"
    calls = python(first), python("print('second', order)")
    user = until("acts-run") + "order = ['user']"
    prepare(page, "acts-run.ipynb", LOAD, wants(*calls), "x = 20", user, run=3)
    ask(page)
    expect(step(page, 1).get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=SLOW)
    page.run(3)  # the user's own cell, while the card waits
    page.wait_running(3)
    allow(page, 1)
    expect(step(page, 1)).to_contain_text("runs…")
    page.wait_running(3)  # still the user's: the new cell is not there before its turn comes
    expect(page.cell(3).locator(".cm-content")).to_contain_text("os.path.exists")
    let(page, "acts-run")
    expect(page.output(3)).to_contain_text("['user', 'kimi'] größe 🐼", timeout=SLOW)
    allow(page, 2)
    expect(page.output(4)).to_contain_text("second", timeout=SLOW)
    expect(sidebar(page)).to_contain_text("Done.", timeout=SLOW)

    saved = page.save()["cells"]
    assert [cell["source"] for cell in saved[2:]] == ["x = 20", first.strip("\n"), calls[1][1]["code"], user]
    assert [cell["execution_count"] for cell in saved[2:]] == [3, 5, 6, 4]
    assert set(saved[3]["metadata"]["kimi"]) == {"turn", "call"}
    assert "kimi" not in saved[2]["metadata"]

    type_at_end(page, 4, "  # mine")
    button(page, "Revert this turn").click()
    expect(sidebar(page)).to_contain_text("Took back: 1 cell added. 1 cell that you changed since stays as it is.")
    assert sources(page)[2:] == ["x = 20", calls[1][1]["code"] + "  # mine", user]
    expect(button(page, "Revert this turn")).to_have_count(0)


def test_CON_01_an_edit_is_shown_as_a_diff_never_overwrites_and_a_turn_can_be_taken_back(page: LabPage) -> None:  # noqa: N802
    edit = "edit_cell", {"cell": "3", "source": "total = 2"}
    calls = (
        ("read_cells", {}),
        edit,
        edit,
        ("run_cell", {"cell": "3"}),
        ("add_cell", {"source": "## Result", "type": "markdown", "after": "end"}),
        ("delete_cell", {"cell": "4"}),
        ("move_cell", {"cell": "3", "after": "top"}),
    )
    prepare(page, "acts-edit.ipynb", LOAD, wants(*calls), "total = 1", "print('old')", run=4)
    ask(page)

    card = step(page, 2)
    expect(card).to_contain_text("Changes cell 3: total = 1", timeout=SLOW)
    expect(card.locator(".cm-deletedChunk")).to_have_text("total = 1")
    expect(card.locator(".cm-line.cm-changedLine")).to_have_text("total = 2")
    type_at_end(page, 2, " + 10")
    allow(page, 2)
    expect(card).to_contain_text("Nothing was changed", timeout=SLOW)
    expect(page.cell(2).locator(".cm-content")).to_have_text("total = 1 + 10")

    expect(step(page, 3)).to_contain_text("Changes cell 3: total = 1 + 10", timeout=SLOW)
    allow(page, 3)
    expect(page.cell(2).locator(".cm-content")).to_have_text("total = 2")
    expect(step(page, 4)).to_contain_text("Runs cell 3: total = 2", timeout=SLOW)
    expect(step(page, 4).get_by_role("button", name="Edit", exact=True)).to_have_count(0)
    allow(page, 4)
    expect(step(page, 5)).to_contain_text("A new Markdown cell at the end", timeout=SLOW)
    allow(page, 5)
    expect(step(page, 6)).to_contain_text("Deletes cell 4: print('old')", timeout=SLOW)
    allow(page, 6)
    expect(step(page, 7)).to_contain_text("Moves cell 3: total = 2 — to the top", timeout=SLOW)
    allow(page, 7)
    expect(sidebar(page)).to_contain_text("Done.", timeout=SLOW)
    assert sources(page) == ["total = 2", LOAD, wants(*calls), "## Result"]

    button(page, "Revert this turn").click()
    expect(sidebar(page)).to_contain_text("Took back: 1 cell added, 1 changed, 1 deleted, 1 moved.")
    cells = page.save()["cells"]
    assert [cell["source"] for cell in cells] == [LOAD, wants(*calls), "total = 1 + 10", "print('old')"]
    assert cells[3]["outputs"][0]["text"] == "old\n"


def test_APP_07_an_error_is_fixed_from_its_output_by_a_real_click(page: LabPage) -> None:  # noqa: N802
    failing = "mean = sales['prise'].mean()\nprint('mean', mean)"
    prepare(page, "acts-fix.ipynb", "%load_ext kimi_jupyter", IMPORT, failing, run=3)
    fix = page.output(2).get_by_role("button", name="Fix with Kimi")
    fix.evaluate("button => { button.click(); button.dispatchEvent(new MouseEvent('click', {bubbles: true})); }")
    expect(sidebar(page)).to_have_count(0)
    fix.click()
    expect(sidebar(page)).to_contain_text("@cell:3 failed with KeyError.", timeout=SLOW)
    expect(step(page, 1).get_by_role("textbox", name="Code of step 1")).to_contain_text("price", timeout=SLOW)
    allow(page, 1)
    expect(page.output(3)).to_contain_text("mean 2.0", timeout=SLOW)
    expect(sidebar(page)).to_contain_text("There is no prise; what is there is price", timeout=SLOW)
    expect(page.output(3).get_by_role("button", name="Fix with Kimi")).to_have_count(0)

    page.page.set_viewport_size({"width": 1700, "height": 900})  # with less room the cell toolbar hides
    page.cell(1).locator(".cm-content").click()
    explain = page.cell(1).get_by_role("button", name="Explain with Kimi")
    explain.evaluate("button => button.click()")
    expect(sidebar(page).get_by_role("article")).to_have_count(1)
    explain.click()
    expect(sidebar(page).get_by_role("article").last).to_contain_text("Explain what @cell:2 does.", timeout=SLOW)


def test_KER_10_stop_ends_the_turns_own_cell_and_no_other(page: LabPage) -> None:  # noqa: N802
    never, loop = python("print('never')"), python("print('go')\nwhile True: pass")
    slow = until("acts-stop") + "print('mine ran to its end')"
    prepare(page, "acts-stop.ipynb", LOAD, wants(never), wants(loop), wants(loop), slow, run=2)
    ask(page, "Wait behind mine.")
    expect(step(page, 1).get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=SLOW)
    page.run(4)
    page.wait_running(4)
    allow(page, 1)
    expect(sidebar(page)).to_contain_text("runs…")
    button(page, "Stop").click()
    expect(sidebar(page)).to_contain_text("stopped by you", timeout=SLOW, ignore_case=True)
    let(page, "acts-stop")
    expect(page.output(4)).to_contain_text("mine ran to its end", timeout=SLOW)
    assert "print('never')" not in sources(page)

    for index, name, stop in ((2, "Stop in the sidebar.", "sidebar"), (3, "The kernel's own.", "notebook")):
        page.run(index)
        page.wait_done(index)
        ask(page, name)
        turn = sidebar(page).get_by_role("article").last
        run = turn.get_by_role("button", name="Run", exact=True)
        expect(run).to_be_enabled(timeout=SLOW)
        run.click()
        expect(page.output(index + 1)).to_contain_text("go", timeout=SLOW)
        if stop == "sidebar":
            button(page, "Stop").click()
        else:
            page.stop()
        expect(page.output(index + 1)).to_contain_text("KeyboardInterrupt", timeout=SLOW)
        expect(turn).to_contain_text("interrupted", timeout=SLOW, ignore_case=True)
        # What it left is taken away, so that the cells below keep their places.
        turn.get_by_role("button", name="Revert this turn").click()
        expect(page.output(index + 1)).not_to_contain_text("KeyboardInterrupt")


def test_UI_21_a_cell_that_is_deleted_and_a_notebook_that_is_renamed_while_it_runs(page: LabPage) -> None:  # noqa: N802
    calls = python(until("acts-gone") + "print('over')"), python("print('still here')")
    prepare(page, "acts-gone.ipynb", LOAD, wants(*calls), "x = 1", run=3)
    ask(page)
    allow(page, 1)
    page.wait_running(3)
    page.cell(3).locator(".jp-InputPrompt").click()
    page.page.keyboard.press("d")
    page.page.keyboard.press("d")
    page.page.evaluate("window.jupyterapp.shell.currentWidget.context.rename('acts-renamed.ipynb')")
    expect(page.page.get_by_role("tab", name="acts-renamed.ipynb")).to_be_visible(timeout=SLOW)
    let(page, "acts-gone")
    allow(page, 2)
    expect(page.output(3)).to_contain_text("still here", timeout=SLOW)
    step(page, 1).get_by_text("What the model was told").click()
    expect(step(page, 1)).to_contain_text("deleted", timeout=SLOW)
    expect(step(page, 2)).to_contain_text(re.compile("done in"))
