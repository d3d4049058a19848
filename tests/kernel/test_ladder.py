"""Code that takes too long, that ignores interrupts, that floods: hazards KER-01 to KER-06, in real kernels."""

from __future__ import annotations

import threading
import time

import pytest

from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.view import WIDGET_MODULE
from tests.kernel.conftest import PLAIN, Scripted, environment, run, say
from tests.support.kernels import kernel
from tests.support.widgets import FrontEnd

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]

#: Seconds between two rungs here.
RUNG = 0.5
_SHORT = f"import kimi_jupyter.kernel.bounds as bounds\nbounds._RUNG = {RUNG}\n%config KimiMagics.code_seconds = 1"
#: Code that an interrupt does not end, for at most so long, that no test hangs.
_IGNORES = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nuntil = time.time() + 3\n"
_IGNORES += "while time.time() < until: pass\nprint('over')"
_NO_GIL = (
    "import sqlite3, time\nbegun = time.time()\n"
    "db = sqlite3.connect(':memory:')\n"
    "db.execute('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e7) SELECT count(*) FROM n')"
    ".fetchall()\nprint('over')"
)
_HOLDS_GIL = "total = sum(range(90_000_000))"


@pytest.fixture
def impatient(kimi):
    kimi.kernel.execute(_SHORT)
    yield kimi
    kimi.kernel.execute("%config KimiMagics.code_seconds = 120")


def said(done):
    return done.text + "".join(done.data("text/html"))


@pytest.mark.parametrize(
    ("code", "speaks"),
    [
        ("while True: pass", False),
        (
            "import time\nfor n in range(9):\n    try:\n        time.sleep(0.6)\n    except KeyboardInterrupt: pass",
            True,
        ),
        (_IGNORES, True),
        (_NO_GIL, True),
        (_HOLDS_GIL, None),  # nothing of the kernel can act meanwhile
    ],
    ids=["ker_04 endless loop", "ker_05 catches", "ker_05 ignores", "ker_06 in C", "ker_06 in C, with the lock held"],
)
def test_the_ladder_interrupts_twice_and_then_says_that_the_code_does_not_respond(impatient, code, speaks):
    impatient.script(run(code), say("Then otherwise."))
    done = impatient.ask(options="--approve auto")
    assert done.reply["status"] == "ok", done.text
    assert speaks is None or ("does not respond to interrupts" in said(done)) is speaks
    assert speaks is None or "Interrupted after 1 s" in impatient.told()
    assert impatient.kernel.execute("1 + 1").reply["status"] == "ok"


def test_ker_05_stop_climbs_the_same_ladder_and_nothing_after_the_run_is_interrupted(kimi):
    kimi.kernel.execute(_SHORT + "00")
    code = "import time\nfor n in range(2):\n    try: time.sleep(9)\n    except KeyboardInterrupt: print('caught', n)"
    kimi.script(run(code), say("Must not be asked."))
    began = []

    def press(execution):
        if not began and "Step 1" in said(execution):
            began.append(time.monotonic())
            threading.Timer(0.5, kimi.kernel.interrupt).start()

    done = kimi.ask(options="--approve auto", on_output=press)
    assert time.monotonic() - began[0] < 5
    assert "caught 1" in done.text
    assert len(kimi.requests) == 1
    assert kimi.kernel.execute(f"import time\ntime.sleep({2 * RUNG})").reply["status"] == "ok"
    kimi.script(say("Here again."))
    assert kimi.ask().reply["status"] == "ok"


class _Left(FrontEnd):
    """A page that is left as soon as it says that the code does not respond."""

    def _take(self, message):
        super()._take(message)
        if message["kind"] == "said" and "does not respond" in message["text"]:
            raise InterruptedError


def test_ker_08_code_that_never_ends_is_said_while_it_runs_and_after_a_restart_the_conversation_goes_on(tmp_path):
    assert WIDGET_MODULE.exists(), "the widget is not built; make test builds it"
    with OfflineServer() as server:
        environ = environment(tmp_path, server) | {"JPY_SESSION_NAME": str(tmp_path / "n.ipynb")}
        with kernel(tmp_path, environ=environ) as live:
            kimi, page = Scripted(live, server), _Left(live)
            live.execute(f"%load_ext kimi_jupyter\n{_SHORT}")
            kimi.script(run(_IGNORES.replace("+ 3", "+ 300")), say("I remember."))
            with pytest.raises(InterruptedError):
                page.ask(options="--approve auto")
            assert not [one for one in page.messages if "call_finished" in str(one)]
            live.restart()
            live.execute(PLAIN)
            done = kimi.ask("Still there?")
            assert done.reply["status"] == "ok", done.text
            (result,) = [one["content"] for one in kimi.sent()["messages"] if one["role"] == "tool"]
            assert "unknown" in result


@pytest.mark.parametrize(
    "code",
    [
        "print('x' * 100_000_000)",
        "for n in range(60_000): print('line', n)",
        "import os\nos.write(1, bytes(5_000_000))\nprint('y' * 2_000_000)",
    ],
    ids=["ker_01 100 MB at once", "ker_02 many lines", "ker_03 bytes on the descriptor"],
)
def test_floods_are_cut_for_the_model_and_leave_the_kernel_as_it_was(kimi, code):
    kimi.script(run(code), say("That was much."))
    done = kimi.ask(options="--approve auto", timeout=100)
    assert done.reply["status"] == "ok", done.text[-500:]
    assert len(kimi.told().encode()) <= 33_000
    assert "left out" in kimi.told()
    # Not ru_maxrss: a process has that from the one that started it.
    peak = kimi.kernel.value("next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))")
    assert int(peak.split()[1]) < 1_000_000  # KiB


_SHOW = "from IPython.display import publish_display_data as show\n"
_EVIL = (
    "class Evil(Exception):\n    def __str__(self): raise RuntimeError('again')\n    __repr__ = __str__\nraise Evil()"
)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (_EVIL, "Evil"),
        ("%xmode Verbose", "magic"),
        ("def f(n): return f(n + 1)\nf(0)", "RecursionError"),
        ("raise ExceptionGroup('several', [ValueError(n) for n in range(20_000)])", "ExceptionGroup"),
        (
            _SHOW + "for n in range(3_000): show({'image/png': 'iVBORw0KGgo=' * 100, 'text/plain': f'<one {n}>'})",
            "<one 0>",
        ),
        (
            _SHOW + "show({'image/png': 'A' * 40_000_000, 'text/html': '<b>' * 2_000_000, 'text/plain': 'large'})",
            "large",
        ),
    ],
    ids=["ker_16 evil", "ker_16 magic", "ker_16 recursion", "ker_16 group", "ker_17 many", "ker_17 large"],
)
def test_odd_errors_and_many_displays_are_told_within_bounds(kimi, code, words):
    kimi.script(run(code), say("I see."))
    done = kimi.ask(options="--approve auto", timeout=60)
    assert done.reply["status"] == "ok", done.text[-500:]
    assert words in kimi.told()
    assert len(kimi.told().encode()) <= 33_000
    assert kimi.kernel.execute("1 + 1").text == "2\n"


def test_ker_12_what_a_thread_prints_after_the_run_is_shown_and_not_told_as_its_result(kimi):
    late = "import threading\nthreading.Timer(0.3, lambda: print('late', 40 + 2)).start()\nprint('in time')"
    kimi.script(run(late), run("import time; time.sleep(0.6)"), say("Done."))
    done = kimi.ask(options="--approve auto")
    assert "late 42" in done.text
    results = [one["content"] for one in kimi.sent()["messages"] if one["role"] == "tool"]
    assert results == ["in time", "(it ran without output)"]
