"""The sidebar beside a notebook: a whole analysis, reloads, tabs, busy kernels, conversations, and what is said when
there is no chat to be had.

What is done to cells is in test_notebook_acts.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.support.axe import violations
from tests.support.cards import LOAD
from tests.support.labpage import SLOW, LabPage
from tests.support.sidepanel import (
    allow,
    allow_all,
    ask,
    box,
    button,
    conversations,
    prepare,
    python,
    question,
    second_tab,
    sidebar,
    step,
    tab,
    wants,
)

pytestmark = pytest.mark.browser

DATA = """\
import numpy as np, pandas as pd
rng = np.random.default_rng(1)
penguins = pd.DataFrame({'species': rng.choice(['Adelie', 'Gentoo'], 80), 'mass_g': rng.normal(4200, 600, 80).round()})
penguins.loc[3, 'mass_g'] = np.nan"""

#: A kernel without the package, in which it can be installed; and one of another language.
WITHOUT = """\
import sys
class Without:
    def __init__(self, finder): self.finder = finder
    def find_spec(self, name, *rest):
        return None if name.split('.')[0] == 'kimi_jupyter' else self.finder.find_spec(name, *rest)
finders = list(sys.meta_path)
sys.meta_path[:] = [Without(finder) for finder in finders]
sys.install = lambda: sys.meta_path.__setitem__(slice(None), finders)
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()"""
FOREIGN = """\
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel
class Echo(Kernel):
    implementation, implementation_version, banner = 'echo', '1.0', 'Says it again.'
    language_info = {'name': 'echo', 'mimetype': 'text/plain', 'file_extension': '.txt'}
    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **more):
        self.send_response(self.iopub_socket, 'stream', {'name': 'stdout', 'text': code})
        return {'status': 'ok', 'execution_count': self.execution_count, 'payload': [], 'user_expressions': {}}
    def should_handle(self, stream, message, identities):
        with open('asked.txt', 'a') as file:
            print(message['header']['msg_type'], message['content'].get('target_name', ''), file=file)
        return True
IPKernelApp.launch_instance(kernel_class=Echo)"""


def test_from_what_is_in_this_data_to_a_chart_as_cells_and_on_after_a_restart(page: LabPage) -> None:
    page.open("analysis.ipynb", DATA, "%load_ext kimi_jupyter", "%%kimi\nHow many rows are there?")
    page.run(0)
    page.wait_done(0)
    # The package is loaded by the sidebar, and what is asked while it connects is not lost.
    ask(page, "What is in this data?")
    allow_all(question(page, 1))
    expect(question(page, 1)).to_contain_text("80 rows")
    ask(page, "Plot the mean of mass_g by species")
    allow_all(question(page, 2))
    expect(page.notebook.locator(".jp-OutputArea-output img")).to_have_count(1, timeout=SLOW)
    cells = page.save()["cells"]
    assert [
        output["output_type"] for cell in cells for output in cell["outputs"] if "image/png" in output.get("data", {})
    ]

    # A cell's question is in the same conversation, and its card is in the cell.
    last = len(cells) - 1
    page.run(last - 1)
    page.run(last)
    expect(question(page, 3)).to_contain_text("asked in a cell", timeout=SLOW)
    expect(page.output(last).get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=SLOW)
    expect(question(page, 3).get_by_role("button", name="Run", exact=True)).to_have_count(0)
    allow_all_in = page.output(last).get_by_role("button", name="Run", exact=True)
    allow_all_in.click()
    expect(question(page, 3)).to_contain_text("80 rows", timeout=SLOW)

    page.restart()
    expect(question(page, 3)).to_contain_text("80 rows", timeout=SLOW)
    page.run(0)
    ask(page, "How many rows are there?")
    allow_all(question(page, 4))
    expect(question(page, 4)).to_contain_text("80 rows")
    expect(conversations(page).get_by_role("listitem")).to_have_count(1)
    expect(conversations(page)).to_contain_text("4 turns")


def test_UI_18_CON_01_a_reload_and_a_second_tab_show_the_open_card_and_the_first_decision_counts(page: LabPage) -> None:  # noqa: N802
    prepare(page, "tabs.ipynb", LOAD, wants(python("print('one')"), python("print('two')")), "x = 1", run=3)
    ask(page)
    expect(step(page, 1).get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=SLOW)
    box(page).fill("and then?")
    page.page.reload()
    expect(box(page)).to_have_value("and then?", timeout=SLOW)
    expect(step(page, 1).get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=SLOW)
    box(page).fill("")
    with second_tab(page) as other:
        other.page.goto(f"{page.lab.url}lab/workspaces/second/tree/tabs.ipynb?token={page.lab.token}")
        tab(other.page).click(timeout=SLOW)
        allow(other, 1)
        expect(step(page, 1)).to_contain_text("done in", timeout=SLOW)
        expect(step(other, 1)).to_contain_text("done in", timeout=SLOW)
        # Its code ran where it was asked: in the page that was reloaded meanwhile.
        expect(page.notebook.get_by_text("one", exact=True)).to_have_count(1)
        allow(page, 2)
        expect(question(other, 1)).to_contain_text("Done.", timeout=SLOW)
    assert [cell["source"] for cell in page.save()["cells"]][-2:] == ["print('one')", "print('two')"]


def test_a_turn_stays_with_its_notebook_when_another_one_is_in_front(page: LabPage) -> None:
    prepare(page, "mine.ipynb", LOAD, wants(python("here = 'mine'\nprint(here)")), "x = 1", run=3)
    ask(page)
    expect(step(page, 1).get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=SLOW)
    (page.lab.root / "other.ipynb").write_text((page.lab.root / "mine.ipynb").read_text())
    page.page.get_by_role("button", name="Refresh the file browser.").click()
    page.page.get_by_role("listitem", name=re.compile("^Name: other.ipynb")).dblclick()
    expect(page.page.get_by_role("tab", name="other.ipynb")).to_have_attribute("aria-selected", "true")
    expect(sidebar(page)).to_contain_text("Still with mine.ipynb")
    allow(page, 1)
    expect(question(page, 1)).to_contain_text("Done.", timeout=SLOW)
    button(page, "Go to other.ipynb").click()
    expect(sidebar(page)).to_contain_text("What would you like to know about other.ipynb?", timeout=SLOW)
    page.page.get_by_role("tab", name="mine.ipynb").click()
    expect(question(page, 1)).to_contain_text("Done.")
    expect(page.notebook.get_by_text("mine", exact=True)).to_have_count(1)


def test_a_kernel_that_is_busy_in_pure_python_streams_and_stops(page: LabPage) -> None:
    reasoning = "thinking " * 3000
    script = f"endpoint.script([Reply({reasoning!r}, 'The end.'), Reply('', 'Second answer.')])"
    busy = "stop = False\nwhile not stop:\n    pass"
    prepare(page, "busy.ipynb", LOAD, script, busy, run=2)
    tab(page.page).click()
    expect(conversations(page)).to_be_visible(timeout=SLOW)
    page.run(2)
    page.wait_running(2)
    ask(page, "Go on.")
    expect(sidebar(page)).to_contain_text("Thinking…", timeout=SLOW)
    button(page, "Stop").click()
    expect(sidebar(page)).to_contain_text("Stopped by you.", timeout=SLOW)
    ask(page, "Again.")
    expect(sidebar(page)).to_contain_text("Second answer.", timeout=SLOW)
    page.wait_running(2)
    page.stop()
    page.wait_done(2)


def test_conversations_are_searched_renamed_exported_continued_and_deleted(page: LabPage) -> None:
    script = "endpoint.script([Reply('', text) for text in ('The whale.', 'The heron.', 'The heron, once more.')])"
    prepare(page, "talks.ipynb", LOAD, script, run=2)
    ask(page, "Which animal swims?")
    expect(sidebar(page)).to_contain_text("The whale.", timeout=SLOW)
    button(page, "New conversation").first.click()
    expect(sidebar(page)).to_contain_text("What would you like to know", timeout=SLOW)
    ask(page, "Which animal flies?")
    expect(sidebar(page)).to_contain_text("The heron.", timeout=SLOW)
    expect(conversations(page).get_by_role("listitem")).to_have_count(2)

    # Edit and ask again: the last answer is taken back.
    button(page, "Edit and ask again").click()
    edit = sidebar(page).get_by_role("textbox", name="Edit and ask again")
    edit.fill("Which animal flies at night?")
    edit.press("Enter")
    expect(sidebar(page)).to_contain_text("The heron, once more.", timeout=SLOW)
    expect(sidebar(page).get_by_role("article")).to_have_count(1)

    button(page, "Conversations").click()
    sidebar(page).get_by_role("searchbox", name="Search conversations").fill("swims")
    expect(conversations(page).get_by_role("listitem")).to_have_count(1)
    expect(conversations(page)).to_contain_text("Which animal swims?")
    sidebar(page).get_by_role("button", name="More for").click()
    for name in ("Export as Markdown", "Export as a notebook"):
        button(page, name).click()
        expect(sidebar(page)).to_contain_text(
            re.compile(r"Saved as .*\." + ("md" if "Mark" in name else "ipynb")), timeout=SLOW
        )
    button(page, "Rename").click()
    title = sidebar(page).get_by_role("textbox", name="New name")
    title.fill("Swimmers <img src=x onerror=alert(1)>")
    title.press("Enter")
    sidebar(page).get_by_role("searchbox", name="Search conversations").fill("")
    expect(conversations(page)).to_contain_text("Swimmers <img src=x onerror=alert(1)>", timeout=SLOW)
    conversations(page).get_by_role("button", name=re.compile("^Swimmers")).click()
    expect(sidebar(page)).to_contain_text("The whale.", timeout=SLOW)

    button(page, "Conversations").click()
    sidebar(page).get_by_role("button", name=re.compile("^More for Swimmers")).click()
    button(page, "Delete").click()
    expect(sidebar(page)).to_contain_text("for good?")
    button(page, "Delete").click()
    expect(conversations(page)).not_to_contain_text("Swimmers", timeout=SLOW)
    saved = {path.name: path for path in page.lab.root.iterdir() if "swims" in path.name}
    assert {path.suffix for path in saved.values()} == {".md", ".ipynb"}
    assert "The whale." in next(path for path in saved.values() if path.suffix == ".md").read_text()
    nbformat.validate(nbformat.read(next(path for path in saved.values() if path.suffix == ".ipynb"), as_version=4))


@pytest.fixture(scope="module")
def kernels(lab_data: Path) -> None:
    """Kernels without the package, and of another language."""
    for name, code in (("without", WITHOUT), ("foreign", FOREIGN)):
        place = lab_data / "kernels" / name
        place.mkdir(parents=True)
        argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
        place.joinpath("kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))


def with_kernel(page: LabPage, name: str, kernel: str) -> None:
    """Open a notebook of a kernel, and the sidebar."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import sys; sys.install()")],
        metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
    )
    nbformat.write(notebook, page.lab.root / name)
    page.open(name)
    tab(page.page).click()


@pytest.mark.usefixtures("kernels")
def test_KER_21_where_there_is_no_chat_the_sidebar_says_why_and_what_to_do(page: LabPage) -> None:  # noqa: N802
    with_kernel(page, "foreign.ipynb", "foreign")
    expect(sidebar(page)).to_contain_text("This kernel speaks echo", timeout=SLOW)
    expect(sidebar(page)).to_contain_text("Kimi works with Python kernels only.")
    box(page).fill("Are you there?")
    box(page).press("Enter")
    page.run(0)
    expect(page.output(0)).to_contain_text("import sys; sys.install()", timeout=SLOW)  # its cells are its own
    expect(box(page)).to_have_value("Are you there?")
    expect(sidebar(page)).not_to_contain_text("is sent as soon as")
    asked = (page.lab.root / "asked.txt").read_text()
    assert asked.count("execute_request") == 1
    assert "kimi" not in asked
    with_kernel(page, "without.ipynb", "without")
    expect(sidebar(page)).to_contain_text("Kimi is not installed in this kernel", timeout=SLOW)
    expect(sidebar(page)).to_contain_text("%pip install kimi-jupyter")
    assert violations(page.page, ".kimi-sidebar") == []
    page.run(0)
    page.wait_done(0)
    button(page, "Check again").click()
    expect(sidebar(page)).to_contain_text("What would you like to know about without.ipynb?", timeout=SLOW)
    page.menu("Kernel", "Shut Down Kernel")
    expect(sidebar(page)).to_contain_text("This notebook has no kernel", timeout=SLOW)
    page.page.get_by_role("tab", name="without.ipynb").locator(".lm-TabBar-tabCloseIcon").click()
    page.page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(sidebar(page)).to_contain_text("Open a notebook to begin")


def test_the_keyboard_alone_does_and_axe_finds_nothing_in_light_and_dark(page: LabPage) -> None:
    (page.lab.root / "kimi-prompts").mkdir(exist_ok=True)
    (page.lab.root / "kimi-prompts" / "tidy.md").write_text("Tidy up, please:")
    prepare(page, "keys.ipynb", LOAD, DATA, wants(python("print('by keys')"), python("print('and edited')")), run=3)
    keys = page.page.keyboard
    keys.press("Escape")
    keys.press("Control+Alt+k")
    expect(box(page)).to_be_focused(timeout=SLOW)
    expect(conversations(page)).to_be_visible(timeout=SLOW)
    keys.type("/ti")
    options = sidebar(page).get_by_role("option")
    expect(options).to_have_count(1)
    keys.press("Enter")
    expect(box(page)).to_have_value("/tidy ")
    keys.type("@pen")
    expect(options.first).to_contain_text("penguins")
    expect(options.first).to_contain_text("80")
    assert violations(page.page, ".kimi-sidebar") == []
    keys.press("Tab")
    expect(box(page)).to_have_value("/tidy @penguins ")
    keys.press("Shift+Enter")
    keys.type("now")
    keys.press("Enter")
    expect(sidebar(page)).to_contain_text("Tidy up, please:", timeout=SLOW)
    expect(box(page)).to_have_value("")

    run = step(page, 1).get_by_role("button", name="Run", exact=True)
    expect(run).to_be_enabled(timeout=SLOW)
    assert violations(page.page, ".kimi-sidebar") == []
    while not run.evaluate("button => button === document.activeElement"):
        keys.press("Shift+Tab")
    keys.press("Enter")
    refuse = step(page, 2).get_by_role("button", name="Refuse", exact=True)
    expect(refuse).to_be_focused(timeout=SLOW)  # the focus goes on to the next card
    keys.press("Enter")
    keys.type("not today")
    keys.press("Enter")
    expect(sidebar(page)).to_contain_text("refused: not today", timeout=SLOW)
    expect(question(page, 1)).to_contain_text("Done.", timeout=SLOW)

    button(page, "Controls").click()
    expect(sidebar(page).get_by_role("combobox", name="The model’s code")).to_have_value("ask")
    assert "auto" not in sidebar(page).get_by_role("combobox", name="The model’s code").inner_text()
    button(page, "Conversations").click()
    page.set_theme("JupyterLab Dark")
    assert violations(page.page, ".kimi-sidebar") == []


def test_of_a_thousand_turns_only_what_is_seen_is_drawn_and_the_list_stays_where_the_user_is(page: LabPage) -> None:
    fill = """\
from kimi_jupyter.chat.messages import Assistant, User
session = get_ipython().magics_manager.registry['KimiMagics'].session
store = session.store
key = store.begin_conversation(session.notebook, 'Long')
for number in range(1000):
    turn = store.begin_turn(key, f'Question number {number}', 'offline', 'kimi')
    store.append(key, turn, User(f'Question number {number}'))
    store.append(key, turn, Assistant(f'**Answer** number {number}\\n\\n' + 'word ' * 200, None))
    store.end_turn(turn, 'complete')
endpoint.script([Reply('', 'The newest answer. ' * 400)])"""
    prepare(page, "long.ipynb", LOAD, fill, run=2)
    tab(page.page).click()
    button(page, "Conversations").click(timeout=SLOW)
    conversations(page).get_by_role("button", name=re.compile("^Long")).click()
    drawn = sidebar(page).locator(".kimi-turn")
    expect(sidebar(page)).to_contain_text("Answer number 999", timeout=SLOW)
    expect(sidebar(page).get_by_role("article")).to_have_count(1000)
    assert drawn.count() < 30
    log = sidebar(page).get_by_role("log")
    log.evaluate("list => list.scrollTo(0, list.scrollHeight / 2)")
    expect(button(page, "Newest")).to_be_visible()
    expect(drawn.filter(has_text=re.compile(r"Answer number (4[89]|5[012])\d")).first).to_be_visible()
    assert drawn.count() < 40

    # What streams at the end does not move what is read.
    ask(page, "One more.")
    expect(sidebar(page)).to_contain_text("The newest answer.", timeout=SLOW)
    log.evaluate("list => list.scrollTo(0, list.scrollHeight / 2)")
    top = log.evaluate("list => list.scrollTop")
    expect(button(page, "Cancel the answer")).to_have_count(0, timeout=SLOW)
    assert log.evaluate("list => list.scrollTop") == top
    button(page, "Newest").click()
    expect(button(page, "Cancel the answer")).to_have_count(0, timeout=SLOW)
