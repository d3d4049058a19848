"""Type hints as JSON schema, and JSON values as what the hint promises.

A user's function says ``kind: Colour, on: date``; the model writes ``"red"`` and ``"2026-11-24"``. Each type is known
here from both sides. Imports no data library: a type that is not known is the user's to change, and the error says how.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import functools
import pathlib
import types
import typing
from collections import abc
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from ..chat.schema import normalise
from ..errors import SettingsError

__all__ = ["Hints", "Kind", "convert", "default_of"]


class Kind(NamedTuple):
    """A type from both sides.

    Attributes
    ----------
    schema
        What the model is told; not yet normalised.
    make
        Makes the value out of a valid JSON value other than ``null``; ``None`` where it is one already.
    nullable
        Whether ``None`` is one of its values.
    """

    schema: dict[str, Any]
    make: Callable[[Any], Any] | None = None
    nullable: bool = False


_TEXT = {"type": "string"}
_NONE = Kind({"type": "null"}, nullable=True)
_KNOWN: dict[Any, Kind] = {
    str: Kind(_TEXT),
    bool: Kind({"type": "boolean"}),
    int: Kind({"type": "integer"}, int),  # 3.0 is an integer in JSON
    float: Kind({"type": "number"}, float),
    None: _NONE,
    type(None): _NONE,
    Any: Kind({}),
    object: Kind({}),
    pathlib.Path: Kind(_TEXT, pathlib.Path),
    datetime.date: Kind(_TEXT | {"description": "date, YYYY-MM-DD"}, datetime.date.fromisoformat),
    datetime.datetime: Kind(_TEXT | {"description": "date and time, ISO 8601"}, datetime.datetime.fromisoformat),
}
#: What is made of a JSON array; ``Sequence`` and its kin are given the list itself.
_ARRAYS: dict[Any, Callable[[list[Any]], Any] | None] = {
    list: None,
    abc.Sequence: None,
    abc.Iterable: None,
    abc.Collection: None,
    set: set,
    abc.Set: set,
    frozenset: frozenset,
}
_OBJECTS = (dict, abc.Mapping, abc.MutableMapping)
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


class Hints:
    """Reads hints; remembers the records it is in the middle of, so that recursive ones come to an end."""

    def __init__(self) -> None:
        self._open: dict[type, list[Kind]] = {}

    def kind(self, hint: Any, where: str) -> Kind:
        """What a hint is.

        Parameters
        ----------
        hint
            A resolved type hint.
        where
            What it is the hint of, for the error.

        Raises
        ------
        SettingsError
            The type can't be written as JSON; the message says what to use.
        """
        try:
            if hint in _KNOWN:
                return _KNOWN[hint]
            if (origin := get_origin(hint) or hint) in _ARRAYS:
                return _array(self._inner(get_args(hint), where), _ARRAYS[origin])
        except TypeError:  # not hashable: Annotated with something odd, or no type at all
            origin = get_origin(hint)
        if origin in _OBJECTS:
            return self._mapping(get_args(hint), where)
        if isinstance(hint, typing.NewType):
            return self.kind(hint.__supertype__, where)
        if isinstance(hint, type) and origin is hint and hint is not tuple:
            return self._class(hint, where)
        return self._special(hint, origin, get_args(hint), where)

    def _special(self, hint: Any, origin: Any, arguments: tuple[Any, ...], where: str) -> Kind:
        if origin is typing.Annotated:
            return self._annotated(arguments, where)
        if origin in (Union, types.UnionType):
            return _union([self.kind(part, where) for part in arguments])
        if origin is Literal:
            return Kind({"enum": list(arguments)}, nullable=None in arguments)
        if origin is tuple:
            return self._tuple(arguments, where)
        raise _unknown(hint, where)

    def _inner(self, arguments: tuple[Any, ...], where: str) -> Kind:
        return self.kind(arguments[0] if arguments else Any, where)

    def _annotated(self, arguments: tuple[Any, ...], where: str) -> Kind:
        kind = self.kind(arguments[0], where)
        texts = [text for text in arguments[1:] if isinstance(text, str)]
        return kind._replace(schema=kind.schema | {"description": texts[0]}) if texts else kind

    def _tuple(self, arguments: tuple[Any, ...], where: str) -> Kind:
        if not arguments or arguments[-1] is Ellipsis:
            return _array(self._inner(arguments, where), tuple)
        kinds = [self.kind(part, where) for part in arguments]
        schema = {"type": "array", "prefixItems": [kind.schema for kind in kinds], "minItems": len(kinds)}
        return Kind(schema | {"maxItems": len(kinds)}, lambda value: tuple(map(convert, kinds, value)))

    def _mapping(self, arguments: tuple[Any, ...], where: str) -> Kind:
        key, value = arguments or (str, Any)
        if key not in (str, Any):
            raise SettingsError(f"the keys of {where!r} are {_shown(key)}, but JSON's are text; use dict[str, …].")
        inner = self.kind(value, where)
        schema = {"type": "object", "additionalProperties": inner.schema}
        if inner.make is None:
            return Kind(schema)
        return Kind(schema, lambda found: {name: convert(inner, value) for name, value in found.items()})

    def _class(self, hint: type, where: str) -> Kind:
        if issubclass(hint, enum.Enum):
            members = _members(hint)
            return Kind({"enum": list(members)}, members.__getitem__)
        if dataclasses.is_dataclass(hint):
            fields = [field for field in dataclasses.fields(hint) if field.init]
            missing = dataclasses.MISSING
            needed = [field.name for field in fields if field.default is field.default_factory is missing]
            return self._record(hint, [field.name for field in fields], needed)
        if typing.is_typeddict(hint):
            typed: Any = hint
            return self._record(hint, list(typing.get_type_hints(hint)), typed.__required_keys__)
        # pydantic's models, and whatever else describes itself in the same way
        schema, validate = getattr(hint, "model_json_schema", None), getattr(hint, "model_validate", None)
        if callable(schema) and callable(validate):
            return Kind(normalise(schema()), validate)
        raise _unknown(hint, where)

    def _record(self, hint: type, names: list[str], needed: abc.Collection[str]) -> Kind:
        if hint in self._open:
            whole = self._open[hint]
            return Kind({"type": "object"}, lambda value: convert(whole[0], value))
        whole = self._open[hint] = []
        hints = typing.get_type_hints(hint, include_extras=True)
        kinds = {name: self.kind(hints[name], f"{hint.__name__}.{name}") for name in names}
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: kind.schema for name, kind in kinds.items()},
            "required": [name for name in names if name in needed],
            "additionalProperties": False,
        }
        whole.append(Kind(schema, lambda found: hint(**{name: convert(kinds[name], found[name]) for name in found})))
        return self._open.pop(hint)[0]


def convert(kind: Kind, value: Any) -> Any:
    """A valid JSON value as the type it stands for; ``null`` is ``None`` whatever the type."""
    return value if kind.make is None or value is None else kind.make(value)


def default_of(value: Any) -> Any:
    """A parameter's default as the model is told it, or ``None`` where JSON has no short word for it."""
    if isinstance(value, enum.Enum):
        value = next(name for name, member in _members(type(value)).items() if member is value)
    if isinstance(value, str):
        return value if len(value) <= 200 else None
    return value if isinstance(value, bool | int | float) else None


def _members(hint: type[enum.Enum]) -> dict[Any, enum.Enum]:
    """An Enum's members by their values, or by their names where the values are not all text or numbers."""
    scalar = all(isinstance(member.value, str | int | float) for member in hint)
    return {member.value if scalar else member.name: member for member in hint}


def _array(item: Kind, make: Callable[[list[Any]], Any] | None) -> Kind:
    schema = {"type": "array", "items": item.schema}
    if item.make is None:
        return Kind(schema, make)
    return Kind(schema, lambda value: (make or list)([convert(item, one) for one in value]))


def _union(kinds: list[Kind]) -> Kind:
    make = functools.partial(_first_that_takes, kinds) if any(kind.make for kind in kinds) else None
    return Kind({"anyOf": [kind.schema for kind in kinds]}, make, any(kind.nullable for kind in kinds))


def _first_that_takes(kinds: list[Kind], value: Any) -> Any:
    for kind in kinds:
        if _may_be(kind.schema, value):
            try:
                return convert(kind, value)
            except (TypeError, ValueError, KeyError):  # another type's value
                continue
    return value


def _may_be(schema: Mapping[str, Any], value: Any) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    expected = _PYTHON_TYPES.get(schema.get("type", ""), (object,))
    return isinstance(value, expected) and not (isinstance(value, bool) and int in expected)


def _unknown(hint: Any, where: str) -> SettingsError:
    return SettingsError(
        f"{where!r} is a {_shown(hint)}, which a model can't write as JSON; take its name (str) and look the value up, "
        "or take str, int, float, bool, list, dict, Literal, an Enum or a dataclass."
    )


def _shown(hint: Any) -> str:
    return str(getattr(hint, "__name__", None) or hint)[:80]
