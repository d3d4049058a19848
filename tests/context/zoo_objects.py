"""Animals of the zoo that lie about themselves: objects, classes, metaclasses, proxies."""

from __future__ import annotations

import enum
import functools
import io
import threading
import time
import types
import weakref
from collections.abc import Callable
from typing import Any
from unittest import mock

from .zoo import ANIMALS, KEPT, Alarm, StrSub, TripMeta, Tripwire, animal, ringing

# ---- what an object says of itself -----------------------------------------------------------------------------------

_PROTOCOLS = [
    *(f"__array{name}__" for name in ("", "_interface", "_struct")),
    *(f"__arrow_c_{name}__" for name in ("array", "schema", "stream")),
    *(f"__narwhals_{name}__" for name in ("dataframe", "lazyframe", "series")),
    *(f"__{name}__" for name in ("cuda_array_interface", "dataframe", "dlpack", "sklearn_tags", "torch_function")),
    *(f"__{name}__" for name in ("sizeof", "dir", "fspath", "index", "length_hint", "missing", "getstate", "reduce")),
    *(f"__{name}__" for name in ("aiter", "anext", "rich_repr", "rich_console", "geo_interface", "set_name")),
    *(f"_repr_{name}_" for name in ("html", "pretty", "mimebundle", "markdown", "latex", "png", "svg", "json")),
    "_ipython_display_",
    "_ipython_key_completions_",
]


@animal
def speaks_every_protocol() -> object:
    return type("Polyglot", (), {name: ringing(name) for name in _PROTOCOLS})()


@animal
def repr_raises() -> object:
    def raise_error(self: object) -> str:
        Alarm.ring("repr")
        raise RuntimeError

    return type("Raising", (), {"__repr__": raise_error, "__str__": raise_error})()


@animal
def repr_hangs() -> object:
    def hang(self: object) -> str:
        while Alarm.armed:
            time.sleep(1)
        return "x"

    return type("Hanging", (), {"__repr__": hang, "__str__": hang, "__len__": hang, "__iter__": hang})()


@animal
def repr_prints() -> object:
    def shout(self: object) -> str:
        print("I was asked")
        return "x"

    return type("Printing", (), {"__repr__": shout, "__str__": shout, "__format__": lambda self, spec: shout(self)})()


@animal
def repr_of_a_gigabyte() -> object:
    return type("Large", (), {"__repr__": lambda self: "x" * 10**9})()


@animal
def properties_with_side_effects() -> object:
    names = ("shape", "columns", "dtype", "name", "size", "index", "values", "title", "url", "closed", "_repr_llm_")
    return type("Active", (), {name: property(ringing(name)) for name in names})()


@animal
def every_attribute() -> object:
    return type("Any", (), {"__getattr__": ringing("getattr"), "__getattribute__": ringing("getattribute")})()


@animal
def descriptors_that_exit() -> object:
    def leave(*_: object) -> object:
        raise SystemExit

    def interrupt(*_: object) -> object:
        raise KeyboardInterrupt

    exits = type("Exits", (), {"__get__": leave, "__set__": leave})
    interrupts = type("Interrupts", (), {"__get__": interrupt})
    return type("Trap", (), {"a": exits(), "b": interrupts(), "__doc__": exits(), "_repr_llm_": interrupts()})()


@animal
def window_that_may_only_be_touched_by_its_thread() -> object:
    owner = threading.get_ident()

    def touch(self: object, name: str) -> object:
        if threading.get_ident() != owner or Alarm.armed:
            Alarm.ring("window")
        return object.__getattribute__(self, name)

    return type("Window", (), {"__getattribute__": touch})()


# ---- what an object is -----------------------------------------------------------------------------------------------


def _liar(claimed: type) -> object:
    return type("Liar", (), {"__class__": property(lambda self: Alarm.ring("__class__") or claimed)})()


for _claimed in (str, dict, list, int, type, types.FunctionType, types.ModuleType, BaseException, enum.Enum):
    ANIMALS[f"says it is {_claimed.__name__}"] = functools.partial(_liar, _claimed)


def _impostor(path: str) -> object:
    module, _, name = path.rpartition(".")
    methods = {"__module__": module, "__len__": ringing("len"), "__getattr__": ringing("getattr")}
    return type(name, (), methods)()


for _path in (
    "pandas.DataFrame",
    "polars.LazyFrame",
    "numpy.ndarray",
    "sklearn.base.BaseEstimator",
    "sqlite3.Connection",
    "torch.Tensor",
    "plotly.graph_objs._figure.Figure",
    "matplotlib.figure.Figure",
    "requests.models.Response",
    "_asyncio.Task",
    "kimi_jupyter.x.Secret",
):
    ANIMALS[f"named {_path}"] = functools.partial(_impostor, _path)


@animal
def metaclass_with_its_own_answers() -> object:
    names = ("__name__", "__mro__", "__dict__", "__bases__", "__doc__", "__annotations__")
    body: dict[str, Any] = {name: property(ringing(f"metaclass {name}")) for name in names}
    body |= {name: ringing(name) for name in ("__instancecheck__", "__subclasscheck__", "__call__", "__repr__")}
    meta: Any = type("Meta", (type,), body)
    return type.__new__(meta, "Odd", (), {})


@animal
def metaclass_with_an_order_of_its_own() -> object:
    class Backwards(type):
        def mro(cls) -> list[type]:
            return [cls, dict, object] if Alarm.armed else type.mro(cls)

    return Backwards("Odd", (dict,), {})()


@animal
def class_with_odd_names() -> object:
    cls: Any = type("Odd", (), {})
    cls.__module__ = Tripwire()
    cls.__qualname__ = StrSub("Odd")
    return cls()


@animal
def class_whose_text_is_odd() -> object:
    return type("Odd", (), {"__doc__": StrSub("x"), "__annotations__": {"a": Tripwire(), "b": Tripwire}})


@animal
def class_that_trips() -> object:
    return TripMeta("Trap", (), {"field": Tripwire()})


@animal
def proxy() -> object:
    class LocalProxy:
        __slots__ = ("_found",)

        def __init__(self, found: Callable[[], object]) -> None:
            object.__setattr__(self, "_found", found)

        @property
        def __class__(self) -> type:  # type: ignore[override]
            Alarm.ring("proxy class")
            return dict

        def __getattr__(self, name: str) -> object:
            Alarm.ring(f"proxy {name}")
            return getattr(self._found(), name)

        __repr__ = __str__ = __len__ = __iter__ = __bool__ = __dir__ = ringing("proxy")  # type: ignore[assignment]

    return LocalProxy(ringing("proxied", {}))


@animal
def weak_proxy() -> object:
    KEPT.append(Tripwire())
    return weakref.proxy(KEPT[-1])


@animal
def weak_proxy_of_nothing() -> object:
    return weakref.proxy(type("Gone", (), {})())


@animal
def weak_reference() -> object:
    KEPT.append(Tripwire())
    return weakref.ref(KEPT[-1])


ANIMALS["mock"] = mock.Mock
ANIMALS["magic mock"] = mock.MagicMock
ANIMALS["mock of a type"] = lambda: mock.create_autospec(io.StringIO)
ANIMALS["sentinel"] = lambda: mock.sentinel.thing
