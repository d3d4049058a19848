"""Streaming into a page: ``python -m tests.bench.browser`` prints what our widget and a full-text one cost.

A real JupyterLab in a real Chromium (``CHROMIUM``), the same words at the same pace.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support.lab import running_lab
from tests.support.labpage import LabPage
from tests.support.streaming import HTML, WIDGET, stream

#: Tokens, and how many a second; the pace of the fastest endpoints is a tenth of it.
COUNT, RATE = 100_000, 5_000


def main() -> None:
    """Measure both and print a line each."""
    print(f"{COUNT:,} tokens of reasoning at {RATE:,} a second")
    _print("", "shown, B", "received, B", "busy, s", "longest task, ms", "over 50 ms", "frame p95, ms")
    with tempfile.TemporaryDirectory() as place, running_lab(Path(place)) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        for title, cell in (("kimi_jupyter", WIDGET), ("HTML, all of it each time", HTML)):
            with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
                borne = stream(LabPage(context.new_page(), lab), cell, COUNT, RATE)
            figures = (f"{borne.shown:,}", f"{borne.received:,}", f"{borne.busy:.1f}", f"{borne.longest:.0f}")
            _print(title, *figures, f"{borne.tasks}", f"{borne.frame:.0f}")
        browser.close()


def _print(title: str, *cells: str) -> None:
    print(title.ljust(26), *(cell.rjust(16) for cell in cells), flush=True)


if __name__ == "__main__":
    main()
