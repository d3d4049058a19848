"""Values of Python itself: what runs or waits, files, paths, patterns, views, errors. None is consumed or moved.

Each kind is known by its exact class.
"""

from __future__ import annotations

import array
import functools
import io
import itertools
import pathlib
import re
import threading
import types
import weakref
from collections.abc import Callable
from gc import get_referents
from itertools import islice
from typing import Any

from ..attributes import class_namespace, instance_dict
from ..containers import container_lines, gist, literal, told
from ..identity import class_name, is_a, mro, type_name
from ..numbers import memory
from ..sizes import counted
from ..terms import Terms

__all__ = ["python_lines"]

_Told = Callable[[Any, Terms], str]
_SHOWN = 10
_TEXT = 200
_ITERATORS = (zip, map, filter, enumerate, reversed, itertools.chain, itertools.count, itertools.islice)
_LAYERS = (io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
_PATHS = (pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath)
_VIEWS = tuple(type(view) for view in ({1: 1}.keys(), {1: 1}.values(), {1: 1}.items()))


def python_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a value of Python's own, ``None`` for any other."""
    exact = type(value)
    known = _KINDS.get(id(exact))
    if known is not None:
        return [known(value, terms)]
    if exact is types.MappingProxyType:
        return _proxy(value, terms)
    if any(base is BaseException for base in mro(exact)):
        return _error(value, terms)
    if is_a(value, "_asyncio.Task", "_asyncio.Future"):
        return [f"{type_name(value)}, {'done' if value.done() else 'pending'}, not awaited"]
    if is_a(value, "concurrent.futures._base.Future", "threading.Event", "subprocess.Popen", "socket.socket"):
        return [_state(value)]
    if is_a(value, "threading._MainThread", "threading.Timer"):
        return [_thread(value, terms)]
    if class_name(exact).endswith("iterator") and "." not in class_name(exact):
        return [f"{class_name(exact)}, not consumed"]
    return None


def _generator(value: Any, terms: Terms) -> str:
    """Its name and where it stands; the frame is only asked whether it is there."""
    exact = type(value)
    prefix = {types.GeneratorType: "gi", types.CoroutineType: "cr"}.get(exact, "ag")
    frame = getattr(value, f"{prefix}_frame")
    state = ""
    if frame is None:
        state = ", finished"
    elif getattr(value, f"{prefix}_running"):
        state = ", running"
    verb = "awaited" if exact is types.CoroutineType else "consumed"
    name = {"gi": "generator", "cr": "coroutine", "ag": "async generator"}[prefix]
    return f"{name} {terms.plain(getattr(value, f'{prefix}_code').co_name, 80)}, not {verb}{state}"


def _iterator(value: Any, terms: Terms) -> str:
    return f"{type_name(value)} iterator, not consumed"


def _view(value: Any, terms: Terms) -> str:
    said = f"{type_name(value)}, {counted(len(value), 'item')}"
    first = literal(list(islice(value, _SHOWN)), terms, _TEXT)
    return f"{said}: {first}" if terms.detail == "sample" and len(value) else said


def _proxy(value: Any, terms: Terms) -> list[str]:
    """A read-only view of a dict; one of anything else is not looked into, since it passes every question on."""
    held = get_referents(value)
    if len(held) != 1 or type(held[0]) is not dict:
        return ["mappingproxy, of something that is no dict"]
    head, *rest = container_lines(held[0], terms)
    return [f"mappingproxy of a {head}", *rest]


def _error(value: Any, terms: Terms) -> list[str]:
    """An exception with its message, and the line it was raised at."""
    arguments = class_namespace(BaseException)["args"].__get__(value)
    lines = [f"exception {type_name(value)}"]
    if terms.detail == "sample" and type(arguments) is tuple and arguments:
        lines[0] += f": {terms.screened(', '.join(gist(one, terms) for one in arguments[:4]))}"
        if type(arguments[0]) is str and len(arguments) == 1:
            lines[0] = f"exception {type_name(value)}: {terms.quoted(arguments[0], _TEXT)}"
    trace = class_namespace(BaseException)["__traceback__"].__get__(value)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"raised in {terms.plain(code.co_name, 60)}, line {trace.tb_lineno}")
    return lines


def _file(value: Any, terms: Terms) -> str:
    """A file that is a chain of Python's own layers; a layer of another class is not asked."""
    raw = value
    if type(raw) is io.TextIOWrapper:
        try:
            raw = raw.buffer
        except ValueError:
            return f"{type_name(value)}, detached"
    if type(raw) in _LAYERS:
        raw = raw.raw
    if type(raw) is not io.FileIO:
        return f"{type_name(value)} of {type_name(raw)}"
    name = instance_dict(raw).get("name")
    said = type_name(value)
    if type(name) is str and terms.detail == "sample":
        said += f" {terms.quoted(name, 120)}"
    use = "reading and writing" if "+" in raw.mode else "reading" if "r" in raw.mode else "writing"
    return f"{said}, {'closed' if raw.closed else f'open for {use}'}, not read"


def _buffer(value: Any, terms: Terms) -> str:
    if value.closed:
        return f"{type_name(value)}, closed"
    size = f", {memory(value.getbuffer().nbytes)}" if type(value) is io.BytesIO else ""
    return f"{type_name(value)}{size}, at position {value.tell():,}"


def _path(value: Any, terms: Terms) -> str:
    """A path as a text, if all its parts are texts: it may have been made of an object that only acts as one."""
    parts = getattr(value, "_raw_paths", None)  # before Python 3.12 parts are made plain at once
    plain = parts is None or all(type(one) is str for one in parts)
    told = plain and terms.detail == "sample"
    return f"{type_name(value)}: {terms.quoted(str(value), _TEXT)}" if told else type_name(value)


def _pattern(value: Any, terms: Terms) -> str:
    text = literal(value.pattern, terms, _TEXT)
    flags = re.RegexFlag(value.flags & ~re.UNICODE)
    said = f"regular expression {text}" if terms.detail == "sample" else "regular expression"
    return f"{said}, {counted(value.groups, 'group')}{f', flags {flags.name}' if flags else ''}"


def _match(value: Any, terms: Terms) -> str:
    if type(value.string) is not str:
        return f"match of {type_name(value.string)}"
    found = f" of {literal(value.group()[:_TEXT], terms, _TEXT)}" if terms.detail == "sample" else ""
    return f"match{found} at {value.start():,} to {value.end():,}, {counted(value.re.groups, 'group')}"


def _memoryview(value: Any, terms: Terms) -> str:
    try:
        return f"memoryview, shape {value.shape}, format {terms.plain(value.format, 20)}, {memory(value.nbytes)}"
    except ValueError:
        return "memoryview, released"


def _array(value: Any, terms: Terms) -> str:
    said = f"array.array of type {value.typecode}, {counted(len(value), 'item')}"
    return f"{said}: {literal(value[:_SHOWN].tolist(), terms, _TEXT)}" if terms.detail == "sample" and value else said


def _partial(value: Any, terms: Terms) -> str:
    function = value.func
    name = function.__name__ if type(function) is types.FunctionType else type_name(function)
    given = [told(one, terms, 60) for one in value.args]
    if type(value.keywords) is dict:
        given += [
            f"{terms.plain(key, 40)}={told(one, terms, 60)}" for key, one in value.keywords.items() if type(key) is str
        ]
    said = f"functools.partial of {terms.plain(name, 80) if type(name) is str else '?'}"
    return f"{said} with {terms.screened(', '.join(given))}" if terms.detail == "sample" and given else said


def _slice(value: Any, terms: Terms) -> str:
    parts = ", ".join(gist(one, terms) for one in (value.start, value.stop, value.step))
    return f"slice({parts})" if terms.detail == "sample" else "slice"


def _lock(value: Any, terms: Terms) -> str:
    return f"lock, {'held' if value.locked() else 'free'}"


def _thread(value: Any, terms: Terms) -> str:
    name = instance_dict(value).get("_name")
    said = f"thread {terms.quoted(name, 60)}" if type(name) is str and terms.detail == "sample" else "thread"
    return f"{said}, {'running' if value.ident is not None and value.is_alive() else 'not running'}"


def _state(value: Any) -> str:
    """What an object of the standard library says in its own attributes about its state."""
    own = instance_dict(value)
    state = own.get("_state")
    if type(state) is str:
        return f"{type_name(value)}, {state.lower()}"
    if is_a(value, "threading.Event"):
        return f"threading.Event, {'set' if own.get('_flag') is True else 'not set'}"
    if is_a(value, "socket.socket"):
        return f"socket.socket, {'closed' if value.fileno() < 0 else 'open'}"
    code = own.get("returncode")
    return f"subprocess.Popen, {f'ended with {code}' if type(code) is int else 'running when last asked'}"


def _not_followed(value: Any, terms: Terms) -> str:
    return f"{type_name(value)}, not followed"


_KINDS: dict[int, _Told] = {
    **{id(kind): _generator for kind in (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)},
    **{id(kind): _iterator for kind in _ITERATORS},
    **{id(kind): _view for kind in _VIEWS},
    **{id(kind): _file for kind in (io.TextIOWrapper, *_LAYERS, io.FileIO)},
    **{id(kind): _buffer for kind in (io.StringIO, io.BytesIO)},
    **{id(kind): _path for kind in _PATHS},
    **{id(kind): _not_followed for kind in (weakref.ReferenceType, weakref.ProxyType, weakref.CallableProxyType)},
    id(re.Pattern): _pattern,
    id(re.Match): _match,
    id(memoryview): _memoryview,
    id(array.array): _array,
    id(functools.partial): _partial,
    id(slice): _slice,
    id(type(threading.Lock())): _lock,
    id(threading.Thread): _thread,
}
