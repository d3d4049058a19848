"""What the session's names are, told without running any code of theirs.

So that ``rm("a")`` is known for what it is where an earlier cell said ``from os import remove as rm``. Imports no data
library.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from ..context.identity import class_name, is_class
from ..context.names import snapshot

__all__ = ["names_in", "own_names"]


def own_names(shell: Any) -> dict[str, str]:
    """The user's names in a shell, with what each is, as :func:`names_in` tells it.

    What IPython itself puts into the namespace is left out as long as it is the same; what begins with ``_`` and a
    number, or ``_i``, is the history of cells.
    """
    hidden: Mapping[str, object] = shell.user_ns_hidden
    return names_in(shell.user_ns, hidden)


def names_in(namespace: Mapping[str, object], hidden: Mapping[str, object] = MappingProxyType({})) -> dict[str, str]:
    """The names in a namespace, with what each is: of a module, function or class its dotted name, else ``""``.

    Parameters
    ----------
    namespace
        The variables.
    hidden
        What is left out, as long as it is the same.
    """
    return {
        name: _dotted(value)
        for name, value in snapshot(namespace).items()
        if name not in hidden or hidden[name] is not value
    }


def _dotted(value: object) -> str:
    kind = type(value)
    if kind is ModuleType:
        return _text(object.__getattribute__(value, "__dict__").get("__name__"))
    if kind is FunctionType or kind is BuiltinFunctionType:
        module, name = _text(value.__module__), _text(value.__qualname__)  # type: ignore[attr-defined]
        return f"{module}.{name}" if module and name else ""
    if is_class(value):
        name = class_name(value)  # type: ignore[arg-type]
        return name if "." in name else f"__main__.{name}"
    return ""


def _text(value: object) -> str:
    return value if type(value) is str else ""
