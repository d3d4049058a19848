"""Kimi K2 Thinking inside Jupyter: it sees your data, thinks aloud beside the output, and runs code once you say yes.

``%load_ext kimi_jupyter`` brings the magics; :func:`ask` and :class:`Session` ask from a script. Names are looked up
when they are used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ._version import __version__

if TYPE_CHECKING:
    from .api import Answer, Edit, Session, aask, ask
    from .errors import KimiError

__all__ = [
    "Answer",
    "Edit",
    "KimiError",
    "Session",
    "__version__",
    "aask",
    "ask",
    "load_ipython_extension",
    "tool",
    "unload_ipython_extension",
]

#: Where the names are that are looked up when they are used.
_HOMES = dict.fromkeys(("Answer", "Edit", "Session", "aask", "ask"), "api") | {"KimiError": "errors"}

F = TypeVar("F", bound=Callable[..., Any])


def load_ipython_extension(ipython: Any) -> None:
    """``%load_ext kimi_jupyter``: bring ``%%kimi`` and ``%kimi`` into a shell."""
    from .kernel.extension import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """``%unload_ext kimi_jupyter``."""
    from .kernel.extension import unload

    unload(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the built extension."""
    return [{"src": "labextension", "dest": "kimi-jupyter"}]


@overload
def tool(function: F) -> F: ...
@overload
def tool(*, name: str | None = None, read_only: bool = False) -> Callable[[F], F]: ...
def tool(function: Any = None, *, name: str | None = None, read_only: bool = False) -> Any:
    """Give the model a function of your own, in this kernel and in each :class:`Session` of this process.

    Its schema comes from the signature and the docstring. It runs on the thread that asks, once you allow the call.

    Parameters
    ----------
    function
        The function; it stays as it is. May be ``async``.
    name
        The name the model sees; the function's own if not given. 3 to 64 letters, digits, ``_`` or ``-``.
    read_only
        The function changes nothing, so the model may call it without asking.

    Raises
    ------
    SettingsError
        No schema can be made of the signature; the message says what to change.

    Examples
    --------
    >>> from kimi_jupyter import tool
    >>> @tool(read_only=True)
    ... def exchange_rate(currency: str) -> float:
    ...     "US dollars for one unit of a currency, by its three-letter code."
    ...     return {"EUR": 1.1, "CHF": 1.2}[currency]
    """

    def declare(function: F) -> F:
        from .agent.tools import tool_from_function
        from .kernel.declared import declare as declare_tool

        declare_tool(tool_from_function(function, name=name, gated=not read_only), function)
        return function

    return declare if function is None else declare(function)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
