"""One JupyterLab for the session, one Chromium for a module, one tab for a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from tests.support.chromium import chromium
from tests.support.lab import Lab, running_lab
from tests.support.labpage import LabPage, NotebookPage


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab server on a free port."""
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def lab_data(lab: Lab) -> Path:
    """Where the server's users keep data, kernels among it."""
    return lab.root.parent / "home" / "jupyter" / "data"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Of a module only: Playwright keeps an event loop in this thread, which other tests could not use."""
    with chromium() as browser:
        yield browser


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[_failed] = True
    return report


_failed = pytest.StashKey[bool]()


@pytest.fixture
def page(browser: Browser, lab: Lab, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """JupyterLab in a fresh browser profile; a failed test leaves a picture of it."""
    yield from _opened(LabPage, browser, lab, tmp_path, request)


@pytest.fixture(params=[LabPage, NotebookPage], ids=["JupyterLab", "Notebook 7"])
def either(browser: Browser, lab: Lab, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """JupyterLab, and then Notebook 7."""
    yield from _opened(request.param, browser, lab, tmp_path, request)


def _opened(
    kind: type[LabPage], browser: Browser, lab: Lab, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[LabPage]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        opened = kind(context.new_page(), lab)
        yield opened
        if request.node.stash.get(_failed, False):
            picture = tmp_path / "failed.png"
            try:
                opened.page.screenshot(path=picture)
            except Error as error:
                print(f"no picture: {error}")
            else:
                print(f"what the browser showed: {picture}; the server's log: {lab.log}")
        opened.close()
    assert opened.outside == [], "the page asked for another machine"
