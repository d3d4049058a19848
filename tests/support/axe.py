"""axe-core in a page: which rules of accessibility a part of it breaks."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

__all__ = ["violations"]

_AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async part => {
    const { violations } = await axe.run(part);
    return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 200)}`));
}"""


def violations(page: Page, part: str) -> list[str]:
    """The rule and the element of each violation within what a selector finds, best practices included."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_RUN, part)
    return found
