"""Functions, classes and modules: how they are called, what they say of themselves, and short source.

Read from code objects and from the text that was compiled; nothing is called, no annotation evaluated. Imports no data
library.
"""

from __future__ import annotations

import inspect
import linecache
import os
import sys
import sysconfig
import time
from itertools import islice
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from .annotations import annotation_text, annotations_of
from .attributes import class_namespace, enum_member
from .containers import gist, literal
from .identity import class_name, is_class, type_name
from .terms import Terms
from .text import clean
from .within import Late, within

__all__ = ["definition_lines"]

_DOC = 160
_LISTED = 30
_METHODS = (FunctionType, classmethod, staticmethod, property)
_VARARGS, _VARKEYWORDS = 0x04, 0x08  # flags of a code object (inspect.CO_VARARGS, CO_VARKEYWORDS)
_KINDS = ((0x200, "async generator "), (0x80, "async "), (0x20, "generator "))
_SOURCE_LINES, _SOURCE = 40, 2_000  # lines and characters of a function whose source is told
_FILE = 400_000  # bytes of a file that is read for it
_READING = 0.2  # seconds
_BASES = type.__dict__["__bases__"].__get__
_UNSET: Any = object()


def definition_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a function, a method, a class or a module; ``None`` if the value is none."""
    exact = type(value)
    if exact is FunctionType:
        said = f"{_kind(value)}function {_signature(value, terms)}"
        return [said, *_doc(value.__doc__, terms), *_source(value, terms)]
    if exact is MethodType and type(value.__func__) is FunctionType:
        function = value.__func__
        said = f"{_kind(function)}method {_signature(function, terms)} of {type_name(value.__self__)}"
        return [said, *_doc(function.__doc__, terms), *_source(function, terms)]
    if exact is BuiltinFunctionType:
        return [f"builtin function {terms.plain(value.__name__, 80)}"]
    if exact is ModuleType:
        return _module(value, terms)
    return _class(value, terms) if is_class(value) else None


def _kind(function: FunctionType) -> str:
    flags = function.__code__.co_flags
    return next((words for flag, words in _KINDS if flags & flag), "")


def _signature(function: Any, terms: Terms) -> str:
    """A function's name and parameters from its code object; defaults only of plain types, annotations by name."""
    code: CodeType = function.__code__
    hints = _hints(function)
    positional, keyword = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames
    defaults = function.__defaults__ if type(function.__defaults__) is tuple else ()
    given: dict[int, object] = dict(enumerate(defaults, positional - len(defaults)))
    parts = [_parameter(names[place], hints, given.get(place, _UNSET), terms) for place in range(positional)]
    if 0 < code.co_posonlyargcount <= len(parts):
        parts.insert(code.co_posonlyargcount, "/")
    after = positional + keyword
    if code.co_flags & _VARARGS:
        parts.append(_parameter(names[after], hints, _UNSET, terms, "*"))
        after += 1
    elif keyword:
        parts.append("*")
    by_name = function.__kwdefaults__ if type(function.__kwdefaults__) is dict else {}
    parts += [
        _parameter(name, hints, by_name.get(name, _UNSET), terms) for name in names[positional : positional + keyword]
    ]
    if code.co_flags & _VARKEYWORDS:
        parts.append(_parameter(names[after], hints, _UNSET, terms, "**"))
    returns = f" -> {annotation_text(hints['return'], terms)}" if "return" in hints else ""
    name = function.__name__ if type(function.__name__) is str else "?"
    return f"{terms.plain(name, 80)}({', '.join(parts)}){returns}"


def _hints(function: Any) -> dict[str, Any]:
    """A function's annotations; from Python 3.14 on they are code that runs when asked for, and are left out."""
    if sys.version_info >= (3, 14):
        return {}
    hints = function.__annotations__
    return hints if type(hints) is dict else {}


def _parameter(name: str, hints: dict[str, Any], default: object, terms: Terms, stars: str = "") -> str:
    said = stars + terms.plain(name, 60)
    if name in hints:
        said += f": {annotation_text(hints[name], terms)}"
    if default is _UNSET:
        return said
    equals = " = " if name in hints else "="
    return f"{said}{equals}{'…' if terms.detail == 'schema' else literal(default, terms, 30)}"


def _doc(text: object, terms: Terms) -> list[str]:
    """The first line of a docstring."""
    if type(text) is not str:
        return []
    first = text[:2000].strip().partition("\n")[0]
    return [f"doc: {terms.plain(first, _DOC)}"] if first else []


def _source(function: Any, terms: Terms) -> list[str]:
    """The function's source if it is the user's own and short; how long it is otherwise."""
    if terms.detail != "sample" or _installed(function.__code__.co_filename):
        return []
    lines = _block(_file_lines(function.__code__.co_filename, terms), function.__code__)
    if not lines:
        return []
    if len(lines) > _SOURCE_LINES or sum(map(len, lines)) > _SOURCE:
        return [f"source: {len(lines):,} lines"]
    text = terms.screened("".join(lines).expandtabs())
    return ["source:", *(f"  {line}" for line in inspect.cleandoc("\n" + clean(text)).split("\n"))]


def _installed(filename: str) -> bool:
    """Whether a file belongs to Python or to an installed package, whose source the model knows or need not."""
    paths = sysconfig.get_paths()
    return any(filename.startswith(paths[name] + os.sep) for name in ("stdlib", "purelib", "platlib"))


def _file_lines(filename: str, terms: Terms) -> list[str]:
    """The lines of a cell or file as it was compiled or last read. No loader of a module is asked."""
    cached = linecache.cache.get(filename)
    if cached is not None and len(cached) == 4:
        return cached[2]
    left = min(_READING, terms.deadline - time.monotonic())
    try:
        return within(left, lambda: _read(filename)) if left > 0 else []
    except (Late, OSError, ValueError):  # a slow disk, a file that is gone, or no file at all
        return []


def _read(filename: str) -> list[str]:
    path = Path(filename)
    if not path.is_file() or path.stat().st_size > _FILE:
        return []
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def _block(lines: list[str], code: CodeType) -> list[str]:
    """The lines of the function that begins where the code object says, if one begins there."""
    start = code.co_firstlineno - 1
    if not 0 <= start < len(lines):
        return []
    first = lines[start].lstrip()
    if not first.startswith(("def ", "async ", "@")) and "lambda" not in first:
        return []
    return inspect.getblock(list(islice(lines, start, start + 4 * _SOURCE_LINES)))


def _module(module: Any, terms: Terms) -> list[str]:
    namespace = vars(module)
    name, version = namespace.get("__name__"), namespace.get("__version__")
    said = f"module {terms.plain(name, 80)}" if type(name) is str else "module"
    if type(version) is str:
        said += f" {terms.plain(version, 30)}"
    lines = [said, *_doc(namespace.get("__doc__"), terms)]
    own = [
        key
        for key, held in list(namespace.items())
        if type(key) is str and not key.startswith("_") and type(held) is FunctionType and held.__globals__ is namespace
    ]
    file = namespace.get("__file__")
    if own and type(file) is str and not _installed(file):
        lines += _list_of("functions", own, terms)
    return lines


def _class(cls: Any, terms: Terms) -> list[str]:
    bases = [class_name(base) for base in _BASES(cls) if base is not object]
    own = class_namespace(cls)
    names = [name for name in list(own) if type(name) is str and not name.startswith("_")]
    lines = [f"class {class_name(cls)}" + (f"({', '.join(bases)})" if bases else "")]
    doc = own.get("__doc__")
    if type(doc) is str and not doc.startswith(f"{class_name(cls).rpartition('.')[2]}("):  # made up by a decorator
        lines += _doc(doc, terms)
    members = own.get("_member_map_")
    if type(members) is dict:
        return lines + _members(members, terms)
    fields = _fields(cls, terms)
    init = own.get("__init__")
    if fields:
        lines += _list_of("fields", fields, terms)
    elif type(init) is FunctionType:
        lines.append(f"made by {_signature(init, terms)}")
    methods = [name for name in names if any(type(own[name]) is kind for kind in _METHODS)]
    return lines + (_list_of("has", methods, terms) if methods else [])


def _members(members: dict[Any, Any], terms: Terms) -> list[str]:
    """The names of an enumeration, with their values where these may be told."""
    told = []
    for name, member in list(members.items()):
        found = enum_member(member)
        equals = f"={gist(found[1], terms)}" if found and terms.detail == "sample" else ""
        told.append(f"{terms.plain(name, 60)}{equals}" if type(name) is str else "?")
    return _list_of("members", told, terms)


def _fields(cls: Any, terms: Terms) -> list[str]:
    """The fields of a dataclass, a named tuple, a typed dict or a model: what its body annotates, by name and type."""
    own = class_namespace(cls)
    hints = annotations_of(cls)
    fields = own.get("__dataclass_fields__")
    names = own.get("_fields") if type(own.get("_fields")) is tuple else None
    if type(fields) is dict:
        return [_field(name, hints.get(name, _UNSET), terms) for name in list(fields) if type(name) is str]
    if names is not None:
        return [_field(name, hints.get(name, _UNSET), terms) for name in names if type(name) is str]
    return [_field(name, hint, terms) for name, hint in list(hints.items()) if type(name) is str and name[:1] != "_"]


def _field(name: str, hint: Any, terms: Terms) -> str:
    said = terms.plain(name, 60)
    return said if hint is _UNSET else f"{said}: {annotation_text(hint, terms)}"


def _list_of(what: str, names: list[str], terms: Terms) -> list[str]:
    more = f", {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return [f"{what} {', '.join(terms.plain(name, 140) for name in names[:_LISTED])}{more}"]
