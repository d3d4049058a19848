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

#: Tokens a second; the pace of the fastest endpoints is a tenth of it.
RATE = 5_000
#: What is measured: its name, the cell that does it, and tokens. Full texts of 100,000 did not end in ten minutes.
RUNS = (
    ("kimi_jupyter", WIDGET, 100_000),
    ("kimi_jupyter", WIDGET, 20_000),
    ("HTML, all of it each time", HTML, 20_000),
)


def main() -> None:
    """Measure both and print a line each."""
    print(f"Tokens of reasoning at {RATE:,} a second")
    _print("", "tokens", "shown, B", "received, B", "busy, s", "longest task, ms", "over 50 ms", "frame p95, ms")
    with tempfile.TemporaryDirectory() as place, running_lab(Path(place)) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        for title, cell, count in RUNS:
            with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
                borne = stream(LabPage(context.new_page(), lab), cell, count, RATE)
            figures = (
                f"{count:,}",
                f"{borne.shown:,}",
                f"{borne.received:,}",
                f"{borne.busy:.1f}",
                f"{borne.longest:.0f}",
            )
            _print(title, *figures, f"{borne.tasks}", f"{borne.frame:.0f}")
        browser.close()


def _print(title: str, *cells: str) -> None:
    print(title.ljust(26), *(cell.rjust(16) for cell in cells), flush=True)


if __name__ == "__main__":
    main()
