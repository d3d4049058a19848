"""Animals of the zoo that run, wait or are closed: functions, modules, errors, files, threads, memory."""

from __future__ import annotations

import array
import asyncio
import ctypes
import functools
import io
import linecache
import pathlib
import re
import socket
import threading
import types
import weakref
from collections.abc import Iterator
from typing import Any

from .zoo import ANIMALS, KEPT, Alarm, ListSub, StrSub, Tripwire, animal, ringing
from .zoo_contents import Wired

# ---- functions, modules, errors --------------------------------------------------------------------------------------


@animal
def function_with_traps() -> object:
    def odd(a: Any = Tripwire(), *rest: Any, b: Any = Tripwire(), **more: Any) -> Any:  # noqa: B008
        return a

    odd.__annotations__ = {"a": Tripwire(), "b": Tripwire, "return": [Tripwire()], "more": list[Tripwire]}
    odd.__doc__ = StrSub("x")
    odd.__name__ = StrSub("odd")
    odd.__signature__ = Tripwire()  # type: ignore[attr-defined]
    odd.__wrapped__ = odd  # type: ignore[attr-defined]
    return odd


@animal
def function_whose_source_is_a_trap() -> object:
    namespace: dict[str, Any] = {}
    exec(compile("def odd(): return 1", "<trap>", "exec"), namespace)
    linecache.cache["<trap>"] = (ringing("source"),)  # type: ignore[assignment]
    return namespace["odd"]


@animal
def function_of_a_file_that_is_gone() -> object:
    namespace: dict[str, Any] = {}
    exec(compile("\n" * 50 + "def odd(): return 1", "/nowhere/at/all.py", "exec"), namespace)
    return namespace["odd"]


ANIMALS["partial of traps"] = lambda: functools.partial(Wired, Tripwire(), b=Tripwire())
ANIMALS["method of a trap"] = lambda: types.MethodType(function_with_traps(), Tripwire())  # type: ignore[arg-type]
ANIMALS["static and class methods"] = lambda: [staticmethod(Tripwire), classmethod(Tripwire), property(Tripwire)]


@animal
def module_that_makes_what_is_asked() -> object:
    module = types.ModuleType("odd")
    traps = {"__getattr__": ringing("module getattr"), "__doc__": StrSub("x"), "__version__": Tripwire()}
    module.__dict__.update(traps)
    return module


@animal
def lazy_module() -> object:
    body: dict[str, Any] = {"__getattribute__": ringing("module attribute"), "__dir__": ringing("module dir")}
    return type("LazyModule", (types.ModuleType,), body)("odd")


@animal
def module_without_a_name() -> object:
    module = types.ModuleType("odd")
    module.__dict__.clear()
    return module


@animal
def error_with_traps() -> object:
    error: Any = type("Odd", (ValueError,), {"__str__": ringing("str"), "__repr__": ringing("repr")})
    return error(Tripwire(), StrSub("x"))


@animal
def errors_within_errors() -> object:
    group: Exception = ValueError("deep")
    for _ in range(300):
        group = ExceptionGroup("group", [group])
    return group


# ---- what runs, waits or is closed -----------------------------------------------------------------------------------


@animal
def generator() -> object:
    def count() -> Iterator[int]:
        Alarm.ring("generator")
        yield 1

    return count()


@animal
def async_generator() -> object:
    async def count() -> Any:
        Alarm.ring("async generator")
        yield 1

    return count()


@animal
def coroutine() -> object:
    async def wait() -> None:
        Alarm.ring("coroutine")

    found = wait()
    weakref.finalize(found, lambda: None)
    KEPT.append(found)
    return found


@animal
def iterators_over_a_trap() -> object:
    return [
        map(ringing("map"), [1]),
        filter(ringing("filter"), [1]),
        zip([1], [2], strict=True),
        iter(ringing("call"), 1),
    ]


@animal
def task_and_loop() -> object:
    loop = asyncio.new_event_loop()
    KEPT.append(loop)
    return [loop.create_future(), loop, asyncio.Queue(), asyncio.Lock(), loop.create_future().cancel]


@animal
def locks_and_threads() -> object:
    held = threading.Lock()
    held.acquire()
    waiting = threading.Thread(target=print, name="x\n## y")
    return [held, threading.RLock(), threading.Condition(), threading.Event(), waiting, threading.local()]


@animal
def held_lock() -> object:
    held = threading.Lock()
    held.acquire()
    return held


@animal
def closed_file() -> object:
    with pathlib.Path(__file__).open(encoding="utf-8") as file:
        return file


@animal
def file_over_a_trap() -> object:
    body = {name: ringing(name, name != "seekable") for name in ("readable", "writable", "seekable", "closed", "flush")}
    return io.TextIOWrapper(type("Odd", (io.RawIOBase,), body)())  # type: ignore[arg-type]


@animal
def detached_file() -> object:
    wrapper = io.TextIOWrapper(io.BytesIO())
    wrapper.detach()
    return wrapper


@animal
def closed_buffers() -> object:
    buffers = [io.StringIO(), io.BytesIO()]
    for buffer in buffers:
        buffer.close()
    return buffers[0]


@animal
def closed_socket() -> object:
    opened = socket.socket()
    opened.close()
    return opened


@animal
def released_memory() -> object:
    view = memoryview(b"abc")
    view.release()
    return view


@animal
def pointer_to_nowhere() -> object:
    return ctypes.cast(1, ctypes.POINTER(ctypes.c_int))


ANIMALS["text at no address"] = lambda: ctypes.c_char_p(1)
ANIMALS["object at no address"] = lambda: ctypes.py_object()
ANIMALS["array of pointers to nowhere"] = lambda: (ctypes.c_void_p * 3)(1, 2, 3)
ANIMALS["array of numbers"] = lambda: array.array("d", [1.5])
ANIMALS["path of a trap"] = lambda: pathlib.PurePosixPath("/a") / StrSub("b")
ANIMALS["match within a trap"] = lambda: re.search("x", StrSub("x"))
ANIMALS["pattern"] = lambda: re.compile("(a+)+$")
ANIMALS["list of lists of traps"] = lambda: ListSub([ListSub([Tripwire()])])
ANIMALS["code and frame"] = lambda: [animal.__code__, None]
