"""A real kernel full of hostile values: the question is asked in time, and the kernel goes on (issue 4, item 5)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.kernel.conftest import say

pytestmark = pytest.mark.kernel

_ROOT = Path(__file__).parents[2]
_ZOO = f"""
import sys
sys.path.insert(0, {str(_ROOT)!r})
from tests.context.survival import animals
from tests.context.zoo import Alarm
Alarm.rung.clear()
made = {{f"animal{{number}}": make() for number, make in enumerate(animals().values())}}
globals().update(made)
names = ", ".join(made)
del made, animals
Alarm.armed = True
"""


def test_a_question_about_the_whole_zoo_leaves_the_kernel_as_it_was(kimi):
    assert kimi.kernel.execute(_ZOO).reply["status"] == "ok"
    kimi.script(say("I saw them."))
    names = [f"animal{number}" for number in range(30, 220)]
    start = time.perf_counter()
    done = kimi.ask(f"What are {', '.join(names)}?", options="--cells 0")
    taken = time.perf_counter() - start
    assert done.reply["status"] == "ok", done.text
    assert "I saw them." in done.text
    assert taken < 10, "the context takes a second; the rest is the turn on a busy machine"
    assert "I was asked" not in done.text
    assert kimi.kernel.execute("print(Alarm.rung)").text.strip() == "[]"
    assert "## animal30\n" in kimi.sent()["messages"][-1]["content"]
    start = time.perf_counter()
    assert kimi.kernel.execute("print(1 + 1)").text.strip() == "2"
    assert time.perf_counter() - start < 2
