"""What a foreign object holds, read from the interpreter's own slots: no ``__getattr__``, property or descriptor runs.

This is what stands in for a ``repr``, which is code of the object's author. Imports no data library.
"""

from __future__ import annotations

import enum
from types import GetSetDescriptorType, MappingProxyType, MemberDescriptorType
from typing import Any

from .identity import class_name, mro, type_name

__all__ = ["attributes", "class_namespace", "enum_member", "instance_dict", "named_fields"]

_NAMESPACE = type.__dict__["__dict__"].__get__
_METACLASS_OF_ENUMS = type(enum.Enum)
_OURS = __name__.partition(".")[0] + "."


def class_namespace(cls: type) -> MappingProxyType[str, Any]:
    """What a class itself holds, whatever its metaclass says."""
    namespace: MappingProxyType[str, Any] = _NAMESPACE(cls)
    return namespace


def instance_dict(value: object) -> dict[str, Any]:
    """The object's own attributes; empty where its class puts something in their place."""
    for base in mro(type(value)):
        slot = class_namespace(base).get("__dict__")
        if slot is not None:
            found = slot.__get__(value) if type(slot) in (GetSetDescriptorType, MemberDescriptorType) else None
            return found if type(found) is dict else {}
    return {}


def attributes(value: object) -> list[tuple[str, Any]]:
    """Names and values of an object's attributes, in the order they were set, those in ``__slots__`` first.

    Objects of this package are not opened: they may hold a key.
    """
    if class_name(type(value)).startswith(_OURS):
        return []
    own = [(name, held) for name, held in list(instance_dict(value).items()) if type(name) is str]
    return [*_slots(value), *own]


def _slots(value: object) -> list[tuple[str, Any]]:
    found = []
    for base in reversed(mro(type(value))):
        for name, slot in list(class_namespace(base).items()):
            if type(slot) is MemberDescriptorType and type(name) is str:
                try:
                    found.append((name, slot.__get__(value)))
                except AttributeError:  # not set
                    continue
    return found


def named_fields(value: object) -> list[tuple[str, Any]] | None:
    """The fields of a named tuple, read as a tuple; ``None`` if it is none."""
    bases = mro(type(value))
    if not any(base is tuple for base in bases):
        return None
    for base in bases:
        names = class_namespace(base).get("_fields")
        if type(names) is tuple and all(type(name) is str for name in names):
            return list(zip(names, tuple.__iter__(value), strict=False))  # type: ignore[arg-type]
    return None


def enum_member(value: object) -> tuple[str, Any] | None:
    """The name and value of a member of an enumeration; ``None`` if it is none."""
    if type(type(value)) is not _METACLASS_OF_ENUMS:
        return None
    own = instance_dict(value)
    name = own.get("_name_")
    if type(name) is not str:
        return None
    return f"{type_name(value).rpartition('.')[2]}.{name}", own.get("_value_")
