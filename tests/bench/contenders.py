"""Who is compared, one way for all: a name, a function beside this file, and the environment that has what it needs.

Each runs in a process of its own (``worker``), ours too, so that none pays for what another has loaded.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.isolation import clean_environment

from .peers import installed
from .report import Report

__all__ = ["Contender", "Failed", "Worker", "by_turns", "there", "working"]

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Contender:
    """Who is compared.

    Attributes
    ----------
    name
        As it stands in the tables.
    function
        ``"module:name"``, beside this file; called with what is asked.
    environment
        Of ``peers.ENVIRONMENTS``; ``""`` is the one the tests run in.
    """

    name: str
    function: str
    environment: str = ""

    @property
    def python(self) -> Path | None:
        """The interpreter, ``None`` where its environment is not there."""
        return installed(self.environment) if self.environment else Path(sys.executable)


class Failed(Exception):
    """A contender could not do what was asked, in its own words."""


class Worker:
    """A contender's process, started when it is first asked, and again after one that took too long."""

    def __init__(self, contender: Contender, home: Path) -> None:
        self._contender, self._home = contender, home
        self._process: subprocess.Popen[str] | None = None

    def ask(self, seconds: float = 300, **request: Any) -> Any:
        """What the contender's function returns.

        Raises
        ------
        Failed
            It raised, died, or took longer.
        """
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], seconds)[0]:
            self.close()
            raise Failed(f"over {seconds:.0f} s")
        if not (line := process.stdout.readline()):
            self.close()
            raise Failed("died")
        answer = json.loads(line)
        if "fault" in answer:
            raise Failed(answer["fault"])
        return answer["value"]

    def _start(self) -> subprocess.Popen[str]:
        module, _, function = self._contender.function.partition(":")
        environ = clean_environment(self._home) | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # or it asks for a table
        self._process = subprocess.Popen(
            [str(self._contender.python), "-m", "tests.bench.worker", module, function],
            cwd=_ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self._process

    def close(self) -> None:
        """End the process."""
        if (process := self._process) is None:
            return
        self._process = None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def there(contenders: Sequence[Contender], report: Report, topic: str) -> list[Contender]:
    """Those whose environment is there; the others are noted as left out."""
    missing = [one.name for one in contenders if one.python is None]
    if missing:
        why = "since their environments are not there (`make bench PEERS=1` makes them)"
        report.note(topic, f"Left out, {why}: {', '.join(missing)}.")
    return [one for one in contenders if one.python is not None]


@contextmanager
def working(contenders: Sequence[Contender]) -> Iterator[dict[str, Worker]]:
    """A worker for each, by name."""
    with ExitStack() as stack:
        workers = {}
        for contender in contenders:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            workers[contender.name] = Worker(contender, home)
            stack.callback(workers[contender.name].close)
        yield workers


def by_turns(
    workers: Mapping[str, Worker], measure: Callable[[str, Worker], None], rounds: int, report: Report, topic: str
) -> None:
    """Measure each so often, one after another; who fails is noted and asked no more, unless it is ours."""
    failed: set[str] = set()
    for name, worker in [*workers.items()] * rounds:
        if name in failed:
            continue
        try:
            measure(name, worker)
        except Failed as error:
            if name.startswith("kimi_jupyter"):
                raise
            failed.add(name)
            report.note(topic, f"{name} failed: {str(error)[:200]}")
