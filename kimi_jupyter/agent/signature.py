"""A Python function as a tool takes it: its parameters as JSON schema, and a way to call it with JSON arguments.

Everything is read once, from the signature, the type hints and the docstring. Imports neither a data library nor
IPython.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..chat.schema import normalise
from ..errors import SettingsError
from .docstring import parse
from .hints import Hints, Kind, convert, default_of

__all__ = ["Signature", "read_signature"]


class Signature(NamedTuple):
    """A function as a tool takes it.

    Attributes
    ----------
    description
        The docstring's prose, ``""`` if there is none.
    parameters
        The normalised schema.
    call
        Takes valid arguments by name and calls the function; returns what that returns, which for an async function is
        to be awaited.
    """

    description: str
    parameters: dict[str, Any]
    call: Callable[..., Any]


def read_signature(function: Callable[..., Any]) -> Signature:
    """Read a function.

    Parameters
    ----------
    function
        Any callable whose parameters can be given by name, async or not.

    Raises
    ------
    SettingsError
        A parameter can't be given by name, or its type can't be written as JSON; the message says what to change.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise SettingsError("its parameters can't be read; wrap it in a function of your own.") from None
    parameters = signature.parameters.values()
    for parameter in parameters:
        _check(parameter)
    owner, text = _defined_by(function)
    hints, reader, docstring = _hints(owner), Hints(), parse(text)
    kinds = {one.name: reader.kind(_hint(one, hints), one.name) for one in parameters}
    # Where None may be given, null is what the model leaves out (see chat.schema): such a parameter is never required.
    optional = {one.name for one in parameters if one.default is not one.empty or kinds[one.name].nullable}
    schema = normalise(
        {
            "type": "object",
            "properties": {
                one.name: _schema(kinds[one.name], docstring.parameters.get(one.name), default_of(one.default))
                for one in parameters
            },
            "required": [one.name for one in parameters if one.name not in optional],
            "additionalProperties": False,
        }
    )
    absent = {one.name: None for one in parameters if one.default is one.empty and one.name in optional}
    return Signature(docstring.prose, schema, _caller(function, kinds, absent))


def _check(parameter: inspect.Parameter) -> None:
    name = parameter.name
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
        raise SettingsError(f"a model can't fill {stars}{name}; name each parameter, or take one list or dict.")
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise SettingsError(f"a model gives arguments by name, but {name!r} is positional-only; remove the '/'.")


def _defined_by(function: Any) -> tuple[Any, str | None]:
    """The function that holds the hints of a callable, and the docstring that tells of it."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isclass(function):
        return inspect.getattr_static(function, "__init__"), function.__doc__
    if inspect.isroutine(function):
        return function, function.__doc__
    call = type(function).__call__
    return call, call.__doc__ or type(function).__doc__


def _hints(owner: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(owner, include_extras=True)
    except NameError as error:
        raise SettingsError(f"a type hint names {error.name!r}, which is not defined; import it first.") from None
    except (TypeError, SyntaxError, AttributeError) as error:
        raise SettingsError(f"its type hints can't be read ({error}); write them as plain types.") from None


def _hint(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Any:
    if parameter.name in hints:
        return hints[parameter.name]
    return type(parameter.default) if type(parameter.default) in (str, bool, int, float) else Any


def _schema(kind: Kind, description: str | None, default: Any) -> dict[str, Any]:
    own = kind.schema.get("description")
    told = {"description": f"{description} ({own})" if description and own else description, "default": default}
    return kind.schema | {key: value for key, value in told.items() if value is not None}


def _caller(function: Callable[..., Any], kinds: Mapping[str, Kind], absent: Mapping[str, None]) -> Callable[..., Any]:
    if not absent and not any(kind.make for kind in kinds.values()):
        return function

    @functools.wraps(function, updated=())
    def call(**arguments: Any) -> Any:
        return function(**{**absent, **{name: convert(kinds[name], value) for name, value in arguments.items()}})

    return call
