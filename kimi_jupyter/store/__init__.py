"""What was said, decided and run, kept in one SQLite file so that a conversation outlives its kernel.

``schema`` has the tables, ``files`` looks after the file and its directory, ``opening`` opens it, ``migration`` brings
an older one up to date, ``salvage`` saves what can be read of a damaged one, ``failures`` says what can't be done,
``database`` is the connection, ``texts`` is how text goes in. ``records`` is the store itself, made of its parts:
``conversations``, ``turns``, ``calls`` with their ``audit``, ``finding`` with ``passages``, ``forgetting``,
``replaying``; ``exporting`` writes a conversation into a file of its own.
Imports only ``errors``, ``chat.messages`` and ``chat.events``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StoreError
from .base import Keep
from .forgetting import Forgotten
from .records import Store
from .rows import AllowedCode, AnsweredTurn, AuditEntry, Hit, StoredConversation, StoredTurn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "AllowedCode",
    "AnsweredTurn",
    "AuditEntry",
    "Forgotten",
    "Hit",
    "Keep",
    "Store",
    "StoredConversation",
    "StoredTurn",
    "default_path",
    "open_store",
]


def default_path() -> Path:
    """Where the store is: ``kimi_jupyter/conversations.sqlite3`` under Jupyter's data directory."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir(), "kimi_jupyter", "conversations.sqlite3")


def open_store(
    path: str | os.PathLike[str] | None = None,
    *,
    secrets: Callable[[], Iterable[str]] = tuple,
    keep: Callable[[], Keep] = Keep,
) -> tuple[Store, str | None]:
    """Open the store, or one in memory where the file can't be used, so that a chat always works.

    Parameters
    ----------
    path
        The file; ``None``: :func:`default_path`. ``":memory:"`` keeps nothing.
    secrets
        Gives the texts that must never be written, asked anew at each write.
    keep
        Tells what is written down, asked anew at each write.

    Returns
    -------
    tuple of Store and (str or None)
        The store, and one line to show the user if something was amiss: the file was damaged and set aside, is of a
        newer version, or can't be used.
    """
    try:
        store = Store(default_path() if path is None else path, secrets=secrets, keep=keep)
        if not store.read_only:
            return store, store.warning
        store.close()
        why = str(store.warning)
    except StoreError as error:
        why = str(error)
    return Store(":memory:", secrets=secrets, keep=keep), f"{why} Until then conversations are kept in memory only."
