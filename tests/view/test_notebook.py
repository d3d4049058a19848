"""A turn in a notebook: what is displayed, in which order, how often and at what cost."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.testing.globalipapp import get_ipython as shell_of_tests
from nbconvert import HTMLExporter

from kimi_jupyter.chat.events import (
    CallDrafted,
    CallFinished,
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
from kimi_jupyter.view.notebook import NotebookView
from tests.view.golden import NAMES, Clock, Page, follow, golden, play
from tests.view.harmless import OURS, harmful, text_of

START = TurnStarted("t", "c", "q", "offline", "kimi-k2-thinking")


def shown(name: str, seconds: float = 0.02) -> Page:
    page, clock = Page(), Clock()
    play(NotebookView(page, clock=clock), golden(name), clock, seconds)
    return page


def proposal(code: str | None = "x = 1", call: str = "c:0", *, gated: bool = True, **fields: Any) -> CallProposed:
    known = {"name": "run_python", "arguments": {}, "purpose": "", "digest": ""}
    return CallProposed(call, code=code, gated=gated, **{**known, **fields})


def card(*events: Event) -> str:
    """The card of a call, after these events."""
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    for _ in follow(view, [START, StepStarted(1), *events], clock):
        pass
    return page.texts("text/html")[-1]


@pytest.mark.parametrize("name", NAMES)
def test_each_display_has_html_or_markdown_beside_plain_text(name: str) -> None:
    for data in shown(name).displays.values():
        assert set(data) in ({"text/html", "text/plain"}, {"text/markdown", "text/plain"})


@pytest.mark.parametrize("name", NAMES)
def test_how_it_is_fed_makes_no_difference_in_the_end(name: str) -> None:
    at_once, clock = Page(), Clock()
    view = NotebookView(at_once, clock=clock)
    for event in golden(name):
        view.feed(event)
    view.close()
    passing = "·⚠"  # notices stand where they came, an unfinished call where it was seen

    def lasting(page: Page) -> list[str]:
        return [text for text in page.texts() if text[0] not in passing and "not finished" not in text]

    assert lasting(at_once) == lasting(shown(name, seconds=0.0))


@pytest.mark.parametrize("name", NAMES)
def test_html_is_of_allowed_tags_only(name: str) -> None:
    page, clock = Page(), Clock()
    play(NotebookView(page, clock=clock), golden(name), clock)
    assert [fault for data in page.published for fault in harmful(data.get("text/html", ""), OURS)] == []


def test_the_order_is_that_of_the_turn() -> None:
    beginnings = [text.partition("\n")[0] for text in shown("two_steps").texts()]
    assert [line[:12] for line in beginnings] == [
        "Thought for ",
        "I'll look at",
        "Step 1 · run",
        "Thought for ",
        "Step 2 · run",
        "**Gentoo** p",
        "4,154 tokens",
    ]


def test_the_card_is_there_before_the_code_runs() -> None:
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    for event in follow(view, golden("two_steps"), clock):
        if isinstance(event, CallStarted):
            number = 1 + sum(
                isinstance(e, CallFinished) for e in golden("two_steps")[: golden("two_steps").index(event)]
            )
            last = text_of(page.texts("text/html")[-1])
            assert f"Step {number} · run_python" in last
            assert "runs…" in last


def test_two_calls_of_one_step_are_shown_one_after_another() -> None:
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    drafts: list[Event] = [CallDrafted(0, "run_python", '{"code": "a"}'), CallDrafted(1, "run_python", '{"code": "b"}')]
    for event in follow(view, [START, StepStarted(1), *drafts], clock, 0.2):
        assert isinstance(event, Event)
    assert len(page.displays) == 1  # one line for all that is being written, so that no card is above another's output
    first: list[Event] = [proposal("a", "c:0"), Decided("c:0", "run", "user"), CallFinished("c:0", "ok", "", 0.1)]
    for _ in follow(view, first, clock):
        pass
    assert len(page.displays) == 1
    for _ in follow(view, [proposal("b", "c:1")], clock):
        pass
    assert [text.split("\n")[1] for text in page.texts()] == ["a", "b"]


def test_reasoning_streams_open_with_its_end_and_closes_whole() -> None:
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    whole = "".join(f"line {n}: <thought> & $more$\n" for n in range(2000))
    events: list[Event] = [
        START,
        StepStarted(1),
        *(ReasoningDelta(whole[i : i + 30]) for i in range(0, len(whole), 30)),
    ]
    for _ in follow(view, events, clock):
        pass
    (live,) = page.texts("text/html")
    assert "<details open" in live
    assert "Thinking… " in live
    assert len(live) < 2500
    assert "line 1990" in live
    view.feed(TextDelta("Answer"))
    clock.now += 0.2
    view.flush()
    closed = page.texts("text/html")[0]
    assert "<details style" in closed
    assert whole.strip() in text_of(closed)
    assert text_of(closed).startswith(f"Thought for {clock.now - 100.2:.0f} s · ")


def test_the_clock_goes_on_while_nothing_comes() -> None:
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    for _ in follow(view, [START, StepStarted(1), ReasoningDelta("Hm.")], clock, 0.2):
        pass
    for _ in range(14):
        clock.now += 1
        view.flush()
    assert "Thinking… 14 s · 2 tokens" in text_of(page.texts("text/html")[0])


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_empty_reasoning_and_empty_text_have_no_display(text: str) -> None:
    page, clock = Page(), Clock()
    play(
        NotebookView(page, clock=clock),
        [START, StepStarted(1), ReasoningDelta(text), TextDelta(text), TurnEnded("complete")],
        clock,
    )
    assert len(page.displays) == 1


def test_an_answer_before_its_reasoning_stays_before_it() -> None:
    page, clock = Page(), Clock()
    events: list[Event] = [
        START,
        StepStarted(1),
        TextDelta("Answer. "),
        ReasoningDelta("Then thought."),
        TextDelta("More."),
    ]
    play(NotebookView(page, clock=clock), [*events, TurnEnded("complete")], clock, 0.3)
    assert [text[:7] for text in page.texts()] == ["Answer.", "Thought", "1 step "]
    assert page.texts("text/markdown") == ["Answer. More."]


def test_the_answer_is_exact_in_the_end_and_sanitised_all_along() -> None:
    page, clock = Page(), Clock()
    answer = "Some **text** <img src=https://evil.example/x.png> ![x](https://evil.example/x.png)\n\n" * 40 + "$$x$$\n"
    events: list[Event] = [START, StepStarted(1), *(TextDelta(answer[i : i + 5]) for i in range(0, len(answer), 5))]
    play(NotebookView(page, clock=clock), [*events, TurnEnded("complete")], clock)
    assert not any(
        "<img" in data.get("text/markdown", "") or "![" in data.get("text/markdown", "") for data in page.published
    )
    assert page.texts("text/plain")[0] == answer.strip("\n")
    assert page.texts("text/markdown")[0].endswith("$$x$$")


STATES: list[tuple[list[Event], str]] = [
    ([], "waiting for you"),
    ([Decided("c:0", "run", "user"), CallStarted("c:0")], "runs…"),
    ([Decided("c:0", "run", "auto"), CallStarted("c:0")], "runs… · allowed automatically"),
    ([Decided("c:0", "run", "user"), CallFinished("c:0", "ok", "", 0.3)], "done in 0.3 s"),
    ([Decided("c:0", "run", "rest"), CallFinished("c:0", "ok", "", 75)], "done in 1 min 15 s · allowed with the rest"),
    ([Decided("c:0", "run", "user"), CallFinished("c:0", "error", "a\nKeyError: 'x'\n", 1)], "failed: KeyError: 'x'"),
    ([Decided("c:0", "deny", "user", None, "too slow"), CallFinished("c:0", "denied", "")], "refused: too slow"),
    (
        [Decided("c:0", "deny", "rule", None, "no one to ask"), CallFinished("c:0", "denied", "")],
        "refused by rule: no one",
    ),
    ([Decided("c:0", "edit", "user", "y = 2"), CallFinished("c:0", "ok", "", 1)], "done in 1.0 s · edited by you"),
    ([CallFinished("c:0", "invalid", "No such tool.\nmore")], "not run: No such tool."),
    ([CallStarted("c:0"), CallFinished("c:0", "interrupted", "")], "interrupted"),
    ([CallFinished("c:0", "unknown", "")], "the kernel went away"),
]


@pytest.mark.parametrize(("events", "said"), STATES)
def test_a_card_says_what_became_of_its_call(events: list[Event], said: str) -> None:
    assert said in text_of(card(proposal(), *events))


def test_the_model_s_words_are_boxed_cut_and_called_unverified() -> None:
    html = card(proposal(purpose="SAFE " * 1000))
    assert "The model says, unverified:" in html
    assert "… (4,699 more characters)" in html
    assert "dashed" in html


def test_code_is_whole_and_its_unseen_characters_are_written_out() -> None:
    code = "x = 'a\u202eb\u200b'  # \x1b[2J\n" + "".join(f"y{n} = {n}\n" for n in range(3000)) + "\n" * 390 + "evil()"
    html = card(proposal(code))
    assert "x = 'a\\u202eb\\u200b'  # \\x1b[2J\n" in text_of(html)
    assert "y2999 = 2999\n" + "\n" * 390 + "evil()" in text_of(html)
    assert "390 blank lines in a row" in text_of(html)


@pytest.mark.parametrize(
    "code", ["x = f'{a!r:>{w}}' if b else \"\"\n", "def f(:\n  \t\n", "'''", "\n\n  x", "é = '数' # < & >"]
)
def test_colours_do_not_change_the_code(code: str) -> None:
    assert code.rstrip("\n") in text_of(card(proposal(code)))


def test_after_an_edit_the_card_shows_what_ran_and_keeps_what_was_proposed() -> None:
    html = card(proposal("a = 1"), Decided("c:0", "edit", "user", "b = 2"))
    assert (
        text_of(html).index("b = 2") < text_of(html).index("What the model had proposed") < text_of(html).index("a = 1")
    )


def test_effects_are_one_line_of_the_code_that_ran_or_would_run() -> None:
    effects = {"reads": ["df", "a"], "changes": ["df"], "shell": [], "writes files": ["<b>\u202e.csv"]}
    proposed = proposal("a = 1", effects=effects)
    said = "reads a · changes df · shell · writes files <b>\\u202e.csv"
    assert said in text_of(card(proposed))
    edited = text_of(card(proposed, Decided("c:0", "edit", "user", "b = 2", effects={"creates": ["b"]})))
    assert said not in edited
    assert "creates b" in edited


def test_a_tool_s_result_is_shown_folded_and_bounded() -> None:
    tool = proposal(None, name="lookup", arguments={"name": "<b>"}, gated=False)
    html = card(tool, CallStarted("c:0"), CallFinished("c:0", "ok", "<script>" * 1000, 0.1))
    assert "name = '<b>'" in text_of(html)
    assert "… (6,000 more characters)" in html
    assert harmful(html, OURS) == []
    assert "<details" not in card(proposal(), CallFinished("c:0", "ok", "what the cell shows already"))


def test_notices_are_small_lines_and_repeats_are_counted() -> None:
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    busy = Notice("warning", "Busy; trying again.")
    events: list[Event] = [START, StepStarted(1), busy, busy, Notice("info", "Repaired."), ReasoningDelta("x"), busy]
    for _ in follow(view, [*events, TurnEnded("complete")], clock, 0.2):
        pass
    assert [text for text in page.texts() if "Thought" not in text] == [
        "⚠ Busy; trying again. (×2)\n· Repaired.",
        "⚠ Busy; trying again.",
    ]


def test_an_unfinished_draft_says_that_nothing_ran() -> None:
    page, clock = Page(), Clock()
    play(NotebookView(page, clock=clock), golden("interrupted_drafting"), clock, 0.3)
    assert page.find("nothing ran")
    assert "import matplotlib" not in "".join(page.texts("text/html"))


def test_a_draft_shows_its_code_as_it_comes() -> None:
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    events: list[Event] = [START, StepStarted(1), CallDrafted(0, "run_python", '{"code": "a = 1\\nb = <2>')]
    for _ in follow(view, events, clock, 0.2):
        pass
    view.flush()
    assert text_of(page.find("Writing code")) == "Step 1 · Writing code… 24 charactersa = 1\nb = <2>"


@pytest.mark.parametrize("name", NAMES)
def test_closing_early_shows_interrupted_and_closing_again_does_nothing(name: str) -> None:
    events = golden(name)
    for end in range(1, len(events)):
        page, clock = Page(), Clock()
        view = NotebookView(page, clock=clock)
        for _ in follow(view, events[:end], clock):
            pass
        view.close()
        count = len(page.published)
        view.close()
        view.feed(events[end])
        view.flush()
        assert len(page.published) == count
        assert "Interrupted." in page.texts()[-1]
        assert not [text for text in page.texts() if "runs…" in text or "waiting" in text or "Thinking…" in text]


def test_cost_is_linear_and_updates_are_seldom() -> None:
    page, clock = Page(), Clock()
    view = NotebookView(page, clock=clock)
    events: list[Event] = [START, StepStarted(1)]
    events += [ReasoningDelta(f"word{n % 97} ") for n in range(100_000)]
    events += [TextDelta(f"text{n % 89} " + ("\n\n" if n % 60 == 0 else "")) for n in range(5_000)]
    events += [UsageReported(Usage(10, 105_000), 262_144), TurnEnded("complete")]
    content = sum(len(event.text) for event in events if isinstance(event, ReasoningDelta | TextDelta))
    moments: list[float] = []
    publish = page.__call__

    def watched(data: dict[str, Any], *, display_id: str, update: bool) -> None:
        moments.append(clock.now)
        publish(data, display_id=display_id, update=update)

    view = NotebookView(watched, clock=clock)
    start = time.perf_counter()
    play(view, events, clock, seconds=1 / 500)  # 500 deltas a second
    took = time.perf_counter() - start
    assert page.bytes <= 15 * content
    assert took < 20
    streaming = [moment for moment in moments if moment < clock.now - 1]
    for first, tenth in zip(streaming, streaming[10:], strict=False):
        assert tenth - first >= 0.9
    assert page.texts("text/markdown")[0].count("text") == 5_000


def test_hostile_interleaving_stays_cheap() -> None:
    page, clock = Page(), Clock()
    events: list[Event] = [START, StepStarted(1)]
    for n in range(3_000):
        events += [ReasoningDelta(f"thought {n} "), TextDelta(f"text {n} "), CallDrafted(0, "x", "{")]
    play(NotebookView(page, clock=clock), [*events, TurnEnded("complete")], clock, 0.05)
    content = sum(len(event.text) for event in events if isinstance(event, ReasoningDelta | TextDelta))
    assert page.bytes <= 40 * content


def notebook_of(page: Page) -> Any:
    outputs = [nbformat.v4.new_output("display_data", data=data) for data in page.displays.values()]
    cell = nbformat.v4.new_code_cell("%%kimi\nWhich species is heaviest?", outputs=outputs, execution_count=1)
    return nbformat.v4.new_notebook(cells=[cell])


def test_ui_23_nbconvert_s_html_holds_reasoning_answer_code_and_cost() -> None:
    html, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook_of(shown("two_steps")))
    seen = text_of(html)
    for part in (
        "I need the mean body mass by species.",
        "penguins are the heaviest",
        "5,076.0",
        'agg(["count", "mean"])',
        "$0.0019",
    ):
        assert part in seen
    assert "<strong>Gentoo</strong>" in html


def test_ipython_s_own_displays_are_used() -> None:
    shell = shell_of_tests() or InteractiveShell.instance()
    messages: list[tuple[dict[str, Any], dict[str, Any]]] = []
    publish = shell.display_pub.publish

    def watched(data: dict[str, Any], *args: Any, **fields: Any) -> None:
        messages.append((data, fields))

    shell.display_pub.publish = watched
    try:
        play(NotebookView(), golden("plain_answer"), Clock())
    finally:
        shell.display_pub.publish = publish
    ids = [fields["transient"]["display_id"] for _, fields in messages]
    assert [fields["update"] for _, fields in messages] == [display in ids[:n] for n, display in enumerate(ids)]


def test_importing_the_views_imports_no_front_end() -> None:
    code = (
        "import sys, kimi_jupyter.view.notebook, kimi_jupyter.view.terminal, kimi_jupyter.view.record;"
        "print([m for m in ('IPython', 'pygments', 'httpx', 'nbformat', 'ipywidgets') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
