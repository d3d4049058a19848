"""The model's arguments: JSON text to a valid object, or a sentence that tells the model what to mend.

What a model writes may be anything (hazards PRO-17): broken JSON, NaN, a megabyte, ten thousand brackets. Nothing here
raises, nothing echoes more than a glimpse of it. Imports nothing of ours.

Schemas are validated here and not by jsonschema: where JupyterLab is installed, importing that takes over a second (it
builds the grammars of its formats), at the first call of a kernel and holding the interpreter. A tool's schema is in
Moonshot's small subset, so little is to be checked; a test compares the two.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

__all__ = ["MAX_BYTES", "MAX_DEPTH", "describe_parameters", "faults", "read_object"]

#: The longest arguments that are read, in bytes of UTF-8.
MAX_BYTES = 1024 * 1024
#: How deep objects and lists may nest.
MAX_DEPTH = 64
#: How much of an argument one message may show, in characters: 200 in all (two faults, each a path and a value).
_GLIMPSE = 40
_MOST_FAULTS = 2

_Steps = tuple[str | int, ...]

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
_ARTICLES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class _Unusable(ValueError):
    """JSON that can be read and can't be used; the message is for the model."""


def read_object(text: str) -> dict[str, Any] | str:
    """Read arguments as the model wrote them.

    Parameters
    ----------
    text
        JSON text of an object; nothing at all means no arguments.

    Returns
    -------
    dict or str
        The object, or what is wrong with the text.
    """
    size = len(text.encode("utf-8", "surrogatepass")) if len(text) <= MAX_BYTES else len(text)
    if size > MAX_BYTES:
        return f"The arguments are too long: {size:,} bytes, at most {MAX_BYTES:,}."
    if not text.strip():
        return {}
    try:
        # Control characters in strings are let through: models write code with bare newlines.
        value = json.loads(text, strict=False, parse_constant=_constant, parse_float=_float, object_pairs_hook=_pairs)
        _check(value)
    except json.JSONDecodeError as error:
        near = text[max(0, error.pos - 20) : error.pos + 20]
        return f"The arguments are not valid JSON: {error.msg} at character {error.pos}, near {_cut(ascii(near), 60)}."
    except _Unusable as error:
        return f"The arguments can't be used: {error}."
    except RecursionError:
        return f"The arguments nest too deeply: at most {MAX_DEPTH} levels."
    except ValueError:  # an integer of more digits than Python reads
        return "The arguments can't be used: a number has too many digits."
    if not isinstance(value, dict):
        return f'The arguments must be a JSON object such as {{"name": "value"}}, not {_kind(value)}.'
    return value


def faults(arguments: dict[str, Any], schema: Mapping[str, Any]) -> str:
    """What is wrong with arguments by their schema, in a sentence for the model, or ``""``.

    Parameters
    ----------
    arguments
        The arguments; a ``null`` for something that may be left out is taken out of them.
    schema
        The tool's normalised schema.
    """
    _drop_nulls(arguments, schema)
    told = list(itertools.islice(_faults(arguments, schema, ()), _MOST_FAULTS + 1))
    return " ".join(told[:_MOST_FAULTS]) + (" There is more." if len(told) > _MOST_FAULTS else "")


def describe_parameters(schema: Mapping[str, Any], limit: int = 600) -> str:
    """The parameters in a line, for the model: ``code (text, required), purpose (text)``."""
    required = schema.get("required", ())
    told = [
        f"{name} ({_wanted(part)}{', required' if name in required else ''})"
        for name, part in schema.get("properties", {}).items()
    ]
    return _cut(", ".join(told), limit) if told else "no arguments"


# ---- reading ---------------------------------------------------------------------------------------------------------


def _constant(name: str) -> NoReturn:
    raise _Unusable(f"{name} is not JSON; use null or text")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _Unusable("a number is too large")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unusable("an object has the same key twice")
    return found


def _check(value: Any) -> None:
    """Refuse what nests too deeply, and halves of surrogate pairs, which no UTF-8 text can hold."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inside = [inner for one in level for inner in _inside(one)]
        if any(_broken(inner) for inner in inside if isinstance(inner, str)):
            raise _Unusable("a text holds half of a surrogate pair (\\ud800 to \\udfff); write the whole character")
        level = [inner for inner in inside if isinstance(inner, dict | list)]
        if not level:
            return
    raise RecursionError


def _broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


# ---- validating ------------------------------------------------------------------------------------------------------


def _drop_nulls(value: Any, schema: Mapping[str, Any]) -> None:
    """Take out each null that stands for "left out": models write one for every Optional."""
    if isinstance(value, list) and "items" in schema:
        for one in value:
            _drop_nulls(one, schema["items"])
    if isinstance(value, dict):
        properties, required = schema.get("properties", {}), schema.get("required", ())
        for name in list(value):
            part = properties.get(name, {"type": "null"})
            if value[name] is None and name not in required and not _takes_null(part):
                del value[name]
            else:
                _drop_nulls(value[name], part)


def _takes_null(schema: Mapping[str, Any]) -> bool:
    return any(branch.get("type") == "null" for branch in schema.get("anyOf", [schema]))


def _faults(value: Any, schema: Mapping[str, Any], steps: _Steps) -> Iterator[str]:
    """What is wrong with a value, outermost first."""
    if "anyOf" in schema:
        yield from _branch_faults(value, schema, steps)
    elif not _is(value, schema["type"]) or ("enum" in schema and value not in schema["enum"]):
        yield _not_wanted(value, schema, steps)
    elif isinstance(value, dict):
        yield from _object_faults(value, schema, steps)
    elif isinstance(value, list):
        yield from _bounds(len(value), schema, "Items", f"{_path(steps)} must have", f"elements, and has {len(value)}")
        for number, one in enumerate(value if "items" in schema else ()):
            yield from _faults(one, schema["items"], (*steps, number))
    elif isinstance(value, str):
        yield from _bounds(
            len(value), schema, "Length", f"{_path(steps)} must have", f"characters, and has {len(value)}"
        )
    elif value is not None:
        yield from _bounds(value, schema, "imum", f"{_path(steps)} must be", f"and is{_glimpse(value)}")


def _branch_faults(value: Any, schema: Mapping[str, Any], steps: _Steps) -> Iterator[str]:
    """Nothing if one branch holds; else what is wrong inside the first branch of the right type."""
    inside = []
    for branch in schema["anyOf"]:
        fault = next(_faults(value, branch, steps), None)
        if fault is None:
            return
        if _is(value, branch["type"]) and isinstance(value, dict | list):
            inside.append(fault)
    yield inside[0] if inside else _not_wanted(value, schema, steps)


def _object_faults(value: dict[str, Any], schema: Mapping[str, Any], steps: _Steps) -> Iterator[str]:
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    if missing := [name for name in schema.get("required", ()) if name not in value]:
        yield f"{_path(steps)} lacks {_cut(', '.join(map(repr, missing)), 200)}."
    unknown = [name for name in value if name not in properties]
    if unknown and more is False:
        known = _cut(", ".join(properties), 300) or "nothing"
        yield f"{_path(steps)} takes no{_glimpse(unknown[0])}; it takes {known}."
    for name, one in value.items():
        part = properties.get(name, more)
        if isinstance(part, Mapping):
            yield from _faults(one, part, (*steps, name))


def _bounds(value: float, schema: Mapping[str, Any], keyword: str, start: str, end: str) -> Iterator[str]:
    low, high = schema.get(f"min{keyword}"), schema.get(f"max{keyword}")
    if low is not None and value < low:
        yield f"{start} at least {low} {end}."
    if high is not None and value > high:
        yield f"{start} at most {high} {end}."


def _not_wanted(value: Any, schema: Mapping[str, Any], steps: _Steps) -> str:
    return f"{_path(steps)} must be {_wanted(schema)}, not {_kind(value)}{_glimpse(value)}."


def _is(value: Any, kind: str) -> bool:
    """Whether a value is of a type; JSON knows no difference between 3 and 3.0, but one between 1 and true."""
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _PYTHON_TYPES[kind]) and not (isinstance(value, bool) and kind != "boolean")


def _path(steps: _Steps) -> str:
    """``rows[2].price``; the arguments as a whole are called so. A long one is cut: its keys are the model's own."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return _cut(ascii(text.removeprefix("."))[1:-1], _GLIMPSE) if text else "The object of arguments"


def _glimpse(value: Any) -> str:
    """A value as it would be written, if that is short."""
    if isinstance(value, dict | list) or value is None:
        return ""
    return f" {_cut(ascii(value[:_GLIMPSE] if isinstance(value, str) else value), _GLIMPSE)}"


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "null")


def _wanted(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return _cut(" or ".join(dict.fromkeys(_wanted(branch) for branch in schema["anyOf"])), 400)
    if "enum" in schema:
        return "one of " + _cut(json.dumps(schema["enum"], ensure_ascii=False), 300)
    return _ARTICLES[schema["type"]]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
