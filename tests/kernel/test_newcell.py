"""A cell of code that ran in a turn: from the turn alone."""

from __future__ import annotations

import ast

import pytest

from kimi_jupyter.chat.events import CallFinished, CallProposed, StepStarted
from kimi_jupyter.kernel.newcell import cell_source, steps_that_ran
from kimi_jupyter.view.turn import Turn
from tests.view.golden import golden


def turn_of(name: str) -> Turn:
    turn = Turn()
    for event in golden(name):
        turn.apply(event)
    return turn


def test_steps_stand_one_below_the_other_under_their_purpose() -> None:
    turn = turn_of("two_steps")
    assert cell_source(turn) == (
        "# step 1: Mean body mass by species\n"
        'df.groupby("species", observed=True)["body_mass_g"].agg(["count", "mean"]).round(1)\n'
        "\n"
        "# step 2: Count penguins above 5 kg\n"
        'heavy = df[df["body_mass_g"] > 5000]\n'
        'print(len(heavy), "of", len(df))'
    )
    assert cell_source(turn, step=2).startswith("heavy = ")
    assert steps_that_ran(turn) == [1, 2]


def test_what_failed_is_left_out_and_what_the_user_made_of_it_is_taken() -> None:
    mended = cell_source(turn_of("error_then_mend"))
    assert "Body Mass" not in mended
    assert mended
    assert cell_source(turn_of("edit")).startswith("df = df.dropna(subset")
    assert cell_source(turn_of("refusal")) == ""
    assert cell_source(turn_of("plain_answer")) == ""


@pytest.mark.parametrize(
    "purpose", ["a\nimport os", "a\rimport os", "a\x0cb\u2028import os\x85c", "x" * 500, "\u202eab"]
)
def test_a_purpose_stays_in_its_comment(purpose: str) -> None:
    turn = Turn()
    for number in (1, 2):
        turn.apply(StepStarted(number))
        turn.apply(CallProposed(f"c:{number}", "run_python", {}, "x = 1", purpose, "", True))
        turn.apply(CallFinished(f"c:{number}", "ok", ""))
    source = cell_source(turn)
    assert ast.unparse(ast.parse(source)) == "x = 1\nx = 1"
    assert len(source.splitlines()) == 5
    assert max(map(len, source.splitlines())) < 160
    assert cell_source(turn, calls=["c:2"]) == "x = 1"
