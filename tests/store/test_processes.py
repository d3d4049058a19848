"""Many processes on one store (hazards STO-07, STO-09, STO-13)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from kimi_jupyter.chat.messages import Message, ToolResult, User
from kimi_jupyter.store import Store
from tests.support.stores import begin, rows

WRITERS = """
import os, sys
from kimi_jupyter.chat.messages import User
from kimi_jupyter.store import Store

def write(number):
    store = Store(sys.argv[1])
    mine = store.begin_conversation(str(number))
    ours = store.latest("ours.ipynb") or store.begin_conversation("ours.ipynb")
    turns = [(mine, store.begin_turn(mine, "q", "p", "m")), (ours, store.begin_turn(ours, "q", "p", "m"))]
    for said in range(int(sys.argv[3])):
        for key, turn in turns:
            store.append(key, turn, User(f"{number}.{said} " + "x" * int(sys.argv[4])))
    for _, turn in turns:
        store.end_turn(turn, "complete")
    store.close()
    os.write(1, f"{store.warning}\\n".encode())

store = Store(sys.argv[1]) if sys.argv[5] == "sound" else None
if store:
    store.begin_conversation("ours.ipynb")
    store.close()
children = []
for number in range(int(sys.argv[2])):
    children.append(os.fork())
    if not children[-1]:
        write(number)
        os._exit(0)
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def race(path: Path, count: int, messages: int, size: int, found: str = "sound") -> list[str]:
    """Let processes write to one store at once; what each says of how it found it."""
    command = [sys.executable, "-c", WRITERS, str(path), *map(str, (count, messages, size)), found]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_sto_07_09_13_sixteen_processes_write_at_once_and_none_is_turned_away(path: Path) -> None:
    """Each makes 100 transactions and more, half of them in a conversation that all share; the log is worked in."""
    begun = time.monotonic()
    assert race(path, 16, 50, 4_000) == ["None"] * 16
    print(f"16 processes, {16 * 105} transactions: {time.monotonic() - begun:.1f} s")
    store = Store(path)
    for number in range(16):
        conversation = store.latest(str(number))
        assert conversation is not None
        assert [heads(message) for message in store.messages(conversation)] == [f"{number}.{n}" for n in range(50)]
    ours = store.latest("ours.ipynb")
    assert ours is not None
    together = [heads(message) for message in store.messages(ours)]
    assert len(together) == 16 * 50
    for start in range(0, len(together), 50):  # a turn stays together, whoever wrote beside it
        number = together[start].split(".")[0]
        assert together[start : start + 50] == [f"{number}.{n}" for n in range(50)]
    store.close()
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "SELECT count(*), count(DISTINCT seq) FROM messages JOIN conversations c "
                      "ON c.id = conversation WHERE notebook = 'ours.ipynb'") == [(800, 800)]  # fmt: skip
    assert not path.with_name(path.name + "-wal").exists()


def test_sto_13_of_eight_that_find_it_damaged_one_sets_it_aside(path: Path) -> None:
    Store(path).close()
    path.write_bytes(b"\0" * 50_000)
    told = race(path, 8, 3, 10, "damaged")
    assert sorted(line == "None" for line in told) == [False] + [True] * 7
    assert [file.name for file in path.parent.glob("*damaged*")] == [f"{path.name}.damaged-1"]
    store = Store(path)
    assert {one.notebook for one in store.conversations()} == {"ours.ipynb", *map(str, range(8))}
    store.close()


def heads(message: Message) -> str:
    return message.text.split(" ")[0]


def test_sto_09_the_log_does_not_grow_without_end(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    log = path.with_name(path.name + "-wal")
    longest = 0
    for _ in range(30):
        store.append(conversation, turn, ToolResult("c", "run_python", "y" * 1_000_000))
        longest = max(longest, log.stat().st_size)
    assert longest < 8 * 1024 * 1024
    assert len(store.messages(conversation)) == 30


def test_sto_09_a_reader_in_the_way_costs_space_and_no_write(store: Store, path: Path) -> None:
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
