"""The kernels people have: each release of ipykernel that handles messages in its own way (hazards KER-20)."""

from __future__ import annotations

import threading

import pytest

from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import PLAIN, Scripted, environment, run, say
from tests.support.kernels import RELEASES, kernel, python_with

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(400)]


@pytest.mark.parametrize("release", RELEASES)
def test_ker_20_ask_approve_edit_refuse_stop_and_go_on(release, tmp_path):
    python = python_with(release)
    with OfflineServer() as server, kernel(tmp_path, python, environment(tmp_path, server)) as live:
        kimi = Scripted(live, server)
        assert live.execute(PLAIN).reply["status"] == "ok"

        kimi.script(run("x = 41"), run("x = 0"), run("x += 1\nprint('x is', x)"), say("It is 42."))
        done = kimi.ask("What is it?", ["y", "n leave it", "e", "x += 2\nprint('x is', x)"])
        assert done.reply["status"] == "ok", done.text
        assert live.value("x") == 43
        assert "x is 43" in done.text
        assert done.data("text/markdown")[-1] == "It is 42."

        for stopped in (
            Fault("slow_first_byte", seconds=30),
            run("print('go')\nwhile True: pass"),
            run("import asyncio\nprint('go')\nawait asyncio.sleep(60)"),
        ):
            kimi.script(stopped)
            threading.Timer(1.5, live.interrupt).start()
            done = kimi.ask(options="--approve auto", timeout=20)
            assert done.reply["status"] == "error"
            assert "stopped by you" in done.text, done.text

        kimi.script(run("y = x"), say())
        nested = live.execute("%%time\nget_ipython().run_cell_magic('kimi', '', 'Do it.')", ["y"])
        assert nested.reply["status"] == "ok", nested.text
        assert live.value("y") == 43
        assert [request.status for request in kimi.requests] == [200, 200]
