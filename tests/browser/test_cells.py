"""``%%kimi`` cells in JupyterLab, answered by the offline endpoint and approved at the stdin prompt."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.labpage import LabPage

pytestmark = pytest.mark.browser

LOAD = "%load_ext kimi_jupyter\n%config KimiMagics.widget = False"
TABLE = """\
import pandas as pd
df = pd.DataFrame({"Name ": [" ann", "bob ", "bob ", None], "age": ["31", "47", "47", "22"], "team": list("xyyx")})"""
CLEAN = "%%kimi\nClean this table up"
#: Lowest contrast of any text against what is behind it (WCAG 2.2 asks 4.5 of normal text). Highlighted code is left
#: out: it has the theme's own colours, those of the user's cells.
CONTRAST = """(root) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const over = (colours) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = ([r, g, b]) => [r, g, b]
        .map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const lowest = { ratio: 21, text: "" };
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, element = node.parentElement;
        if (!node.data.trim() || !element.checkVisibility() || element.closest("pre span, .cm-line span")) continue;
        const behind = [];
        let opacity = 1;
        for (let at = element; at; at = at.parentElement) {
            behind.unshift(getComputedStyle(at).backgroundColor);
            opacity *= Number(getComputedStyle(at).opacity);
        }
        const [back, front] = [over(behind), over([...behind, getComputedStyle(element).color])];
        const seen = front.map((part, index) => part * opacity + back[index] * (1 - opacity));
        const [low, high] = [light(back), light(seen)].sort((a, b) => a - b);
        // A mark such as ✓ is a graphic, of which 3 is asked.
        const ratio = ((high + 0.05) / (low + 0.05)) * (/[\\p{L}\\p{N}]/u.test(node.data) ? 1 : 4.5 / 3);
        if (ratio < lowest.ratio) Object.assign(lowest, { ratio, text: node.data.trim().slice(0, 60) });
    }
    return lowest;
}"""


def test_run_all_keeps_its_order_while_the_code_is_approved(page: LabPage) -> None:
    page.open("order.ipynb", LOAD, TABLE, CLEAN, "print('later:', sorted(df_clean['age']))", "print('last')")
    page.run_all()
    asked = page.answer(2, "y")
    assert "Run this?" in asked
    page.wait_running(2)
    expect(page.output(3)).to_have_text("")  # it waits for the cell before it
    page.answer_each(2, "y")
    page.wait_done(4)
    expect(page.output(2)).to_contain_text("offline endpoint")
    expect(page.output(3)).to_have_text("later: [22, 31, 47]")
    expect(page.output(4)).to_have_text("last")
    assert [cell.execution_count for cell in page.save().cells] == [1, 2, 3, 4, 5]


def test_the_code_is_shown_before_the_question_and_a_no_runs_nothing(page: LabPage) -> None:
    page.open("no.ipynb", LOAD, TABLE, CLEAN, "print('df_clean' in globals())")
    page.run_all()
    expect(page.stdin(2)).to_be_visible(timeout=30_000)
    expect(page.output(2)).to_contain_text("print(")
    page.answer_each(2, "n leave it as it is")
    expect(page.output(2)).to_contain_text("leave it as it is")
    page.wait_done(3)
    expect(page.output(3)).to_have_text("False")


def test_an_edit_runs_what_the_user_made_of_it(page: LabPage) -> None:
    page.open("edit.ipynb", LOAD, TABLE, CLEAN, "print(mine)")
    page.run_all()
    page.answer(2, "e")
    page.answer(2, "mine = 'my own version'")
    page.answer_each(2, "n")
    page.wait_done(3)
    expect(page.output(3)).to_have_text("my own version")
    expect(page.output(2)).to_contain_text("edited by you")


def test_the_stop_button_ends_a_question_that_waits_and_the_next_one_works(page: LabPage) -> None:
    page.open(
        "stop.ipynb", LOAD, TABLE, CLEAN, "print('df_clean' in globals())", "%%kimi --approve auto\nHow many rows?"
    )
    for index in (0, 1):
        page.run(index)
        page.wait_done(index)
    page.run(2)
    expect(page.stdin(2)).to_be_visible(timeout=30_000)
    page.stop()
    page.wait_done(2)
    expect(page.output(2)).to_contain_text(re.compile("stopped|interrupted", re.IGNORECASE))
    page.run(3)
    expect(page.output(3)).to_have_text("False", timeout=30_000)
    page.run(4)
    page.wait_done(4)
    expect(page.output(4)).to_contain_text("4 rows")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_turn_is_readable_in_the_theme_and_after_a_reload(page: LabPage, theme: str) -> None:
    page.open("theme.ipynb", LOAD, TABLE, CLEAN)
    page.set_theme(theme)
    page.run_all()
    page.answer_each(2, "y")
    for panel in page.output(2).locator("details").all():
        panel.evaluate("panel => { panel.open = true; }")
    lowest = page.output(2).evaluate(CONTRAST)
    assert lowest["ratio"] >= 4.5, lowest
    page.save()
    page.open("theme.ipynb")
    expect(page.output(2)).to_contain_text("offline endpoint")
    expect(page.output(2)).to_contain_text("df_clean")
