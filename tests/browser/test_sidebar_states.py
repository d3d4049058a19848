"""What the sidebar says of its kernel, what goes along with a question, and how it bears lost comms and old kernels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.support.cards import LOAD
from tests.support.kernels import python_with
from tests.support.lab import Lab
from tests.support.labpage import SLOW, LabPage, NotebookPage
from tests.support.sidepanel import (
    allow,
    ask,
    box,
    button,
    let,
    open_sidebar,
    prepare,
    python,
    question,
    sidebar,
    sources,
    step,
    until,
    wants,
)

pytestmark = pytest.mark.browser

CLOSE = "for comm in list(get_ipython().kernel.comm_manager.comms.values()): comm.close()"
#: The kernel's package is another release, and then one that speaks by other rules.
RELEASE = f"import kimi_jupyter.kernel.link.link as link\nlink.__version__ = '0.0.9'\n{CLOSE}"
PROTOCOL = f"""\
import sys
for name, module in list(sys.modules.items()):
    if name.startswith('kimi_jupyter.kernel.link') and hasattr(module, 'VERSION'):
        module.VERSION = 2
{CLOSE}"""
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
WORDS = " ".join(f"word{number}" for number in range(700))
SENT = "print(*[message['content'] for message in endpoint.requests[-1].body['messages'][1:]])"


def banner(page: LabPage, name: str | re.Pattern[str]) -> Locator:
    return sidebar(page).get_by_role("region", name=name)


def test_SEC_02_no_key_no_consent_and_another_version_are_told_with_what_to_do(page: LabPage) -> None:  # noqa: N802
    keyless = "%load_ext kimi_jupyter\n%kimi provider openrouter"
    cells = keyless, "%kimi provider offline", "%config KimiMagics.approve = 'auto'", RELEASE, PROTOCOL
    prepare(page, "states.ipynb", *cells, run=1)
    open_sidebar(page)
    no_key = banner(page, "OpenRouter needs a key")
    expect(no_key).to_contain_text("%kimi key", timeout=SLOW)
    expect(sidebar(page).get_by_role("textbox")).to_have_count(1)  # the question's: there is none to type a key into
    ask(page, "Is anybody there?")
    expect(box(page)).to_have_value("Is anybody there?", timeout=SLOW)
    expect(sidebar(page).get_by_role("article")).to_have_count(0)
    page.run(1)
    expect(no_key).to_have_count(0, timeout=SLOW)
    expect(box(page)).to_have_value("Is anybody there?")

    page.run(2)
    consent = sidebar(page).get_by_role("alert")
    expect(consent).to_contain_text("without asking", timeout=SLOW)
    consent.get_by_role("button", name="Ask first").click()
    expect(consent).to_have_count(0, timeout=SLOW)

    page.run(3)
    other = banner(page, "The kernel has kimi-jupyter 0.0.9, this page 0.1.0.")
    expect(other).to_contain_text("%pip install kimi-jupyter==0.1.0", timeout=SLOW)
    other.get_by_role("button", name="Dismiss").click()
    expect(other).to_have_count(0)
    page.run(4)
    expect(button(page, "Check again")).to_be_visible(timeout=SLOW)
    expect(sidebar(page)).to_contain_text("%pip install kimi-jupyter==0.1.0")


def drag(page: LabPage, what: Locator) -> None:
    """Drag something to the question with the mouse."""
    mouse, to = page.page.mouse, box(page).bounding_box()
    assert to is not None
    what.hover()
    mouse.down()
    mouse.move(to["x"] - 100, to["y"] - 100, steps=4)
    mouse.move(to["x"] + 20, to["y"] + 8, steps=4)
    mouse.up()


@pytest.fixture
def settings_forgotten(lab: Lab) -> Iterator[None]:
    """What is set in the sidebar is kept on the server: leave none of it to other tests."""
    yield
    (lab.root.parent / "settings" / "kimi-jupyter" / "plugin.jupyterlab-settings").unlink()


@pytest.mark.usefixtures("settings_forgotten")
def test_what_is_selected_or_dropped_goes_along_and_scratch_code_stays_in_the_chat(page: LabPage) -> None:
    page.page.set_viewport_size({"width": 1700, "height": 900})
    page.lab.root.joinpath("orders.csv").write_text("id,price\n1,9.5\n")
    run = python("here = 'scratch'\nprint('from', here)")
    cells = "price = 3\ntax = 0.25", "print('second')", "print('third')", "print('dragged')", SENT
    prepare(page, "along.ipynb", LOAD, wants(run), *cells, run=2)
    open_sidebar(page)
    along = sidebar(page).get_by_role("list", name="Sent along").get_by_role("listitem")

    page.cell(2).locator(".cm-content").click()
    page.page.keyboard.press("Control+End")
    page.page.keyboard.press("Shift+Home")
    page.page.keyboard.press("Control+Alt+j")
    expect(along).to_have_text(["selection of cell 3"])
    page.cell(3).locator(".jp-InputPrompt").click()
    page.cell(3).locator(".jp-InputPrompt").click(button="right")
    page.page.get_by_role("menuitem", name="Send the selection or the active cell along").click()
    expect(along.last).to_have_text("cell 4")
    page.cell(4).locator(".jp-InputPrompt").click()
    page.notebook.get_by_role("button", name="Send the selection or the active cell along").click()
    expect(along.last).to_have_text("cell 5")
    drag(page, page.cell(5).locator(".jp-InputPrompt"))
    expect(along.last).to_contain_text("dragged")
    page.page.get_by_role("button", name="Refresh the file browser.").click()
    drag(page, page.page.get_by_role("listitem", name=re.compile("^Name: orders.csv")).get_by_text("orders.csv"))
    expect(along.last).to_have_text("orders.csv")
    dropped = (
        "() => { const data = new DataTransfer(); data.items.add(new File(['from afar'], 'desk.txt')); return data; }"
    )
    box(page).dispatch_event("drop", {"dataTransfer": page.page.evaluate_handle(dropped)})
    expect(along.last).to_have_text("desk.txt")
    along.filter(has_text="cell 5").get_by_role("button", name="Remove cell 5").click()
    expect(along).to_have_count(5)

    button(page, "Controls").click()
    place = sidebar(page).get_by_role("combobox", name="Where its code goes")
    place.select_option("scratch")
    button(page, "Controls").click()
    ask(page, "Use what I sent.")
    expect(along).to_have_count(0)
    allow(page, 1)
    scratch = sidebar(page).get_by_role("region", name="Outputs of scratch code")
    expect(scratch).to_contain_text("from scratch", timeout=SLOW)
    expect(question(page, 1)).to_contain_text("Done.", timeout=SLOW)
    page.run(6)
    expect(page.output(6)).to_contain_text("Use what I sent.", timeout=SLOW)
    for part in ("selection of cell 3", "cell 4", "orders.csv", "1,9.5", "desk.txt", "from afar"):
        expect(page.output(6)).to_contain_text(part)
    expect(page.output(6)).not_to_contain_text("cell 5")
    assert len(sources(page)) == 7
    step(page, 1).get_by_role("button", name="Make it a cell").click()
    assert run[1]["code"] in sources(page)


def test_UI_20_a_comm_that_is_lost_twenty_times_leaves_the_same_text(page: LabPage) -> None:  # noqa: N802
    script = f"endpoint.delay = 0.005\nendpoint.script([Reply('Let me think.', {WORDS!r}), Reply('', 'And after.')])"
    prepare(page, "lost.ipynb", LOAD, script, run=2)
    ask(page, "Say all of it.")
    answer = question(page, 1)
    expect(answer).to_contain_text("word1 ", timeout=SLOW)
    over, streaming = answer.get_by_role("button", name="Copy answer"), 0
    for lost in range(20):
        if lost % 2:
            page.page.evaluate(f"() => {KERNEL}.reconnect()")
        else:
            page.page.evaluate(f"code => {KERNEL}.requestExecute({{code, silent: true}}).done", CLOSE)
        expect(sidebar(page)).not_to_contain_text("Reconnecting", timeout=SLOW)
        expect(button(page, "Controls")).to_be_enabled(timeout=SLOW)
        streaming += not over.count()
    assert streaming > 5, "it was said too soon"
    expect(over).to_be_visible(timeout=SLOW)
    assert answer.get_by_role("region", name="Answer").inner_text().split() == WORDS.split()
    ask(page, "And then?")
    expect(question(page, 2)).to_contain_text("And after.", timeout=SLOW)


@pytest.mark.parametrize("either", [NotebookPage], indirect=True)
def test_KER_20_in_Notebook_7_with_ipykernel_6_the_sidebar_says_that_it_waits(either: LabPage, lab_data: Path) -> None:  # noqa: N802
    page, place = either, lab_data / "kernels" / "six"
    place.mkdir(parents=True)
    argv = [str(python_with("6.31.*")), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    place.joinpath("kernel.json").write_text(json.dumps({"argv": argv, "display_name": "six", "language": "python"}))
    script = wants(python("print('from a cell')")).replace(
        "Reply('', 'Done.')", "Reply('', 'Done.'), Reply('', 'Heard.')"
    )
    busy = until("six") + "print('free')"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (LOAD, script, busy)],
        metadata={"kernelspec": {"name": "six", "display_name": "six", "language": "python"}},
    )
    nbformat.write(notebook, page.lab.root / "six.ipynb")
    prepare(page, "six.ipynb", run=2)
    page.menu("View", "Right Sidebar", "Show Kimi")
    expect(box(page)).to_be_visible(timeout=SLOW)
    ask(page)
    allow(page, 1)
    expect(page.output(2)).to_contain_text("from a cell", timeout=SLOW)
    expect(question(page, 1)).to_contain_text("Done.", timeout=SLOW)
    page.run(3)
    page.wait_running(3)
    ask(page, "Do you hear me?")
    expect(sidebar(page)).to_contain_text("your question is sent when it is free", timeout=SLOW)
    let(page, "six")
    expect(question(page, 2)).to_contain_text("Heard.", timeout=SLOW)
    expect(page.output(3)).to_contain_text("free")
