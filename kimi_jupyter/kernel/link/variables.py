"""The user's variables by name, for completing ``@``: types and shapes, read without running code of theirs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...context.identity import class_name, is_class, type_name
from ...context.names import snapshot
from ...context.sizes import dimensions, is_table
from ..namespace import own_names

__all__ = ["completions"]

#: Names that are told.
_MOST = 50


def completions(shell: Any, text: str) -> list[dict[str, str]]:
    """Variables whose name begins with a text, then those that hold it; tables first, modules not at all.

    Parameters
    ----------
    shell
        The IPython shell.
    text
        What was typed so far; ``""`` for all.
    """
    values = snapshot(shell.user_ns)
    wanted = text.lower()
    names = [
        name
        for name in own_names(shell)
        if not name.startswith("_") and wanted in name.lower() and type(values.get(name)) is not ModuleType
    ]
    names.sort(key=lambda name: (not name.lower().startswith(wanted), not is_table(values.get(name)), name.lower()))
    return [_told(name, values[name]) for name in names[:_MOST] if name in values]


def _told(name: str, value: object) -> dict[str, str]:
    kind = f"class {class_name(value)}" if is_class(value) else type_name(value)  # type: ignore[arg-type]
    size = dimensions(value)
    shape = " × ".join(f"{length:,}" for length in size) if size else _length(value)
    return {"name": name, "type": kind.removeprefix("builtins."), "shape": shape, "insert": f"@{name}"}


def _length(value: object) -> str:
    """How much a plain container holds; of no other type is it asked."""
    return f"{len(value):,}" if type(value) in (list, tuple, dict, set, frozenset, str, bytes) else ""  # type: ignore[arg-type]
