"""Code that wants more of the machine than there is, and what outlives a kernel: in a kernel that may have little."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import PLAIN, Scripted, environment, run, say
from tests.support.kernels import kernel

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]

#: Limits of the kernel's own process: 1 GiB more than it has, files of 32 MiB, 20 more processes and threads than there
#: are. Root has no limit of processes: as root the kernel takes the real id of a user that nobody is, and gives up what
#: would lift the limit all the same; its files are still root's.
_LIMITED = """\
import ctypes, os, resource
def limit(kind, most):
    resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
def threads(user):
    for process in filter(str.isdigit, os.listdir('/proc')):
        try:
            if os.stat(f'/proc/{process}').st_uid == user:
                yield from os.listdir(f'/proc/{process}/task')
        except OSError:
            pass  # it has ended
used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()
limit(resource.RLIMIT_AS, used + 2**30)
limit(resource.RLIMIT_FSIZE, 2**25)
if os.geteuid() == 0:
    os.setreuid(100_000 + os.getpid(), 0)
    head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None)
    libc.capget(head, sets)
    for place in (0, 1):
        sets[place] &= ~(1 << 21 | 1 << 24)  # CAP_SYS_ADMIN, CAP_SYS_RESOURCE
    assert libc.capset(head, sets) == 0
    limit(resource.RLIMIT_NPROC, len(os.listdir('/proc/self/task')) + 20)
else:
    limit(resource.RLIMIT_NPROC, len([*threads(os.getuid())]) + 20)
"""
#: Ends by itself where the limit does not hold; its processes end with the kernel.
_PROCESSES = """\
import subprocess
made = []
while len(made) < 200:
    made.append(subprocess.Popen(['sleep', '100']))"""
_MEMORY = "hoard = bytearray(10 * 2**30)"
_DISK = "with open('filler', 'wb') as file:\n    while True: file.write(bytes(2**20))"


@pytest.fixture
def limited(tmp_path) -> Iterator[Scripted]:
    with OfflineServer() as server, kernel(tmp_path, environ=environment(tmp_path, server)) as live:
        assert live.execute(f"{PLAIN}\n{_LIMITED}").reply["status"] == "ok"
        yield Scripted(live, server)


def told(kimi: Scripted) -> list[str]:
    return [message["content"] for message in kimi.sent()["messages"] if message["role"] == "tool"]


def test_ker_07_what_asks_for_more_than_there_is_is_told_and_all_goes_on(limited):
    limited.script(
        run(_MEMORY),
        run(_DISK),
        run(_PROCESSES),
        run("limit(resource.RLIMIT_NPROC, 1)"),  # not one thread more can be had from here on
        run("for one in made: one.kill(); one.wait()\nprint('ended')"),
        say("It was too much."),
        say("I am still here."),
    )
    done = limited.ask("Take all there is.", options="--approve auto")
    assert "It was too much." in done.text
    memory, disk, processes, _, ended = told(limited)
    assert memory.endswith("MemoryError")
    assert disk.endswith("OSError: [Errno 27] File too large")
    assert processes.endswith("BlockingIOError: [Errno 11] Resource temporarily unavailable")
    assert "runs without a limit of time" in ended
    assert "ended" in ended.splitlines()
    assert 0 < limited.kernel.value("len(made)") < 25
    assert "I am still here." in limited.ask("And now?").text
    assert "The audit is whole" in limited.kernel.execute("%kimi audit verify").text
    assert "Take all there is." in limited.kernel.execute("%kimi history").text


_PROGRAMS = """\
import subprocess
own = subprocess.Popen(['sleep', '100'], start_new_session=True).pid
same = subprocess.Popen(['sleep', '200']).pid
print(own, same)"""


def runs(process: int) -> bool:
    """Whether a process goes on: of one that has ended a name may be left, and no command line."""
    line = Path(f"/proc/{process}/cmdline")
    return line.exists() and line.read_bytes() != b""


def test_ker_13_a_program_that_outlives_the_kernel_is_told_of_and_listed_while_it_is_its_child(kimi):
    kimi.script(run(_PROGRAMS), run("print('nothing new')"), say())
    kimi.ask(options="--approve auto")
    first, second = told(kimi)
    pids, left = first.splitlines()
    own, same = map(int, pids.split())
    try:
        assert left == f"[left running, and a restart of the kernel does not end it] {own} sleep 100"
        assert second == "nothing new"
        listed = kimi.kernel.execute("%kimi").text
        assert f"left running  {own} sleep 100 (a restart does not end it)" in listed
        assert "sleep 200" not in listed
        kimi.kernel.restart()
        assert [runs(own), runs(same)] == [True, False]
        kimi.kernel.execute(PLAIN)
        assert "left running" not in kimi.kernel.execute("%kimi").text
    finally:
        os.kill(own, signal.SIGKILL)
