"""What is over, in the sidebar: long conversations are told within bounds, and what was interrupted goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.kernel.conftest import Scripted, beside, run, say
from tests.support.sidebar import Browser, Page

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]

#: A conversation of 1,250 turns with answers of 15 KB, as months of work with a notebook leave one.
_LONG = """\
import json
session = get_ipython().magics_manager.registry['KimiMagics'].session
key, rows = session.conversation.key, []
for number in range(1250):
    prompt = f'Question {number}? ' + 'why ' * 300
    begun = {'turn': str(number), 'conversation': key, 'prompt': prompt, 'provider': 'custom', 'model': 'kimi'}
    events = [
        {'type': 'turn_started', **begun},
        {'type': 'step_started', 'step': 1, 'limits': {}},
        {'type': 'reasoning_delta', 'text': 'I think. ' * 300},
        {'type': 'text_delta', 'text': f'Answer {number}: ' + 'word ' * 2000},
        {'type': 'turn_ended', 'reason': 'complete', 'message': ''},
    ]
    record = json.dumps({'version': 1, 'place': 'sidebar', 'seconds': 2.0, 'events': events})
    rows.append((str(number), key, number, prompt, record))
with session.store._database.writing() as db:
    db.executemany('INSERT INTO turns (id, conversation, seq, prompt, provider, model, started, reason, record) '
                   "VALUES (?, ?, ?, ?, '', '', '2026-11-01T00:00:00.000+00:00', 'complete', ?)", rows)
"""


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    with beside(tmp_path_factory.mktemp("kernel")) as kimi:
        yield kimi


@pytest.fixture
def kimi(living: Scripted) -> Scripted:
    living.kernel.execute("%reset -f\n%kimi new")
    living.script()
    return living


def test_of_a_very_long_conversation_older_turns_are_told_in_brief_and_the_whole_is_there_for_the_asking(kimi):
    kimi.kernel.execute(_LONG)
    browser = Browser(kimi.kernel)
    page = Page(browser)
    told = page.of("conversation")[-1]
    assert len(json.dumps(told)) < 4_000_000
    turns = told["turns"]
    assert len(turns) == 1250
    assert "brief" not in turns[-1]
    assert len(turns[-1]["events"][3]["text"]) > 10_000
    oldest, middle = turns[0], turns[1000]
    assert oldest["brief"] is True
    assert oldest["prompt"].startswith("Question 0? why")
    assert [event["type"] for event in middle["events"]] == ["turn_started", "text_delta", "turn_ended"]
    assert middle["events"][1]["text"].startswith("Answer 1000: word")
    assert "more characters" in middle["events"][1]["text"]
    page.send("sync", turn=oldest["turn"])
    browser.pump(lambda: page.of("snapshot"))
    whole = page.of("snapshot")[-1]
    assert (whole["turn"], whole["live"], whole["seconds"]) == (oldest["turn"], False, 2.0)
    assert whole["events"][3]["text"] == "Answer 0: " + "word " * 2000
    assert page.answer("sync", turn="0" * 32)["kind"] == "refused"
    page.drop()


def test_what_ended_early_goes_on_in_the_sidebar_wherever_it_was_asked(kimi):
    browser = Browser(kimi.kernel)
    page = Page(browser)
    assert page.answer("resume", turn="0" * 32)["kind"] == "refused"
    kimi.script(run("x = 40"), run("x += 2"), say("It is 42."), run("y = 1"), say("Not asked."), say("And y is 1."))
    browser.start("%%kimi --max-steps 1 --approve auto\nWhat is x?")
    browser.pump(lambda: page.of("turn") and page.ended(page.of("turn")[-1]["turn"]))
    first = page.of("turn")[-1]["turn"]
    assert page.ended(first) == "limit"
    browser.idle()
    second = page.ask(kind="resume", turn=first)
    assert (page.ended(second), page.said(second)) == ("complete", "It is 42.")
    told = "Go on with what was interrupted. It had reached a limit. See first what is already done"
    assert page.of("turn")[-1]["prompt"] == f"{told} and what is missing."
    assert kimi.kernel.value("x") == 42
    assert [cell["source"] for cell in page.cells] == ["x += 2"]
    assert "answered to its end" in page.answer("resume", turn=second)["text"]
    page.decide = lambda page, opened: None
    third = page.ask("And y?", wait=False)
    browser.pump(lambda: page.of("open")[-1]["open"])
    assert page.answer("resume", turn=third)["kind"] == "refused"  # it goes on
    page.send("stop", turn=third)
    page.wait(third)
    assert "Only the last" in page.answer("resume", turn=first)["text"]
    kimi.script(say("And y is not there."))
    assert page.said(page.ask(kind="resume", turn=third)) == "And y is not there."
    assert "I stopped it." in kimi.sent()["messages"][-1]["content"]
    page.drop()
