"""JSON schema as Moonshot takes it: what a tool's parameters must look like so that no endpoint refuses the request.

Moonshot validates every tool against a subset of JSON schema, "Moonshot flavoured JSON schema" (MFJS, protocol §2.2),
and refuses the whole request for one property without a type. What pydantic, MCP servers or a user write by hand is
brought into the subset here. What the subset can't say is left out, so the result accepts what the original accepted,
with one exception: a property that may be left out, and then is ``null``, is never written as ``null``. Imports nothing
of ours but the errors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import SettingsError

__all__ = ["check_name", "normalise"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{2,63}")
#: Properties of these names are taken for keywords by Moonshot's validator and refused.
_RESERVED = frozenset({"$defs", "$ref", "anyOf", "required", "additionalProperties"})
_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_ANYTHING = ("string", "number", "boolean", "object", "array", "null")
#: Keywords that tell the type of a schema that names none.
_HINTS = {
    "object": ("properties", "required", "additionalProperties", "patternProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_ORDER = (
    *("type", "anyOf", "description", "enum", "default", "minimum", "maximum", "minLength", "maxLength"),
    *("items", "minItems", "maxItems", "properties", "required", "additionalProperties"),
)
#: Moonshot's own limits are 30 levels, 3,000 properties and 1,000 listed values.
_MAX_DEPTH = 30
_MAX_NODES = 5_000
_MAX_VALUES = 1_000
_TOO_LARGE = "The tool's schema is too large or too deep; give it fewer and flatter parameters."
_JSON_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def check_name(name: str) -> str:
    """Check a tool's name against what every endpoint takes (protocol §2.2).

    Parameters
    ----------
    name
        3 to 64 characters: ASCII letters, digits, ``_`` and ``-``, with a letter or ``_`` first.

    Returns
    -------
    str
        The name.

    Raises
    ------
    SettingsError
        The name is not of that form.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name[:70]!r} can't be a tool's name; use 3 to 64 letters (a–z), digits, _ and -, a letter or _ first."
        )
    return name


def normalise(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a tool's parameter schema into Moonshot's subset of JSON schema (protocol §2.2).

    References are inlined (a recursive one becomes a plain object), every schema gets a ``type`` or an ``anyOf`` whose
    branches have one, and keywords the subset lacks are left out. Equal input gives equal bytes, and the result of the
    result is itself.

    Parameters
    ----------
    schema
        JSON schema whose root describes an object, of any draft; never changed.

    Returns
    -------
    dict
        The schema, sharing nothing with the input.

    Raises
    ------
    SettingsError
        The root can't be an object, a reference leads nowhere, a property's name is reserved, or it is too large.
    """
    if not isinstance(schema, Mapping):
        raise SettingsError(f"A tool's parameters must be a JSON schema (a dict), not {type(schema).__name__}.")
    walk = _Walk(schema)
    try:
        plain, refs = walk.flat(schema, ("#",))
        found = walk.alternatives(plain, refs, 0)
    except RecursionError:  # allOf within allOf, a thousand deep
        raise SettingsError(_TOO_LARGE) from None
    objects = [one for one in found if one["type"] == "object"]
    if not objects:
        raise SettingsError('A tool takes named arguments: the root of its schema must have "type": "object".')
    root = objects[0] if len(objects) == 1 else _merged(objects)
    root.setdefault("properties", {})
    return _ordered(root | _description(plain))


class _Walk:
    """One normalisation: the document that references point into, and how much was written so far."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._nodes = 0

    def flat(self, node: Any, refs: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """A node without ``$ref``, ``allOf``, ``oneOf`` and ``const``, and the references that are now open."""
        if not isinstance(node, Mapping):  # ``true``: anything
            return {}, refs
        plain = dict(node)
        while "$ref" in plain:
            ref = str(plain.pop("$ref"))
            target = self._target(ref)
            if ref in refs:
                kind = {"type": "object"} if "object" in _declared_types(target) else {}
                return kind | _description(target) | _description(plain), refs
            refs = (*refs, ref)
            plain = _both(target, plain)
        for part in _list(plain.pop("allOf", None)):
            inner, refs = self.flat(part, refs)
            plain = _both(inner, plain)
        if "const" in plain:
            plain["enum"] = [plain.pop("const")]
        if one_of := _list(plain.pop("oneOf", None)):
            plain["anyOf"] = [*_list(plain.get("anyOf")), *one_of]
        return plain, refs

    def _target(self, ref: str) -> Mapping[str, Any]:
        found: Any = self._root
        pointer = ref.removeprefix("#").strip("/")
        if ref.startswith("#"):
            for step in pointer.split("/") if pointer else ():
                step = step.replace("~1", "/").replace("~0", "~")
                found = found.get(step) if isinstance(found, Mapping) else None
            if isinstance(found, Mapping):
                return found
        raise SettingsError(f"The schema refers to {ref[:80]!r}, which is not in it; put it under $defs at the root.")

    def alternatives(self, node: Any, refs: tuple[str, ...], depth: int) -> list[dict[str, Any]]:
        """The node as schemas of one type each, of which any may hold."""
        self._nodes += 1
        if depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            raise SettingsError(_TOO_LARGE)
        plain, refs = self.flat(node, refs)
        branches = [branch for branch in _list(plain.get("anyOf")) if branch is not False]
        if branches:  # the subset has no keywords beside anyOf: they go into the branches
            outer = {key: value for key, value in plain.items() if key not in ("anyOf", "description", "default")}
            merged = [_both(outer, branch if isinstance(branch, Mapping) else {}) for branch in branches]
            return _unique(found for branch in merged for found in self.alternatives(branch, refs, depth + 1))
        return _unique(self._single(kind, part, refs, depth) for kind, part in _by_type(plain))

    def schema(self, node: Any, refs: tuple[str, ...], depth: int, *, nullable: bool = True) -> dict[str, Any]:
        """The node as one schema; ``nullable`` false leaves the ``null`` of an Optional out."""
        plain, refs = self.flat(node, refs)
        found = self.alternatives(plain, refs, depth + 1)
        _place_default(found, plain.get("default"))
        if not nullable and not any("default" in one for one in found):  # else leaving it out means the default
            found = [one for one in found if one["type"] != "null"] or found
        return _ordered(_any_of(found) | _description(plain))

    def _single(self, kind: str, node: dict[str, Any], refs: tuple[str, ...], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {"type": kind} | _description(node)
        match kind:
            case "object":
                made |= self._object(node, refs, depth)
            case "array":
                made |= _range(node, "minItems", "maxItems", whole=True)
                items = self._items(node, refs, depth)
                if items is not None:
                    made["items"] = items
            case "string":
                made |= _range(node, "minLength", "maxLength", whole=True)
            case "number" | "integer":
                made |= _range(node, "minimum", "maximum", whole=kind == "integer")
        if "enum" in node:
            made["enum"] = node["enum"]
        _place_default([made], node.get("default"))
        return _ordered(made)

    def _object(self, node: dict[str, Any], refs: tuple[str, ...], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            required = _list(node.get("required"))
            made["properties"] = {
                _property(name): self.schema(part, refs, depth, nullable=name in required)
                for name, part in properties.items()
                if part is not False
            }
            made["required"] = [name for name in made["properties"] if name in required]
            if not made["required"]:
                del made["required"]
        more = node.get("additionalProperties")
        if isinstance(more, Mapping):
            inner = self.schema(more, refs, depth)
            made["additionalProperties"] = True if _anything(inner) else inner
        elif isinstance(more, bool) and not node.get("patternProperties"):
            made["additionalProperties"] = more
        return made

    def _items(self, node: dict[str, Any], refs: tuple[str, ...], depth: int) -> dict[str, Any] | None:
        items = node.get("items")
        first = _list(node.get("prefixItems")) or _list(items)
        if first:  # a tuple: every place may hold what any place may
            rest = node.get("additionalItems") if isinstance(items, list) else items
            if isinstance(rest, Mapping):
                first = [*first, rest]
            elif rest is not False and not _at_most(node.get("maxItems"), len(first)):
                return None
            items = {"anyOf": first}
        if not isinstance(items, Mapping):
            return None
        made = self.schema(items, refs, depth)
        return None if _anything(made) else made


def _property(name: str) -> str:
    if name in _RESERVED or not name:
        raise SettingsError(f"A parameter can't be called {name!r}: Moonshot takes it for a schema keyword; rename it.")
    return name


def _both(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """What holds where both hold; the second has the last word except on properties and what is required."""
    made = {**first, **second}
    if isinstance(first.get("properties"), Mapping) and isinstance(second.get("properties"), Mapping):
        made["properties"] = {**first["properties"], **second["properties"]}
    if "required" in first and "required" in second:
        made["required"] = [*_list(first["required"]), *_list(second["required"])]
    return made


def _merged(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """One object for several: all their properties, and required what all of them require."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for one in objects:
        for name, part in one.get("properties", {}).items():
            parts.setdefault(name, []).append(part)
    made: dict[str, Any] = {"type": "object", "properties": {name: _any_of(found) for name, found in parts.items()}}
    required = [name for name in parts if all(name in one.get("required", ()) for one in objects)]
    return made | ({"required": required} if required else {})


def _any_of(schemas: Iterable[dict[str, Any]]) -> dict[str, Any]:
    found = _unique(one for schema in schemas for one in schema.get("anyOf", [schema]))
    return dict(found[0]) if len(found) == 1 else {"anyOf": found}


def _by_type(node: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The node once for each of its types, each with the values of that type where they are listed."""
    declared = _declared_types(node)
    values = _list(node.get("enum"))
    rest = {key: value for key, value in node.items() if key != "enum"}
    listable = len(values) <= _MAX_VALUES and all(type(value) in _JSON_TYPES and _plain(value) for value in values)
    if not values or not listable:
        return [(kind, rest) for kind in declared or _ANYTHING]
    split: list[tuple[str, dict[str, Any]]] = []
    for kind in declared or _types_of(values):
        fitting = _unique(value for value in values if _is(kind, value))
        if fitting:  # the subset lists strings and numbers only
            split.append((kind, rest if kind in ("boolean", "null") else rest | {"enum": fitting}))
    return split or [(kind, rest) for kind in declared]


def _declared_types(node: Mapping[str, Any]) -> list[str]:
    named = node.get("type")
    kinds = [named] if isinstance(named, str) else _list(named)
    for kind in kinds:
        if kind not in _TYPES:
            raise SettingsError(f"{str(kind)[:40]!r} is no type of JSON schema; there are {', '.join(_TYPES)}.")
    if kinds or "enum" in node or "anyOf" in node:
        return _unique(kinds)
    return [kind for kind, hints in _HINTS.items() if any(hint in node for hint in hints)][:1]


def _types_of(values: list[Any]) -> list[str]:
    kinds = _unique(_JSON_TYPES[type(value)] for value in values)
    return [kind for kind in kinds if not (kind == "integer" and "number" in kinds)]


def _is(kind: str, value: Any) -> bool:
    found = _JSON_TYPES.get(type(value))
    return found == kind or (kind == "number" and found == "integer")


def _plain(value: Any) -> bool:
    """Moonshot's validator reads decimal numbers only: no exponent, no integer that a double can't hold."""
    if isinstance(value, float):
        return math.isfinite(value) and "e" not in repr(value)
    return not isinstance(value, int) or abs(value) < 2**53


def _range(node: Mapping[str, Any], low: str, high: str, *, whole: bool) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for key, rounded in ((low, math.ceil), (high, math.floor)):
        value = node.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and _plain(value):
            limits[key] = rounded(value) if whole else value
    if low != "minimum":  # lengths and counts
        limits = {key: value for key, value in limits.items() if value >= 0}
    return limits if limits.get(low, -math.inf) <= limits.get(high, math.inf) else {}


def _place_default(schemas: list[dict[str, Any]], default: Any) -> None:
    for schema in schemas:
        if default is not None and type(default) in _JSON_TYPES and _plain(default) and _is(schema["type"], default):
            schema["default"] = default
            return


def _anything(schema: dict[str, Any]) -> bool:
    branches = schema.get("anyOf", ())
    return len(branches) == len(_ANYTHING) and all(branch == {"type": branch["type"]} for branch in branches)


def _at_most(value: Any, limit: int) -> bool:
    return isinstance(value, int) and value <= limit


def _description(node: Mapping[str, Any]) -> dict[str, Any]:
    text = node.get("description")
    return {"description": text} if isinstance(text, str) and text else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _unique(values: Iterable[Any]) -> list[Any]:
    """Without repetition, in order. 1, 1.0 and True are told apart."""
    found: list[Any] = []
    for value in values:
        if not any(type(known) is type(value) and known == value for known in found):
            found.append(value)
    return found


def _ordered(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: schema[key] for key in _ORDER if key in schema}
