"""Containers in words: how many of what, then the first ones, bounded in depth, width and length.

Only builtin containers are opened, through the interpreter's own slots: ``dict.items(value)`` runs no ``items`` of a
subclass. Whatever they hold is told by ``scalars``, by its size, or by what it is made of. Imports no data library.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable
from itertools import islice
from typing import Any

from .attributes import attributes, enum_member, named_fields
from .identity import class_name, mro, type_name
from .numbers import integer, number
from .scalars import is_missing, scalar
from .sizes import counted, shape_of
from .terms import Terms

__all__ = ["brief", "builtin_base", "container_lines", "gist", "is_container", "kinds", "literal", "told"]

_BRACKETS = {
    id(list): ("[", "]"),
    id(tuple): ("(", ")"),
    id(set): ("{", "}"),
    id(frozenset): ("{", "}"),
    id(collections.deque): ("[", "]"),
}
_MAPPINGS = {id(dict), id(collections.OrderedDict), id(collections.defaultdict), id(collections.Counter)}
_SEQUENCES = (list, tuple, set, frozenset, collections.deque)
_DEPTH = 3
_WIDTH = 8
_LOOKED_AT = 1000
_ITEMS = 40
_NESTED = 12  # items of a dict within a dict that are told
_FIELDS = 6  # of an object within a container
_RECORD = 16  # attributes of an object up to which they are what it is about
_LINE = 120
_SORTED = 10_000


def is_container(value: object) -> bool:
    """Whether the value is exactly one of the builtin containers."""
    return id(type(value)) in _BRACKETS or id(type(value)) in _MAPPINGS


def builtin_base(value: object) -> type | None:
    """The builtin container that a value's class is or extends."""
    for base in mro(type(value)):
        if base is dict or any(base is kind for kind in _SEQUENCES):
            return base
    return None


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
    """The description of a container: one line of figures, then a line for each of its first items.

    Parameters
    ----------
    value
        A builtin container, or of a class that extends one.
    """
    base: Any = builtin_base(value)
    size = base.__len__(value)
    items = list(islice(dict.values(value), _LOOKED_AT)) if base is dict else _first(value, _LOOKED_AT, base)
    what = kinds(items)
    extends = "" if is_container(value) else f", a subclass of {base.__name__}"
    head = f"{type_name(value)}{extends}, {counted(size, 'item')}"
    if what:
        head += f": {what}" if size <= len(items) else f": {what} among the first {len(items):,}"
    if terms.detail == "schema" or not size:
        return [head]
    if base is not dict and _are_records(items):
        from .records import record_lines  # it tells of columns of values, which may be containers

        return [head, *record_lines(items, terms)]
    lines = [head, *_figures(items)]
    if terms.detail == "stats":
        return lines
    if base is dict:
        told_items = _mapping_lines(_pairs(value, _ITEMS), terms, _DEPTH)
    elif all(scalar(item, terms, 8) is not None for item in items[:_ITEMS]):
        return [*lines, *_wrapped([literal(item, terms) for item in items[: 5 * _ITEMS]], size)]
    else:
        told_items = [f"- {told(item, terms)}" for item in items[:_ITEMS]]
    lines += map(terms.screened, told_items)
    return [*lines, f"… {size - _ITEMS:,} more"] if size > _ITEMS else lines


def told(value: object, terms: Terms, limit: int = _LINE) -> str:
    """A value within another: a literal, a table by its size, an object by its first attributes."""
    if is_container(value) or scalar(value, terms, 8) is not None:
        return literal(value, terms, limit)
    size = shape_of(value)
    return f"{type_name(value)}, {size}" if size else brief(value, terms, limit)


def brief(value: object, terms: Terms, limit: int = _LINE) -> str:
    """An object in a few words: ``Order(id=3, items=list of 3)``; without a value, its type's name."""
    name = type_name(value)
    if terms.detail != "sample":
        return name
    member = enum_member(value)
    if member is not None:
        return terms.plain(member[0], limit)
    fields = [(key, held) for key, held in named_fields(value) or attributes(value) if not key.startswith("_")]
    if not fields or len(fields) > _RECORD:
        return name
    parts: list[str] = []
    for key, held in fields[:_FIELDS]:
        if sum(map(len, parts)) > limit:
            break
        parts.append(f"{terms.plain(key, 40)}={gist(held, terms)}")
    more = ", …" if len(fields) > len(parts) else ""
    return terms.screened(f"{name}({', '.join(parts)}{more})")


def gist(value: object, terms: Terms) -> str:
    """An attribute's value in a word or two: ``3``, ``"x"``, ``list of 3``, ``Customer``."""
    text = scalar(value, terms, 40)
    if text is not None:
        return text
    base = builtin_base(value)
    if base is not None and not is_container(value):
        return type_name(value)
    if base is not None:
        return f"{type_name(value)} of {base.__len__(value):,}"  # type: ignore[attr-defined]
    member = enum_member(value)
    size = shape_of(value)
    return terms.plain(member[0], 60) if member else f"{type_name(value)} {size}" if size else type_name(value)


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
        for key, item in _pairs(value, _WIDTH):
            yield f"{literal(key, terms, limit, depth)}: {literal(item, terms, limit, depth)}"
    else:
        for item in _first(value, _WIDTH, type(value)):
            yield literal(item, terms, limit, depth)


def _pairs(value: Any, most: int) -> list[tuple[Any, Any]]:
    """The first keys and values. An ``OrderedDict`` looks each key up again, which may run the key's ``__hash__``."""
    if type(value) is collections.OrderedDict and all(type(key) is str for key in dict.keys(value)):
        return list(islice(value.items(), most))
    return list(islice(dict.items(value), most))


def _first(value: Any, most: int, base: Any) -> list[Any]:
    """The first items; those of a set of plain values in their own order, since a set's differs from run to run."""
    if base is not set and base is not frozenset:
        return list(islice(base.__iter__(value), most))
    items = list(islice(base.__iter__(value), max(most, _SORTED)))
    for exact in (str, int, float, bytes):
        if all(type(item) is exact for item in items):
            return sorted(items)[:most]
    return items[:most]


def _are_records(items: list[Any]) -> bool:
    """Whether these are dicts with names for keys, as a table would have them."""
    return len(items) > 1 and all(
        type(item) is dict and item and all(type(key) is str for key in islice(item, _ITEMS)) for item in items
    )


def _mapping_lines(pairs: list[tuple[Any, Any]], terms: Terms, depth: int, indent: str = "") -> list[str]:
    """A line for each key; a dict that does not fit in its line is told below it, key by key."""
    lines = []
    for key, item in pairs:
        name, text = literal(key, terms), told(item, terms)
        if type(item) is list and "…" in text and _are_records(item[:_LOOKED_AT]):
            names = [terms.plain(name, 40) for name in islice(item[0], _WIDTH)]
            more = ", …" if len(item[0]) > len(names) else ""
            text = f"list, {len(item):,} items: dicts with keys {', '.join(names)}{more}"
        if type(item) is not dict or "…" not in text or depth == 0:
            lines.append(f"{indent}- {name}: {text}")
            continue
        lines.append(f"{indent}- {name}: dict, {counted(len(item), 'item')}")
        lines += _mapping_lines(_pairs(item, _NESTED), terms, depth - 1, indent + "  ")
        if len(item) > _NESTED:
            lines.append(f"{indent}  … {len(item) - _NESTED:,} more")
    return lines


def _figures(items: list[object]) -> list[str]:
    """The range of a list of numbers."""
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
