"""altair's charts: mark, encodings, size of the data, from what a chart holds; nothing is validated or encoded."""

from __future__ import annotations

from typing import Any

from ..attributes import instance_dict
from ..identity import class_name, library_of, type_name
from ..sizes import counted, shape_of
from ..terms import Terms

__all__ = ["altair_lines"]

_PARTS = ("layer", "hconcat", "vconcat", "concat", "spec")
_DETAILS = ("field", "aggregate", "timeUnit", "type", "bin")
_WIDTH = 12
_DEPTH = 3


def altair_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a chart."""
    name = class_name(type(value)).rpartition(".")[2]
    if not name.endswith("Chart"):
        return None
    head, *rest = _chart(value, terms, _DEPTH)
    return [f"altair {head}", *rest]


def _chart(value: Any, terms: Terms, depth: int) -> list[str]:
    own = _words(value)
    said = class_name(type(value)).rpartition(".")[2]
    mark = _mark(own.get("mark"))
    if mark:
        said += f", mark {terms.plain(mark, 30)}"
    title = own.get("title")
    if type(title) is str and terms.detail != "schema":
        said += f", title {terms.quoted(title, 80)}"
    data = _data(own.get("data"), terms)
    if data:
        said += f", data {data}"
    lines = [said, *(f"- {line}" for line in _encodings(own.get("encoding"), terms))]
    for key in _PARTS if depth else ():
        held = own.get(key)
        for part in held[:_WIDTH] if type(held) is list else [held]:
            if library_of(part) == "altair" and class_name(type(part)).endswith("Chart"):
                head, *rest = _chart(part, terms, depth - 1)
                lines += [f"- {key}: {head}", *(f"  {line}" for line in rest)]
    return lines


def _words(held: Any) -> dict[str, Any]:
    """The keywords that an object of altair's schema was made with."""
    words = instance_dict(held).get("_kwds") if library_of(held) == "altair" else None
    return words if type(words) is dict else {}


def _mark(held: Any) -> str:
    kind = held if type(held) is str else _words(held).get("type")
    return kind if type(kind) is str else ""


def _data(held: Any, terms: Terms) -> str:
    """The data by type and size; of an address only that it is one."""
    if type(held) is str:
        return f"from {terms.quoted(held.partition('?')[0], 80)}" if terms.detail == "sample" else "from an address"
    values = _words(held).get("values")
    if type(values) is list:
        return counted(len(values), "record")
    if held is None or library_of(held) == "altair":
        return ""
    size = shape_of(held)
    return f"{type_name(held)}, {size}" if size else type_name(held)


def _encodings(held: Any, terms: Terms) -> list[str]:
    return [f"{channel}: {said}" for channel, one in _words(held).items() if (said := _channel(one, terms))]


def _channel(held: Any, terms: Terms) -> str:
    """A channel as it was given: ``mean(b)``, or its field, aggregate and type."""
    words = _words(held)
    short = words.get("shorthand")
    parts = [terms.plain(short, 60)] if type(short) is str else []
    parts += [f"{name} {terms.plain(words[name], 40)}" for name in _DETAILS if type(words.get(name)) is str]
    title = words.get("title")
    if type(title) is str and terms.detail != "schema":
        parts.append(f"title {terms.quoted(title, 60)}")
    value = words.get("value")
    if type(value) in (str, int, float) and terms.detail == "sample":
        parts.append(f"value {terms.plain(str(value), 30)}")
    return ", ".join(parts)
