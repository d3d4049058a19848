"""What an extension adds to JupyterLab: time of its start, bytes that a page fetches, room on the disk; beside others.

Each in an environment of its own (``peers``); run by ``make bench`` only.
"""

from __future__ import annotations

import os
import shutil
import statistics
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.lab import Lab, running_lab

from .peers import ALONE, LABS, OURS, installed
from .report import Report

_TOPIC = "lab"
_STARTS = 5
#: Nothing outside this machine is asked for, whatever an extension wants.
_ARGUMENTS = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
_RESTORED = "() => window.jupyterapp.restored.then(() => performance.now())"


@pytest.mark.timeout(3600)
def test_starting_jupyterlab(benchmark: Any, report: Report, tmp_path: Path) -> None:
    names = [name for name in (ALONE, OURS, *LABS) if installed(name)]
    missing = [name for name in (ALONE, OURS, *LABS) if name not in names]
    if missing:
        report.note(_TOPIC, f"Left out, since `make bench PEERS=1` makes their environments: {', '.join(missing)}.")
    starts: dict[str, list[tuple[float, float, int]]] = {name: [] for name in names}

    def by_turns() -> None:
        with _labs(names, tmp_path) as labs, _browser() as browser:
            for turn in range(_STARTS + 1):  # the first reads files that no cache holds yet
                for name, lab in labs.items():
                    seen = _start(browser, lab)
                    if turn:
                        starts[name].append(seen)

    benchmark.pedantic(by_turns, rounds=1)
    for name, seen in starts.items():
        took, busy, fetched = (statistics.median(figures) for figures in zip(*seen, strict=True))
        cells = {"start, ms": took, "busy, ms": busy, "fetched, KB": fetched / 1000}
        cells |= {"labextensions on disk, KB": _size(name, "share/jupyter/labextensions") / 1000}
        cells |= {"environment, MB": _size(name, "") / 1e6}
        report.row(_TOPIC, _title(name), cells)
    _compare(report, names)


def _title(name: str) -> str:
    return {ALONE: "JupyterLab alone", OURS: "kimi_jupyter"}.get(name, name)


def _compare(report: Report, names: list[str]) -> None:
    """What each has more than JupyterLab alone."""
    if ALONE not in names:
        return
    table = report.topics[_TOPIC].tables[""]
    alone = table[_title(ALONE)]
    for name in names:
        if name != ALONE:
            own = table[_title(name)]
            more = {f"more {what}": float(own[what]) - float(alone[what]) for what in alone}
            report.row(_TOPIC, _title(name), more, "More than JupyterLab alone")


@contextmanager
def _labs(names: list[str], place: Path) -> Iterator[dict[str, Lab]]:
    with ExitStack() as stack:
        labs = {}
        for name in names:
            (home := place / name).mkdir()
            python = installed(name)
            assert python is not None
            labs[name] = stack.enter_context(running_lab(home, python=python))
        yield labs


@contextmanager
def _browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def _start(browser: Browser, lab: Lab) -> tuple[float, float, int]:
    """Milliseconds until JupyterLab is restored, of processor of the page's main thread, and bytes fetched."""
    fetched = 0

    def finished(event: dict[str, Any]) -> None:
        nonlocal fetched
        fetched += int(event["encodedDataLength"])

    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.on("Network.loadingFinished", finished)
        session.send("Network.enable")
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(f"{lab.url}lab/workspaces/bench-{uuid.uuid4().hex[:8]}?token={lab.token}")
        page.wait_for_function("() => window.jupyterapp", timeout=120_000)
        took = float(page.evaluate(_RESTORED))
        page.wait_for_load_state("networkidle")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return took, 1000 * metrics["TaskDuration"], fetched


def _size(name: str, below: str) -> int:
    """Bytes of an environment's files below a folder."""
    python = installed(name)
    assert python is not None
    files = (python.parents[1] / below).rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink() and not _derived(file))


def _derived(file: Path) -> bool:
    return file.suffix == ".pyc"
