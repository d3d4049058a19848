"""Moonshot flavoured JSON schema: a refusal with the path to what is wrong (protocol §2.2). Of ours: ``problem`` only.

Annotations that the subset has no use for (``title``, ``format``, ``default``) are let through, because schemas made by
pydantic are full of them and the live validator takes them; what would change the meaning of a schema is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .problem import Problem, invalid

__all__ = ["check_schema"]

_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_UNSUPPORTED = (
    *("prefixItems", "unevaluatedItems", "exclusiveMinimum", "exclusiveMaximum", "contains", "minContains"),
    *("maxContains", "patternProperties", "oneOf", "allOf", "not", "if", "then", "else", "dependentSchemas"),
)
_DEEPEST = 100


def check_schema(schema: Any, what: str) -> None:
    """Check a schema that a request brings.

    Parameters
    ----------
    schema
        The schema, whose root describes an object.
    what
        Its place in the request: ``tools.function.parameters`` or ``response_format.json_schema``.

    Raises
    ------
    Problem
        The schema is outside the subset.
    """
    if not isinstance(schema, dict):
        raise invalid(
            f"Invalid request: {what} is not a valid moonshot flavored json schema, details: <schema must be a dict>"
        )
    if schema.get("type") != "object" and "anyOf" not in schema and "$ref" not in schema:
        raise invalid(f'Invalid request: {what}.type is required and must be "object"')

    def wrong(path: str, message: str) -> Problem:
        return invalid(
            f"Invalid request: {what} is not a valid moonshot flavored json schema, "
            f"details: <At path '{path or 'root'}': {message}>"
        )

    _Check(schema, wrong).node(schema, "", 0)


class _Check:
    """One walk through a schema; ``wrong`` makes the refusal."""

    def __init__(self, root: dict[str, Any], wrong: Callable[[str, str], Problem]) -> None:
        self._root = root
        self._wrong = wrong

    def node(self, node: Any, path: str, depth: int) -> None:
        if not isinstance(node, dict):
            raise self._wrong(path, "schema must be an object")
        if depth > _DEEPEST:
            raise self._wrong(path, "schema is too deep")
        if unsupported := [word for word in _UNSUPPORTED if word in node]:
            raise self._wrong(path, f"unsupported keywords: {', '.join(unsupported)}")
        if "$defs" in node and depth:
            raise self._wrong(path, "$defs must be defined at the schema root level")
        if "$ref" in node:
            self._reference(node, path)
        elif "anyOf" in node:
            self._branches(node, path, depth)
        else:
            self._type(node, path)
        if "enum" in node:
            self._enum(node["enum"], path)
        self._children(node, path, depth)

    def _reference(self, node: dict[str, Any], path: str) -> None:
        ref = node["$ref"]
        if not isinstance(ref, str):
            raise self._wrong(path, "$ref must be a string")
        if "type" in node:
            message = "when using $ref, type should be defined in the referenced schema instead of the parent schema"
            raise self._wrong(path, message)
        if ref == "#":
            return
        found = re.fullmatch(r"#/\$defs/(.+)", ref)
        if found is None:
            raise self._wrong(path, "references must start with #/$defs/")
        definitions = self._root.get("$defs")
        if not isinstance(definitions, dict) or found[1] not in definitions:
            raise self._wrong(path, f"$defs not found for reference {ref}")

    def _branches(self, node: dict[str, Any], path: str, depth: int) -> None:
        if "type" in node:
            message = "when using anyOf, type should be defined in anyOf items instead of the parent schema"
            raise self._wrong(path, message)
        if not isinstance(node["anyOf"], list) or not node["anyOf"]:
            raise self._wrong(path, "anyOf must be a non-empty array")
        for branch in node["anyOf"]:
            self.node(branch, _join(path, "anyOf"), depth + 1)

    def _type(self, node: dict[str, Any], path: str) -> None:
        kind = node.get("type")
        if kind is None:
            raise self._wrong(path, "type is not defined")
        kinds = kind if isinstance(kind, list) else [kind]
        if not kinds:
            raise self._wrong(path, "type array cannot be empty")
        for one in kinds:
            if one not in _TYPES:
                raise self._wrong(path, f"invalid type: {one}")

    def _enum(self, values: Any, path: str) -> None:
        if not isinstance(values, list) or not values:
            raise self._wrong(path, "enum must be a non-empty array")
        kinds = {type(value) for value in values}
        if not kinds <= {str, int, float} or len(kinds) > 1:
            raise self._wrong(path, "enum values must be strings, integers or floats of one type")

    def _children(self, node: dict[str, Any], path: str, depth: int) -> None:
        if "items" in node:
            if not isinstance(node["items"], dict):
                raise self._wrong(_join(path, "items"), "items must be an object")
            self.node(node["items"], _join(path, "items"), depth + 1)
        for word in ("properties", "$defs"):
            if word in node:
                self._named(node[word], _join(path, word), depth)
        if isinstance(node.get("additionalProperties"), dict):
            self.node(node["additionalProperties"], _join(path, "additionalProperties"), depth + 1)
        if "required" in node:
            self._required(node, path)

    def _named(self, children: Any, path: str, depth: int) -> None:
        if not isinstance(children, dict):
            raise self._wrong(path, f"{path.rpartition('.')[2]} must be an object")
        for name, child in children.items():
            if not name:
                raise self._wrong(path, "property name cannot be empty")
            if not isinstance(child, dict):
                raise self._wrong(path, f"property schema for '{name}' must be an object")
            self.node(child, _join(path, name), depth + 1)

    def _required(self, node: dict[str, Any], path: str) -> None:
        names = node["required"]
        if not isinstance(names, list):
            raise self._wrong(path, "required must be an array")
        for name in names:
            if not isinstance(name, str):
                raise self._wrong(path, "items in required array must be strings")
            if name not in node.get("properties", {}):
                raise self._wrong(path, f"required property '{name}' is not defined in properties")


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
