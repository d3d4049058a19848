"""What is remembered of a notebook: its conversations in the store, and the one that goes on now.

Any thread may use it; turns go on one at a time, which the session sees to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..agent.conversation import Conversation
from ..agent.legality import mended
from ..agent.memory import LeftOut, earlier
from ..agent.plan import Plan
from ..chat.messages import Message, Usage
from ..errors import SettingsError, StoreError
from ..settings import Keys, Settings
from ..store import Keep, open_store
from .recalling import passages, passages_in
from .remains import gone, in_words

if TYPE_CHECKING:
    from ..store import Store

__all__ = ["Remembering"]

#: Characters of a conversation's end that are read when it is opened: more than any window holds.
_MOST = 2_000_000


class Remembering:
    """The notebook's conversations.

    Parameters
    ----------
    shell
        The IPython shell.
    settings, keys
        What the user has set.
    warnings
        Lines the user should see with the next question; more are added here.

    Attributes
    ----------
    turn
        The turn that messages belong to now, ``""`` outside of one.
    usage
        Tokens and cost of the conversation.
    plan
        The model's plan in the conversation.
    """

    def __init__(self, shell: Any, settings: Settings, keys: Keys, warnings: list[str]) -> None:
        self._shell = shell
        self._settings = settings
        self._keys = keys
        self._warnings = warnings
        self._store: Store | None = None
        self._conversation: Conversation | None = None
        self._lock = threading.RLock()
        self._compared = True
        self._moved = ""
        self.turn = ""
        self.usage = Usage()
        self.plan = Plan()

    @property
    def store(self) -> Store:
        """The store; one in memory where the file can't be used, with a line about it in the warnings."""
        with self._lock:
            if self._store is None:
                path = None if self._settings.store else Path(":memory:")
                self._store, warning = open_store(path, secrets=self._keys.known, keep=self._keep)
                self._warnings += [warning] if warning else [*self._first_words(self._store)]
            return self._store

    def _keep(self) -> Keep:
        return Keep(self._settings.keep_reasoning, self._settings.keep_content)

    def _first_words(self, store: Store) -> Iterator[str]:
        """What is to be said of a store that was just opened: where it is, the first time, and what was forgotten."""
        fresh = not store.conversations()
        if self._settings.keep_days:
            forgotten = store.forget_older(self._settings.keep_days).conversations
            if forgotten:
                yield f"Forgotten: conversations not used for {self._settings.keep_days} days (keep_days): {forgotten}."
        if fresh and store.path != ":memory:":
            yield (
                f"Conversations are kept in {store.path}, on this machine only. %kimi history shows them, %kimi forget "
                "removes them, %config KimiMagics.store = False keeps none."
            )

    @property
    def notebook(self) -> str:
        """The notebook's path, or ``""`` where there is none or it can't be known."""
        candidates = (
            self._settings.notebook,
            self._moved,
            self._shell.user_ns.get("__vsc_ipynb_file__", ""),
            self._keys.environ.get("JPY_SESSION_NAME", ""),
        )
        return next((os.fspath(path) for path in candidates if path and isinstance(path, str)), "")

    def told(self, path: str) -> None:
        """A front end tells the notebook's path, below a root of its own: it may have been renamed or moved since.

        Parameters
        ----------
        path
            With forward slashes, as Jupyter has it.
        """
        with self._lock:
            known = self.notebook
            if not known and self._conversation is None:
                self._moved = path
            found = _moved_to(Path(known), path) if known else None
            if found is not None:
                self.store.move(known, found)
                self._moved = found

    @property
    def conversation(self) -> Conversation:
        """The notebook's conversation: the one it had before the kernel restarted, else a new one."""
        with self._lock:
            if self._conversation is None:
                known = self.store.latest(self.notebook) if self.notebook else None
                try:
                    self._conversation = self._read(known) if known else None
                except StoreError as error:
                    self._warnings.append(f"{error} A new conversation starts instead.")
            if self._conversation is None:
                self._conversation = self._made(self.store.begin_conversation(self.notebook))
            return self._conversation

    def new(self) -> None:
        """Start afresh; what was said stays in the store."""
        with self._lock:
            self._conversation = self._made(self.store.begin_conversation(self.notebook))

    def open(self, key: str) -> None:
        """Go on with another conversation, or read this one anew.

        Raises
        ------
        SettingsError
            There is no such conversation.
        """
        with self._lock:
            if self.store.conversation(key) is None:
                raise SettingsError("There is no such conversation any more.")
            self._conversation = self._read(key)

    def _read(self, key: str) -> Conversation:
        """A conversation as the store has it; of a long one its end, the rest is for ``recall``."""
        messages, before = self.store.recent(key, _MOST)
        made = self._made(key, messages, earlier(before))
        self.usage = self.store.usage(key)
        return made

    def _made(self, key: str, messages: Sequence[Message] = (), left_out: LeftOut | None = None) -> Conversation:
        self._compared = not messages
        self.plan, self.usage = Plan(messages), Usage()
        keep = lambda message: self.store.append(key, self.turn, message)  # noqa: E731
        return Conversation(key, mended(messages), on_append=keep, left_out=left_out)

    def recall(self, query: str) -> str:
        """Passages of the conversation that hold these words, as the model is told them."""
        if not self._settings.keep_content:
            return passages_in(self.conversation.left_out, query)
        return passages(self.store.recall(self.conversation.key, query), query)

    def missing(self) -> str:
        """Names the conversation relies on that are not in the kernel, in words; told once after it was opened."""
        with self._lock:
            conversation = self.conversation
            if self._compared:
                return ""
            self._compared = True
            return in_words(gone(self.store.code_that_ran(conversation.key), self._shell.user_ns))

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None


def _moved_to(known: Path, path: str) -> str | None:
    """Where a notebook is now that is not where it was; ``None`` where it is, or where it can't be found."""
    try:
        if known.exists() or ".." in Path(path).parts:
            return None
        there = (root / path for root in known.parents if (root / path).is_file())
        return next(map(str, there), None)
    except (OSError, ValueError):  # no path of this system
        return None
