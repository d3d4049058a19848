"""A store that has grown large opens at once, and of a long conversation the end is read (hazards STO-11)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.legality import mended
from kimi_jupyter.agent.memory import earlier
from kimi_jupyter.chat.events import TurnEnded
from kimi_jupyter.chat.messages import Assistant, Message, ToolCall, ToolResult, User, message_to_dict
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.store import Keep, Store
from kimi_jupyter.store.texts import as_json
from tests.support.stores import begin, rows
from tests.support.turns import Host

TURNS, STEPS = 1_250, 19


def spoken(turn: int) -> Iterator[Message]:
    """40 messages."""
    yield User(f"question {turn}")
    for step in range(STEPS):
        call = ToolCall(f"run_python:{turn * STEPS + step}", "run_python", f'{{"code": "step_{turn}_{step}()"}}')
        yield Assistant("", f"I think about {turn}. " * 5, (call,))
        yield ToolResult(call.id, "run_python", f"row {step}: {turn * step}\n" * 40)
    yield Assistant(f"answer {turn}", "I know.")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A conversation of 50,000 messages."""
    path = tmp_path_factory.mktemp("large") / "kimi_jupyter" / "conversations.sqlite3"
    store = Store(path)
    conversation = store.begin_conversation("a.ipynb")
    bodies = [as_json(message_to_dict(message), ()) for message in spoken(0)]
    at = "2026-01-01T00:00:00.000+00:00"
    with store._database.writing() as db:
        for turn in range(TURNS):
            key, seq = f"{turn:032x}", turn * len(bodies)
            db.execute(
                "INSERT INTO turns (id, conversation, seq, prompt, provider, model, started, ended, reason) "
                "VALUES (?, ?, ?, ?, 'p', 'm', ?, ?, 'complete')",
                (key, conversation, turn + 1, f"question {turn}", at, at),
            )
            said = bodies if turn < TURNS - 150 else [as_json(message_to_dict(one), ()) for one in spoken(turn)]
            db.executemany(
                "INSERT INTO messages (conversation, turn, seq, body) VALUES (?, ?, ?, ?)",
                [(conversation, key, seq + place, body) for place, body in enumerate(said)],
            )
    store.close()
    return path, conversation


def test_sto_11_a_conversation_of_50_000_messages_opens_in_under_a_second(large: tuple[Path, str]) -> None:
    path, key = large
    assert rows(path, "SELECT count(*) FROM messages") == [(50_000,)]
    spent = time.process_time()
    store = Store(path)
    assert store.latest("a.ipynb") == key
    (listed,) = store.conversations()
    messages, before = store.recent(key, 2_000_000)
    conversation = Conversation(key, mended(messages), left_out=earlier(before))
    assert store.usage(key).prompt == 0
    assert store.code_that_ran(key) == []
    spent = time.process_time() - spent
    print(f"50,000 messages open in {1000 * spent:.0f} ms of processor")
    assert spent < 1
    assert listed.turns == TURNS
    assert 1_000 < len(messages) < 10_000
    assert messages[0] == User(f"question {len(before)}"), "it begins with a question"
    assert messages[-1] == Assistant(f"answer {TURNS - 1}", "I know.")
    note = conversation.prompt("s")[1].text
    assert f"without {len(before):,} old questions".replace(",", "") in note.replace(",", "")
    assert f"- question {len(before) - 1}\n" in f"{note}\n".replace("]", "")
    assert conversation.tokens(0) > 250_000, "more than a window holds"
    store.close()


def test_sto_11_a_question_in_it_is_answered_and_the_model_is_told_what_it_does_not_see(
    large: tuple[Path, str],
) -> None:
    path, key = large
    store = Store(path)
    messages, before = store.recent(key, 2_000_000)
    store.close()
    with OfflineServer() as server:
        host = Host(server)
        host.conversation = Conversation(key, mended(messages), left_out=earlier(before))
        host.script(Reply("I know.", "Yes."))
        events = host.turn("Is it all there?")
        assert events[-1] == TurnEnded("complete")
        sent = host.requests[-1].body["messages"]
    assert sent[1]["content"].startswith("[To make room, the conversation goes on without")
    assert "recall(query) finds it again" in sent[1]["content"]
    assert sent[-1]["content"] == "Is it all there?"


def test_sto_11_what_is_not_read_any_more_is_found(large: tuple[Path, str]) -> None:
    path, key = large
    store = Store(path)
    begun = time.perf_counter()
    assert [hit.number for hit in store.recall(key, f"step_{TURNS - 30}_3")] == [TURNS - 29]
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    assert [hit.number for hit in store.recall(key, f"step_{TURNS - 20}_3")] == [TURNS - 19]
    again = time.perf_counter() - begun
    print(f"the first search of 50,000 messages {first:.1f} s, the next {1000 * again:.0f} ms")
    assert again < first / 10
    store.close()


def test_the_end_of_a_conversation_is_whole_turns_also_where_two_kernels_wrote_at_once(store: Store) -> None:
    key, first = begin(store, prompt="first")
    second = store.begin_turn(key, "second", "p", "m")
    third = store.begin_turn(key, "third", "p", "m")
    for number in range(150):
        store.append(key, None if number == 100 else (first, second)[number % 2], User(f"{number}"))
    taken = store.begin_turn(key, "taken back", "p", "m")
    store.append(key, taken, User("taken back"))
    store.take_back(taken)
    whole = store.messages(key)
    assert [message.text for message in whole] == [
        *(str(number) for number in range(0, 150, 2) if number != 100),
        *(str(number) for number in range(1, 150, 2)),
        "100",
    ]
    for most in (1, 1_000, 10_000_000):
        assert store.recent(key, most) == (whole, [])
    store.append(key, third, User("x" * 5_000))
    assert store.recent(key, 1_000) == ([*whole, User("x" * 5_000)], []), "a page is read at once"
    for number in range(200):
        store.append(key, third, User(f"y{number}"))
    store.begin_turn(key, "nothing was said in it yet", "p", "m")
    messages, before = store.recent(key, 100)
    assert before == ["first", "second"]
    assert [message.text[:2] for message in messages] == ["xx", *(f"y{number}"[:2] for number in range(200))]
    assert store.recent(key, 10_000_000)[0] == store.messages(key)


def test_of_a_conversation_whose_words_are_not_kept_nothing_is_said_to_be_left_out(path: Path) -> None:
    store = Store(path, keep=lambda: Keep(content=False))
    key, turn = begin(store)
    store.append(key, turn, User("How many rows?"))
    store.end_turn(turn, "complete")
    assert store.recent(key, 1) == ([], [])
    store.close()
    again = Store(path)
    turn = again.begin_turn(key, "And now?", "p", "m")
    for number in range(150):
        again.append(key, turn, User(f"{number}"))
    messages, before = again.recent(key, 1)
    assert (len(messages), before) == (150, [])
    again.close()
