"""Functions, classes, modules, figures and anything else: what can be told of them without running their code.

Imports no data library.
"""

from __future__ import annotations

from types import BuiltinFunctionType, CodeType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from .containers import literal
from .identity import attribute_of_class, class_name, is_a, is_class, loaded, mro, type_name
from .scalars import scalar
from .sizes import TABLES, shape_of
from .terms import Terms

__all__ = ["object_lines"]

_DOC = 160
_LISTED = 30
_COLLECTED = 12  # axes of a figure that are told
_METHODS = (FunctionType, classmethod, staticmethod, property)
_VARARGS, _VARKEYWORDS = 0x04, 0x08  # flags of a code object (inspect.CO_VARARGS, CO_VARKEYWORDS)
_LAZY_BASES = ("polars.LazyFrame", "dask.dataframe.DataFrame", "xarray.Dataset", "xarray.DataArray")
_BASES = ("geopandas.GeoDataFrame", *TABLES, *_LAZY_BASES, "numpy.ndarray")


def object_lines(value: Any, terms: Terms) -> list[str]:
    """The description of a value that is no table, array, container or plain value."""
    exact = type(value)
    if exact is FunctionType:
        return [f"function {_signature(value, terms)}", *_doc(value.__doc__, terms)]
    if exact is MethodType and type(value.__func__) is FunctionType:
        function = value.__func__
        return [f"method {_signature(function, terms)} of {type_name(value.__self__)}", *_doc(function.__doc__, terms)]
    if exact is BuiltinFunctionType:
        return [f"builtin function {terms.plain(value.__name__, 80)}"]
    if exact is ModuleType:
        return _module(value, terms)
    if is_class(value):
        return _class(value, terms)
    if exact is GeneratorType:
        return [f"generator {terms.plain(value.__name__, 80)}, not consumed"]
    if is_a(value, "matplotlib.figure.Figure"):
        return _figure(value, terms)
    if is_a(value, "matplotlib.axes._axes.Axes"):
        return [f"matplotlib Axes{_axes(value, terms)}"]
    return [_other(value)]


def _other(value: Any) -> str:
    """A foreign value by its type, with the library class it extends and its shape where one is known."""
    exact = type(value)
    said = f"object of type {class_name(exact)}"
    for path in _BASES:
        base = loaded(path)
        if exact is not base and any(one is base for one in mro(exact)):
            said += f", a subclass of {path}"
            break
    else:
        if exact is loaded("pandas.DataFrame"):
            said += " with row or column labels of a foreign class"
    size = shape_of(value)
    return f"{said}, {size}" if size else said


def _signature(function: Any, terms: Terms) -> str:
    """A function's name and parameters from its code object; defaults only of plain types, annotations by name."""
    code: CodeType = function.__code__
    names = [terms.plain(name, 60) for name in code.co_varnames]
    positional, keyword = code.co_argcount, code.co_kwonlyargcount
    defaults = function.__defaults__ or ()
    given: dict[int, object] = dict(enumerate(defaults, positional - len(defaults)))
    parts = [_parameter(names[place], given.get(place, _signature), terms) for place in range(positional)]
    if 0 < code.co_posonlyargcount <= len(parts):
        parts.insert(code.co_posonlyargcount, "/")
    after = positional + keyword
    if code.co_flags & _VARARGS:
        parts.append(f"*{names[after]}")
        after += 1
    elif keyword:
        parts.append("*")
    by_name = function.__kwdefaults__ or {}
    parts += [
        _parameter(names[place], by_name.get(code.co_varnames[place], _signature), terms)
        for place in range(positional, positional + keyword)
    ]
    if code.co_flags & _VARKEYWORDS:
        parts.append(f"**{names[after]}")
    return f"{terms.plain(function.__name__, 80)}({', '.join(parts)})"


def _parameter(name: str, default: object, terms: Terms) -> str:
    if default is _signature:  # stands for: none
        return name
    return f"{name}={'…' if terms.detail == 'schema' else literal(default, terms, 30)}"


def _doc(text: object, terms: Terms) -> list[str]:
    """The first line of a docstring."""
    if type(text) is not str:
        return []
    first = text[:2000].strip().partition("\n")[0]
    return [f"doc: {terms.plain(first, _DOC)}"] if first else []


def _module(module: Any, terms: Terms) -> list[str]:
    namespace = vars(module)
    name, version = namespace.get("__name__"), namespace.get("__version__")
    said = f"module {terms.plain(name, 80)}" if type(name) is str else "module"
    if type(version) is str:
        said += f" {terms.plain(version, 30)}"
    return [said, *_doc(namespace.get("__doc__"), terms)]


def _class(cls: Any, terms: Terms) -> list[str]:
    bases = [class_name(base) for base in type.__dict__["__bases__"].__get__(cls) if base is not object]
    head = f"class {class_name(cls)}" + (f"({', '.join(bases)})" if bases else "")
    own = type.__dict__["__dict__"].__get__(cls)
    names = [name for name in list(own) if type(name) is str and not name.startswith("_")]
    methods = [terms.plain(name, 60) for name in names if any(type(own[name]) is kind for kind in _METHODS)]
    lines = [head, *_doc(attribute_of_class(cls, "__doc__") if "__doc__" in own else None, terms)]
    init = own.get("__init__")
    if type(init) is FunctionType:
        lines.append(f"made by {_signature(init, terms)}")
    if methods:
        more = f", {len(methods) - _LISTED} more" if len(methods) > _LISTED else ""
        lines.append(f"has {', '.join(methods[:_LISTED])}{more}")
    return lines


def _figure(figure: Any, terms: Terms) -> list[str]:
    axes = figure.get_axes()
    title = figure.get_suptitle() if hasattr(type(figure), "get_suptitle") else ""
    width, height = figure.get_size_inches().tolist()
    said = f"matplotlib Figure, {width:g} × {height:g} inches, {len(axes)} axes"
    if type(title) is str and title and terms.detail != "schema":
        said += f", title {terms.quoted(title, 80)}"
    told = [f"- axes{_axes(one, terms)}" for one in axes[:_COLLECTED] if is_a(one, "matplotlib.axes._axes.Axes")]
    return [said, *told]


def _axes(axes: Any, terms: Terms) -> str:
    """Title and axis labels as far as they are set."""
    if terms.detail == "schema":
        return ""
    texts = (("title", axes.get_title()), ("x", axes.get_xlabel()), ("y", axes.get_ylabel()))
    said = [f"{what} {scalar(text, terms, 80)}" for what, text in texts if type(text) is str and text]
    return f": {', '.join(said)}" if said else ""
