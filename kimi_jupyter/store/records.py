"""The store: what its parts know, in one. Imports its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .calls import Calls
from .conversations import Conversations
from .finding import Finding
from .forgetting import Forgetting
from .replaying import Replaying
from .turns import Turns

if TYPE_CHECKING:
    from ..chat.events import EndReason

__all__ = ["Store"]


class Store(Conversations, Turns, Calls, Finding, Forgetting, Replaying):
    """Conversations, messages, decisions, runs and usage in one SQLite file.

    When a method returns, what it wrote is safe from the end of the process, however sudden. A power cut may take the
    last messages, but no decision and no turn that ended, nor anything before them: those wait for the disk.

    Parameters
    ----------
    path
        The file, made with its directory if it is not there; ``":memory:"`` for none.
    secrets
        Gives the texts that must never be written, asked anew at each write.
    keep
        Tells what is written down, asked anew at each write.

    Attributes
    ----------
    path
        The file.
    read_only
        True where a newer version made the file: reading works as far as it can, writing raises.
    warning
        One line for the user about how the file was found, or ``None``.

    Raises
    ------
    StoreError
        By the constructor and every method: what is wrong with the file and what to do.
    """

    def end_turn(self, turn: str, reason: EndReason, record: dict[str, Any] | None = None) -> None:
        """Note how a turn ended (:meth:`.Turns.end_turn`), then bring what was said in it into the index."""
        super().end_turn(turn, reason, record)
        self.index()
