"""Every test runs in a home of its own, without keys or proxies, and can reach this machine only."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.isolation import OutsideWatch, clean_environment

_watch = OutsideWatch()


@pytest.fixture
def outside() -> OutsideWatch:
    """What this process tried to reach outside this machine."""
    return _watch


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own home directory; Jupyter's, IPython's and XDG's directories are below it."""
    place = tmp_path_factory.mktemp("home")
    wanted = clean_environment(place)
    for name in os.environ.keys() - wanted.keys():
        monkeypatch.delenv(name)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    return place


@pytest.fixture(autouse=True)
def interrupts_as_usual() -> Iterator[None]:
    """An interrupt raises, as in any Python, however the tests were started and whatever one left behind."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)


@pytest.fixture(autouse=True)
def only_this_machine() -> Iterator[None]:
    """Fail a test that tried to reach another machine, also where the code under test swallowed the refusal."""
    before = len(_watch.attempts)
    yield
    assert _watch.attempts[before:] == [], "the test tried to leave this machine"


@pytest.fixture(autouse=True)
def shell_of_its_own() -> Iterator[None]:
    """Leave no shell behind: IPython keeps one for the process, and a test that wants another kind could have none."""
    yield
    module = sys.modules.get("IPython.core.interactiveshell")
    if module is not None and module.InteractiveShell.initialized():
        type(module.InteractiveShell.instance()).clear_instance()
