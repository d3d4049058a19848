"""A turn in its widget, in JupyterLab: watched, decided in the card, stopped, steered, reloaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.test_cells import CONTRAST
from tests.support.labpage import SLOW, LabPage

pytestmark = pytest.mark.browser

LOAD = "%load_ext kimi_jupyter"


def button(page: LabPage, index: int, name: str) -> Locator:
    return page.output(index).get_by_role("button", name=name, exact=True)


def run_card(page: LabPage, index: int) -> None:
    """Press Run in a cell's open card, as soon as it may be pressed."""
    expect(button(page, index, "Run")).to_be_enabled(timeout=SLOW)
    button(page, index, "Run").click()


CODE = "df_clean = [22, 31, 47]\\nprint('cleaned', len(df_clean))"


def ask(page: LabPage, name: str, *after: str, code: str = CODE) -> None:
    """Open a notebook whose question is answered with code to run, and run all of it."""
    page.open(name, LOAD, _scripted(code), "%%kimi\nDo it.", *after)
    page.run_all()


def test_run_in_the_card_while_the_cell_runs_and_the_next_cells_wait(page: LabPage) -> None:
    ask(page, "card.ipynb", "print('later:', sorted(df_clean))")
    expect(page.output(2).get_by_role("region", name="Step 1")).to_be_visible(timeout=SLOW)
    expect(page.output(2).get_by_role("textbox", name="Code of step 1")).to_contain_text("df_clean")
    page.wait_running(2)
    expect(page.output(3)).to_have_text("")
    run_card(page, 2)
    expect(page.output(3)).to_contain_text("later: [22, 31, 47]", timeout=SLOW)
    expect(page.stdin(2)).to_have_count(0)
    kinds = [set(output.get("data", {})) for output in page.save()["cells"][2]["outputs"]]
    assert any("application/vnd.kimi-jupyter.turn+json" in kind for kind in kinds)
    assert not any("application/vnd.jupyter.widget-view+json" in kind for kind in kinds)
    assert "text/markdown" in kinds[-1]


def test_an_edit_in_the_card_is_what_runs(page: LabPage) -> None:
    ask(page, "card-edit.ipynb", "print(mine)")
    expect(button(page, 2, "Edit")).to_be_enabled(timeout=SLOW)
    button(page, 2, "Edit").click()
    editor = page.output(2).get_by_role("textbox", name="Code of step 1")
    editor.click()
    page.page.keyboard.press("Control+A")
    page.page.keyboard.type("mine = 'edited by me'\nprint(mine)")
    run_card(page, 2)
    expect(page.output(3)).to_contain_text("edited by me", timeout=SLOW)
    expect(page.output(2)).to_contain_text("edited by you")


def test_a_refusal_takes_a_reason_and_runs_nothing(page: LabPage) -> None:
    ask(page, "card-no.ipynb", "print('df_clean' in globals())")
    expect(button(page, 2, "Refuse")).to_be_enabled(timeout=SLOW)
    button(page, 2, "Refuse").click()
    page.page.keyboard.type("not on my data")
    page.page.keyboard.press("Enter")
    expect(page.output(3)).to_contain_text("False", timeout=SLOW)
    expect(page.output(2)).to_contain_text("refused: not on my data")


def test_APP_07_08_nothing_but_a_real_click_runs_anything(page: LabPage) -> None:  # noqa: N802
    ask(page, "card-app.ipynb")
    run = button(page, 2, "Run")
    expect(run).to_be_visible(timeout=SLOW)
    run.evaluate("button => { button.disabled = false; button.click(); }")  # at once, and by a script
    expect(button(page, 2, "Run the rest")).to_be_enabled()  # Run itself looks so since the script
    run.evaluate("button => button.click()")
    run.evaluate("button => button.dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    page.page.keyboard.press("Enter")
    expect(page.output(2).get_by_role("region", name="Step 1")).to_contain_text("waiting for you")
    page.wait_running(2)
    run_card(page, 2)
    page.wait_done(2)


def test_APP_01_code_must_have_been_seen_to_its_end(page: LabPage) -> None:  # noqa: N802
    ask(page, "card-long.ipynb", code="print('harmless')" + "\\n" * 300 + "print('at the end')")
    expect(page.output(2)).to_contain_text("blank lines; the code goes on below", timeout=SLOW)
    page.page.wait_for_timeout(700)
    expect(button(page, 2, "Run")).to_be_disabled()
    expect(page.output(2)).to_contain_text("Scroll to the end of the code first.")
    page.output(2).locator(".cm-scroller").evaluate("scroller => scroller.scrollTo(0, scroller.scrollHeight)")
    run_card(page, 2)
    expect(page.output(2)).to_contain_text("at the end", timeout=SLOW)


@pytest.mark.parametrize("stage", ["waiting", "running"])
def test_stop_in_the_widget_ends_the_turn_and_the_next_one_works(page: LabPage, stage: str) -> None:
    page.open(
        f"card-stop-{stage}.ipynb", LOAD, _scripted("print('go')\\nwhile True: pass"), "%%kimi\nDo it.", "print(7)"
    )
    page.run(0)
    page.run(1)
    page.wait_done(1)
    page.run(2)
    if stage == "running":
        run_card(page, 2)
        expect(page.output(2)).to_contain_text("go", timeout=SLOW)
    expect(button(page, 2, "Stop")).to_be_visible(timeout=SLOW)
    button(page, 2, "Stop").click()
    expect(page.output(2)).to_contain_text("stopped by you", timeout=10_000, ignore_case=True)
    page.run(3)
    expect(page.output(3)).to_contain_text("7", timeout=SLOW)


def test_a_note_reaches_the_model_at_the_next_step(page: LabPage) -> None:
    ask(page, "card-note.ipynb")
    expect(button(page, 2, "Run")).to_be_visible(timeout=SLOW)
    note = page.output(2).get_by_role("textbox", name="Add a note for the next step")
    note.fill("keep the original names")
    note.press("Enter")
    expect(page.output(2)).to_contain_text("Your note goes out with the next step.")
    run_card(page, 2)
    page.wait_done(2)
    expect(page.output(2)).to_contain_text("keep the original names")


def test_UI_18_a_reloaded_page_shows_the_waiting_card_and_can_decide(page: LabPage) -> None:  # noqa: N802
    ask(page, "card-reload.ipynb")
    expect(button(page, 2, "Run")).to_be_enabled(timeout=SLOW)
    page.save()
    page.page.reload()
    expect(page.notebook).to_be_visible(timeout=SLOW)
    run_card(page, 2)
    expect(page.output(2)).to_contain_text("What was sent", timeout=SLOW)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_record_reads_well_after_a_reload_without_a_kernel(page: LabPage, theme, tmp_path: Path) -> None:
    name = f"card-{theme.split()[-1].lower()}.ipynb"
    ask(page, name)
    page.set_theme(theme)
    expect(button(page, 2, "Run")).to_be_enabled(timeout=SLOW)
    lowest = page.output(2).evaluate(CONTRAST)
    assert lowest["ratio"] >= 4.5, lowest
    run_card(page, 2)
    page.wait_done(2)
    page.save()
    page.close()
    page.page.reload()
    expect(page.notebook).to_be_visible(timeout=SLOW)
    record = page.output(2)
    expect(record.get_by_role("region", name="Step 1")).to_be_visible(timeout=SLOW)
    expect(record.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    expect(record.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    record.get_by_role("region", name="Reasoning").first.get_by_role("button").click()
    expect(record.locator(".kimi-thoughts").first).to_be_visible()
    lowest = record.evaluate(CONTRAST)
    assert lowest["ratio"] >= 4.5, lowest


def test_make_it_a_cell_puts_the_code_below_and_runs_nothing(page: LabPage) -> None:
    ask(page, "card-cell.ipynb")
    run_card(page, 2)
    page.wait_done(2)
    button(page, 2, "Make it a cell").first.click()
    expect(page.cell(3).locator(".cm-content")).to_contain_text("df_clean")
    expect(page.prompt(3)).to_have_text("[ ]:")


def test_an_unreadable_record_says_so_in_one_line(page: LabPage) -> None:
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    bundle = {"application/vnd.kimi-jupyter.turn+json": {"version": 99}, "text/html": "<b>old</b>", "text/plain": "old"}
    cell = new_code_cell("%%kimi\nq", outputs=[new_output("display_data", data=bundle)])
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), page.lab.root / "card-odd.ipynb")
    page.open("card-odd.ipynb")
    expect(page.output(0)).to_contain_text(re.compile("record can’t be read"), timeout=SLOW)


def _scripted(code: str) -> str:
    """A cell that lets this kernel's offline endpoint ask for some code, and then say that it is done."""
    return (
        "from kimi_jupyter.kernel import extension\nfrom kimi_jupyter.offline.reply import Reply\n"
        "session = extension._loaded.session\nsession.endpoint()\n"
        f'code = """{code}"""\n'
        "call = ('run_python', {'code': code, 'purpose': 'do it'})\n"
        "session._offline.script([Reply('Let me.', '', (call,)), Reply('', 'Done.')])"
    )
