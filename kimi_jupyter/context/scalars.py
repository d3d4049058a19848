"""One value in a few characters, if its exact type is known to be harmless.

Everything else is its type's name: a subclass of ``str`` may have a ``__str__`` of its own. This is the allowlist of
hazards §2.10. Imports no data library; numpy's and pandas' types are known only once they are loaded.
"""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import re
import uuid
from collections.abc import Callable
from types import NoneType
from typing import Any
from zoneinfo import ZoneInfo

from .identity import is_a, loaded, type_name
from .numbers import integer, number
from .terms import Terms

__all__ = ["is_missing", "safe_zone", "scalar"]

_LIMIT = 60
_INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64")
_OTHERS = ("float64", "bool", "bool_", "float32", "float16", "complex128", "complex64", "str_", "bytes_")
_NUMPY = tuple(f"numpy.{name}" for name in (*_INTEGERS, *_OTHERS))
_PANDAS_LIKE_DATES = ("pandas.Timestamp",)
_PRINTABLE = ("pandas.Timedelta", "pandas.Period", "pandas.Interval", "numpy.timedelta64")
_NOTHING_AFTER = re.compile(r"T00:00(:00(\.0+)?)?$|\.0+$")


def _bounds(value: Any) -> tuple[int, ...]:
    """What a range is made of; ``repr`` raises where they are huge."""
    ends = value.start, value.stop
    return ends if value.step == 1 else (*ends, value.step)


_SHOWN: dict[int, Callable[[Any], str]] = {
    id(NoneType): repr,
    id(bool): repr,
    id(int): integer,
    id(float): number,
    id(decimal.Decimal): str,
    id(fractions.Fraction): lambda value: "/".join(map(integer, value.as_integer_ratio())).removesuffix("/1"),
    id(uuid.UUID): str,
    id(dt.date): str,
    id(dt.timedelta): str,
    id(type(...)): repr,
    id(range): lambda value: f"range({', '.join(map(integer, _bounds(value)))})",
}


def scalar(value: object, terms: Terms, limit: int = _LIMIT) -> str | None:
    """The value as a short literal, or ``None`` if its type is not on the allowlist.

    Parameters
    ----------
    value
        Anything.
    terms
        What is hidden.
    limit
        Characters; longer ones are cut.
    """
    exact = type(value)
    if exact is str:
        return terms.quoted(value, limit)  # type: ignore[arg-type]
    shown = _SHOWN.get(id(exact))
    if shown is not None:
        return shown(value)[:limit]
    if exact is dt.datetime or exact is dt.time or is_a(value, *_PANDAS_LIKE_DATES):
        return _moment(value)
    if exact is bytes or exact is bytearray:
        return f"{bytes(value[: limit // 4])!r}{'…' if len(value) > limit // 4 else ''}"  # type: ignore[index, arg-type]
    if exact is complex:
        return f"{number(value.real)}{'-' if value.imag < 0 else '+'}{number(abs(value.imag))}j"  # type: ignore[attr-defined]
    return _of_a_library(value, exact, terms, limit)


def is_missing(value: object) -> bool:
    """Whether the value stands for a missing one: None, NaN, NaT, NA. Runs no ``__eq__``."""
    exact = type(value)
    if value is None:
        return True
    if exact is float:
        return value != value
    if exact is decimal.Decimal:
        return value.is_nan()  # type: ignore[attr-defined, no-any-return]
    if exact is str or id(exact) in _SHOWN:
        return False
    if is_a(value, "numpy.float64", "numpy.float32", "numpy.datetime64", "numpy.timedelta64"):
        return bool(value != value)
    return value is loaded("pandas.NA") or value is loaded("pandas.NaT")


def safe_zone(zone: object) -> bool:
    """Whether a time zone is of a library, so that asking it for an offset runs nobody else's code."""
    return zone is None or type(zone) in _ZONES or type_name(zone).startswith(("pytz.", "dateutil.tz."))


_ZONES = (dt.timezone, ZoneInfo)


def _moment(value: Any) -> str:
    zone = value.tzinfo
    if not safe_zone(zone):
        return f"{value.replace(tzinfo=None).isoformat()} ({type_name(zone)})"
    text = str(value.isoformat())
    return (_NOTHING_AFTER.sub("", text) if zone is None else text).replace("T", " ")


def _of_a_library(value: Any, exact: type, terms: Terms, limit: int) -> str | None:
    if value is loaded("pandas.NA"):
        return "NA"
    if value is loaded("pandas.NaT"):
        return "NaT"
    if is_a(value, *_NUMPY):
        return scalar(value.item(), terms, limit)
    if exact is loaded("numpy.datetime64"):
        return _NOTHING_AFTER.sub("", str(value)).replace("T", " ")
    return str(value)[:limit] if is_a(value, *_PRINTABLE) else None
