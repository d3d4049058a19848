"""The fold of a turn's events, over the golden files (the front end's suite reads the same files)."""

from __future__ import annotations

import json

import pytest

from kimi_jupyter.chat.events import (
    CallDrafted,
    CallFinished,
    CallProposed,
    CallStarted,
    Decided,
    Event,
    ReasoningDelta,
    StepStarted,
    TextDelta,
    TurnEnded,
    TurnStarted,
    UsageReported,
    event_from_dict,
    event_to_dict,
)
from kimi_jupyter.chat.messages import Usage
from kimi_jupyter.view import words
from kimi_jupyter.view.turn import Turn
from tests.view.golden import GOLDEN, NAMES, Clock, golden

#: Golden file: how it ends, its calls' states, its answer's beginning.
FOLDED = {
    "plain_answer": ("complete", [], "A **z-score**"),
    "two_steps": ("complete", ["done in 12 ms", "done in 4 ms · allowed with the rest of this turn"], "**Gentoo**"),
    "edit": ("complete", ["done in 3 ms · edited by you"], "You kept"),
    "refusal": ("complete", ["refused: I still need those files"], "Then nothing"),
    "invalid_call": (
        "complete",
        [
            "not run: There is no tool run_pyhton. The tools are: run_python, inspect.",
            "done in 2 ms · allowed automatically",
        ],
        "Those are",
    ),
    "error_then_mend": (
        "complete",
        ["failed: KeyError: 'Body Mass'", "done in 1 ms", "done in 2 ms"],
        "The mean body mass",
    ),
    "interrupted": ("interrupted", ["interrupted"], ""),
    "interrupted_drafting": ("interrupted", [], ""),
    "steered": (
        "complete",
        ["done in 2 ms", "done in 2 ms · allowed before, word for word"],
        "There are **344**",
    ),
    "planned": ("complete", ["done in 1 ms", "done in 1 ms", "goes on"], "Die Tabelle"),
    "incomplete": ("incomplete", [], "First, the"),
    "failed": ("failed", [], ""),
}


def fold(events: list[Event], clock: Clock | None = None, seconds: float = 0.0) -> Turn:
    clock = clock or Clock()
    turn = Turn(clock)
    for event in events:
        turn.apply(event)
        clock.now += seconds
    return turn


def test_there_is_an_expectation_for_every_golden_file() -> None:
    assert sorted(FOLDED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_golden_files_keep_the_laws_of_events(name: str) -> None:
    events = golden(name)
    assert isinstance(events[0], TurnStarted)
    assert [index for index, event in enumerate(events) if isinstance(event, TurnEnded)] == [len(events) - 1]
    assert [event.step for event in events if isinstance(event, StepStarted)] == list(
        range(1, 1 + sum(isinstance(event, StepStarted) for event in events))
    )
    proposed = [event.call for event in events if isinstance(event, CallProposed)]
    finished = [event.call for event in events if isinstance(event, CallFinished)]
    assert proposed == finished
    assert len(set(proposed)) == len(proposed)
    for call in proposed:
        kinds = [type(event) for event in events if getattr(event, "call", None) == call]
        order = [kind for kind in kinds if kind in (CallProposed, Decided, CallStarted, CallFinished)]
        assert order == sorted(order, key=[CallProposed, Decided, CallStarted, CallFinished].index)


@pytest.mark.parametrize("name", NAMES)
def test_golden_files_are_events_of_this_version_byte_for_byte(name: str) -> None:
    for line in (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        event = event_from_dict(json.loads(line))
        assert json.dumps(event_to_dict(event), ensure_ascii=False) == line


@pytest.mark.parametrize("name", NAMES)
def test_a_turn_folds_to_its_end_its_calls_and_its_answer(name: str) -> None:
    reason, states, answer = FOLDED[name]
    turn = fold(golden(name))
    assert turn.reason == reason
    assert [words.state(call)[1] for call in turn.calls] == states
    assert turn.answer.startswith(answer)
    assert bool(turn.answer) == bool(answer)


@pytest.mark.parametrize("name", NAMES)
def test_deltas_concatenate_to_the_steps_texts(name: str) -> None:
    events = golden(name)
    turn = fold(events)
    assert "".join(str(step.reasoning) for step in turn.steps) == "".join(
        event.text for event in events if isinstance(event, ReasoningDelta)
    )
    assert "".join(str(step.text) for step in turn.steps) == "".join(
        event.text for event in events if isinstance(event, TextDelta)
    )


@pytest.mark.parametrize("name", NAMES)
def test_usage_is_summed_over_the_steps(name: str) -> None:
    events = golden(name)
    usages = [event.usage for event in events if isinstance(event, UsageReported)]
    turn = fold(events)
    total = None
    for usage in usages:
        total = usage if total is None else total + usage
    assert turn.usage == total
    assert turn.context == (262_144 if usages else 0)


def test_what_was_sent_and_what_the_user_added_are_kept() -> None:
    turn = fold(golden("steered"))
    assert turn.sent is not None
    assert [title for _, title, _ in turn.sent.parts] == ["[1]", "df"]
    assert [step.notes for step in turn.steps] == [[], ["count once more, to be sure"], []]


def test_an_edited_call_shows_the_code_that_ran() -> None:
    turn = fold(golden("edit"))
    (call,) = turn.calls
    assert call.code == 'df = df.dropna(subset=["sex"])\nlen(df)'
    assert call.proposal.code is not None
    assert "to_csv" in call.proposal.code


def test_reasoning_is_timed_until_something_else_comes() -> None:
    clock = Clock()
    turn = Turn(clock)
    for event, seconds in [
        (StepStarted(1), 5.0),
        (ReasoningDelta("a"), 2.0),
        (ReasoningDelta("b"), 1.5),
        (TextDelta("\n"), 0.5),
        (TextDelta("x"), 7.0),
        (ReasoningDelta("c"), 1.0),
        (UsageReported(Usage(1, 1), 10), 9.0),
    ]:
        turn.apply(event)
        clock.now += seconds
    assert turn.thought_seconds(turn.steps[0]) == pytest.approx(5.0)
    assert words.thinking(turn, turn.steps[0]).startswith("Thought for 5.0 s · ")


def test_the_turn_is_timed_from_its_first_to_its_last_event() -> None:
    clock = Clock()
    turn = fold(golden("refusal"), clock, seconds=0.5)
    clock.now += 1000
    assert turn.seconds == pytest.approx(0.5 * (len(golden("refusal")) - 1))


def test_a_draft_becomes_its_call() -> None:
    events = golden("two_steps")
    first = next(index for index, event in enumerate(events) if isinstance(event, CallProposed))
    turn = fold(events[:first])
    assert list(turn.step.drafts) == [0]
    assert json.loads(str(turn.step.drafts[0].arguments))["purpose"] == "Mean body mass by species"
    turn.apply(events[first])
    assert not turn.step.drafts
    assert words.state(turn.step.calls[0]) == ("waits", "waiting for you")


def test_the_tail_of_a_draft_is_its_code() -> None:
    turn = Turn(Clock())
    code = 'import pandas as pd\nprint("é 😀 \\n", 1)\n' + "".join(f"x{n} = {n}\n" for n in range(200))
    text = json.dumps({"code": code, "purpose": "p"})
    for start in range(0, len(text), 9):
        turn.apply(CallDrafted(0, "run_python" if start == 0 else "", text[start : start + 9]))
        tail = words.draft_tail(turn.step.drafts[0])
        assert tail in code
        assert len(tail) <= 600
    assert tail.endswith("x199 = 199\n")
    assert words.draft_line("run_python", 1312) == "Writing code… 1,312 characters"
    assert words.draft_line("lookup", 3) == "Writing a call of lookup… 3 characters"


def test_a_turn_that_broke_off_ends_as_interrupted_and_lawfully() -> None:
    events = golden("two_steps")
    for end in range(1, len(events)):
        turn = fold(events[:end])
        closing = turn.broken_off()
        for event in closing:
            turn.apply(event)
        assert turn.reason == "interrupted"
        assert all(call.status is not None for call in turn.calls)
        assert isinstance(closing[-1], TurnEnded)
        assert turn.broken_off() == []


def test_nothing_changes_after_the_end() -> None:
    turn = fold(golden("failed"))
    turn.apply(TextDelta("more"))
    turn.apply(TurnEnded("complete"))
    assert (turn.reason, turn.answer) == ("failed", "")


def test_events_of_unknown_calls_are_let_go() -> None:
    turn = fold([StepStarted(1), CallStarted("x"), CallFinished("x", "ok", "")])
    assert list(turn.calls) == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (0.012, "12 ms"),
        (0.3, "0.3 s"),
        (9.94, "9.9 s"),
        (14.4, "14 s"),
        (59.7, "1 min 0 s"),
        (125, "2 min 5 s"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("usd", "said"), [(0, "$0.00"), (0.00001, "<$0.0001"), (0.0012, "$0.0012"), (0.5, "$0.50"), (12.345, "$12.35")]
)
def test_costs(usd: float, said: str) -> None:
    assert words.cost(usd) == said


def test_the_footer_says_what_it_took() -> None:
    assert words.footer(fold(golden("two_steps"), seconds=0.1)) == (
        "4,154 tokens in (2,560 cached) · 316 out · $0.0019 · context <1 % · 3 steps · 9.2 s"
        " · kimi-k2-thinking @ offline"
    )
    assert words.footer(fold(golden("edit"))).startswith("≈1,910 tokens in · ≈80 out · context <1 % · 2 steps")
    full = fold([StepStarted(1), UsageReported(Usage(30_000, 1_456), 262_144)])
    assert " · context 12 % · " in words.footer(full)
    assert words.footer(fold(golden("failed"))) == "1 step · 0 ms · kimi-k2-thinking @ offline"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plain_answer", ""),
        ("interrupted", "Stopped by you while code was running."),
        ("incomplete", "Incomplete: The reply hit its token limit; raise it: %config KimiMagics.max_tokens = 64000"),
        ("failed", "Failed: No connection to api.moonshot.ai; are you online?"),
    ],
)
def test_an_ending_that_is_not_complete_is_one_clear_line(name: str, said: str) -> None:
    assert words.ending(fold(golden(name))) == said


def test_a_long_run_of_blank_lines_is_pointed_out() -> None:
    assert words.blank_run("a\n" + "\n" * 390 + "b") == "390 blank lines in a row; the code goes on below them"
    assert words.blank_run("a\n\n\nb\n" + "\n" * 50) == ""
