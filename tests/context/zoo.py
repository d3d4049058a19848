"""Values of bad character: each would betray itself if any of its code ran."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd


class Tripped(BaseException):
    """Some code of a tripwire ran; no ``except Exception`` may hide it."""


class Alarm:
    """Armed only while values are described, since pandas may look at them when a table is made."""

    armed = False
    rung: list[str] = []  # noqa: RUF012

    @classmethod
    def ring(cls, name: str) -> None:
        if cls.armed:
            cls.rung.append(name)
            raise Tripped(name)


#: What lives in the zoo beside the tables below, each made when it is wanted: some are large.
ANIMALS: dict[str, Callable[[], object]] = {}
#: Kept until the zoo is closed: what weak references lead to, loops and connections.
KEPT: list[Any] = []


def animal(make: Callable[[], object]) -> Callable[[], object]:
    """Put what this function makes into the zoo."""
    ANIMALS[make.__name__.replace("_", " ")] = make
    return make


def ringing(name: str, answer: object = "x") -> Callable[..., Any]:
    """A method that rings the alarm, and answers if that is not armed."""

    def method(*_: object, **__: object) -> object:
        Alarm.ring(name)
        return answer

    return method


_DUNDERS = [
    "repr",
    "str",
    "format",
    "bytes",
    "hash",
    "bool",
    "len",
    "iter",
    "next",
    "contains",
    "getitem",
    "setitem",
    "call",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "int",
    "float",
    "complex",
    "index",
    "add",
    "radd",
    "sub",
    "mul",
    "truediv",
    "neg",
    "abs",
    "enter",
    "exit",
    "await",
    "dir",
    "sizeof",
    "reduce",
    "reduce_ex",
    "copy",
    "deepcopy",
    "array",
    "array_ufunc",
    "array_function",
    "array_interface",
    "fspath",
    "instancecheck",
    "subclasscheck",
    "round",
    "trunc",
    "floor",
    "ceil",
]


def _tripping(name: str) -> Any:
    def method(*_: object, **__: object) -> Any:
        Alarm.ring(name)
        if name == "__hash__":
            return 7
        return NotImplemented if name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__") else "tripwire"

    return method


class TripMeta(type):
    """A metaclass that can't be asked anything."""

    def __getattribute__(cls, name: str) -> Any:
        Alarm.ring(f"metaclass {name}")
        return super().__getattribute__(name)

    def __repr__(cls) -> str:
        Alarm.ring("metaclass repr")
        return "Trip"

    def __hash__(cls) -> int:
        Alarm.ring("metaclass hash")
        return 7

    def __eq__(cls, other: object) -> bool:
        Alarm.ring("metaclass eq")
        return cls is other

    def __instancecheck__(cls, instance: object) -> bool:
        Alarm.ring("metaclass instancecheck")
        return False


def _getattribute(self: object, name: str) -> Any:
    Alarm.ring(f"attribute {name}")
    return object.__getattribute__(self, name)


Tripwire: Any = TripMeta(
    "Tripwire",
    (),
    {
        **{f"__{name}__": _tripping(f"__{name}__") for name in _DUNDERS if name not in ("sizeof", "dir")},
        "__getattribute__": _getattribute,
        "__len__": lambda self: Alarm.ring("len") or 1,
        "__iter__": lambda self: Alarm.ring("iter") or iter(()),
        "__bool__": lambda self: Alarm.ring("bool") or True,
    },
)
for _name in ("__array__", "__array_ufunc__", "__array_function__", "__array_interface__"):
    type.__delattr__(Tripwire, _name)


class Liar:
    """Says that it is a DataFrame."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        Alarm.ring("__class__")
        return pd.DataFrame


class Malicious(pd.DataFrame):
    """A DataFrame whose shape, columns and representation are the author's own."""

    @property
    def shape(self) -> tuple[int, int]:
        Alarm.ring("shape")
        return super().shape

    def __len__(self) -> int:
        Alarm.ring("len of frame")
        return super().__len__()

    def __repr__(self) -> str:
        Alarm.ring("repr of frame")
        return "x"


class ForeignIndex(pd.Index):
    """An index with a length of its own."""

    def __len__(self) -> int:
        Alarm.ring("len of index")
        return super().__len__()


class StrSub(str):
    __slots__ = ()

    def __str__(self) -> str:
        Alarm.ring("str of str")
        return "x"

    def __hash__(self) -> int:
        Alarm.ring("hash of str")
        return 3

    def __eq__(self, other: object) -> bool:
        Alarm.ring("eq of str")
        return False

    def __len__(self) -> int:
        Alarm.ring("len of str")
        return 1


class FloatSub(float):
    def __ne__(self, other: object) -> bool:
        Alarm.ring("ne of float")
        return True

    def __float__(self) -> float:
        Alarm.ring("float of float")
        return 1.0


class DictSub(dict):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[Any]:
        Alarm.ring("iter of dict")
        return super().__iter__()

    def items(self) -> Any:
        Alarm.ring("items of dict")
        return super().items()


class ListSub(list):  # type: ignore[type-arg]
    def __len__(self) -> int:
        Alarm.ring("len of list")
        return 10**18


class ArraySub(np.ndarray):  # type: ignore[type-arg]
    def __repr__(self) -> str:
        Alarm.ring("repr of array")
        return "x"

    def __getitem__(self, item: object) -> Any:
        Alarm.ring("getitem of array")
        return super().__getitem__(item)  # type: ignore[index]


def objects(*values: object) -> Any:
    """A numpy array of these objects, made without asking them anything."""
    array = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        array[place] = value
    return array


def frame_with_labels(*labels: object) -> pd.DataFrame:
    frame = pd.DataFrame(np.arange(3 * len(labels)).reshape(3, len(labels)))
    frame.columns = pd.Index(objects(*labels), dtype=object)
    return frame


def zoo() -> dict[str, object]:
    """The animals by name. A generator counts its own steps."""
    trip = Tripwire()
    attrs = pd.DataFrame({"a": [1]})
    attrs.attrs["trip"] = trip
    indexed = pd.DataFrame({"a": [1, 2]})
    indexed.index = pd.Index(objects(trip, trip), dtype=object)
    foreign = pd.DataFrame({"a": [1, 2]})
    foreign.index = pd.Index([5, 6], dtype=object).view(ForeignIndex)
    named = pd.Series([1, 2])
    named.index.name = trip
    return {
        "itself": trip,
        "its class": Tripwire,
        "liar": Liar(),
        "frame subclass": Malicious({"a": [1, 2]}),
        "cell": pd.DataFrame({"a": objects(trip, None, 3), "b": [1, 2, 3]}),
        "all cells": pd.DataFrame({"a": objects(*[trip] * 9000)}),
        "str subclass cells": pd.DataFrame({"a": objects(StrSub("x"), "y", StrSub("z"))}),
        "float subclass cells": pd.DataFrame({"a": objects(FloatSub(1), 2.0, FloatSub("nan"))}),
        "labels": frame_with_labels(trip, "b", StrSub("c")),
        "index": indexed,
        "foreign index": foreign,
        "index name": named,
        "attrs": attrs,
        "categories": pd.Series(pd.Categorical.from_codes([0, 1, 0], categories=pd.Index(objects("a", 4)))),
        "list": [trip, 1, [trip]],
        "dict": {"a": trip, StrSub("k"): 2},
        "dict subclass": DictSub(a=1),
        "list subclass": ListSub([1, 2]),
        "str subclass": StrSub("x"),
        "array subclass": np.arange(3).view(ArraySub),
        "object array": objects(trip, trip),
        "default": lambda x=trip, *, y=trip: None,
        "method": _Bound(trip).method,
    }


class _Bound:
    def __init__(self, held: object) -> None:
        self.held = held

    def method(self, a: int = 3) -> None:
        """Do nothing."""
