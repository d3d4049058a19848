"""The store on real files: what it keeps, who may read it, and what it survives (hazards STO)."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.chat.events import CallProposed, Decided
from kimi_jupyter.chat.messages import Assistant, Message, System, ToolCall, ToolResult, Usage, User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Store, default_path, open_store
from kimi_jupyter.store.files import on_network
from kimi_jupyter.store.schema import TABLES, VERSION, normal

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "sk-canary-0123456789abcdef"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kimi_jupyter" / "conversations.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path, secrets=lambda: [CANARY])
    yield store
    store.close()


def begin(store: Store, notebook: str = "a.ipynb") -> tuple[str, str]:
    conversation = store.begin_conversation(notebook)
    return conversation, store.begin_turn(conversation, "How many rows?", "moonshot", "kimi-k2-thinking")


def proposal(call: str, code: str = "len(df)") -> CallProposed:
    return CallProposed(call, "run_python", {"code": code}, code, "count", "d" * 64, True)


def decide(store: Store, turn: str, proposed: CallProposed, decided: Decided) -> None:
    store.decide(turn, proposed, decided, provider="moonshot", model="kimi-k2-thinking")


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


# ---- what it keeps ---------------------------------------------------------------------------------------------------

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


def test_order_is_by_sequence_whatever_the_clock_says(store: Store, path: Path) -> None:
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
def test_titles_notebooks_and_prompts_are_text_and_nothing_else(store: Store, text: str) -> None:
    conversation = store.begin_conversation(text, text)
    turn = store.begin_turn(conversation, text, text, text)
    store.append(conversation, turn, User(text))
    assert store.latest(text) == conversation
    assert [row.id for row in store.conversations(text)] == [conversation]
    assert store.messages(conversation) == [User(text)]
    assert store.messages(text) == []
    assert store.turns(text) == []
    assert store.usage(text) == Usage()


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


# ---- decisions and runs ----------------------------------------------------------------------------------------------


def test_a_decision_and_its_run_are_on_record(store: Store, path: Path) -> None:
    _, turn = begin(store)
    decide(
        store, turn, proposal("run_python:0"), Decided("run_python:0", "edit", "user", "len(df) + 1", "off by one", 2.5)
    )
    store.start_execution(turn, "run_python:0")
    store.finish_execution(turn, "run_python:0", "ok", "1208")
    store.close()
    assert rows(
        path,
        "SELECT call, tool, code, purpose, digest, verdict, decider, edited, reason, seconds, provider, model "
        "FROM decisions",
    ) == [
        (
            "run_python:0",
            "run_python",
            "len(df)",
            "count",
            "d" * 64,
            "edit",
            "user",
            "len(df) + 1",
            "off by one",
            2.5,
            "moonshot",
            "kimi-k2-thinking",
        )
    ]
    assert rows(path, "SELECT status, result FROM executions WHERE ended >= started") == [("ok", "1208")]


def test_nothing_runs_that_was_not_allowed_first(store: Store) -> None:
    _, turn = begin(store)
    with pytest.raises(StoreError, match="Nobody allowed"):
        store.start_execution(turn, "run_python:0")
    decide(store, turn, proposal("run_python:0"), Decided("run_python:0", "deny", "user", None, "no"))
    with pytest.raises(StoreError, match="Nobody allowed"):
        store.start_execution(turn, "run_python:0")
    with pytest.raises(StoreError, match="never started"):
        store.finish_execution(turn, "run_python:0", "ok", "")


def test_nothing_is_decided_or_run_twice(store: Store) -> None:
    _, turn = begin(store)
    decide(store, turn, proposal("run_python:0"), Decided("run_python:0", "run", "user"))
    with pytest.raises(StoreError):
        decide(store, turn, proposal("run_python:0"), Decided("run_python:0", "deny", "user"))
    store.start_execution(turn, "run_python:0")
    with pytest.raises(StoreError):
        store.start_execution(turn, "run_python:0")


def test_the_tables_themselves_refuse_a_run_without_leave(store: Store, path: Path) -> None:
    _, turn = begin(store)
    decide(store, turn, proposal("run_python:0"), Decided("run_python:0", "deny", "rule"))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = ON")
    for decision, verdict in ((1, "run"), (1, "deny"), (99, "run")):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(
                "INSERT INTO executions (decision, verdict, started) VALUES (?, ?, 'now')", (decision, verdict)
            )
    connection.close()


def test_a_run_whose_end_nobody_saw_is_unknown_and_stays_run(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    _, elsewhere = begin(store, "b.ipynb")
    for number, where in enumerate((turn, turn, elsewhere)):
        decide(store, where, proposal(f"run_python:{number}"), Decided(f"run_python:{number}", "run", "user"))
        store.start_execution(where, f"run_python:{number}")
    store.finish_execution(turn, "run_python:1", "error", "NameError")
    store.close()
    again = Store(path)
    again.begin_turn(conversation, "go on", "moonshot", "kimi-k2-thinking")
    with pytest.raises(StoreError):
        again.start_execution(turn, "run_python:0")
    again.close()
    assert rows(path, "SELECT status FROM executions ORDER BY decision") == [("unknown",), ("error",), (None,)]


# ---- who may read it -------------------------------------------------------------------------------------------------


def test_files_are_for_the_user_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(path)
        begin(store)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {f"{path.name}{suffix}" for suffix in ("", "-wal", "-shm")} <= set(modes)
    assert set(modes.values()) == {0o600}
    store.close()


def test_a_file_that_others_may_read_is_closed_to_them(path: Path) -> None:
    Store(path).close()
    path.chmod(0o644)
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def refused(path: Path) -> str:
    """The warning that comes with a store in memory, which works all the same."""
    with pytest.raises(StoreError):
        Store(path)
    store, warning = open_store(path)
    conversation, turn = begin(store)
    store.append(conversation, turn, User("hello"))
    assert store.messages(conversation) == [User("hello")]
    assert store.path == ":memory:"
    store.close()
    assert warning is not None
    assert warning.endswith("kept in memory only.")
    assert "\n" not in warning
    return warning


def test_a_linked_directory_or_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    assert "is a link" in refused(tmp_path / "linked" / "c.sqlite3")
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    for suffix in ("", "-wal", "-journal", "-lock"):
        directory = tmp_path / f"d{suffix}"
        directory.mkdir(mode=0o700)
        (directory / f"c.sqlite3{suffix}").symlink_to(victim)
        assert "is a link" in refused(directory / "c.sqlite3")
    assert victim.read_bytes() == b"precious"
    assert list((tmp_path / "real").iterdir()) == []


def test_a_directory_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert f"chmod 700 {open_to_all}" in refused(open_to_all / "c.sqlite3")
    assert list(open_to_all.iterdir()) == []


def test_what_belongs_to_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(path).close()
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert "belongs to another user" in refused(path)


def test_where_no_directory_can_be_made_the_chat_goes_on_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "can't be used" in refused(tmp_path / "file" / "kimi" / "c.sqlite3")
    assert "is a link or a file" in refused(tmp_path / "file" / "c.sqlite3")
    (tmp_path / "dir" / "c.sqlite3").mkdir(parents=True, mode=0o700)
    (tmp_path / "dir").chmod(0o700)
    assert "no file" in refused(tmp_path / "dir" / "c.sqlite3")


def test_the_key_is_nowhere_in_the_files(path: Path) -> None:
    quoted = 'pa"ss\\wört-with-quotes'
    store = Store(path, secrets=lambda: [CANARY, quoted, "EMPTY"])
    leak = f"a {CANARY} b {quoted} c"
    conversation = store.begin_conversation(f"{CANARY}.ipynb", leak)
    turn = store.begin_turn(conversation, leak, leak, leak)
    call = ToolCall(f"id{CANARY}", "run_python", '{"code": "' + leak.replace("\\", "\\\\").replace('"', '\\"') + '"}')
    for message in (
        System(leak),
        User(leak),
        Assistant(leak, leak, (call,), "reasoning", ({CANARY: [leak], "n": 1},)),
        ToolResult(call.id, "run_python", f"env: EMPTY {leak}\udc80"),
    ):
        store.append(conversation, turn, message)
    decide(
        store,
        turn,
        CallProposed(call.id, leak, {}, leak, leak, "d", True),
        Decided(call.id, "edit", "user", leak, leak),
    )
    store.start_execution(turn, call.id)
    store.finish_execution(turn, call.id, "ok", leak)
    store.end_turn(turn, "complete")
    assert store.latest(f"{CANARY}.ipynb") == conversation
    before = b"".join(file.read_bytes() for file in path.parent.iterdir())
    said = store.messages(conversation)
    store.close()
    after = b"".join(file.read_bytes() for file in path.parent.iterdir())
    for written in (before, after):
        assert b"[key removed]" in written
        for secret in (CANARY, quoted, quoted.replace("\\", "\\\\").replace('"', '\\"'), "pa%22ss%5C"):
            assert secret.encode() not in written
    assert said[0] == System("a [key removed] b [key removed] c")
    assert isinstance(said[3], ToolResult)
    assert "EMPTY" in said[3].text, "a key this short guards nothing"


def test_secrets_are_asked_for_anew_at_each_write(path: Path) -> None:
    secrets: list[str] = []
    store = Store(path, secrets=lambda: secrets)
    conversation, turn = begin(store)
    secrets.append("typed-in-later")
    store.append(conversation, turn, User("it is typed-in-later"))
    assert store.messages(conversation) == [User("it is [key removed]")]
    store.close()


# ---- what it survives ------------------------------------------------------------------------------------------------

WRITER = """
import sys
from kimi_jupyter.chat.messages import Assistant, User
from kimi_jupyter.store import Store
store = Store(sys.argv[1])
conversation = store.latest("k.ipynb") or store.begin_conversation("k.ipynb")
turn = store.begin_turn(conversation, "q", "p", "m")
print(conversation, flush=True)
number = len(store.messages(conversation))
while True:
    store.append(conversation, turn, Assistant(str(number), "thinking " * (number % 7 * 400)))
    print(number, flush=True)
    number += 1
    if number % 10 == 0:
        store.end_turn(turn, "complete")
"""


def test_kill_9_loses_nothing_that_was_acknowledged(path: Path) -> None:
    chance = random.Random(1207)
    acknowledged = -1
    kills = 0
    for _ in range(20):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        conversation = writer.stdout.readline().strip()
        time.sleep(chance.uniform(0.0, 0.06))
        writer.send_signal(signal.SIGKILL)
        lines = writer.stdout.read().splitlines()
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
        kills += 1
        acknowledged = max([acknowledged, *(int(line) for line in lines if line)])
        store = Store(path)
        assert store.warning is None
        assert store.latest("k.ipynb") == conversation
        said = [message.text for message in store.messages(conversation)]
        store.close()
        assert said == [str(number) for number in range(len(said))]
        assert len(said) > acknowledged
    assert kills == 20
    assert acknowledged > 50, "the writers hardly wrote; the test says nothing"


BUSY_WRITER = """
import sys
from kimi_jupyter.chat.messages import User
from kimi_jupyter.store import Store
sys.stdin.readline()
store = Store(sys.argv[1])
conversation = store.begin_conversation(sys.argv[2])
turn = store.begin_turn(conversation, "q", "p", "m")
for number in range(23):
    store.append(conversation, turn, User("x" * 40_000 + str(number)))
store.close()
print(store.warning)
"""


def race(path: Path, count: int = 8) -> list[str]:
    """Run writers against one path at once; what each says about how it found the store."""
    command = [sys.executable, "-c", BUSY_WRITER, str(path)]
    writers = [
        subprocess.Popen(
            [*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for number in range(count)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    said = []
    for writer in writers:
        out, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
        said.append(out.strip())
    return said


def test_eight_processes_write_at_once_and_none_is_turned_away(path: Path) -> None:
    assert race(path) == ["None"] * 8
    store = Store(path)
    for number in range(8):
        conversation = store.latest(str(number))
        assert conversation is not None
        assert [message.text[-2:].strip("x") for message in store.messages(conversation)] == [str(n) for n in range(23)]
    store.close()
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert not path.with_name(path.name + "-wal").exists()


def test_of_eight_that_find_it_damaged_one_sets_it_aside(path: Path) -> None:
    Store(path).close()
    path.write_bytes(b"\0" * 50_000)
    said = race(path)
    assert sorted(line == "None" for line in said) == [False] + [True] * 7
    assert [file.name for file in path.parent.glob("*damaged*")] == [f"{path.name}.damaged-1"]
    store = Store(path)
    assert len(store.conversations()) == 8
    store.close()


def test_the_log_does_not_grow_without_end(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    log = path.with_name(path.name + "-wal")
    longest = 0
    for _ in range(30):
        store.append(conversation, turn, ToolResult("c", "run_python", "y" * 1_000_000))
        longest = max(longest, log.stat().st_size)
    assert longest < 8 * 1024 * 1024
    assert len(store.messages(conversation)) == 30


def test_a_reader_in_the_way_costs_space_and_no_write(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    store.append(conversation, turn, User("first"))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM messages").fetchone()
    store._database._open.execute("PRAGMA busy_timeout = 50")  # else the test waits ten seconds for the reader
    for _ in range(12):
        store.append(conversation, turn, User("z" * 1_000_000))
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size > 10_000_000
    reader.close()
    for _ in range(5):
        store.append(conversation, turn, User("z" * 1_000_000))
    assert log.stat().st_size < 6_000_000
    assert len(store.messages(conversation)) == 18


def filled(path: Path, *, closed: bool = True) -> str:
    """A store with a conversation of some size; with ``closed`` false it is left as by kill -9, with a log."""
    script = WRITER.replace("while True", "while number < 60") + (
        "store.close()" if closed else "import os; os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], stdout=subprocess.DEVNULL, check=closed)
    log = path.with_name(path.name + "-wal")
    assert path.stat().st_size > 0
    assert log.exists() is not closed
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    (conversation,) = store.execute("SELECT id FROM conversations").fetchone()
    store.close()
    assert isinstance(conversation, str)
    return conversation


def chat_works(path: Path, conversation: str) -> tuple[str | None, int]:
    """Open what is left and talk; the warning, and how many of the 60 messages are there (-1: can't be read)."""
    store, warning = open_store(path)
    assert warning is None or "\n" not in warning
    try:
        found = len(store.messages(conversation))
    except StoreError:
        found = -1
    begun, turn = begin(store)
    store.append(begun, turn, User("still here"))
    assert store.messages(begun) == [User("still here")]
    store.close()
    return warning, found


def test_a_truncated_file_is_set_aside_and_chat_goes_on(path: Path) -> None:
    conversation = filled(path)
    whole = path.read_bytes()
    for number, size in enumerate((1, 100, 4096, 5000, len(whole) // 2, len(whole) - 4096, len(whole) - 1), 1):
        path.write_bytes(whole[:size])
        warning, found = chat_works(path, conversation)
        aside = path.with_name(f"{path.name}.damaged-{number}")
        assert warning == f"The store was damaged and is now {aside}; a new one was begun, without what was in it."
        assert found == 0
        assert aside.read_bytes() == whole[:size], "what was there can still be saved"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_zeroed_tail_or_head_is_set_aside_and_chat_goes_on(path: Path) -> None:
    conversation = filled(path)
    whole = path.read_bytes()
    for damaged in (whole[:-8192] + b"\0" * 8192, b"\0" * 512 + whole[512:], b"not a database at all " * 400):
        path.write_bytes(damaged)
        warning, found = chat_works(path, conversation)
        assert warning is not None
        assert "damaged" in warning
        assert found == 0


def test_a_flipped_byte_anywhere_never_stops_a_chat(path: Path) -> None:
    conversation = filled(path)
    whole = path.read_bytes()
    chance = random.Random(4)
    offsets = [*range(0, 100, 3), *(chance.randrange(len(whole)) for _ in range(60))]
    noticed = 0
    for offset in offsets:
        damaged = bytearray(whole)
        damaged[offset] ^= 0xFF
        path.write_bytes(damaged)
        warning, found = chat_works(path, conversation)
        assert found in (60, 0, -1)
        assert found == 60 or warning or found == -1, "what is missing is said"
        noticed += warning is not None
    assert noticed > 10


def test_a_log_that_was_deleted_or_torn_costs_at_most_what_it_held(path: Path) -> None:
    conversation = filled(path, closed=False)
    log, index = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    files = {file: file.read_bytes() for file in (path, log, index)}

    def restore() -> None:
        for file, content in files.items():
            file.write_bytes(content)

    assert chat_works(path, conversation) == (None, 60)
    restore()
    index.unlink()
    assert chat_works(path, conversation) == (None, 60)
    restore()
    log.write_bytes(files[log][:-3000] + b"\0" * 3000)
    warning, found = chat_works(path, conversation)
    assert warning is None
    assert found >= 55
    restore()
    log.write_bytes(files[log][: len(files[log]) // 2 + 7])
    warning, found = chat_works(path, conversation)
    assert warning is None
    assert 0 < found < 60
    restore()
    log.unlink()
    index.unlink()
    chat_works(path, conversation)
    restore()
    path.write_bytes(b"")
    warning, _ = chat_works(path, conversation)
    assert warning is not None
    assert path.with_name(f"{path.name}.damaged-1-wal").read_bytes() == files[log]


def test_a_file_of_a_newer_version_is_read_and_never_written(path: Path) -> None:
    conversation = filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE conversations ADD COLUMN novelty TEXT")
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = path.read_bytes()
    store = Store(path)
    assert store.read_only
    assert len(store.messages(conversation)) == 60
    assert store.latest("k.ipynb") == conversation
    with pytest.raises(StoreError, match="made by a newer kimi_jupyter"):
        store.begin_conversation("k.ipynb")
    with pytest.raises(StoreError, match="pip install -U"):
        store.append(conversation, None, User("x"))
    store.close()
    store, warning = open_store(path)
    begin(store)
    store.close()
    assert warning is not None
    assert "made by a newer kimi_jupyter" in warning
    assert path.read_bytes() == before


def test_a_change_of_the_tables_needs_a_new_version() -> None:
    digest = hashlib.sha256("\n".join(map(normal, TABLES)).encode()).hexdigest()
    assert (VERSION, digest[:16]) == (2, "924adc5aaa89c61d"), "raise VERSION, write the upgrade, then change this line"


def test_a_definition_gone_bad_is_noticed_and_an_index_of_ones_own_is_not(path: Path) -> None:
    conversation = filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE INDEX my_own ON turns (model)")
    connection.close()
    assert chat_works(path, conversation) == (None, 60)
    path.write_bytes(path.read_bytes().replace(b"status   TEXT", b"stat\xfas   TEXT"))
    warning, found = chat_works(path, conversation)
    assert warning is not None
    assert "damaged" in warning
    assert found == 0


def test_another_program_s_database_is_set_aside_whole(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
        connection.execute("INSERT INTO theirs VALUES (1)")
    connection.close()
    warning, _ = chat_works(path, "none")
    assert warning is not None
    assert rows(path.with_name(f"{path.name}.damaged-1"), "SELECT x FROM theirs") == [(1,)]


FULL_DISK = """
import resource, sys
from kimi_jupyter.chat.messages import User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Store
store = Store(sys.argv[1])
conversation = store.begin_conversation("f.ipynb")
turn = store.begin_turn(conversation, "q", "p", "m")
store.append(conversation, turn, User("before"))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
try:
    store.append(conversation, turn, User("x" * 400_000))
except StoreError as error:
    print(error)
print([message.text for message in store.messages(conversation)])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.append(conversation, turn, User("after"))
print([message.text for message in store.messages(conversation)])
store.close()
"""


def test_a_full_disk_is_one_clear_line_and_loses_nothing(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True)
    error, full, after = done.stdout.splitlines()
    assert error.startswith(f"The store {path} can't be written: ")
    assert error.endswith(("Free some disk space.", "Check the disk and its quota."))
    assert full == "['before']"
    assert after == "['before', 'after']"


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


# ---- where it is -----------------------------------------------------------------------------------------------------


def test_the_default_is_in_jupyters_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    assert default_path() == tmp_path / "data" / "kimi_jupyter" / "conversations.sqlite3"
    store, warning = open_store(secrets=lambda: [CANARY])
    assert warning is None
    begin(store)
    store.close()
    assert default_path().exists()


def test_memory_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store, warning = open_store(Path(":memory:"))
    begin(store)
    store.close()
    assert warning is None
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_is_meant_from_where_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store("here/c.sqlite3")
    monkeypatch.chdir("/")
    conversation, turn = begin(store)
    for _ in range(6):
        store.append(conversation, turn, User("x" * 1_000_000))
    assert (tmp_path / "here" / "c.sqlite3-wal").stat().st_size < 6_000_000
    store.close()


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/ann/local\\040disk ext4 rw 0 0
//server/share /mnt/share cifs rw 0 0
me@host: /mnt/far fuse.sshfs rw 0 0
overlay /scratch nfs rw 0 0
/dev/sdc1 /scratch xfs rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "network"),
    [
        ("/home/ann/.local/share/c.sqlite3", True),
        ("/home/ann/local disk/c.sqlite3", False),
        ("/mnt/share/c.sqlite3", True),
        ("/mnt/far/c.sqlite3", True),
        ("/scratch/c.sqlite3", False),
        ("/var/c.sqlite3", False),
    ],
)
def test_network_drives_are_told_by_the_nearest_mount(tmp_path: Path, place: str, network: bool) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert on_network(Path(place), mounts) is network
    assert on_network(Path(place), tmp_path / "missing") is False


def test_the_store_is_cheap_to_import() -> None:
    code = "import sys; import kimi_jupyter.store; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "jupyter_core", "traitlets", "IPython", "asyncio", "pandas"} & set(loaded)
