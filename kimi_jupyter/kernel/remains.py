"""What of a conversation's work is left in the kernel: names that its code made or used may be gone after a restart."""

from __future__ import annotations

import builtins
from collections.abc import Container, Iterable

from ..agent.effects import effects

__all__ = ["gone", "in_words"]

#: Names that are told.
_MOST = 20


def gone(codes: Iterable[str], there: Container[str]) -> list[str]:
    """Names that code made or used and that are there no more, those first that were used last.

    Parameters
    ----------
    codes
        What ran to its end, oldest first.
    there
        The names of the session.
    """
    used: dict[str, None] = {}
    for code in codes:
        found = effects(code)
        for name in (*(found.reads or ()), *(found.changes or ()), *(found.creates or ())):
            used.pop(name, None)
            used[name] = None
        for name in found.deletes or ():
            used.pop(name, None)
    return [name for name in reversed(used) if name not in there and not hasattr(builtins, name)]


def in_words(names: list[str]) -> str:
    """A line for user and model, ``""`` where nothing is missing."""
    if not names:
        return ""
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    told = ", ".join(names[:_MOST])
    return f"What this conversation made is not in this kernel. These names do not exist: {told}{more}."
