"""A turn's card in a page: what the endpoint is made to want, and what a user does about it."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.support.labpage import SLOW, LabPage

__all__ = ["LOAD", "ask", "button", "press", "run_card", "scripted", "step"]

#: Loads the extension; the kernel asks an offline endpoint of its own, which can be told what to want.
LOAD = """\
import os
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
endpoint = OfflineServer(delay=0.001)
endpoint.start()
os.environ |= {"KIMI_JUPYTER_BASE_URL": endpoint.base_url, "KIMI_JUPYTER_API_KEY": endpoint.key}
%load_ext kimi_jupyter"""
CODE = "df_clean = [22, 31, 47]\nprint('cleaned', len(df_clean))"


def scripted(*codes: str, reasoning: str = "Let me.", answer: str = "Done.", purpose: str = "do it") -> str:
    """A cell that lets the endpoint ask for some code in each step, and then answer."""
    return (
        f"codes, reasoning, answer, purpose = {codes!r}, {reasoning!r}, {answer!r}, {purpose!r}\n"
        "calls = [('run_python', {'code': code, 'purpose': purpose}) for code in codes]\n"
        "endpoint.script([*(Reply(reasoning, '', (call,)) for call in calls), Reply('', answer)])"
    )


def ask(page: LabPage, name: str, *after: str, code: str = CODE) -> None:
    """Open a notebook whose question is answered with code to run, and run all of it."""
    page.open(name, LOAD, scripted(code), "%%kimi\nDo it.", *after)
    page.run_all()


def button(page: LabPage, index: int, name: str) -> Locator:
    """A button below a cell."""
    return page.output(index).get_by_role("button", name=name, exact=True)


def step(page: LabPage, index: int, number: int) -> Locator:
    """A step of the turn below a cell."""
    return page.output(index).get_by_role("region", name=f"Step {number}", exact=True)


def press(page: LabPage, index: int, name: str) -> None:
    """Press a button below a cell, as soon as it may be pressed: a card that is out of sight can't be run."""
    button(page, index, name).scroll_into_view_if_needed(timeout=SLOW)
    expect(button(page, index, name)).to_be_enabled(timeout=SLOW)
    button(page, index, name).click()


def run_card(page: LabPage, index: int) -> None:
    """Press Run in a cell's open card, and wait until it is taken."""
    run = button(page, index, "Run").element_handle(timeout=SLOW)
    press(page, index, "Run")
    run.wait_for_element_state("hidden")
