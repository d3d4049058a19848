"""The sidebar in a page, driven as a user does, and cells that tell the endpoint what to want there.

All is found by its role and its name, as scripts of users find it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from tests.support.labpage import SLOW, LabPage

__all__ = [
    "Call",
    "allow",
    "allow_all",
    "ask",
    "box",
    "button",
    "conversations",
    "let",
    "open_sidebar",
    "prepare",
    "python",
    "question",
    "second_tab",
    "sidebar",
    "sources",
    "step",
    "tab",
    "type_at_end",
    "until",
    "wants",
]

Call = tuple[str, dict[str, object]]


# ---- what the endpoint wants -----------------------------------------------------------------------------------------


def wants(*calls: Call) -> str:
    """A cell that lets the endpoint make one of these calls in each step, and then say that it is done."""
    return f"endpoint.script([*(Reply('Let me.', '', (call,)) for call in {calls!r}), Reply('', 'Done.')])"


def python(code: str) -> Call:
    """A call of `run_python`."""
    return "run_python", {"code": code, "purpose": "do it"}


def until(name: str) -> str:
    """Code that goes on when a file of that name is there."""
    return f"import os, time\nwhile not os.path.exists({name!r}):\n    time.sleep(0.02)\n"


def let(page: LabPage, name: str) -> None:
    """Let that code go on."""
    (page.lab.root / name).touch()


# ---- the sidebar -----------------------------------------------------------------------------------------------------


def tab(page: Page) -> Locator:
    """What opens it."""
    return page.get_by_role("tab", name="Kimi", exact=True)


def sidebar(page: LabPage) -> Locator:
    """All of it."""
    return page.page.get_by_role("region", name="Kimi", exact=True)


def box(page: LabPage) -> Locator:
    """Where a question is typed."""
    return page.page.get_by_role("textbox", name="Ask Kimi", exact=True)


def button(page: LabPage, name: str) -> Locator:
    """A button in it."""
    return sidebar(page).get_by_role("button", name=name, exact=True)


def conversations(page: LabPage) -> Locator:
    """The list of conversations."""
    return sidebar(page).get_by_role("list", name="Conversations", exact=True)


def question(page: LabPage, number: int) -> Locator:
    """A question and its answer."""
    return sidebar(page).get_by_role("article", name=f"Question {number}", exact=True)


def step(page: LabPage, number: int) -> Locator:
    """A step of the answer."""
    return sidebar(page).get_by_role("region", name=f"Step {number}", exact=True)


def open_sidebar(page: LabPage) -> None:
    """Show it, unless it is shown."""
    if not box(page).is_visible():
        tab(page.page).click(timeout=SLOW)
        expect(box(page)).to_be_visible(timeout=SLOW)


def ask(page: LabPage, text: str = "Do it.") -> None:
    """Ask in it, and open it if need be."""
    open_sidebar(page)
    box(page).fill(text)
    box(page).press("Enter")


def allow(page: LabPage, number: int) -> None:
    """Press Run in the card of a step, as soon as it may be pressed."""
    run = step(page, number).get_by_role("button", name="Run", exact=True)
    run.scroll_into_view_if_needed(timeout=SLOW)
    expect(run).to_be_enabled(timeout=SLOW)
    run.click()


def allow_all(within: Locator) -> None:
    """Press Run in each card of a turn that opens, until it has its answer."""
    run = within.get_by_role("button", name="Run", exact=True)
    over = within.get_by_role("button", name="Copy answer", exact=True)
    while True:
        expect(run.or_(over).first).to_be_visible(timeout=SLOW)
        if not run.count():
            return
        expect(run).to_be_enabled(timeout=SLOW)
        handle = run.element_handle()
        run.click()
        handle.wait_for_element_state("hidden")


# ---- the notebook beside it ------------------------------------------------------------------------------------------


def prepare(page: LabPage, name: str, *cells: str, run: int) -> None:
    """Open a notebook and run its first cells, each in its turn."""
    page.open(name, *cells)
    for index in range(run):
        page.run(index)
        page.wait_done(index)


def sources(page: LabPage) -> list[str]:
    """The cells' sources as they are saved."""
    return [cell["source"] for cell in page.save()["cells"]]


def type_at_end(page: LabPage, index: int, text: str) -> None:
    """Type at the end of a cell."""
    page.cell(index).locator(".cm-content").click()
    page.page.keyboard.press("Control+End")
    page.page.keyboard.type(text)


@contextmanager
def second_tab(page: LabPage) -> Iterator[LabPage]:
    """Another tab on the same server."""
    other = LabPage(page.page.context.new_page(), page.lab)
    yield other
    other.page.close()
