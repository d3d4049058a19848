"""A turn in its widget, in JupyterLab: watched, decided in the card, stopped, steered, reloaded."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_cells import CONTRAST
from tests.support.axe import violations
from tests.support.cards import LOAD, ask, button, press, run_card, scripted, step
from tests.support.labpage import SLOW, LabPage

pytestmark = pytest.mark.browser


THOUGHT = " ".join(f"Row {row} holds {row * row}." for row in range(400))
#: Calls each command whose id holds a word; returns their ids.
COMMANDS = """async word => {
    const { commands } = window.jupyterapp;
    const ours = commands.listCommands().filter(id => id.toLowerCase().includes(word));
    await Promise.race([
        Promise.allSettled(ours.map(async id => commands.execute(id))),
        new Promise(done => setTimeout(done, 2000)),
    ]);
    return ours;
}"""
STEPS = ("df_clean = [22, 31, 47]\nprint('cleaned', len(df_clean))", "mine = 0", "other = 1")


def test_a_turn_is_watched_decided_steered_stopped_and_read_again(either: LabPage) -> None:
    """UI-18, APP-16; in JupyterLab and in Notebook 7."""
    page = either
    later = "print('later:', sorted(df_clean), mine, 'other' in globals())"
    cells = [scripted(*STEPS, reasoning=THOUGHT, answer="It is **done**."), "%%kimi\nDo it.", later]
    page.open("turn.ipynb", LOAD, *cells, scripted("print('go')\nwhile True: pass"), "%%kimi\nAgain.", "print(7)")
    page.run_all()
    output = page.output(2)
    reasoning = output.get_by_role("region", name="Reasoning", exact=True)
    expect(reasoning).to_contain_text("Thinking…", timeout=SLOW)
    expect(reasoning).to_contain_text("Row 200 holds 40000.")
    expect(output.get_by_role("textbox", name="Code of step 1")).to_contain_text("df_clean", timeout=SLOW)
    expect(reasoning).to_contain_text("Thought for")
    expect(reasoning).not_to_contain_text("Row 200 holds")  # folded again
    page.wait_running(2)
    expect(page.output(3)).to_have_text("")
    run_card(page, 2)
    press(page, 2, "Edit")
    output.get_by_role("textbox", name="Code of step 2").click()
    page.page.keyboard.press("Control+A")
    page.page.keyboard.type("mine = 'edited by me'")
    run_card(page, 2)
    note = output.get_by_role("textbox", name="Add a note for the next step")
    expect(step(page, 2, 3)).to_contain_text("waiting for you", timeout=SLOW)
    note.fill("keep the original names")
    note.press("Enter")
    press(page, 2, "Refuse")
    expect(output.locator("input:focus, textarea:focus")).to_be_visible()  # the reason's box has the cursor
    page.page.keyboard.type("not on my data")
    page.page.keyboard.press("Enter")
    expect(page.output(3)).to_contain_text("later: [22, 31, 47] edited by me False", timeout=SLOW)
    for number, words in enumerate(("done in", "edited by you", "refused: not on my data"), 1):
        expect(step(page, 2, number)).to_contain_text(words)
    expect(output).to_contain_text("keep the original names")
    expect(output.locator(".jp-RenderedMarkdown strong")).to_have_text("done")
    run_card(page, 5)  # of two questions in one Run All the second waits for the first
    expect(page.output(5)).to_contain_text("go", timeout=SLOW)
    press(page, 5, "Stop")
    expect(page.output(5)).to_contain_text("stopped by you", timeout=10_000, ignore_case=True)
    expect(page.prompt(6)).to_have_text("[ ]:")  # a stopped cell stops Run All
    page.run(6)
    expect(page.output(6)).to_contain_text("7", timeout=SLOW)
    assert page.cell(2).locator(".jp-Stdin-input").count() == 0
    kinds = [set(output.get("data", {})) for output in page.save()["cells"][2]["outputs"]]
    assert sum("application/vnd.kimi-jupyter.turn+json" in kind for kind in kinds) == 1
    assert not any("application/vnd.jupyter.widget-view+json" in kind for kind in kinds)
    assert "text/markdown" in kinds[-1]
    for lives in (True, False):
        if not lives:
            page.close()
        page.page.reload()
        expect(step(page, 2, 3)).to_contain_text("refused: not on my data", timeout=SLOW)
        for name in ("Run", "Edit", "Refuse", "Stop"):
            expect(button(page, 2, name)).to_have_count(0)
        page.wait_idle()
        expect(button(page, 2, "Undo")).to_have_count(0)  # the last run was another turn's
        # That one printed and changed nothing.
        expect(button(page, 5, "Undo")).to_have_count(0)
    reasoning.get_by_role("button").click()
    expect(reasoning).to_contain_text("Row 200 holds")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_turn_of_several_steps_breaks_no_rule_of_accessibility(page: LabPage, theme: str) -> None:
    page.open("axe.ipynb", LOAD, scripted("x = 1", "1 / 0", "print(2)"), "%%kimi\nDo it.")
    page.set_theme(theme)
    page.run_all()
    run_card(page, 2)
    run_card(page, 2)
    expect(step(page, 2, 3)).to_contain_text("waiting for you", timeout=SLOW)
    for state in ("waiting", "editing", "refusing", "over"):
        if state == "over":
            page.page.keyboard.press("Enter")
            page.wait_done(2)
            for fold in page.output(2).locator("summary, .kimi-fold").all():
                fold.click()
        elif state != "waiting":
            press(page, 2, "Edit" if state == "editing" else "Refuse")
        assert violations(page.page, ".kimi-turn") == [], state
        lowest = page.output(2).evaluate(CONTRAST)
        assert lowest["ratio"] >= 4.5, (state, lowest)


def test_app_07_08_09_nothing_but_a_real_click_runs_anything(page: LabPage) -> None:
    ask(page, "card-app.ipynb")
    run = button(page, 2, "Run")
    expect(run).to_be_visible(timeout=SLOW)
    run.evaluate("button => { button.disabled = false; button.click(); }")  # at once, and by a script
    expect(button(page, 2, "Run the rest")).to_be_enabled()  # Run itself looks so since the script
    run.evaluate("button => button.click()")
    run.evaluate("button => button.dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    page.page.keyboard.press("Enter")
    ours = page.page.evaluate(COMMANDS, "kimi")
    assert "kimi-jupyter:ask" in ours  # what a CommandLinker in an output could call
    page.page.keyboard.press("Escape")
    expect(step(page, 2, 1)).to_contain_text("waiting for you")
    page.wait_running(2)
    run_card(page, 2)
    page.wait_done(2)


CODE = f"""x = '''
```
<!-- not to be hidden -->
[link]: https://example.org
'''
y = 1{" " * 900}; z = 2{chr(10) * 300}print('at the end')"""
PURPOSE = "SAFE \x1b[32m" + "reviewed and approved by your administrator. " * 230
#: Whether a text is on screen within an editor's width.
WITHIN = """(editor, text) => {
    const walker = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && !walker.currentNode.data.includes(text));
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const [part, all] = [range.getBoundingClientRect(), editor.getBoundingClientRect()];
    return part.width > 0 && part.left >= all.left && part.right <= all.right;
}"""


def test_app_01_02_03_04_code_is_seen_whole_before_it_may_run(page: LabPage) -> None:
    page.open("card-long.ipynb", LOAD, scripted(CODE, purpose=PURPOSE), "%%kimi\nDo it.")
    page.run_all()
    output, editor = page.output(2), page.output(2).get_by_role("textbox", name="Code of step 1")
    expect(output).to_contain_text("blank lines; the code goes on below", timeout=SLOW)
    expect(button(page, 2, "Edit")).to_be_enabled()  # the card has settled
    page.page.wait_for_timeout(700)
    expect(button(page, 2, "Run")).to_be_disabled()
    expect(output).to_contain_text("Scroll to the end of the code first.")
    for text in ("```", "<!-- not to be hidden -->", "[link]: https://example.org"):
        expect(editor).to_contain_text(text)
    assert editor.evaluate(WITHIN, "z")
    expect(output.locator(".kimi-purpose")).to_contain_text("SAFE \\x1b[32mreviewed")
    assert len(output.locator(".kimi-purpose").inner_text()) < 400
    expect(output.locator(".kimi-card-head")).not_to_contain_text("SAFE")
    output.locator(".cm-scroller").evaluate("scroller => scroller.scrollTo(0, scroller.scrollHeight)")
    run_card(page, 2)
    expect(output).to_contain_text("at the end", timeout=SLOW)


def test_ui_18_19_21_a_closed_renamed_and_reopened_notebook_has_the_waiting_card(page: LabPage) -> None:
    ask(page, "card-reload.ipynb")
    expect(button(page, 2, "Run")).to_be_enabled(timeout=SLOW)
    page.save()
    page.page.reload()
    expect(button(page, 2, "Run")).to_be_enabled(timeout=SLOW)
    page.rename("card-renamed.ipynb")
    page.save()
    page.page.goto("about:blank")
    page.open("card-renamed.ipynb", idle=False)
    run_card(page, 2)
    expect(page.output(2)).to_contain_text("What was sent", timeout=SLOW)


def test_make_it_a_cell_puts_the_code_below_and_runs_nothing(page: LabPage) -> None:
    ask(page, "card-cell.ipynb")
    run_card(page, 2)
    page.wait_done(2)
    button(page, 2, "Make it a cell").first.click()
    expect(page.cell(3).locator(".cm-content")).to_contain_text("df_clean")
    expect(page.prompt(3)).to_have_text("[ ]:")
    page.apart(2)
    page.page.locator(".jp-LinkedOutputView").get_by_role("button", name="Make it a cell").first.click()
    expect(page.page.locator(".jp-LinkedOutputView .kimi-said")).to_contain_text("stands apart from its notebook")
