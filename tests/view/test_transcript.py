"""The short list of events: it folds to the same turn, whatever was merged, cut or left out."""

from __future__ import annotations

import json
import re

import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from kimi_jupyter.chat.events import (
    CallDrafted,
    CallFinished,
    CallOutput,
    CallProposed,
    Event,
    ReasoningDelta,
    StepStarted,
    TextDelta,
    TurnStarted,
    event_from_dict,
)
from kimi_jupyter.view.record import MIME, saved
from kimi_jupyter.view.transcript import Transcript
from kimi_jupyter.view.turn import Turn
from kimi_jupyter.view.words import footer, state
from tests.view.golden import NAMES, Clock, golden
from tests.view.harmless import text_of


def fold(events: list[Event]) -> Turn:
    turn = Turn(Clock())
    for event in events:
        turn.apply(event)
    return turn


def gist(turn: Turn) -> object:
    """Everything of a turn that a view shows."""
    steps = [
        (
            step.number,
            step.notes,
            str(step.reasoning),
            str(step.text),
            {index: draft.name for index, draft in step.drafts.items()},
            [(call.code, state(call), call.started) for call in step.calls],
        )
        for step in turn.steps
    ]
    return steps, turn.notices, turn.reason, turn.message, footer(turn)


@pytest.mark.parametrize("name", NAMES)
def test_it_folds_to_the_same_turn_at_every_moment(name: str) -> None:
    events = golden(name)
    transcript = Transcript()
    for place, event in enumerate(events):
        transcript.add(event)
        short = [event_from_dict(json.loads(json.dumps(one))) for one in transcript.events()]
        assert gist(fold(short)) == gist(fold(events[: place + 1]))


@pytest.mark.parametrize("every", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("name", NAMES)
def test_batches_fold_to_the_same_turn(name: str, every: int) -> None:
    batches, transcript = [], Transcript()
    for place, event in enumerate(golden(name)):
        transcript.add(event)
        if place % every == 0:
            batches += transcript.take()
    batches += transcript.take()
    assert not transcript
    assert gist(fold([event_from_dict(event) for event in batches])) == gist(fold(golden(name)))


def test_deltas_become_one_event() -> None:
    transcript = Transcript([StepStarted(1), *[ReasoningDelta("a")] * 1000, *[TextDelta("b")] * 1000])
    assert [event["type"] for event in transcript.events()] == ["step_started", "reasoning_delta", "text_delta"]
    transcript.add(TextDelta("c"))
    assert len(transcript.events()) == 3
    assert transcript.events()[-1]["text"] == "b" * 1000 + "c"


def test_outputs_are_left_out_but_for_an_errors_name() -> None:
    picture = CallOutput("c", {"output_type": "display_data", "data": {"image/png": "x" * 1_000_000}, "metadata": {}})
    error = CallOutput("c", {"output_type": "error", "ename": "E", "evalue": "v" * 9_000, "traceback": ["t" * 9_000]})
    transcript = Transcript([picture, error, CallFinished("c", "error", "r" * 100_000)])
    assert [event["type"] for event in transcript.events()] == ["call_output", "call_finished"]
    assert len(json.dumps(transcript.events())) < 6_000


def test_a_draft_is_not_told_twice() -> None:
    draft = [CallDrafted(0, "run_python", "x" * 500)] * 20
    proposal = CallProposed("c", "run_python", {}, "1", "", "d", True)
    transcript = Transcript([StepStarted(1), *draft, proposal])
    assert len(json.dumps(transcript.events())) < 1_000


# ---- what a notebook keeps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_saved_events_fold_to_the_turn(name: str) -> None:
    events = golden(name)
    turn = fold(events)
    record, answer = saved(turn, Transcript(events))
    kept = json.loads(json.dumps(record[MIME]))
    assert kept["version"] == 1
    assert gist(fold([event_from_dict(event) for event in kept["events"]])) == gist(turn)
    assert (answer is not None) == (turn.reason == "complete" or name == "incomplete")
    assert record["text/html"]
    assert record["text/plain"]


def test_the_answer_stands_apart_once() -> None:
    events = golden("two_steps")
    record, answer = saved(fold(events), Transcript(events))
    assert answer is not None
    assert answer["text/markdown"].startswith("**Gentoo**")
    assert "5,076 g on average" not in record["text/html"]


def test_reasoning_need_not_be_kept() -> None:
    events = golden("two_steps")
    record, _ = saved(fold(events), Transcript(events), reasoning=False)
    everything = json.dumps(record)
    assert "I need the mean" not in everything
    assert "not saved in the notebook" in everything


def test_a_record_of_endless_reasoning_is_bounded() -> None:
    events: list[Event] = [TurnStarted("t", "c", "p", "offline", "m")]
    for step in range(1, 31):
        events += [StepStarted(step), ReasoningDelta("thought " * 5_000)]
    record, _ = saved(fold(events), Transcript(events))
    assert len(json.dumps(record)) < 4 * 220_000
    assert record["text/html"].count("not saved in the notebook") == 30


def test_ui_23_a_saved_record_reads_well_as_nbconvert_s_html() -> None:
    events = golden("edit")
    outputs = [new_output("display_data", data=data) for data in saved(fold(events), Transcript(events)) if data]
    cell = new_code_cell("%%kimi\nWhich is heaviest?", outputs=outputs)
    html, _ = HTMLExporter(template_name="lab").from_notebook_node(new_notebook(cells=[cell]))
    plain, _ = HTMLExporter(template_name="lab").from_notebook_node(new_notebook(cells=[new_code_cell("1")]))
    assert html.count("<script") == plain.count("<script")  # nbconvert's own
    assert "turn+json" not in html
    assert not re.search(r"<details[^>]*\bopen\b", html)
    seen = text_of(html)
    for part in ("Drop the incomplete rows and save.", "df.dropna(subset=", "edited by you", fold(events).answer[:20]):
        assert part in seen


def test_what_was_sent_is_kept_by_its_parts_only() -> None:
    events = golden("steered")
    record, _ = saved(fold(events), Transcript(events))
    assert "344 rows" not in json.dumps(record[MIME])
    assert ["value", "df", 96] in json.loads(json.dumps(record[MIME]["events"]))[1]["parts"]
