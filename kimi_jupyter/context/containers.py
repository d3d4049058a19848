"""Containers in words: how many of what, then the first ones, bounded in depth, width and length.

Only exact builtin containers are opened, through the interpreter's own iteration; whatever they hold is told by
``scalars`` or by its type's name. Imports no data library.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable
from itertools import islice
from typing import Any

from .identity import class_name, type_name
from .numbers import integer, number
from .scalars import is_missing, scalar
from .sizes import shape_of
from .terms import Terms

__all__ = ["container_lines", "is_container", "kinds", "literal"]

_BRACKETS = {
    id(list): ("[", "]"),
    id(tuple): ("(", ")"),
    id(set): ("{", "}"),
    id(frozenset): ("{", "}"),
    id(collections.deque): ("[", "]"),
}
_MAPPINGS = {id(dict), id(collections.OrderedDict), id(collections.defaultdict), id(collections.Counter)}
_DEPTH = 3
_WIDTH = 8
_LOOKED_AT = 1000
_ITEMS = 40
_SORTED = 10_000


def is_container(value: object) -> bool:
    """Whether the value is exactly one of the builtin containers."""
    return id(type(value)) in _BRACKETS or id(type(value)) in _MAPPINGS


def literal(value: object, terms: Terms, limit: int = 60, depth: int = _DEPTH) -> str:
    """The value as Python would write it, cut short; a foreign one as ``(its.Type)``.

    A container within itself ends at the depth limit, so recursion needs no memory of where it has been.
    """
    text = scalar(value, terms, limit)
    if text is not None:
        return text
    exact = type(value)
    if id(exact) in _MAPPINGS:
        left, right = "{", "}"
    elif id(exact) in _BRACKETS:
        left, right = _BRACKETS[id(exact)]
    else:
        return f"({class_name(exact)})"
    size = len(value)  # type: ignore[arg-type]
    if not size:
        return f"{left}{right}"
    if depth == 0:
        return f"{left}…{right}"
    parts: list[str] = []
    length = 2
    for part in _parts(value, terms, max(8, limit // 2), depth - 1):
        parts.append(part)
        length += len(part) + 2
        if len(parts) == _WIDTH or length > limit:
            break
    more = f", … {size - len(parts):,} more" if size > len(parts) else ""
    return f"{left}{', '.join(parts)}{more}{right}"


def container_lines(value: Any, terms: Terms) -> list[str]:
    """The description of a container: one line of figures, then a line for each of its first items."""
    size = len(value)
    mapping = id(type(value)) in _MAPPINGS
    items = list(islice(value.values(), _LOOKED_AT)) if mapping else _first(value, _LOOKED_AT)
    what = kinds(items)
    head = f"{type_name(value)}, {size:,} {'item' if size == 1 else 'items'}"
    if what:
        head += f": {what}" if size <= len(items) else f": {what} among the first {len(items):,}"
    if terms.detail == "schema" or not size:
        return [head]
    lines = [head, *_figures(items)]
    if terms.detail == "stats":
        return lines
    if mapping:
        pairs = list(islice(value.items(), _ITEMS))
        lines += [f"- {literal(key, terms)}: {told(item, terms)}" for key, item in pairs]
    elif all(scalar(item, terms, 8) is not None for item in items[:_ITEMS]):
        lines += _wrapped([literal(item, terms) for item in items[: 5 * _ITEMS]], size)
        return lines
    else:
        lines += [f"- {told(item, terms)}" for item in items[:_ITEMS]]
    shown = len(lines) - 1
    return [*lines, f"… {size - _ITEMS:,} more"] if size > _ITEMS and shown >= _ITEMS else lines


def told(value: object, terms: Terms) -> str:
    """A value within a container: a literal, a table by its size, anything else by its type."""
    if is_container(value) or scalar(value, terms, 8) is not None:
        return literal(value, terms, 120)
    size = shape_of(value)
    return f"{type_name(value)}, {size}" if size else type_name(value)


def kinds(values: Iterable[object], most: int = 4) -> str:
    """What types there are, most frequent first: ``int 30, str 2``. Runs no metaclass' ``__hash__``."""
    exact = [type(value) for value in values]
    names = {id(cls): cls for cls in exact}
    counts = collections.Counter(map(id, exact)).most_common()
    if len(counts) == 1:
        return class_name(exact[0])
    parts = [f"{class_name(names[key])} {count:,}" for key, count in counts[:most]]
    return ", ".join(parts) + (f", {len(counts) - most} more types" if len(counts) > most else "")


def _parts(value: Any, terms: Terms, limit: int, depth: int) -> Iterable[str]:
    if id(type(value)) in _MAPPINGS:
        for key, item in list(islice(value.items(), _WIDTH)):
            yield f"{literal(key, terms, limit, depth)}: {literal(item, terms, limit, depth)}"
    else:
        for item in _first(value, _WIDTH):
            yield literal(item, terms, limit, depth)


def _first(value: Any, most: int) -> list[Any]:
    """The first items; those of a set of plain values in their own order, since a set's differs from run to run."""
    if type(value) is not set and type(value) is not frozenset:
        return list(islice(value, most))
    items = list(islice(value, max(most, _SORTED)))
    for exact in (str, int, float, bytes):
        if all(type(item) is exact for item in items):
            return sorted(items)[:most]
    return items[:most]


def _figures(items: list[object]) -> list[str]:
    """The range of a list of numbers, the keys of a list of records."""
    if len(items) > 1 and all(type(item) is int or type(item) is float for item in items):
        values: list[Any] = [item for item in items if not is_missing(item)]
        if values:
            low, high = min(values), max(values)
            write = [integer(end) if type(end) is int else number(end) for end in (low, high)]
            return [f"range {write[0]} … {write[1]}"]
    return []


def _wrapped(parts: list[str], size: int) -> list[str]:
    """Short items, some to a line, so that what does not fit is left out a few items at a time."""
    lines = [", ".join(parts[start : start + _WIDTH]) for start in range(0, len(parts), _WIDTH)]
    lines = [f"{line}," if number < len(lines) - 1 else line for number, line in enumerate(lines)]
    return [*lines, f"… {size - len(parts):,} more"] if size > len(parts) else lines
