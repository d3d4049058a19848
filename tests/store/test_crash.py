"""kill -9 of real processes in the middle of real turns (hazards STO-01 to STO-03); how: ``tests.crash``."""

from __future__ import annotations

import re
import subprocess
import sys

POINTS = 28


def test_sto_01_02_03_whenever_a_process_is_killed_nothing_is_lost_and_nothing_runs_twice() -> None:
    """Between approval and start a call stays approved and is not run; between start and end its run is unknown."""
    command = [sys.executable, "-m", "tests.crash", "--seed", "7", "--count", str(POINTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{POINTS} of {POINTS} points hold" in done.stdout
    killed = {phase: int(times) for phase, times in re.findall(r"([a-z][a-z ]*) (\d+)[,\n]", done.stdout)}
    assert min(killed.get(phase, 0) for phase in ("stream", "approval", "run")) > 1, "too few to say anything"
