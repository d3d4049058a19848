"""Values of known kinds that are no tables: each module knows those of one library, or of Python itself.

A module takes a value whose class is really its library's own, reads what the object holds, and gives lines, or
``None`` for what it doesn't know. No library is imported, no method of a user's class called. Imported when the first
value is described that is no table, container or plain value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..identity import library_of
from ..terms import Terms
from .of_altair import altair_lines
from .of_connections import connection_lines
from .of_estimators import estimator_lines
from .of_matplotlib import matplotlib_lines
from .of_numpy import numpy_lines
from .of_others import image_lines, notebook_lines, response_lines
from .of_plotly import plotly_lines
from .of_python import python_lines
from .of_sqlite import sqlite_lines
from .of_torch import is_module, module_lines, torch_lines

__all__ = ["kind_lines"]

_Lines = Callable[[Any, Terms], list[str] | None]
_LIBRARIES: dict[str, _Lines] = {
    "PIL": image_lines,
    "_duckdb": connection_lines,
    "altair": altair_lines,
    "duckdb": connection_lines,
    "httpx": response_lines,
    "lightgbm": estimator_lines,
    "matplotlib": matplotlib_lines,
    "mpl_toolkits": matplotlib_lines,
    "mysql": connection_lines,
    "nbformat": notebook_lines,
    "numpy": numpy_lines,
    "plotly": plotly_lines,
    "psycopg": connection_lines,
    "psycopg2": connection_lines,
    "pymysql": connection_lines,
    "requests": response_lines,
    "sklearn": estimator_lines,
    "sqlalchemy": connection_lines,
    "sqlite3": sqlite_lines,
    "statsmodels": estimator_lines,
    "torch": torch_lines,
    "xgboost": estimator_lines,
}


def kind_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a value of a known kind, ``None`` for any other."""
    known = _LIBRARIES.get(library_of(value))
    lines = known(value, terms) if known is not None else None
    if lines is None and is_module(value):  # most are of the user's own class
        return module_lines(value, terms)
    return python_lines(value, terms) if lines is None else lines
