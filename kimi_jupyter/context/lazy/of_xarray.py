"""xarray's datasets and arrays: dimensions, variables, units, and facts of what is in memory; no file is read."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..facts import Facts, Study
from ..identity import is_a
from ..numbers import memory
from ..numeric import array_facts, numpy
from ..outline import Field, Outline
from ..sizes import counted, is_plain_index
from ..terms import Terms

__all__ = ["xarray_outline"]

_NUMBERS = "biufmM"
_ABOUT = ("long_name", "standard_name", "units")
_TEXT = 60


def xarray_outline(value: Any, terms: Terms) -> Outline:
    """What is known of a ``Dataset`` or a ``DataArray``."""
    whole = is_a(value, "xarray.Dataset")
    variables = [(name, variable, "coordinate, ") for name, variable in value.coords.variables.items()]
    if whole:
        variables += [(name, variable, "") for name, variable in value.data_vars.variables.items()]
    else:
        variables.append((value.name if value.name is not None else "values", value.variable, ""))
    sizes = ", ".join(f"{terms.quoted(str(name), 40)} {size:,}" for name, size in value.sizes.items())
    said = [f"dimensions {sizes}" if sizes else "no dimensions", memory(int(value.nbytes))]
    if unread := sum(_array(variable) is None for _, variable, _ in variables):
        said.append(f"{counted(unread, 'variable')} not in memory")
    fields = [
        Field(name, kind + _type(variable, terms), partial(_facts, variable, terms))
        for name, variable, kind in variables
    ]
    return Outline("xarray.Dataset" if whole else "xarray.DataArray", fields, said=tuple(said), single=True)


def _type(variable: Any, terms: Terms) -> str:
    """Type, dimensions and units of a variable."""
    told = [terms.plain(str(variable.dtype), 30)]
    if variable.dims:
        told.append("by " + " × ".join(terms.plain(str(name), 40) for name in variable.dims))
    attributes = variable.attrs
    for name in _ABOUT:
        text = attributes.get(name) if type(attributes) is dict else None
        if type(text) is str and text:
            told.append(f"{name.replace('_', ' ')} {terms.plain(text, _TEXT)}")
    return ", ".join(told)


def _array(variable: Any) -> Any:
    """The variable's numbers if they are in memory: its ``data`` would read the file, so the slot below it is asked."""
    data: Any = getattr(variable, "_data", None)
    if is_a(data, "xarray.core.indexing.PandasIndexingAdapter"):
        return data.array.to_numpy() if is_plain_index(data.array) else None
    return data if is_a(data, "numpy.ndarray") else None


def _facts(variable: Any, terms: Terms) -> Facts:
    array = _array(variable)
    if array is None or numpy() is None or array.dtype.kind not in _NUMBERS or not array.size:
        return Facts(0)
    if not (array.flags.c_contiguous or array.flags.f_contiguous):
        return Facts(0)
    return array_facts(array.ravel(order="K"), Study(int(array.size), 1, terms))
