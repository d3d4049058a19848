"""Disks that are full, read-only or out of reach: one clear line, nothing lost, and a chat that goes on (STO-05)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_jupyter.chat.messages import User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Store
from tests.support.stores import begin, filled

FULL = """
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


def told(script: str, *arguments: object) -> list[str]:
    """What a process prints."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_sto_05_a_file_that_may_not_grow_is_one_clear_line_and_loses_nothing(path: Path) -> None:
    error, full, after = told(FULL, path)
    assert error.startswith(f"The store {path} can't be written: ")
    assert error.endswith(("Free some disk space.", "Check the disk and its quota."))
    assert full == "['before']"
    assert after == "['before', 'after']"


def test_sto_05_a_full_database_is_one_clear_line_and_loses_nothing(store: Store) -> None:
    conversation, turn = begin(store)
    store.append(conversation, turn, User("before"))
    (pages,) = store._database.read("PRAGMA page_count")[0]
    store._database.read(f"PRAGMA max_page_count = {pages + 2}")
    for _ in range(2):
        with pytest.raises(StoreError, match=r"can't be written: .* full\. Free some disk space\."):
            store.append(conversation, turn, User("x" * 100_000))
    store._database.read("PRAGMA max_page_count = 1000000")
    store.append(conversation, turn, User("after"))
    assert store.messages(conversation) == [User("before"), User("after")]


READ_ONLY = """
import os, sys
from kimi_jupyter.chat.messages import User
from kimi_jupyter.store import open_store
if os.geteuid() == 0:  # whom rights say nothing
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
store, warning = open_store(sys.argv[1])
print(warning)
conversation = store.begin_conversation("r.ipynb")
turn = store.begin_turn(conversation, "q", "p", "m")
store.append(conversation, turn, User("hello"))
print(store.path, [message.text for message in store.messages(conversation)])
"""


@pytest.fixture
def anyones() -> Iterator[Path]:
    """A path that others than root can get to."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place) / "kimi_jupyter" / "conversations.sqlite3"


@pytest.mark.parametrize("what", ["file", "directory"])
def test_sto_05_where_nothing_can_be_written_the_chat_goes_on_in_memory(what: str, anyones: Path) -> None:
    filled(anyones)
    before = anyones.read_bytes()
    if what == "file":
        anyones.chmod(0o400)
    else:
        anyones.with_name(anyones.name + "-lock").unlink()
    for place in (*anyones.parent.iterdir(), anyones.parent):
        os.chown(place, 65534, 65534) if os.geteuid() == 0 else None
    anyones.parent.chmod(0o500)
    try:
        warning, said = told(READ_ONLY, anyones)
    finally:
        anyones.parent.chmod(0o700)
    assert warning.startswith("The store ")
    assert "writable" in warning
    assert warning.endswith("Until then conversations are kept in memory only.")
    assert said == ":memory: ['hello']"
    assert anyones.read_bytes() == before


FEW = """
import os, resource, sys
from kimi_jupyter.store import Store, open_store
Store(sys.argv[1]).close()
os.closerange(3, 64)
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
store, warning = open_store(sys.argv[1])
print(store.path, warning)
store.begin_conversation("e.ipynb")
"""


@pytest.mark.parametrize("files", [3, 4, 5])
def test_sto_05_with_no_file_left_to_open_the_chat_goes_on_in_memory(files: int, path: Path) -> None:
    line = " ".join(told(FEW, path, files))
    assert line.startswith(":memory: The store ")
    assert "Too many open files" in line or "unable to open database file" in line
    assert line.endswith("kept in memory only.")
