"""The figures of a run as one table at its end; pytest-benchmark's own tables have the times."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from .endpoint import running

_FIGURES = pytest.StashKey[list[tuple[str, str]]]()


@pytest.fixture
def figure(request: pytest.FixtureRequest, benchmark) -> Callable[..., None]:
    """Note a figure: its name, its value, its unit."""

    def note(name: str, value: float, unit: str, digits: int = 1) -> None:
        benchmark.extra_info[f"{name} [{unit}]"] = value
        request.config.stash.setdefault(_FIGURES, []).append((name, f"{value:,.{digits}f} {unit}"))

    return note


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Of the canned endpoint, in a process of its own."""
    with running() as address:
        yield address


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(_FIGURES, [])
    if not figures or config.getoption("benchmark_disable"):
        return
    terminalreporter.section("figures")
    width = max(len(name) for name, _ in figures)
    for name, value in figures:
        terminalreporter.write_line(f"{name:{width}}  {value}")
