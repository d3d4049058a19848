"""The question that goes on with one that did not come to its end: ``%kimi resume`` asks it, and so does the sidebar.

Imports nothing of IPython.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import SettingsError

if TYPE_CHECKING:
    from ..store import Store

__all__ = ["going_on"]

_ENDED = {
    "interrupted": "I stopped it.",
    "limit": "It had reached a limit.",
    "incomplete": "The reply broke off.",
    "failed": "It failed.",
}


def going_on(store: Store, conversation: str) -> str:
    """The question that goes on with a conversation's last one.

    Parameters
    ----------
    store
        Where they are.
    conversation
        Which one goes on.

    Raises
    ------
    SettingsError
        There is nothing to go on with.
    """
    turns = store.turns(conversation)
    if not turns:
        raise SettingsError("There is nothing to go on with: nothing was asked in this conversation yet.")
    reason = turns[-1].reason
    if reason == "complete":
        raise SettingsError("The last question was answered to its end; ask the next one.")
    told = _ENDED.get(reason or "", "It was cut off, as when a kernel dies.")
    return f"Go on with what was interrupted. {told} See first what is already done and what is missing."
