"""Anything that is no table, array or plain value, by what it is; an object of no known kind by its attributes.

The safe, short ``repr`` of the package: ``object of type Order: id=3, name="x"``. What is read is what the object
holds, never what it says of itself. Imports no data library.
"""

from __future__ import annotations

from typing import Any

from .attributes import attributes, enum_member, named_fields
from .containers import builtin_base, container_lines, gist, told
from .definitions import definition_lines
from .identity import class_name, loaded, mro
from .scalars import scalar
from .sizes import TABLES, shape_of
from .terms import Terms

__all__ = ["object_lines"]

_LAZY_BASES = ("polars.LazyFrame", "dask.dataframe.DataFrame", "xarray.Dataset", "xarray.DataArray")
_BASES = ("geopandas.GeoDataFrame", *TABLES, *_LAZY_BASES, "numpy.ndarray")
_SHORT = 100  # characters of attributes that stand in one line
_ATTRIBUTES = 30
_STRING = 200


def object_lines(value: Any, terms: Terms) -> list[str]:
    """The description of a value that is no table, array, exact container or plain value."""
    lines = definition_lines(value, terms)
    if lines is None:
        from .kinds import kind_lines  # a dozen modules that most questions don't need

        lines = kind_lines(value, terms)
    if lines is None:
        lines = _builtin_like(value, terms)
    return _other(value, terms) if lines is None else lines


def _builtin_like(value: Any, terms: Terms) -> list[str] | None:
    """A member of an enumeration, a named tuple, or an instance of a class that extends a builtin one."""
    member = enum_member(value)
    if member is not None:
        equals = f" = {told(member[1], terms)}" if terms.detail == "sample" else ""
        name = terms.plain(member[0], 120) if terms.detail == "sample" else class_name(type(value))
        return [f"member of an enumeration: {name}{equals}"]
    fields = named_fields(value)
    if fields is not None:
        return _with_fields(f"named tuple {class_name(type(value))}", fields, terms)
    if builtin_base(value) is not None:
        return container_lines(value, terms)
    plain = _plain(value)
    if plain is None:
        return None
    head = f"{class_name(type(value))}, a subclass of {class_name(type(plain))}"
    if type(plain) is str:
        head += f", {len(plain):,} characters"
    return [head if terms.detail != "sample" else f"{head}: {scalar(plain, terms, _STRING)}"]


def _plain(value: Any) -> Any:
    """The builtin value that an instance of a subclass is, made by the builtin's own slots."""
    for base in mro(type(value)):
        if base is str or base is bytes:
            return base.__getitem__(value, slice(None))
        if base is int or base is float:
            return base.__pos__(value)
    return None


def _other(value: Any, terms: Terms) -> list[str]:
    """A foreign value by its type, the library class it extends, its shape where one is known, and its attributes."""
    exact = type(value)
    said = f"object of type {class_name(exact)}"
    for path in _BASES:
        base = loaded(path)
        if exact is not base and any(one is base for one in mro(exact)):
            return [_sized(f"{said}, a subclass of {path}", value)]
    if exact is loaded("pandas.DataFrame"):
        return [_sized(f"{said} with row or column labels of a foreign class", value)]
    return _with_fields(_sized(said, value), attributes(value), terms)


def _sized(said: str, value: Any) -> str:
    size = shape_of(value)
    return f"{said}, {size}" if size else said


def _with_fields(said: str, fields: list[tuple[str, Any]], terms: Terms) -> list[str]:
    """Attributes behind what the value is if they are few and short, else one below the other."""
    public = [(name, held) for name, held in fields if not name.startswith("_")]
    private = sum(name.startswith("_") and not name.startswith("__") for name, _ in fields)
    if private:
        said += f", {private:,} private {'attribute' if private == 1 else 'attributes'}"
    if not public:
        return [said]
    if terms.detail != "sample":
        names = ", ".join(f"{terms.plain(name, 60)} {_type(held)}" for name, held in public[:_ATTRIBUTES])
        more = f", {len(public) - _ATTRIBUTES} more" if len(public) > _ATTRIBUTES else ""
        return [f"{said}: {names}{more}"]
    short = terms.screened(", ".join(f"{terms.plain(name, 60)}={gist(held, terms)}" for name, held in public[:8]))
    if len(public) <= 8 and len(short) <= _SHORT:
        return [f"{said}: {short}"]
    lines = [terms.screened(f"- {terms.plain(name, 60)}: {told(held, terms)}") for name, held in public[:_ATTRIBUTES]]
    more_lines = [f"… {len(public) - _ATTRIBUTES} more"] if len(public) > _ATTRIBUTES else []
    return [said, *lines, *more_lines]


def _type(value: object) -> str:
    """The type of an attribute, with its size if it is a table or array."""
    size = shape_of(value)
    name = class_name(type(value))
    return f"{name} ({size})" if size else name
