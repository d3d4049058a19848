"""What a run found goes into ``RESULTS.md``, and its goals to the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .endpoint import running
from .machine import described
from .report import Report, write_results

_REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Report:
    """Where figures are noted."""
    return request.config.stash.setdefault(_REPORT, Report())


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Of the canned endpoint, in a process of its own."""
    with running() as address:
        yield address


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    report = config.stash.get(_REPORT, None)
    if config.getoption("benchmark_disable") or report is None:
        return
    report.keep()
    terminalreporter.section("figures")
    terminalreporter.write_line(f"{write_results(described())} has them all; the goals of this run:")
    for name, topic in report.topics.items():
        for what, goal, said, met in topic.goals:
            terminalreporter.write_line(f"{name:8} {what:60} {said:>18}  {goal:>22}  {'met' if met else 'NOT MET'}")
