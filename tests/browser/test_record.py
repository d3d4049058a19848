"""A saved record in JupyterLab: drawn with no kernel, from a file that may come from anywhere."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import Locator, expect

from kimi_jupyter.chat.events import event_to_dict
from kimi_jupyter.view.record import MIME, saved
from kimi_jupyter.view.transcript import Transcript
from kimi_jupyter.view.turn import Turn
from tests.support.cards import LOAD, button, press, run_card, scripted
from tests.support.labpage import SLOW, LabPage
from tests.view.golden import golden
from tests.view.payloads import EVERYTHING
from tests.view.test_hostile import hostile

pytestmark = pytest.mark.browser

#: What could act or fetch: elements by their tag, attributes by their name. CodeMirror has empty images of its own.
ACTING = """() => {
    const tags = 'script, style, link, meta, base, iframe, object, embed, video, audio, image, use, form, a';
    const names = /^(on|src|srcset|href|poster|action|background|data-commandlinker)/;
    const acts = ({ name, value }) => names.test(name) || (name === 'style' && value.includes('url'));
    const all = [...document.querySelectorAll('.kimi-record *')];
    return [
        ...all.filter(element => element.matches(tags)).map(element => element.outerHTML),
        ...all.flatMap(element => [...element.attributes].filter(acts).map(({ name, value }) => `${name}=${value}`)),
    ];
}"""


def bundle(name: str) -> dict[str, Any]:
    """What a notebook keeps of a golden turn."""
    events = golden(name)
    turn = Turn()
    for event in events:
        turn.apply(event)
    return saved(turn, Transcript(events))[0]


def open_outputs(page: LabPage, name: str, *bundles: dict[str, Any]) -> Locator:
    """Open a notebook whose one cell has these outputs, with no kernel; returns what is below the cell."""
    outputs = [new_output("display_data", data=data) for data in bundles]
    cell = new_code_cell("%%kimi\nWhich is heaviest?", execution_count=1, outputs=outputs)
    kernel = {"name": "gone", "display_name": "Gone", "language": "python"}
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), page.lab.root / name)
    page.page.goto(f"{page.lab.url}lab/workspaces/{name.removesuffix('.ipynb')}/tree/{name}?token={page.lab.token}")
    page.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click(timeout=SLOW)
    expect(page.output(0)).to_be_visible(timeout=SLOW)
    return page.output(0)


def test_a_record_is_drawn_with_no_kernel_and_offers_only_what_needs_none(page: LabPage) -> None:
    record = open_outputs(page, "record.ipynb", bundle("two_steps"))
    for number in (1, 2):
        expect(record.get_by_role("region", name=f"Step {number}")).to_be_visible(timeout=SLOW)
    expect(record.get_by_role("textbox", name="Code of step 1")).to_contain_text("groupby")
    expect(record).to_contain_text("done in 12 ms")
    names = [button.inner_text() for button in record.get_by_role("button").all()]
    assert not {"Run", "Edit", "Refuse", "Run the rest", "Allow this code again", "Undo", "Stop"} & set(names)
    # A record is no page of HTML here: the static one beside it is for other readers.
    expect(record.locator(".jp-RenderedHTMLCommon details[style]")).to_have_count(0)
    sessions = page.page.request.get(
        f"{page.lab.url}api/sessions", headers={"Authorization": f"token {page.lab.token}"}
    ).json()
    assert [session for session in sessions if session["path"] == "record.ipynb"] == []


def test_the_reasoning_of_a_record_opens(page: LabPage) -> None:
    record = open_outputs(page, "record-thought.ipynb", bundle("two_steps"))
    reasoning = record.get_by_role("group", name="Reasoning of step 1")
    expect(reasoning).not_to_contain_text("the mean body mass by species")
    reasoning.get_by_role("button").click(timeout=SLOW)
    expect(reasoning).to_contain_text("the mean body mass by species")


def test_app_22_a_record_s_code_becomes_cells_that_have_not_run(page: LabPage) -> None:
    record = open_outputs(page, "record-cell.ipynb", bundle("two_steps"))
    record.locator(".kimi-footer").get_by_role("button", name="Make it a cell").click(timeout=SLOW)
    expect(page.cell(1).locator(".cm-content")).to_contain_text("groupby")
    expect(page.cell(2).locator(".cm-content")).to_contain_text("5")
    for index in (1, 2):
        expect(page.prompt(index)).to_have_text("[ ]:")
    expect(page.prompt(0)).to_have_text("[1]:")


def test_ui_22_what_is_no_record_is_one_line_and_nothing_else(page: LabPage) -> None:
    odd: list[Any] = [None, "text", [], {}, {"version": 2, "events": []}]
    odd += [{"version": 1, "events": events} for events in ("all", [], [7], [{"type": "turn_started"}])]
    html = "<b>from elsewhere</b>"
    outputs = [{MIME: value, "text/html": html, "text/plain": html} for value in odd]
    output = open_outputs(page, "record-odd.ipynb", *outputs)
    line = "This record can’t be read here: it is damaged, or of another version."
    expect(output.locator(".jp-OutputArea-output")).to_have_text([line] * len(odd), timeout=SLOW)


def test_ui_01_to_16_hostile_texts_in_a_record_fetch_and_run_nothing(page: LabPage) -> None:
    page.page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    parts = [EVERYTHING[start : start + 24] for start in range(0, len(EVERYTHING), 24)]
    records = [
        {MIME: {"version": 1, "events": [event_to_dict(event) for event in hostile("\n\n".join(part))]}}
        for part in parts
    ]
    output = open_outputs(page, "record-evil.ipynb", *records)
    expect(output.locator(".kimi-footer")).to_have_count(len(parts), timeout=SLOW)
    for summary in output.locator(".kimi-record summary").all():
        summary.click()
    for reasoning in output.get_by_role("region", name="Reasoning").all():
        reasoning.get_by_role("button").first.click()
    assert page.page.evaluate(ACTING) == []
    assert page.outside == []


def test_a_link_shows_its_address_and_opens_only_after_a_second_click(page: LabPage) -> None:
    events = [
        {"type": "turn_started", "prompt": "q", "provider": "offline", "model": "m"},
        {"type": "step_started", "step": 1},
        {"type": "text_delta", "text": "See [the docs](https://docs.example.org/a?b=c)."},
        {"type": "call_proposed", "call": "c", "name": "run_python", "code": "1", "gated": True},
        {"type": "call_finished", "call": "c", "status": "ok", "text": "1", "seconds": 0},
        {"type": "turn_ended", "reason": "complete"},
    ]
    record = open_outputs(page, "record-link.ipynb", {MIME: {"version": 1, "events": events}})
    page.page.evaluate("() => { window.open = (...all) => { window.asked = all; }; }")
    record.get_by_role("button", name="the docs").click(timeout=SLOW)
    expect(record.get_by_role("group", name="Open this address?")).to_contain_text("https://docs.example.org/a?b=c")
    assert page.page.evaluate("window.asked ?? null") is None
    record.get_by_role("button", name="Open", exact=True).click()
    assert page.page.evaluate("window.asked") == ["https://docs.example.org/a?b=c", "_blank", "noopener,noreferrer"]


def test_undo_is_offered_in_the_record_of_the_run_that_the_kernel_could_undo(page: LabPage) -> None:
    question = "%%kimi\nDo it."
    page.open("undo.ipynb", LOAD, "x = 1", scripted("x = 2"), question, scripted("x = 3"), question, "print('x is', x)")
    for cell in (0, 1, 2, 3):
        page.run(cell)
    run_card(page, 3)
    page.wait_done(3)  # until then it is the live view's
    expect(button(page, 3, "Undo")).to_have_attribute("title", "Undo the last run: x", timeout=SLOW)
    page.save()
    page.page.reload()
    expect(button(page, 3, "Undo")).to_be_visible(timeout=SLOW)  # the kernel lives
    button(page, 3, "Undo").evaluate("button => button.click()")  # APP-07: no script's
    for cell in (4, 5):
        page.run(cell)
    run_card(page, 5)
    page.wait_done(5)
    expect(button(page, 5, "Undo")).to_be_visible(timeout=SLOW)
    expect(button(page, 3, "Undo")).to_have_count(0)
    press(page, 5, "Undo")
    expect(page.output(5)).to_contain_text("put back: x", timeout=SLOW)
    expect(button(page, 5, "Undo")).to_have_count(0)
    page.run(6)
    expect(page.output(6)).to_contain_text("x is 2", timeout=SLOW)
    for cell in (4, 5):
        page.run(cell)
    run_card(page, 5)
    page.wait_done(5)
    expect(button(page, 5, "Undo")).to_be_visible(timeout=SLOW)
    page.restart()
    expect(button(page, 5, "Undo")).to_have_count(0)
    page.wait_idle()
    page.run(0)
    page.wait_done(0)
    expect(button(page, 5, "Undo")).to_have_count(0)
