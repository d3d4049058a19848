"""The figures of a run as one table at its end; pytest-benchmark's own tables have the times."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from .endpoint import running

_FIGURES = pytest.StashKey[list[tuple[str, str]]]()
_ROWS = pytest.StashKey[list[tuple[str, ...]]]()


@pytest.fixture
def figure(request: pytest.FixtureRequest, benchmark) -> Callable[..., None]:
    """Note a figure: its name, its value, its unit."""

    def note(name: str, value: float, unit: str, digits: int = 1) -> None:
        benchmark.extra_info[f"{name} [{unit}]"] = value
        request.config.stash.setdefault(_FIGURES, []).append((name, f"{value:,.{digits}f} {unit}"))

    return note


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Note a row of the table of digests: its cells; the first row is the head."""

    def note(*cells: str) -> None:
        rows = request.config.stash.setdefault(_ROWS, [])
        if cells not in rows:
            rows.append(cells)

    return note


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Of the canned endpoint, in a process of its own."""
    with running() as address:
        yield address


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("benchmark_disable"):
        return
    for title, key in (("digests", _ROWS), ("figures", _FIGURES)):
        rows: list[tuple[str, ...]] = [*config.stash.get(key, [])]
        if not rows:
            continue
        terminalreporter.section(title)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for cells in rows:
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            terminalreporter.write_line(line.rstrip())
