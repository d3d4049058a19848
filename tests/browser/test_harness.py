"""The browser tests stand on this: a real JupyterLab runs, asks, stops and shows as it does for a user."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.labpage import LabPage

pytestmark = pytest.mark.browser


def test_run_all_waits_for_the_cell_that_asks(page: LabPage) -> None:
    page.open("asks.ipynb", "#md\n# A title", "name = input('who? ')", "print('hello', name)")
    page.run_all()
    assert page.answer(1, "Ada") == "who? "
    page.wait_done(2)
    expect(page.output(2)).to_have_text("hello Ada")
    assert [cell.get("execution_count") for cell in page.save().cells] == [None, 1, 2]


def test_the_stop_button_ends_a_running_cell(page: LabPage) -> None:
    page.open("stops.ipynb", "import time\nprint('going', flush=True)\ntime.sleep(600)", "print('next')")
    page.run(0)
    expect(page.output(0)).to_contain_text("going")
    page.wait_running(0)
    page.stop()
    page.wait_done(0)
    expect(page.output(0)).to_contain_text("KeyboardInterrupt")
    page.run(1)
    expect(page.output(1)).to_have_text("next")


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_a_theme_is_chosen_from_the_menu(page: LabPage, theme: str) -> None:
    page.open("theme.ipynb", "1 + 1")
    page.set_theme(theme)
    assert page.page.locator("body").get_attribute("data-jp-theme-light") == str(theme.endswith("Light")).lower()
