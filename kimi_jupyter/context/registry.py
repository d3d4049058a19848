"""How the user's own kinds of values are described: functions registered for a type, and which may not run again.

This is the one piece of state in the package, and it belongs to the process rather than to a session: a library
registers when it is imported, and :func:`describe` takes no session. Imports no data library.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

from .identity import is_class, loaded, mro

__all__ = ["REGISTRY", "Registry", "describer"]

Describer = Callable[[Any], str]
F = TypeVar("F", bound=Describer)

_UNSET: Any = object()


class Registry:
    """Describers by type, and the code that took too long once.

    Classes are kept by their ``id`` beside the class itself: a metaclass may have a ``__hash__`` of its own.
    """

    def __init__(self) -> None:
        self._of_type: dict[int, tuple[type, Describer]] = {}
        self._of_path: dict[str, Describer] = {}
        self._barred: dict[int, object] = {}

    def register(self, kind: type | str, function: Describer | None) -> None:
        """Let a function describe values of a type and of its subclasses; ``None`` ends that."""
        if isinstance(kind, str):
            _put(self._of_path, kind, function)
        else:
            _put(self._of_type, id(kind), None if function is None else (kind, function))

    def find(self, cls: type) -> Describer | None:
        """The describer of a class or of the nearest base that has one."""
        if not self._of_type and not self._of_path:
            return None
        by_path = {id(loaded(path)): function for path, function in self._of_path.items()}
        for base in mro(cls):
            if id(base) in self._of_type:
                return self._of_type[id(base)][1]
            if id(base) in by_path:
                return by_path[id(base)]
        return None

    def bar(self, function: object) -> None:
        """Never run this function again: it took too long."""
        self._barred[id(function)] = function

    def is_barred(self, function: object) -> bool:
        """Whether this function took too long before."""
        return id(function) in self._barred


def _put(table: dict[Any, Any], key: object, entry: object) -> None:
    if entry is None:
        table.pop(key, None)
    else:
        table[key] = entry


REGISTRY = Registry()


def _decorated(kind: type | str, function: F) -> F:
    describer(kind, function)
    return function


@overload
def describer(kind: type | str) -> Callable[[F], F]: ...


@overload
def describer(kind: type | str, function: Describer | None) -> None: ...


def describer(kind: type | str, function: Any = _UNSET) -> Any:
    """Say how values of a type are described to the model, in place of what the package would say.

    Parameters
    ----------
    kind
        The type, or where it will be found: ``"mylib.Matrix"``, which need not be imported yet. Subclasses count.
    function
        Takes a value, returns what to tell of it. Left out, a decorator is returned; ``None`` ends a registration.
        It has 0.25 seconds, runs on a thread of its own, what it prints is dropped, and it is not called when only
        schemas are told. Once it takes longer, it is not called again.

    Raises
    ------
    TypeError
        ``kind`` is no class and no dotted path, or ``function`` can't be called.

    Examples
    --------
    >>> @describer("mylib.Matrix")
    ... def matrix(value):
    ...     return f"a matrix of {value.rows} rows"
    """
    if not is_class(kind) and not (type(kind) is str and "." in kind):
        raise TypeError('describer() takes a class or a dotted path such as "mylib.Matrix".')
    if function is _UNSET:
        return functools.partial(_decorated, kind)
    if function is not None and not callable(function):
        raise TypeError("A describer is a function that takes a value and returns a text.")
    REGISTRY.register(kind, function)
    return None
