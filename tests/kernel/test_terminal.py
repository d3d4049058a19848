"""``%%kimi`` at a terminal: a real IPython on a pseudo-terminal, a person at its keyboard."""

from __future__ import annotations

import re
import sys

import pexpect
import pytest

from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import environment, run, say

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")


class Terminal:
    def __init__(self, server, place, *options):
        self.server = server
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "IPython", "--no-banner", "--colors=nocolor", "--no-confirm-exit", *options],
            env=environment(place, server) | {"TERM": "xterm", "NO_COLOR": "1", "PROMPT_TOOLKIT_NO_CPR": "1"},
            dimensions=(50, 160),
            encoding="utf-8",
            timeout=30,
        )
        self.expect(r"In \[1\]")
        self.process.sendline("%load_ext kimi_jupyter")
        self.expect(r"In \[2\]")

    def expect(self, pattern):
        self.process.expect(pattern)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.process.before + self.process.after)


@pytest.fixture(params=["simple", "prompt_toolkit"])
def terminal(request, tmp_path):
    options = ["--simple-prompt"] if request.param == "simple" else []
    with OfflineServer() as server:
        terminal = Terminal(server, tmp_path, *options)
        yield terminal
        terminal.process.close(force=True)


def test_a_turn_with_a_yes(terminal):
    terminal.server.script([run("x = 6 * 7\nprint('x is', x)"), say("It is **42**.", "I see.")])
    terminal.process.sendline("%kimi ask what is six by seven?")
    shown = terminal.expect(r"Run this\?.*: ")
    assert "Let me compute." in shown
    assert "x = 6 * 7" in shown
    terminal.process.sendline("y")
    shown = terminal.expect(r"In \[3\]")
    assert "x is 42" in shown
    assert "It is **42**." in shown
    terminal.process.sendline("x + 1")
    terminal.expect(r"43\r\n")


def test_ctrl_c_stops_it_and_the_shell_lives_on(terminal):
    terminal.server.script([Fault("slow_first_byte", seconds=30), say("Back.")])
    terminal.process.sendline("%kimi ask anything")
    import time

    time.sleep(1.5)
    terminal.process.sendintr()
    assert "stopped by you" in terminal.expect(r"In \[3\]")
    terminal.process.sendline("%kimi ask again")
    assert "Back." in terminal.expect(r"In \[4\]")
