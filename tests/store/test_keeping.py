"""What the store keeps comes back as it was, and belongs where it was put."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.chat.messages import Assistant, Message, System, ToolCall, ToolResult, Usage, User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Store
from tests.support.stores import begin

MESSAGES: list[Message] = [
    System("You are Kimi."),
    User("How many rows has `df`?\n\n日本語 🐍 \x00 \u2028"),
    Assistant("", None, (ToolCall("run_python:0", "run_python", '{"code": "len(df)"}'),)),
    Assistant(
        "", "", (ToolCall("run_python:1", "run_python", "{}"), ToolCall("inspect:2", "inspect", '{"name":"df"}'))
    ),
    Assistant(
        "1207 rows.",
        " The user wants a count.",
        (),
        "reasoning",
        ({"type": "reasoning.text", "text": " The", "index": 0},),
    ),
    ToolResult("run_python:0", "run_python", "1207"),
    User("half a pair: \ud83d, a byte: \udc80"),
    Assistant("\udfff", "\ud800 thinking", (ToolCall("a\udc00", "b", '{"x": "\udc01"}'),)),
]


def test_every_kind_of_message_comes_back_as_it_was(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    for message in MESSAGES:
        store.append(conversation, turn, message)
    assert store.messages(conversation) == MESSAGES
    store.close()
    again = Store(path)
    assert again.messages(conversation) == MESSAGES
    reasonings = [message.reasoning for message in again.messages(conversation) if isinstance(message, Assistant)]
    assert reasonings == [None, "", " The user wants a count.", "\ud800 thinking"]
    again.close()


def test_two_halves_that_stand_together_come_back_as_the_character_they_make(store: Store) -> None:
    conversation, turn = begin(store)
    store.append(conversation, turn, User("\ud83d\ude00"))
    assert store.messages(conversation) == [User("😀")]


texts = st.text(st.characters(exclude_categories=()), max_size=30).map(
    lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # no halves side by side
)


@given(st.lists(st.one_of(st.builds(User, texts), st.builds(Assistant, texts, st.none() | texts)), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back(messages: list[Message]) -> None:
    store = Store(":memory:")
    conversation, turn = begin(store)
    for message in messages:
        store.append(conversation, turn, message)
    assert store.messages(conversation) == messages
    store.close()


def test_a_conversation_goes_on_after_the_kernel(store: Store, path: Path) -> None:
    first, turn = begin(store)
    store.append(first, turn, User("one"))
    second = store.begin_conversation("a.ipynb", "another")
    other = store.begin_conversation("b.ipynb")
    store.close()
    again = Store(path)
    assert again.latest("a.ipynb") == second
    assert again.latest("b.ipynb") == other
    assert again.latest("c.ipynb") is None
    again.begin_turn(first, "and now?", "offline", "kimi-k2-thinking")
    assert again.latest("a.ipynb") == first, "it was gone on with last"
    assert [row.id for row in again.conversations()] == [first, other, second]
    assert [(row.id, row.title, row.turns) for row in again.conversations("a.ipynb")] == [
        (first, "How many rows?", 2),
        (second, "another", 0),
    ]
    assert [(row.seq, row.prompt, row.provider) for row in again.turns(first)] == [
        (1, "How many rows?", "moonshot"),
        (2, "and now?", "offline"),
    ]
    again.close()


def test_sto_12_order_is_by_sequence_whatever_the_clock_says(store: Store, path: Path) -> None:
    first, turn = begin(store)
    for text in "abc":
        store.append(first, turn, User(text))
    second, _ = begin(store)
    with sqlite3.connect(path) as connection:  # as if the clock had gone back between the two
        connection.execute(
            "UPDATE conversations SET created = '2038-01-20', updated = '2038-01-20' WHERE id = ?", (first,)
        )
        connection.execute("UPDATE turns SET started = '1970-01-01'")
    connection.close()
    assert store.latest("a.ipynb") == second
    assert [row.id for row in store.conversations()] == [second, first]
    assert store.messages(first) == [User("a"), User("b"), User("c")]


def test_times_are_utc(store: Store) -> None:
    conversation, turn = begin(store)
    store.end_turn(turn, "complete")
    (row,) = store.turns(conversation)
    assert row.reason == "complete"
    assert row.started.endswith("+00:00")
    assert row.ended is not None
    assert row.ended.endswith("+00:00")


def test_usage_is_summed_over_steps_and_turns(store: Store) -> None:
    conversation, turn = begin(store)
    assert store.usage(conversation) == Usage()
    assert store.last_prompt_tokens(conversation) is None
    store.report_usage(turn, 1, Usage(100, 20, 64, 10, 0.5))
    store.report_usage(turn, 1, Usage(100, 20, 64, 10, 0.25))  # the step was asked again
    later = store.begin_turn(conversation, "next", "moonshot", "kimi-k2-thinking")
    store.report_usage(later, 1, Usage(300, 30))
    assert store.usage(conversation) == Usage(500, 70, 128, 20, 0.75)
    assert store.last_prompt_tokens(conversation) == 300
    store.report_usage(later, 2, Usage(350, 5, estimated=True))
    assert store.usage(conversation) == Usage(850, 75, 128, 20, 0.75, True)
    assert store.last_prompt_tokens(conversation) == 300, "an estimate is no count"
    _, elsewhere = begin(store)
    store.report_usage(elsewhere, 1, Usage(7, 7, cost=None))
    assert store.usage(conversation).prompt == 850


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE conversations; --", '"x" OR 1=1', "NEAR(a b)* AND", "%_?1 :name @p $q", "../../x\x00", "名\udc80"],
)
def test_sec_05_titles_notebooks_and_prompts_are_text_and_nothing_else(store: Store, text: str) -> None:
    conversation = store.begin_conversation(text, text)
    turn = store.begin_turn(conversation, text, text, text)
    store.append(conversation, turn, User(text))
    assert store.latest(text) == conversation
    assert [row.id for row in store.conversations(text)] == [conversation]
    assert store.messages(conversation) == [User(text)]
    assert store.messages(text) == []
    assert store.turns(text) == []
    assert store.usage(text) == Usage()


NO_IDS = ["../../x", "%2e%2e", "a\x00b", "y" * 10_240, "", "\udc80", "' OR '1'='1", "%", "*"]


@pytest.mark.parametrize("key", NO_IDS, ids=range(len(NO_IDS)))
def test_sec_03_what_is_no_id_of_a_conversation_is_not_found(key: str, store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    store.append(conversation, turn, User("secret"))
    before = {file.name for file in path.parent.iterdir()}
    assert store.messages(key) == store.turns(key) == store.code_that_ran(key) == store.recall(key, "secret") == []
    assert store.usage(key) == Usage()
    assert store.record(key) is None
    assert store.messages_of_turn(key) == []
    for refused in (store.delete, store.take_back, lambda key: store.rename(key, "x")):
        with pytest.raises(StoreError):
            refused(key)
    assert store.messages(conversation) == [User("secret")]
    assert {file.name for file in path.parent.iterdir()} == before


def test_what_belongs_nowhere_is_refused_and_leaves_no_trace(store: Store) -> None:
    conversation, turn = begin(store)
    other, _ = begin(store)
    with pytest.raises(StoreError, match="%kimi new"):
        store.append("no such", None, User("x"))
    with pytest.raises(StoreError, match="%kimi new"):
        store.append(other, turn, User("a turn of another conversation"))
    with pytest.raises(StoreError, match="%kimi new"):
        store.begin_turn("no such", "x", "y", "z")
    with pytest.raises(StoreError, match="not in the store"):
        store.end_turn("no such", "complete")
    for nonsense in ("\udc80", "x\x00", "y" * 100_000):
        with pytest.raises(StoreError, match="%kimi new"):
            store.begin_turn(nonsense, "x", "y", "z")
    assert store.messages(other) == []
    store.append(conversation, None, System("outside of a turn"))
    assert store.messages(conversation) == [System("outside of a turn")]


def test_threads_take_turns(store: Store) -> None:
    conversation, turn = begin(store)

    def write(name: str) -> None:
        for number in range(40):
            store.append(conversation, turn, User(f"{name}{number}"))
            store.messages(conversation)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [message.text for message in store.messages(conversation)]
    for name in "abcd":
        assert [text for text in said if text[0] == name] == [f"{name}{number}" for number in range(40)]


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.latest("a.ipynb")
    with pytest.raises(StoreError, match="closed"):
        store.begin_conversation("a.ipynb")


def test_a_message_nobody_can_read_points_to_a_new_conversation(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    for body in ("{", '{"role": "oracle"}', '{"role": "user", "texts": 1}', "[]", '"x"'):
        with sqlite3.connect(path) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO messages (conversation, turn, seq, body) VALUES (?, ?, 1, ?)",
                (conversation, turn, body),
            )
        connection.close()
        with pytest.raises(
            StoreError, match="Message 1 of this conversation can't be read; start afresh with %kimi new"
        ):
            store.messages(conversation)


def test_a_byte_gone_bad_costs_its_character(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO messages (conversation, turn, seq, body) VALUES (?, ?, 1, CAST(? AS TEXT))",
            (conversation, turn, b'{"role":"user","text":"caf\xe9"}'),
        )
    connection.close()
    assert store.messages(conversation) == [User("caf\ufffd")]


def test_the_store_is_cheap_to_import() -> None:
    code = "import sys; import kimi_jupyter.store; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "jupyter_core", "traitlets", "IPython", "asyncio", "pandas"} & set(loaded)
