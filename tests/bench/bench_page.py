"""Streaming into a page: what our widget costs beside other ways to show a text that grows. Run by ``make bench`` only.

A real JupyterLab in a real Chromium (``CHROMIUM``), the same words at the same pace, handed over twenty times a second.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.lab import Lab, running_lab
from tests.support.labpage import LabPage
from tests.support.streaming import APPENDED, HTML, UPDATED, WIDGET, Borne, stream

from .report import Limit, Report

_TOPIC = "page"
_OURS = "kimi_jupyter"
#: Who, the cell that does it, tokens, and tokens a second: the pace of a quick endpoint, and ten times that. Full texts
#: of 100,000 tokens did not end in ten minutes.
_RUNS = (
    (_OURS, WIDGET, 25_000, 500),
    (_OURS, WIDGET, 100_000, 5_000),
    (_OURS, WIDGET, 20_000, 5_000),
    ("`HTML` widget, all of the text each time", HTML, 20_000, 5_000),
    ("`update_display`, all of the text each time", UPDATED, 20_000, 5_000),
    ("`Output.append_stdout`", APPENDED, 20_000, 5_000),
)


@pytest.mark.timeout(3600)
def test_streaming_into_a_page(benchmark: Any, report: Report, tmp_path: Path) -> None:
    def run() -> None:
        with running_lab(tmp_path) as lab, sync_playwright() as playwright:
            chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for who, cell, tokens, rate in _RUNS:
                _note(
                    report, f"{who}, {tokens:,} tokens at {rate:,} a second", _borne(browser, lab, cell, tokens, rate)
                )
            browser.close()

    benchmark.pedantic(run, rounds=1)


def _borne(browser: Browser, lab: Lab, cell: str, tokens: int, rate: int) -> Borne:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = LabPage(context.new_page(), lab)
        try:
            return stream(page, cell, tokens, rate)
        finally:
            page.close()


def _note(report: Report, name: str, borne: Borne) -> None:
    sent, pace = borne.received / borne.shown, borne.messages / borne.seconds
    cells = {
        "received, KB": borne.received / 1000,
        "received / shown": sent,
        "messages a second": pace,
        "busy, s": borne.busy,
        "tasks over 50 ms": borne.tasks,
        "longest, ms": borne.longest,
        "frame p95, ms": borne.frame,
        "heap more, MB": borne.grown / 1e6,
    }
    report.row(_TOPIC, name, cells)
    if name.startswith(_OURS):
        what = name.removeprefix(f"{_OURS}, ")
        report.goal(_TOPIC, f"messages a second, {what}", pace, Limit(30, ""))
        if "100,000" in name:
            sent -= borne.largest / borne.shown
            report.goal(_TOPIC, f"bytes sent per byte shown, {what}, beside the widget's module", sent, Limit(1.5, ""))
        if "at 500 " in name:
            report.goal(_TOPIC, f"tasks over 50 ms, {what}", borne.tasks, Limit(0, ""))
