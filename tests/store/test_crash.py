"""kill -9 of real processes in the middle of real turns (hazards STO-01 to STO-03); how: ``tests.crash``."""

from __future__ import annotations

import re
import subprocess
import sys


def points(count: int, *more: str) -> dict[str, int]:
    """Play so many points, of which all have to hold; in how many a process was killed in which phase of its turn."""
    command = [sys.executable, "-m", "tests.crash", "--seed", "7", "--count", str(count), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{count} of {count} points hold" in done.stdout
    return {phase: int(times) for phase, times in re.findall(r"([a-z][a-z ]*) (\d+)[,\n]", done.stdout)}


def test_sto_01_02_03_whenever_a_process_is_killed_nothing_is_lost_and_nothing_runs_twice() -> None:
    """Between approval and start a call stays approved and is not run; between start and end its run is unknown."""
    killed = points(28)
    assert min(killed.get(phase, 0) for phase in ("stream", "approval", "run")) > 1, "too few to say anything"


def test_sto_13_ten_kernels_at_once_on_one_store_are_killed_and_go_on() -> None:
    points(20, "--together", "10")


def test_sto_13_six_kernels_in_two_conversations_at_once_are_killed_and_go_on() -> None:
    points(12, "--together", "6", "--conversations", "2")
