"""Which endpoint is asked, and by which client: kept for as long as the endpoint stays the same.

Any thread may ask. Nothing is imported or started before it is needed.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from ..settings import Endpoint, Keys, Settings, resolve
from .bridge import Engine

if TYPE_CHECKING:
    from ..chat.client import HttpClient
    from ..chat.retry import Pacer
    from ..offline.server import OfflineServer

__all__ = ["Reaching"]

#: Seconds a chunk: the offline endpoint streams at a pace one can watch, some 400 tokens a second.
_OFFLINE_PACE = 0.0025


class Reaching:
    """The way to the endpoint.

    Parameters
    ----------
    settings, keys
        What the user has set.
    engine
        Where the clients are used.
    watched
        Whether anybody watches replies come; else the offline endpoint need not be slow.
    """

    def __init__(self, settings: Settings, keys: Keys, engine: Engine, *, watched: bool = True) -> None:
        self._settings = settings
        self._keys = keys
        self._engine = engine
        self._pace = _OFFLINE_PACE if watched else 0.0
        self._client: tuple[Endpoint, HttpClient] | None = None
        self._offline: OfflineServer | None = None
        self._pacers: dict[str, Pacer] = {}
        self._lock = threading.RLock()

    def endpoint(self, provider: str = "", model: str = "") -> Endpoint:
        """The endpoint a question would go to.

        Raises
        ------
        SettingsError
            A name, address or key is missing or wrong.
        """
        return resolve(self._settings, self._keys, provider=provider, model=model, offline=self._offline_address)

    def _offline_address(self) -> tuple[str, str]:
        with self._lock:
            if self._offline is None:
                from ..offline.server import OfflineServer

                self._offline = OfflineServer(delay=self._pace)
                self._offline.start()
            return self._offline.base_url, self._offline.key

    def client(self, endpoint: Endpoint) -> HttpClient:
        """The client of an endpoint; its connection is kept for as long as the endpoint stays the same."""
        from ..chat.client import HttpClient

        with self._lock:
            if self._client is None or self._client[0] != endpoint:
                if self._client is not None:  # on the engine itself nothing may wait for the engine
                    asyncio.run_coroutine_threadsafe(self._client[1].close(), self._engine.loop)
                self._client = (endpoint, HttpClient(endpoint))
            return self._client[1]

    def pacer(self, endpoint: Endpoint) -> Pacer:
        """What was learnt of an account's limits, kept for as long as the kernel lives."""
        from ..chat.retry import Pacer

        return self._pacers.setdefault(endpoint.base_url, Pacer())

    def close_client(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._engine.call(self._client[1].close(), 5)
            self._client = None

    def close_offline(self) -> None:
        """Stop the offline endpoint."""
        if self._offline is not None:
            self._offline.stop()
            self._offline = None
