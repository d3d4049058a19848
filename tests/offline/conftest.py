"""Running endpoints for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from kimi_jupyter.offline.server import OfflineServer

from .client import REPLY, Client, Serve


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts endpoints that say ``REPLY``, or what they are scripted to; stopped when the test ends."""
    with ExitStack() as stack:

        def start(*script: Any, **options: Any) -> Client:
            options.setdefault("analyst", lambda _: REPLY)
            return Client(stack.enter_context(OfflineServer(script=list(script), **options)))

        yield start


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """An endpoint that a module shares."""
    with OfflineServer(analyst=lambda _: REPLY) as server:
        yield Client(server)
