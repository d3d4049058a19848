"""Tables that are not computed, or not in memory: told by their schema, and by what their library knows anyway.

Nothing here reads a row, starts a job or sends a query. A module a library makes an ``Outline`` of its values; whatever
of it may need a file, a server or a user's function is asked for under a time limit. Imported when the first such
value is described; the libraries are looked up among the loaded modules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..outline import Outline
from ..sizes import lazy_library
from ..terms import Terms
from .of_dask import dask_outline
from .of_datasets import datasets_outline
from .of_duckdb import duckdb_outline
from .of_ibis import ibis_outline
from .of_polars import polars_outline
from .of_pyarrow import pyarrow_outline
from .of_pyspark import pyspark_outline
from .of_sqlalchemy import sqlalchemy_outline
from .of_xarray import xarray_outline

__all__ = ["outline_of"]

_OUTLINES: dict[str, Callable[[Any, Terms], Outline]] = {
    "dask": dask_outline,
    "dask_expr": dask_outline,
    "datasets": datasets_outline,
    "duckdb": duckdb_outline,
    "_duckdb": duckdb_outline,
    "ibis": ibis_outline,
    "polars": polars_outline,
    "pyarrow": pyarrow_outline,
    "pyspark": pyspark_outline,
    "sqlalchemy": sqlalchemy_outline,
    "xarray": xarray_outline,
}


def outline_of(value: Any, terms: Terms) -> Outline:
    """What is known of a lazy value of a known library."""
    return _OUTLINES[lazy_library(value)](value, terms)
