"""Hostile text wherever a turn can hold text: nothing of it acts (hazards UI-01 to UI-16, INP-12)."""

from __future__ import annotations

import io
import re

import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from kimi_jupyter.chat.events import (
    CallDrafted,
    CallFinished,
    CallOutput,
    CallProposed,
    CallStarted,
    Decided,
    Event,
    Notice,
    ReasoningDelta,
    StepStarted,
    TextDelta,
    TurnEnded,
    TurnStarted,
    UsageReported,
)
from kimi_jupyter.chat.messages import Usage
from kimi_jupyter.chat.visible import visible
from kimi_jupyter.view.notebook import NotebookView
from kimi_jupyter.view.record import record
from kimi_jupyter.view.terminal import TerminalView
from tests.view.golden import Clock, Page, play
from tests.view.harmless import MARKDOWN, OURS, harmful, text_of
from tests.view.payloads import EVERYTHING

OWN_COLOURS = re.compile(r"\x1b\[(?:[0-9]{1,3}(?:;[0-9]{1,3})*)?m")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def hostile(text: str) -> list[Event]:
    """A turn that has a text everywhere."""
    return [
        TurnStarted(text, text, text, text, text),
        StepStarted(1),
        Notice("warning", text),
        ReasoningDelta(text),
        TextDelta(text),
        CallDrafted(0, text, text),
        CallDrafted(0, "", '{"code": "' + text),
        UsageReported(Usage(1, 1), 10),
        CallProposed(text, text, {text: text}, None, text, text, False),
        CallStarted(text),
        CallFinished(text, "ok", text, 1.0),
        CallProposed("b", "run_python", {}, text, text, text, True),
        Decided("b", "edit", "user", text + "\n", text),
        CallStarted("b"),
        CallOutput("b", {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]}),
        CallFinished("b", "error", text, 1.0),
        CallProposed("c", "run_python", {"code": text}, text, text, text, True),
        Decided("c", "deny", "user", None, text),
        CallFinished("c", "denied", text),
        CallProposed("d", text, {"arguments": text}, None, text, text, False),
        CallFinished("d", "invalid", text + "\n" + text),
        StepStarted(2),
        Notice("info", text),
        TextDelta(text),
        TurnEnded("failed", text),
    ]


@pytest.mark.parametrize("text", EVERYTHING)
def test_in_a_notebook(text: str) -> None:
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    play(view, hostile(text), clock, 0.3)
    bundles = [*page.published, record(view.turn)]
    for data in bundles:
        assert harmful(data.get("text/html", ""), OURS) == []
        assert harmful(markdown2html_mistune(data.get("text/markdown", "")), MARKDOWN) == []
        assert not CONTROLS.search("".join(data.values()))


@pytest.mark.parametrize("text", EVERYTHING)
def test_in_a_notebook_it_reads_as_it_was_written(text: str) -> None:
    page, clock = Page(), Clock()
    play(NotebookView(page, clock=clock), hostile(text), clock, 0.3)
    card = page.find("Step 1, run_python")
    assert visible(text) in text_of(card)


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("text", EVERYTHING)
def test_in_a_terminal(text: str, color: bool) -> None:
    stream, clock = io.StringIO(), Clock()
    play(TerminalView(stream, color, clock=clock), hostile(text), clock, 0.3)
    assert not CONTROLS.search(OWN_COLOURS.sub("", stream.getvalue()) if color else stream.getvalue())


def test_the_corpus_is_large() -> None:
    assert len(set(EVERYTHING)) >= 150
