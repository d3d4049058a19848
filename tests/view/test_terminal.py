"""A turn in a terminal: added to only, in colours if wanted, and never with a control of somebody else's."""

from __future__ import annotations

import io
import os
import re

import pytest

from kimi_jupyter.chat.events import Event, Notice, ReasoningDelta, StepStarted, TextDelta, TurnEnded, TurnStarted
from kimi_jupyter.view.terminal import TerminalView
from tests.view.golden import NAMES, Clock, follow, golden, play

START = TurnStarted("t", "c", "q", "offline", "kimi-k2-thinking")
OWN = re.compile(r"\x1b\[[0-9;]*m")


def written(events: list[Event], *, color: bool = False, seconds: float = 0.02) -> str:
    stream, clock = io.StringIO(), Clock()
    play(TerminalView(stream, color, clock=clock), events, clock, seconds)
    return stream.getvalue()


def test_a_whole_turn_reads_well() -> None:
    assert written(golden("two_steps")) == (
        "Thinking\n"
        "I need the mean body mass by species. Missing values are skipped by mean().\n"
        "\n"
        "I'll look at the means first.\n"
        "\n"
        "Writing code…\n"
        "Step 1 · run_python\n"
        "The model says, unverified: Mean body mass by species\n"
        "reads df\n"
        '    df.groupby("species", observed=True)["body_mass_g"].agg(["count", "mean"]).round(1)\n'
        "→ done in 12 ms\n"
        "Thinking\n"
        "Gentoo. Now count above 5000 g.\n"
        "\n"
        "Writing code…\n"
        "Step 2 · run_python\n"
        "The model says, unverified: Count penguins above 5 kg\n"
        "reads df · creates heavy\n"
        '    heavy = df[df["body_mass_g"] > 5000]\n'
        '    print(len(heavy), "of", len(df))\n'
        "→ done in 4 ms · allowed with the rest of this turn\n"
        "**Gentoo** penguins are the heaviest, 5,076 g on average.\n"
        "\n"
        "| species | n | mean (g) |\n"
        "|---|---:|---:|\n"
        "| Adelie | 151 | 3,700.7 |\n"
        "| Chinstrap | 68 | 3,733.1 |\n"
        "| Gentoo | 123 | 5,076.0 |\n"
        "\n"
        "61 of the 344 weigh more than 5 kg.\n"
        "\n"
        "4,154 tokens in (2,560 cached) · 316 out · $0.0019 · context <1 % · 3 steps · 1.8 s"
        " · kimi-k2-thinking @ offline\n"
    )


@pytest.mark.parametrize("name", NAMES)
def test_when_it_is_flushed_makes_no_difference(name: str) -> None:
    slow = written(golden(name), seconds=1.0)
    stream, clock = io.StringIO(), Clock()
    view = TerminalView(stream, False, clock=clock)
    for event in golden(name):
        view.feed(event)
        clock.now += 1.0
    view.close()
    assert stream.getvalue() == slow


@pytest.mark.parametrize("name", NAMES)
def test_colours_add_nothing_but_colours(name: str) -> None:
    plain, coloured = written(golden(name)), written(golden(name), color=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert OWN.sub("", coloured) == plain


def test_an_edit_shows_what_runs() -> None:
    said = written(golden("edit"))
    assert (
        said.index("to_csv") < said.index("Edited by you; this runs:\n    df = df.dropna(subset") < said.index("→ done")
    )


def test_a_tool_s_result_and_why_a_call_was_not_valid_are_shown() -> None:
    assert "→ done in 1 ms\npandas.DataFrame, 344 rows × 8 columns\n- body_mass_g" in written(golden("error_then_mend"))
    assert "→ not run: There is no tool run_pyhton." in written(golden("invalid_call"))


def test_endings_and_notices_are_lines_of_their_own() -> None:
    said = written(golden("incomplete"))
    assert said.startswith("⚠ The endpoint is busy (429); trying again in 2 s.\n" * 2)
    assert "\n\nIncomplete: The reply hit its token limit" in said
    assert "Stopped by you." in written(golden("interrupted_drafting"))
    assert "Failed: No connection" in written(golden("failed"))


@pytest.mark.parametrize("name", NAMES)
def test_closing_early_says_so_once(name: str) -> None:
    stream, clock = io.StringIO(), Clock()
    view = TerminalView(stream, False, clock=clock)
    events = golden(name)
    for _ in follow(view, events[: len(events) // 2], clock):
        pass
    view.close()
    said = stream.getvalue()
    view.feed(TextDelta("late"))
    view.flush()
    view.close()
    assert stream.getvalue() == said
    assert said.count("Interrupted.") == 1


@pytest.mark.parametrize("text", ["👨‍👩‍👧‍👦 family 👍🏽.", "می‌خواهم.", "क्‍ष.", "1️⃣ 2️⃣.", "🏴󠁧󠁢󠁳󠁣󠁴󠁿!", "数据框有 344 行。"])
def test_characters_that_come_in_pieces_are_not_damaged(text: str) -> None:
    events: list[Event] = [START, StepStarted(1), *(TextDelta(piece) for piece in text), TurnEnded("complete")]
    assert written(events, seconds=0.2).startswith(text + "\n\n")
    unfinished: list[Event] = [START, StepStarted(1), ReasoningDelta(text[:-1]), TurnEnded("complete")]
    assert text[:-1] in written(unfinished, seconds=0.2)


def test_a_stream_of_another_encoding_is_no_error() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    clock = Clock()
    events: list[Event] = [START, StepStarted(1), TextDelta("é 数"), Notice("warning", "é"), TurnEnded("complete")]
    play(TerminalView(stream, False, clock=clock), events, clock)
    assert raw.getvalue().startswith(b"\\xe9 \\u6570\n")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    clock = Clock()
    screen = Screen()
    play(TerminalView(screen, clock=clock), golden("plain_answer"), clock)
    assert ("\x1b[" in screen.getvalue()) == coloured
    assert os.environ.get("NO_COLOR") == environment.get("NO_COLOR")
