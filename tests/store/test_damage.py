"""Damaged files: what can be read is saved, what was there is set aside, and the chat goes on (hazards STO-04)."""

from __future__ import annotations

import random
import stat
import subprocess
import sys
from pathlib import Path

from kimi_jupyter.chat.events import Decided
from kimi_jupyter.chat.messages import User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Store, open_store
from tests.support.stores import begin, change, decide, filled, proposal, ran, rows, said


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
    assert store.verify_audit() == []
    store.close()
    return warning, found


def test_sto_04_of_a_truncated_file_is_saved_what_is_left(path: Path) -> None:
    conversation = filled(path)
    whole = path.read_bytes()
    sizes = (1, 100, 4096, 5000, len(whole) // 2, len(whole) - 9000, len(whole) - 4096)
    saved = []
    for number, size in enumerate(sizes, 1):
        path.write_bytes(whole[:size])
        warning, found = chat_works(path, conversation)
        aside = path.with_name(f"{path.name}.damaged-{number}")
        assert warning is not None
        assert warning.startswith(f"The store was damaged and is now {aside}; a new one was begun, with")
        assert ("without what was in it" in warning) == (found == 0)
        assert found == 0 or f"{found} messages of 1 conversation that" in warning
        assert aside.read_bytes() == whole[:size], "what was there can still be looked at"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        saved.append(found)
    assert saved == sorted(saved), "the more there is, the more is saved"
    assert saved[0] == 0
    assert saved[4] > 10
    assert saved[-1] > 50


def test_sto_04_of_a_file_with_zeroed_pages_the_others_are_saved(path: Path) -> None:
    conversation = filled(path)
    whole = path.read_bytes()
    found = []
    for damaged in (whole[:-8192] + b"\0" * 8192, b"\0" * 512 + whole[512:], b"not a database at all " * 400):
        path.write_bytes(damaged)
        warning, left = chat_works(path, conversation)
        assert warning is not None
        assert "damaged" in warning
        found.append(left)
    assert 50 < found[0] <= 60
    assert found[1] == 60, "the pages tell of themselves what is on them"
    assert found[2] == 0


def test_sto_04_a_flipped_byte_anywhere_never_stops_a_chat(path: Path) -> None:
    conversation = filled(path)
    whole = path.read_bytes()
    chance = random.Random(4)
    offsets = [*range(0, 100, 3), *(chance.randrange(len(whole)) for _ in range(60))]
    noticed = saved = 0
    for offset in offsets:
        damaged = bytearray(whole)
        damaged[offset] ^= 0xFF
        path.write_bytes(damaged)
        warning, found = chat_works(path, conversation)
        assert found == 60 or warning or found == -1, "what is missing is said"
        noticed += warning is not None
        saved += found >= 50
    assert noticed > 10
    assert saved > 0.8 * len(offsets), "most of it is saved, wherever the damage is"


def test_sto_04_a_log_that_was_deleted_or_torn_costs_at_most_what_it_held(path: Path) -> None:
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
    warning, found = chat_works(path, conversation)
    assert warning is not None
    assert found == 60, "all of it was still in the log"
    assert path.with_name(f"{path.name}.damaged-1-wal").read_bytes() == files[log]


CUT_OFF = """
import os, sys
from pathlib import Path
from kimi_jupyter.store import Store
path, whole = Path(sys.argv[1]), Path(sys.argv[1]).read_bytes()
acts = ("os.rename", "os.remove", "os.chmod", "sqlite3.connect", "mmap.__new__")

def cut_off_at(step):
    def look(event, arguments):
        nonlocal step
        step -= event in acts
        if not step:
            os._exit(9)
    sys.addaudithook(look)
    Store(path)
    os._exit(0)

for step in range(1, 100):
    for file in path.parent.iterdir():
        file.unlink()
    path.write_bytes(whole)
    path.chmod(0o600)
    child = os.fork()
    if not child:
        cut_off_at(step)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    store = Store(path)
    print(step, len(store.messages(sys.argv[2])), len(list(path.parent.glob("*.damaged-*[0-9]"))))
    store.close()
    if not ended:
        break
"""


def test_sto_04_saving_what_is_left_can_be_cut_off_at_any_step(path: Path) -> None:
    conversation = filled(path)
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])
    command = [sys.executable, "-c", CUT_OFF, str(path), conversation]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    steps = [line.split() for line in done.stdout.splitlines()]
    assert len(steps) > 8, "it was hardly cut off"
    assert {(found, aside) for _, found, aside in steps} == {("60", "1")}


def test_sto_04_turns_decisions_and_the_audit_are_saved_too(path: Path) -> None:
    store = Store(path)
    conversation, turn = begin(store)
    said(store, conversation, turn, [f"word{number}" for number in range(40)])
    ran(store, turn, "c:1")
    decide(store, turn, proposal("c:2"), Decided("c:2", "deny", "user", None, "no"))
    store.end_turn(turn, "complete", {"version": 1, "events": []})
    head = store.audit_head()
    store.close()
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])
    again, warning = open_store(path)
    assert warning is not None
    assert "160 messages of 1 conversation that" in warning
    assert [(one.title, one.turns) for one in again.conversations()] == [("How many rows?", 1)]
    assert again.record(turn) == {"version": 1, "events": []}
    assert [entry.kind for entry in again.audit()] == [
        *("proposed", "decided", "started", "finished", "decided", "salvaged")
    ]
    assert again.verify_audit(head[1]) == []
    assert [hit.place for hit in again.search("word39")] == ["question", "answer", "code", "result"]
    again.close()
    assert rows(path, "SELECT d.verdict, status FROM decisions d LEFT JOIN executions ON decision = number") == [
        ("run", "ok"),
        ("deny", None),
    ]


def test_sto_04_a_definition_gone_bad_is_noticed_and_an_index_of_ones_own_is_not(path: Path) -> None:
    conversation = filled(path)
    change(path, "CREATE INDEX my_own ON turns (model)")
    assert chat_works(path, conversation) == (None, 60)
    path.write_bytes(path.read_bytes().replace(b"status   TEXT", b"stat\xfas   TEXT"))
    warning, found = chat_works(path, conversation)
    assert warning is not None
    assert "damaged" in warning
    assert found == 60


def test_sto_04_another_program_s_database_is_set_aside_whole(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    change(path, "CREATE TABLE theirs (x)", "INSERT INTO theirs VALUES (1)")
    warning, _ = chat_works(path, "none")
    assert warning is not None
    assert rows(path.with_name(f"{path.name}.damaged-1"), "SELECT x FROM theirs") == [(1,)]


def test_sto_04_an_index_of_the_search_gone_bad_hides_nothing(store: Store, path: Path) -> None:
    conversation, turn = begin(store)
    said(store, conversation, turn, ["plover", "lapwing"])
    assert len(store.search("plover")) == 4
    for damage in ("UPDATE search_data SET block = x'00ff' WHERE id = 10", "DELETE FROM search_data"):
        change(path, damage)
        store.close()
        store = Store(path)
        assert len(store.search("plover")) == 4
        assert len(store.search("lapwing")) == 4
    store.close()
