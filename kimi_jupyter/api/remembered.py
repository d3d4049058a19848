"""What a session remembers, and what a caller calls the values it gives. Imports no IPython."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import FrameType

from ..agent.conversation import Conversation
from ..chat.messages import Message
from ..settings import Keys, Settings
from ..store import Store, open_store

__all__ = ["Remembered", "named"]


class Remembered:
    """The store and the session's conversation in it, each made when first used.

    Parameters
    ----------
    settings, keys
        What the user has set.

    Attributes
    ----------
    turn
        The turn that messages belong to now.
    """

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys
        self._store: Store | None = None
        self._conversation: Conversation | None = None
        self.turn = ""

    @property
    def store(self) -> Store:
        """Where the conversation, decisions and runs are written down, as in a notebook."""
        if self._store is None:
            path = None if self._settings.store else Path(":memory:")
            self._store, _ = open_store(path, secrets=self._keys.known)
        return self._store

    @property
    def conversation(self) -> Conversation:
        """What was said in this session."""
        if self._conversation is None:
            key, store = self.store.begin_conversation(""), self.store

            def append(message: Message) -> None:
                store.append(key, self.turn, message)

            self._conversation = Conversation(key, on_append=append)
        return self._conversation

    def close(self) -> None:
        """Let go of the store; what was said in this session is said."""
        if self._store is not None:
            self._store.close()
            self._store = self._conversation = None


def named(values: Iterable[object], caller: FrameType) -> dict[str, object]:
    """Values by the caller's names for them; one that has none there is ``value_1`` by its place."""
    return {_name_of(value, caller) or f"value_{number}": value for number, value in enumerate(values, 1)}


def _name_of(value: object, frame: FrameType) -> str:
    """A name that the caller has for a value, ``""`` where it has none."""
    places: tuple[Mapping[str, object], ...] = (frame.f_locals, frame.f_globals)
    found = (name for place in places for name, other in place.items() if other is value)
    return next((name for name in found if not name.startswith("_")), "")
