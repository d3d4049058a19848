"""What a value is, asked without asking it.

A value's own ``__class__``, its metaclass' ``__name__`` or ``__hash__`` and its module's ``__getattr__`` are code of
whoever wrote them (hazards §2.10). These functions read the interpreter's own slots instead. Imports no data library:
a value can only be of a library that is loaded already.
"""

from __future__ import annotations

import sys
from types import MappingProxyType
from typing import Any

from .text import one_line

__all__ = ["attribute_of_class", "class_name", "is_a", "is_class", "library_of", "loaded", "mro", "type_name"]

_MODULE = type.__dict__["__module__"].__get__
_QUALNAME = type.__dict__["__qualname__"].__get__
_MRO = type.__dict__["__mro__"].__get__
_DICT = type.__dict__["__dict__"].__get__
_LONGEST = 120


def class_name(cls: type) -> str:
    """A class' module and name, ``pandas.DataFrame``; of a builtin only the name."""
    module, name = _MODULE(cls), _QUALNAME(cls)
    name = name if type(name) is str else "?"
    if type(module) is not str or module in ("builtins", "__main__"):
        return one_line(name[:_LONGEST])
    return one_line(f"{module}.{name}"[:_LONGEST])


def type_name(value: object) -> str:
    """The name of a value's true type."""
    return class_name(type(value))


def mro(cls: type) -> tuple[type, ...]:
    """A class and its bases, in the order attributes are looked up."""
    bases: tuple[type, ...] = _MRO(cls)
    return bases


def is_class(value: object) -> bool:
    """Whether the value is a class, whatever its metaclass says."""
    return any(base is type for base in mro(type(value)))


def attribute_of_class(cls: type, name: str) -> Any:
    """What a class or its bases hold under this name, unbound; ``None`` if nothing. No descriptor is run."""
    for base in mro(cls):
        namespace: MappingProxyType[str, Any] = _DICT(base)
        if name in namespace:
            return namespace[name]
    return None


def loaded(path: str) -> Any:
    """The object at ``"module.name"`` if that module is loaded, else ``None``. Runs no module's ``__getattr__``."""
    module_name, _, name = path.rpartition(".")
    module = sys.modules.get(module_name)
    if module is None:
        return None
    try:
        namespace = object.__getattribute__(module, "__dict__")
    except AttributeError:
        return None
    return namespace.get(name) if type(namespace) is dict else None


def library_of(value: object) -> str:
    """The top-level package that a value's class is defined in: ``sklearn``; ``""`` unless it is found there.

    A class may claim any module; only the one that is found in that module, under its name, is the library's own.
    """
    exact = type(value)
    module, name = _MODULE(exact), _QUALNAME(exact)
    if type(module) is not str or type(name) is not str or loaded(f"{module}.{name}") is not exact:
        return ""
    return module.partition(".")[0]


def is_a(value: object, *paths: str) -> bool:
    """Whether a value's type is exactly one of these, each named ``"module.name"``. Subclasses are not."""
    exact = type(value)
    module = _MODULE(exact)
    if type(module) is not str or module == "builtins":
        return False
    library = module.partition(".")[0]  # a quick no; the yes below is by identity
    for path in paths:  # noqa: SIM110 - asked ten times a column: any() with a generator takes twice as long
        if path.startswith(library) and exact is loaded(path):
            return True
    return False
