"""A long question in the background, in JupyterLab: its plan, its budget, its code between the user's cells."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.cards import LOAD, run_card, step
from tests.support.labpage import SLOW, LabPage

pytestmark = pytest.mark.browser

SCRIPT = """\
plan = lambda **asked: Reply("I plan.", "", (("plan", asked),))
code = lambda text: Reply("I run.", "", (("run_python", {"code": text, "purpose": "do it"}),))
endpoint.script([plan(add=["drop empty rows", "plot", "report"]), code("print('dropped', 3)"), plan(done=[1]),
                 Reply("", "All is **done**.")])"""
TOLD = "[m['content'] for m in endpoint.requests[-1].body['messages'] if '[x] 2.' in m['content']]"


def test_a_question_goes_on_below_its_cell_with_a_plan_and_a_budget(page: LabPage) -> None:
    page.open(
        "long.ipynb", f"{LOAD}\n%config KimiMagics.ask_steps = 2", SCRIPT, "%%kimi --bg\nClean it.", "6 * 7", TOLD
    )
    for cell in range(4):
        page.run(cell)
    expect(page.output(3)).to_contain_text("42", timeout=SLOW)  # the question's cell is over
    output = page.output(2)
    plan = output.get_by_role("region", name="Plan", exact=True)
    expect(plan.get_by_role("checkbox")).to_have_count(3, timeout=SLOW)
    plan.get_by_role("checkbox").nth(1).click()
    expect(output.get_by_role("status")).to_contain_text("plan goes out with the next step")
    run_card(page, 2)
    expect(output).to_contain_text("dropped 3", timeout=SLOW)
    expect(output).to_contain_text("reached: 2 steps")
    run_card(page, 2)
    expect(output.locator(".jp-RenderedMarkdown strong")).to_have_text("done", timeout=SLOW)
    expect(step(page, 2, 2)).to_contain_text("done in")
    expect(output).to_contain_text("4 of 300 steps")
    assert [box.is_checked() for box in plan.get_by_role("checkbox").all()] == [True, True, False]
    page.run(4)
    expect(page.output(4)).to_contain_text("drop empty rows", timeout=SLOW)
    assert any("text/markdown" in one.get("data", {}) for one in page.save()["cells"][2]["outputs"])
