"""The record of a turn: all of it in one bundle, readable without a kernel."""

from __future__ import annotations

import pytest

from kimi_jupyter.view.record import record
from kimi_jupyter.view.turn import Turn
from tests.view.golden import NAMES, Clock, golden
from tests.view.harmless import OURS, harmful, text_of


def folded(name: str) -> Turn:
    turn = Turn(Clock())
    for event in golden(name):
        turn.apply(event)
    return turn


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_every_text_of_the_turn(name: str) -> None:
    turn = folded(name)
    bundle = record(turn)
    assert harmful(bundle["text/html"], OURS) == []
    for seen in (text_of(bundle["text/html"]), bundle["text/plain"]):
        for step in turn.steps:
            assert str(step.reasoning).strip() in seen
            assert str(step.text).strip() in seen
        for call in turn.calls:
            assert (call.code or "") in seen
            assert call.proposal.purpose in seen


def test_it_holds_the_results_that_the_cell_showed() -> None:
    bundle = record(folded("two_steps"))
    for seen in (text_of(bundle["text/html"]), bundle["text/plain"]):
        assert "Gentoo       123  5076.0" in seen
        assert "61 of 344" in seen


def test_reasoning_and_results_are_folded() -> None:
    html = record(folded("two_steps"))["text/html"]
    assert html.count("<details") == 4
    assert "<details open" not in html
