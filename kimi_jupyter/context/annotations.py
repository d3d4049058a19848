"""Type hints in words, without asking the types themselves: their metaclass may have a ``__repr__`` of its own.

Imports no data library.
"""

from __future__ import annotations

import typing
from types import GenericAlias, NoneType, UnionType
from typing import Any

from .attributes import class_namespace, instance_dict
from .identity import class_name, is_class, type_name
from .terms import Terms

__all__ = ["annotation_text", "annotations_of"]

_DEPTH = 4
_ARGUMENTS = 8
_LONGEST = 80
#: The objects that ``typing`` makes of ``list[int]`` and the like, by class.
_TYPING = tuple(
    type(hint)
    for hint in (typing.List[int], typing.Optional[int], typing.Literal[1], typing.Callable[[], int])  # noqa: UP006, UP045
)
_SPECIAL = type(typing.Any), type(typing.ClassVar), type(typing.TypeVar("T"))  # known by a name


def annotations_of(cls: type) -> dict[str, Any]:
    """The annotations in a class' own body; from Python 3.14 on only those that were asked for before.

    Asking for them there is the author's code.
    """
    namespace = class_namespace(cls)
    found = namespace.get("__annotations__") or namespace.get("__annotations_cache__")
    return found if type(found) is dict else {}


def annotation_text(hint: Any, terms: Terms, depth: int = _DEPTH) -> str:
    """A hint as it would be written: ``list[int] | None``; what is not known is its type's name."""
    return terms.plain(_text(hint, terms, depth), _LONGEST)


def _text(hint: Any, terms: Terms, depth: int) -> str:
    if type(hint) is str:
        return hint[:_LONGEST]
    if hint is None or hint is NoneType:
        return "None"
    if hint is ...:
        return "..."
    if is_class(hint):
        return class_name(hint)
    return _composed(hint, terms, depth) if depth else "…"


def _composed(hint: Any, terms: Terms, depth: int) -> str:
    """A hint that is made of others, or stands for one by name."""
    if type(hint) is typing.ForwardRef:
        return hint.__forward_arg__
    if type(hint) is UnionType:
        return " | ".join(_text(part, terms, depth - 1) for part in hint.__args__[:_ARGUMENTS])
    if type(hint) is GenericAlias:
        return _generic(_text(hint.__origin__, terms, depth), hint.__args__, terms, depth)
    own = instance_dict(hint)
    if any(type(hint) is kind for kind in _TYPING):
        name = own.get("_name") or _text(own.get("__origin__"), terms, depth)
        return _generic(str(name), own.get("__args__") or (), terms, depth)
    if any(type(hint) is kind for kind in _SPECIAL):
        name = own.get("_name") or own.get("__name__")
        return name if type(name) is str else type_name(hint)
    return type_name(hint)


def _generic(name: str, arguments: Any, terms: Terms, depth: int) -> str:
    from .containers import literal

    if name == "Literal":
        return f"Literal[{', '.join(literal(part, terms, 20) for part in arguments[:_ARGUMENTS])}]"
    parts = [_text(part, terms, depth - 1) for part in arguments[:_ARGUMENTS]]
    if name in ("Union", "Optional"):
        return " | ".join(parts)
    return f"{name}[{', '.join(parts)}]"
