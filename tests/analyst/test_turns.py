"""Refusals, edits, questions that go on from the one before."""

from __future__ import annotations

import pytest

from .driver import FOOTER, Client, digest, has
from .frames import FRAMES


@pytest.fixture
def asked() -> Client:
    frame = FRAMES["penguins"]()
    return Client({"df": frame}, digest({"df": frame}))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("The user refused to run this, saying: not on this machine", "not on this machine"),
        ("The user refused to run this and gave no reason.", ""),
        ("Not run. The user lets no code run (approve=never). Answer without it.", "approve=never"),
        ("Permission denied by the user.", ""),
        ("User rejected the tool call: too slow", "too slow"),
    ],
)
def test_a_refusal_is_respected(asked: Client, told: str, reason: str) -> None:
    answered = asked.ask("What are the most common values of island?", lambda step, code: told)
    assert len(answered.codes) == 1
    assert reason in answered.text
    assert "did not run" in answered.text
    assert "| Biscoe | 168 |" in answered.text  # the digest says so
    assert FOOTER in answered.text


def test_a_refusal_with_a_wish_leads_elsewhere(asked: Client) -> None:
    refuse = "The user refused to run this, saying: use the median instead"
    answered = asked.ask("average body mass by species", lambda step, code: refuse if step == 0 else None)
    assert len(answered.codes) == 2
    assert "median" in answered.codes[1]
    assert has(answered, 5000)


def test_never_asks_the_same_again(asked: Client) -> None:
    answered = asked.ask(
        "average body mass by species", lambda step, code: "The user refused to run this, saying: use the mean"
    )
    assert len(answered.codes) == len(set(answered.codes)) == 1


def test_a_refused_plot_keeps_its_figures(asked: Client) -> None:
    told = "The user refused to run this, saying: I have no screen"
    answered = asked.ask("plot body mass by species", lambda step, code: told if "plt" in code else None)
    assert has(answered, 5076.02)
    assert "I have no screen" in answered.text


def test_data_that_reads_like_a_refusal_is_data(asked: Client) -> None:
    counts = "         rows  percent\nspecies\nuser denied   200  58.1\nrefused       144  41.9\n"
    output = f"rows: 344 distinct: 2 missing: 0\n{counts}"
    answered = asked.ask("most common species", lambda step, code: output)
    assert "user denied" in answered.text
    assert has(answered, 200)


def test_edited_code_is_reported_as_the_users(asked: Client) -> None:
    told = "The user edited the code. What ran was:\nprint(df.shape[0] * 2)\nIts result:\n688\n"
    answered = asked.ask("How many rows are there?", lambda step, code: told)
    assert "You edited the code" in answered.text
    assert has(answered, 688)
    assert not has(answered, 344)


def test_an_edited_plot_that_prints_nothing_keeps_the_figures(asked: Client) -> None:
    told = "The user edited the code. What ran was:\nplt.show()\nIts result:\n(it ran without output)"
    answered = asked.ask("plot body mass by species", lambda step, code: told if "plt" in code else None)
    assert "printed nothing" in answered.text
    assert has(answered, 5076.02)


def test_follow_ups(asked: Client) -> None:
    frame = FRAMES["penguins"]()
    assert has(asked.ask("Average body mass by species"), 5076.02)
    assert has(asked.ask("and by island?"), 4716.02)
    assert has(asked.ask("what about the median?"), frame.groupby("island")["body_mass_g"].median().max())
    plotted = asked.ask("now plot it")
    assert "plt.show()" in plotted.codes[-1]
    assert 'df.groupby("island")["body_mass_g"].median()' in plotted.codes[-1]
    again = asked.ask("Average body mass by species")
    assert has(again, 5076.02)
    assert has(asked.ask("the same for flipper length"), 217.19)
    only = asked.ask("only for females")
    assert has(only, frame[frame.sex == "female"].groupby("species")["flipper_length_mm"].mean().max())
    assert has(
        asked.ask("and in 2008?"),
        frame[(frame.sex == "female") & (frame.year == 2008)].groupby("species")["flipper_length_mm"].mean().max(),
    )


def test_a_question_not_understood_is_nothing_to_go_on_from(asked: Client) -> None:
    asked.ask("Average body mass by species")
    asked.ask("write me a poem")
    assert has(asked.ask("and by island?"), 4716.02)


def test_frames_made_on_the_way_are_not_taken_for_the_users() -> None:
    frame = FRAMES["weather"]().assign(kind=["a", "b", "c"] * 300)
    asked = Client({"df": frame}, digest({"df": frame}))
    for question in (
        "Which two numeric columns are most strongly correlated?",
        "Plot them against each other",
        "mean wind where kind is a",
    ):
        asked.ask(question)
        frames = {name: value for name, value in asked.session.items() if type(value) is type(frame)}
        asked.context = digest(frames)
    assert {"pair", "chosen"} <= frames.keys()
    answered = asked.ask("Clean this table up")
    assert "df_clean" in asked.session
    assert "`df_clean` is a cleaned copy of `df`" in answered.text


def test_the_talk_stays_with_its_table_until_another_is_named() -> None:
    frames = {"birds": FRAMES["penguins"](), "sales": FRAMES["sales"]()}
    asked = Client(frames, digest(frames))
    assert has(asked.ask("How many rows has sales?"), 123)
    assert has(asked.ask("Are there duplicates?"), 3)
    assert has(asked.ask("How many rows has birds?"), 344)
    assert has(asked.ask("What is missing?"), 19)


def test_them_are_the_columns_of_the_answer(asked: Client) -> None:
    asked.ask("Which two numeric columns are most strongly correlated?")
    plotted = asked.ask("Plot them against each other")
    assert 'df["body_mass_g"], df["flipper_length_mm"]' in plotted.codes[-1]


def test_them_with_nothing_before_are_looked_for(asked: Client) -> None:
    plotted = asked.ask("Plot them against each other, coloured by species")
    assert len(plotted.codes) == 3
    assert 'df.groupby("species")' in plotted.codes[-1]


def test_names_of_the_users_are_not_rebound() -> None:
    frame = FRAMES["penguins"]()
    context = "# Notebook\n## Cell [1]\ncounts = {}\nfor ax, fig in []: pass\n" + digest({"df": frame, "chosen": 3})
    asked = Client({"df": frame, "counts": "mine", "chosen": "mine"}, context)
    asked.ask("most common species for females")
    asked.ask("plot body mass by island")
    assert asked.session["counts"] == asked.session["chosen"] == "mine"


def test_reasoning_is_about_the_question(asked: Client) -> None:
    answered = asked.ask("Average body mass by species")
    assert "`body_mass_g`" in answered.reasoning[0]
    assert "3 groups" in answered.reasoning[-1]
