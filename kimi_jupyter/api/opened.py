"""What a session holds open, and what a caller calls the values it gives. Imports no IPython."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

from ..agent.conversation import Conversation
from ..chat.client import HttpClient
from ..chat.retry import Pacer
from ..kernel.bridge import Engine
from ..store import Store

if TYPE_CHECKING:
    from ..offline.server import OfflineServer

__all__ = ["Opened", "named"]


@dataclass
class Opened:
    """What a session holds open, each made when first used."""

    client: HttpClient | None = None
    conversation: Conversation | None = None
    offline: OfflineServer | None = None
    store: Store | None = None
    pacer: Pacer = field(default_factory=Pacer)

    def offline_address(self) -> tuple[str, str]:
        """Base URL and key of the offline endpoint, started if need be."""
        if self.offline is None:
            from ..offline.server import OfflineServer

            self.offline = OfflineServer()
            self.offline.start()
        return self.offline.base_url, self.offline.key

    def close(self, engine: Engine) -> None:
        """Close all of it; the client on its engine."""
        if self.client is not None:
            engine.call(self.client.close(), 5)
        if self.offline is not None:
            self.offline.stop()
        if self.store is not None:
            self.store.close()
        self.client = self.conversation = self.offline = self.store = None


def named(values: Iterable[object], caller: FrameType) -> dict[str, object]:
    """Values by the caller's names for them; one that has none there is ``value_1`` by its place."""
    return {_name_of(value, caller) or f"value_{number}": value for number, value in enumerate(values, 1)}


def _name_of(value: object, frame: FrameType) -> str:
    """A name that the caller has for a value, ``""`` where it has none."""
    places: tuple[Mapping[str, object], ...] = (frame.f_locals, frame.f_globals)
    found = (name for place in places for name, other in place.items() if other is value)
    return next((name for name in found if not name.startswith("_")), "")
