"""JupyterLab in a browser, driven as a user does: with its menus, buttons and keys.

Cells are counted from 0, Markdown cells included. Waiting is Playwright's own; nothing here sleeps.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Literal

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.lab import Lab

__all__ = ["LabPage", "NotebookPage", "write_notebook"]

#: Milliseconds a kernel may take to start, and a cell to end.
SLOW = 60_000

_IDLE = """() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook of code cells; one that begins with ``#md`` and a newline is a Markdown cell."""
    made = [
        new_markdown_cell(cell.removeprefix("#md\n")) if cell.startswith("#md\n") else new_code_cell(cell)
        for cell in cells
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=made, metadata={"kernelspec": kernel}), path)


class LabPage:
    """One tab with JupyterLab in it.

    Attributes
    ----------
    page
        Playwright's page, for what is not here.
    outside
        Addresses of other machines that the page asked for; they were not reached.
    path
        The notebook's file.
    """

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page = page
        self.lab = lab
        self.outside: list[str] = []
        self.path = lab.root
        page.context.route(re.compile(f"^(?!{re.escape(lab.url)}|data:|blob:)"), self._refuse)

    def _refuse(self, route: Route) -> None:
        self.outside.append(route.request.url)
        route.abort()

    # ---- opening -----------------------------------------------------------------------------------------------------

    def open(self, name: str, *cells: str, idle: bool = True) -> None:
        """Write a notebook (if cells are given), open it in an empty workspace and wait for its kernel to be idle."""
        self.path = self.lab.root / name
        if cells:
            write_notebook(self.path, *cells)
        self.page.goto(f"{self.address(name)}?token={self.lab.token}")
        expect(self.notebook).to_be_visible(timeout=SLOW)
        if idle:
            self.wait_idle()

    def address(self, name: str) -> str:
        """Where a notebook is shown, in a workspace of its own."""
        return f"{self.lab.url}lab/workspaces/test-{uuid.uuid4().hex[:8]}/tree/{name}"

    def close(self) -> None:
        """Shut the kernels down."""
        headers = {"Authorization": f"token {self.lab.token}"}
        for session in self.page.request.get(f"{self.lab.url}api/sessions", headers=headers).json():
            self.page.request.delete(f"{self.lab.url}api/sessions/{session['id']}", headers=headers)

    @property
    def notebook(self) -> Locator:
        """The notebook in front."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def cell(self, index: int) -> Locator:
        """A cell."""
        return self.notebook.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')

    # ---- running -----------------------------------------------------------------------------------------------------

    def menu(self, *path: str) -> None:
        """Choose from the menu bar: ``menu("Run", "Run All Cells")``."""
        self.page.get_by_role("menuitem", name=path[0], exact=True).click()
        for name in path[1:]:
            self.page.locator(".lm-Menu").get_by_text(name, exact=True).click()

    def run_all(self) -> None:
        """Run ▸ Run All Cells."""
        self.menu("Run", "Run All Cells")

    def run(self, index: int) -> None:
        """Click into a cell and press Ctrl-Enter."""
        self.cell(index).locator(".jp-Cell-inputWrapper .cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def stop(self) -> None:
        """Press ■."""
        self.notebook.locator('[data-command="notebook:interrupt-kernel"]').click()

    def restart(self) -> None:
        """Kernel ▸ Restart Kernel… and confirm."""
        self.menu("Kernel", "Restart Kernel…")
        self.page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()

    def wait_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        # The indicator says idle before there is a kernel at all, so the session itself is asked.
        self.page.wait_for_function(_IDLE, timeout=SLOW)

    def wait_done(self, index: int) -> None:
        """Wait until a cell has a number."""
        expect(self.prompt(index)).to_have_text(re.compile(r"\[\d+\]:"), timeout=SLOW)

    def wait_running(self, index: int) -> None:
        """Wait until a cell shows ``[*]``."""
        expect(self.prompt(index)).to_have_text("[*]:", timeout=SLOW)

    def prompt(self, index: int) -> Locator:
        """The ``[1]:`` of a cell."""
        return self.cell(index).locator(".jp-InputPrompt")

    # ---- stdin -------------------------------------------------------------------------------------------------------

    def stdin(self, index: int) -> Locator:
        """The box in which a running cell asks for a line."""
        return self.cell(index).locator(".jp-Stdin-input")

    def answer(self, index: int, text: str) -> str:
        """Wait until a cell asks, type a line into the box; returns what was asked."""
        box = self.stdin(index)
        expect(box).to_have_count(1, timeout=SLOW)
        asked = self.cell(index).locator(".jp-Stdin-prompt").inner_text()
        this = box.element_handle()
        this.fill(text)
        this.press("Enter")
        # The next question may be there before this one's box is gone.
        this.wait_for_element_state("hidden")
        return asked

    def answer_each(self, index: int, text: str) -> int:
        """Give a running cell the same answer each time it asks, to its end; returns how often it asked."""
        box, done = self.stdin(index), self.prompt(index).filter(has_text=re.compile(r"\[\d+\]:"))
        asked = 0
        while True:
            expect(box.or_(done).first).to_be_visible(timeout=SLOW)
            if not box.count():
                return asked
            self.answer(index, text)
            asked += 1

    # ---- reading -----------------------------------------------------------------------------------------------------

    def output(self, index: int) -> Locator:
        """Everything below a cell."""
        return self.cell(index).locator(".jp-Cell-outputWrapper")

    def set_theme(self, theme: Literal["JupyterLab Light", "JupyterLab Dark"]) -> None:
        """Settings ▸ Theme, and wait until it is there."""
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        self.page.locator(".lm-Menu").get_by_text("Theme", exact=True).hover()
        self.page.locator(".lm-Menu").get_by_text(theme, exact=True).click()
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", theme)

    def apart(self, index: int) -> None:
        """Create New View for Cell Output."""
        self.cell(index).locator(".jp-OutputArea").first.click(button="right")
        self.page.locator(".lm-Menu").get_by_text("Create New View for Cell Output", exact=True).click()

    def rename(self, name: str) -> None:
        """File ▸ Rename Notebook…"""
        self.menu("File", "Rename Notebook…")
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill(name)
        dialog.get_by_role("button", name="Rename").click()
        expect(dialog).to_have_count(0)
        self.path = self.path.with_name(name)

    def save(self) -> nbformat.NotebookNode:
        """Save; returns what is in the file then."""
        path = self.path
        before = path.stat().st_mtime_ns
        with self.page.expect_response(
            lambda response: response.request.method == "PUT" and f"/api/contents/{path.name}" in response.url
        ):
            self.menu("File", "Save Notebook")
        assert path.stat().st_mtime_ns != before
        saved: nbformat.NotebookNode = nbformat.read(path, as_version=4)
        return saved


class NotebookPage(LabPage):
    """The same in Notebook 7, which shows one notebook a tab."""

    def address(self, name: str) -> str:
        return f"{self.lab.url}notebooks/{name}"
