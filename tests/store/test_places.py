"""Where the store is, who may read it, and what must never be in it (hazards STO-06, STO-08, KEY)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kimi_jupyter.chat.events import CallProposed, Decided
from kimi_jupyter.chat.messages import Assistant, System, ToolCall, ToolResult, User
from kimi_jupyter.errors import StoreError
from kimi_jupyter.store import Store, default_path, files, open_store
from kimi_jupyter.store.files import on_network
from tests.support.stores import CANARY, begin, decide, rows


def test_sto_06_files_are_for_the_user_alone_whatever_the_umask(path: Path) -> None:
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


def test_sto_06_a_file_that_others_may_read_is_closed_to_them(path: Path) -> None:
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


def test_sto_06_a_linked_directory_or_file_is_not_followed(tmp_path: Path) -> None:
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


def test_sto_06_a_directory_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert f"chmod 700 {open_to_all}" in refused(open_to_all / "c.sqlite3")
    assert list(open_to_all.iterdir()) == []


def test_sto_06_what_belongs_to_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(path).close()
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert "belongs to another user" in refused(path)


def test_sto_06_where_no_directory_can_be_made_the_chat_goes_on_in_memory(tmp_path: Path) -> None:
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
def test_sto_08_network_drives_are_told_by_the_nearest_mount(tmp_path: Path, place: str, network: bool) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert on_network(Path(place), mounts) is network
    assert on_network(Path(place), tmp_path / "missing") is False


def test_sto_08_on_a_network_drive_there_is_no_log_that_machines_would_have_to_share(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(path).close()  # with a log, as before the home was moved
    here = next(line.split()[2] for line in reversed(_mounts()) if path.is_relative_to(line.split()[1]))
    monkeypatch.setattr(files, "_NETWORK", (here,))
    stores = [Store(path) for _ in range(3)]
    for number in range(30):
        conversation, turn = begin(stores[number % 3])
        stores[number % 3].append(conversation, turn, User("shared"))
    names = {file.name for file in path.parent.iterdir()}
    assert names <= {path.name, f"{path.name}-lock", f"{path.name}-journal"}
    assert [store.audit_head() for store in stores] == [stores[0].audit_head()] * 3
    assert len(stores[0].conversations()) == 30
    for store in stores:
        store.close()
    assert rows(path, "PRAGMA journal_mode") == [("delete",)]
    monkeypatch.undo()
    store = Store(path)  # the home came back: with a log again
    assert len(store.conversations()) == 30
    store.close()
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]


def _mounts() -> list[str]:
    """This machine's mounts, those of directories nearer to the files last."""
    return sorted(Path("/proc/self/mounts").read_text().splitlines(), key=lambda line: len(line.split()[1]))
