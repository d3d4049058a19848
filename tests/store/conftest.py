"""A store on a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_jupyter.store import Store
from tests.support.stores import CANARY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where its file is, or will be."""
    return tmp_path / "kimi_jupyter" / "conversations.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """An open store."""
    store = Store(path, secrets=lambda: [CANARY])
    yield store
    store.close()
