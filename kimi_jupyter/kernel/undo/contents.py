"""What a value holds, kept so that it can be put back into the value itself.

Into the value, not into a copy of it: so other names for it, views of it and containers that hold it see what was put
back too. No code of the user's runs: only exact types are kept, plain objects by their ``__dict__``, and a dict's keys
must be plain. Imports no data library; a value can only be of one that is loaded.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import logging
import pathlib
import types
import uuid
from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol, TypeVar

from ...context.identity import attribute_of_class, is_a, is_class, loaded, mro
from .pandas_contents import CopyOnWrite, Written, equal, is_pandas

__all__ = ["Content", "Depth", "asked", "children", "content_of", "extent", "is_fixed"]

T = TypeVar("T")

log = logging.getLogger("kimi_jupyter")

_FIXED_TYPES = frozenset(
    {
        *(int, float, complex, bool, str, bytes, type(None), type(...), range, slice, type(NotImplemented)),
        *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone),
        *(decimal.Decimal, fractions.Fraction, uuid.UUID),
        *(pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath),
    }
)
#: Of these only what a name is bound to is put back.
_BY_REFERENCE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_FIXED_PATHS = (
    *(f"pandas.{name}" for name in ("Timestamp", "Timedelta", "Period", "Interval", "NaT", "Index", "RangeIndex")),
    *(
        f"pandas.{name}"
        for name in ("MultiIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "CategoricalIndex")
    ),
    *(f"polars.{name}" for name in ("LazyFrame", "Expr")),
    *(f"pyarrow.{name}" for name in ("Table", "RecordBatch", "ChunkedArray", "Schema")),
)
_SEQUENCES = (list, collections.deque, bytearray)
_MAPPINGS = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)
#: Values inside a value that are kept.
_INNER = 3_000


class Content(Protocol):
    """What a value held.

    Attributes
    ----------
    size
        Bytes that keeping it takes.
    """

    size: int

    def same(self, value: Any) -> bool:
        """Whether the value holds this still."""
        ...

    def put(self, value: Any) -> Any:
        """Put this back into the value; returns the value, or what must stand in its place."""
        ...


class Depth:
    """How many values inside a value may still be looked at.

    Attributes
    ----------
    left
        So many.
    exceeded
        Whether there were more.
    """

    def __init__(self) -> None:
        self.left = _INNER
        self.exceeded = False


def asked(question: Callable[[Any], T], value: object) -> T | None:
    """What a value's library says of it; ``None`` where it fails: a run never fails for Undo."""
    try:
        return question(value)
    except Exception:  # the border to the libraries of the user's values
        log.exception("asking %s about a value", question)
        return None


def is_fixed(value: object) -> bool:
    """Whether nothing of a value can change, or nothing of it that is put back."""
    kind = type(value)
    if kind in _FIXED_TYPES or kind in _BY_REFERENCE or is_class(value):
        return True
    if kind in (tuple, frozenset):
        return False
    return is_a(value, *_FIXED_PATHS) or any(base is loaded("numpy.generic") for base in mro(kind))


def children(value: object, depth: Depth) -> list[object]:
    """The values inside a value that may be changed in place; none where there are too many."""
    kind = type(value)
    held: Collection[object] = ()
    if kind in (list, tuple, frozenset, collections.deque):
        held = value  # type: ignore[assignment]
    elif kind in _MAPPINGS:
        held = value.values()  # type: ignore[attr-defined]
    elif is_a(value, "numpy.ndarray"):
        held = value.ravel().tolist() if value.dtype.hasobject and value.size <= depth.left else ()  # type: ignore[attr-defined]
    elif _is_plain_object(value):
        held = object.__getattribute__(value, "__dict__").values()
    if not held or set(map(type, held)) <= _FIXED_TYPES:
        return []
    if len(held) > depth.left:
        depth.exceeded = True
        return []
    depth.left -= len(held)
    return list(held)


def content_of(value: Any) -> tuple[type[Any], int] | None:
    """How a value is kept and what that takes in bytes; ``None`` if it can't be."""
    kind = type(value)
    if kind in _SEQUENCES:
        return _Sequence, len(value) if kind is bytearray else 8 * len(value)
    if kind in _MAPPINGS:
        return (_Mapping, 100 * len(value)) if _has_plain_keys(value) else None
    if kind is set:
        return (_Set, 60 * len(value)) if _has_plain_keys(value) else None
    if is_a(value, "numpy.ndarray"):
        return _Array, int(value.nbytes)
    if is_pandas(value):
        return CopyOnWrite.weigh(value) or Written.weigh(value)
    if is_a(value, "polars.DataFrame", "polars.Series"):
        return _Polars, 0
    if _is_plain_object(value):
        return _Object, 100 * len(object.__getattribute__(value, "__dict__"))
    return None


def extent(value: Any) -> int:
    """Bytes that a value takes, other than what it merely refers to; of what can't be kept 0."""
    if is_pandas(value):
        return sum(int(array.nbytes) for array in value._mgr.arrays)
    if is_a(value, "polars.DataFrame", "polars.Series"):
        return int(value.estimated_size())
    found = content_of(value)
    return found[1] if found else 0


def _has_plain_keys(value: Iterable[object]) -> bool:
    """Whether keys are of types whose ``__eq__`` and ``__hash__`` are Python's own."""
    return set(map(type, value)) <= _FIXED_TYPES or all(map(_is_plain_key, value))


def _is_plain_key(key: object) -> bool:
    if type(key) in (tuple, frozenset):
        return all(_is_plain_key(part) for part in key)  # type: ignore[attr-defined]
    return type(key) is type or (is_fixed(key) and not is_class(key))


def _is_plain_object(value: object) -> bool:
    """Whether all of an object is in its ``__dict__``, and its class is the user's own."""
    kind = type(value)
    if kind is types.SimpleNamespace:
        return True
    for base in mro(kind):
        if base is object:
            continue
        module = type.__dict__["__module__"].__get__(base)
        if module != "__main__" or "__slots__" in type.__dict__["__dict__"].__get__(base):
            return False
    return kind is not object and type(attribute_of_class(kind, "__dict__")) is types.GetSetDescriptorType


class _Sequence:
    def __init__(self, value: Any) -> None:
        self._held = value[:] if type(value) is bytearray else list(value)
        self.size = len(self._held) if type(value) is bytearray else 8 * len(self._held)

    def same(self, value: Any) -> bool:
        return len(value) == len(self._held) and all(map(_is, value, self._held))

    def put(self, value: Any) -> Any:
        if type(value) is collections.deque:
            value.clear()
            value.extend(self._held)
        else:
            value[:] = self._held
        return value


class _Mapping:
    def __init__(self, value: Any) -> None:
        self._held = dict(value)
        self.size = 100 * len(self._held)

    def same(self, value: Any) -> bool:
        if len(value) != len(self._held) or not _has_plain_keys(value):
            return False
        return all(map(_is, value, self._held)) and all(map(_is, value.values(), self._held.values()))

    def put(self, value: Any) -> Any:
        value.clear()
        dict.update(value, self._held)
        return value


class _Set:
    def __init__(self, value: Any) -> None:
        self._held = frozenset(value)
        self.size = 60 * len(self._held)

    def same(self, value: Any) -> bool:
        return len(value) == len(self._held) and _has_plain_keys(value) and all(key in self._held for key in value)

    def put(self, value: Any) -> Any:
        value.clear()
        value.update(self._held)
        return value


class _Object(_Mapping):
    """A plain object, by the dict its attributes are in."""

    def __init__(self, value: Any) -> None:
        super().__init__(object.__getattribute__(value, "__dict__"))

    def same(self, value: Any) -> bool:
        return super().same(object.__getattribute__(value, "__dict__"))

    def put(self, value: Any) -> Any:
        super().put(object.__getattribute__(value, "__dict__"))
        return value


class _Array:
    """A numpy array: its memory is written back, so that views of it see it too."""

    def __init__(self, value: Any) -> None:
        self._held = value.copy(order="K")
        self.size = int(value.nbytes)

    def same(self, value: Any) -> bool:
        if value.shape != self._held.shape or value.dtype != self._held.dtype:
            return False
        return equal(value, self._held)

    def put(self, value: Any) -> Any:
        if value.shape != self._held.shape or value.dtype != self._held.dtype or not value.flags.writeable:
            return self._held
        value[...] = self._held
        return value


class _Polars:
    """A polars table or column: its buffers never change, only what it holds of them."""

    def __init__(self, value: Any) -> None:
        self._held = value.clone()
        self.size = 0

    def same(self, value: Any) -> bool:
        if type(value).__name__ == "Series":
            return bool(value.name == self._held.name and value.dtype == self._held.dtype and value.equals(self._held))
        return bool(value.schema == self._held.schema and value.equals(self._held))

    def put(self, value: Any) -> Any:
        inner = "_s" if type(value).__name__ == "Series" else "_df"
        if not hasattr(value, inner):  # another version of polars
            return self._held
        setattr(value, inner, getattr(self._held, inner))
        return value


def _is(one: object, other: object) -> bool:
    return one is other
