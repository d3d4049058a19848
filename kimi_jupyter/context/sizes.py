"""Which values are tables and arrays, and how large they are, without looking at anything they hold.

Only exact types of loaded libraries count: a subclass may have a ``shape`` of its own (hazards RO-07). Imports no data
library.
"""

from __future__ import annotations

from typing import Any

from .identity import class_name, is_a, library_of, loaded, mro

__all__ = ["NARWHALS", "TABLES", "counted", "dimensions", "is_plain_index", "is_table", "lazy_library", "shape_of"]

#: Eager tables that are read through narwhals.
NARWHALS = (
    "polars.DataFrame",
    "polars.Series",
    "modin.pandas.DataFrame",
    "modin.pandas.Series",
    "cudf.DataFrame",
    "cudf.Series",
)
TABLES = (
    "pandas.DataFrame",
    "pandas.Series",
    "pyarrow.Table",
    "pyarrow.RecordBatch",
    "pyarrow.ChunkedArray",
    "geopandas.GeoDataFrame",
    "geopandas.GeoSeries",
    *NARWHALS,
)
#: What is not computed, or not in memory, by the library it belongs to; ``lazy`` has a module for each.
_LAZY: dict[str, tuple[str, ...]] = {
    "_duckdb": ("_duckdb.DuckDBPyRelation",),  # before DuckDB 2
    "dask": (
        "dask.array.Array",
        "dask.bag.Bag",
        "dask.dataframe.DataFrame",
        "dask.dataframe.Index",
        "dask.dataframe.Scalar",
        "dask.dataframe.Series",
        "dask.delayed.Delayed",
        "dask.delayed.DelayedAttr",
        "dask.delayed.DelayedLeaf",
    ),
    "dask_expr": ("dask_expr.DataFrame", "dask_expr.Index", "dask_expr.Scalar", "dask_expr.Series"),  # before dask 2025
    "datasets": (
        "datasets.Dataset",
        "datasets.DatasetDict",
        "datasets.IterableDataset",
        "datasets.IterableDatasetDict",
    ),
    "duckdb": ("duckdb.DuckDBPyRelation",),
    "polars": ("polars.LazyFrame", "polars.Expr"),
    "pyarrow": (
        "pyarrow.RecordBatchReader",
        "pyarrow.dataset.FileSystemDataset",
        "pyarrow.dataset.InMemoryDataset",
        "pyarrow.dataset.Scanner",
        "pyarrow.dataset.UnionDataset",
        "pyarrow.parquet.ParquetDataset",
        "pyarrow.parquet.ParquetFile",
    ),
    "pyspark": (
        "pyspark.core.rdd.RDD",
        "pyspark.pandas.frame.DataFrame",
        "pyspark.pandas.series.Series",
        "pyspark.rdd.RDD",
        "pyspark.sql.classic.column.Column",
        "pyspark.sql.classic.dataframe.DataFrame",
        "pyspark.sql.column.Column",  # before Spark 4
        "pyspark.sql.connect.column.Column",
        "pyspark.sql.connect.dataframe.DataFrame",
        "pyspark.sql.dataframe.DataFrame",  # before Spark 4
    ),
    "sqlalchemy": (
        "sqlalchemy.Alias",
        "sqlalchemy.CTE",
        "sqlalchemy.Column",
        "sqlalchemy.CompoundSelect",
        "sqlalchemy.MetaData",
        "sqlalchemy.Select",
        "sqlalchemy.Subquery",
        "sqlalchemy.Table",
    ),
    "xarray": ("xarray.DataArray", "xarray.Dataset"),
}
#: Classes whose library-made subclasses are lazy too, since each kind of column has a class of its own.
_LAZY_BASES: dict[str, tuple[str, ...]] = {"ibis": ("ibis.expr.types.core.Expr",)}
_INDEXES = (
    "pandas.RangeIndex",
    "pandas.Index",
    "pandas.DatetimeIndex",
    "pandas.MultiIndex",
    "pandas.TimedeltaIndex",
    "pandas.PeriodIndex",
    "pandas.IntervalIndex",
    "pandas.CategoricalIndex",
)


def is_table(value: object) -> bool:
    """Whether the value is a table, a column, a lazy table or an array that is described by its contents or schema."""
    return is_a(value, *TABLES, "numpy.ndarray", "numpy.memmap") or lazy_library(value) != ""


def lazy_library(value: object) -> str:
    """The library whose lazy table, column or the like this is: ``dask``; ``""`` if it is none."""
    exact = type(value)
    library = class_name(exact).partition(".")[0]
    if library in _LAZY and is_a(value, *_LAZY[library]):
        return library
    if library in _LAZY_BASES and exact is loaded(class_name(exact)):  # made by the library itself
        bases = [loaded(path) for path in _LAZY_BASES[library]]
        if any(base is one for base in bases for one in mro(exact)):
            return library
    return ""


def is_plain_index(index: Any) -> bool:
    """Whether this is exactly one of pandas' own indexes, and nothing of it runs foreign code when it is copied.

    To copy a ``MultiIndex`` pandas hashes the names of its levels.
    """
    if not is_a(index, *_INDEXES):
        return False
    return not is_a(index, "pandas.MultiIndex") or all(_is_plain_name(name) for name in list(index.names))


def _is_plain_name(name: object) -> bool:
    if type(name) is tuple:
        return all(map(_is_plain_name, name))
    return name is None or type(name) in (str, int, float, bool) or library_of(name) in ("datetime", "numpy", "pandas")


def dimensions(value: Any) -> tuple[int, ...] | None:
    """The shape of a table or array, ``None`` if it has none that can be read without running foreign code."""
    if is_a(value, "pandas.DataFrame", "pandas.Series", "geopandas.GeoDataFrame", "geopandas.GeoSeries"):
        axes = value.axes
        return tuple(len(axis) for axis in axes) if all(is_plain_index(axis) for axis in axes) else None
    if is_a(value, *NARWHALS, "pyarrow.Table", "pyarrow.RecordBatch"):
        return tuple(value.shape)
    if is_a(value, "pyarrow.ChunkedArray"):
        return (len(value),)
    array = loaded("numpy.ndarray")
    if array is not None and any(base is array for base in mro(type(value))):
        shape: tuple[int, ...] = array.shape.__get__(value)  # numpy's own slot, whatever the subclass defines
        return shape
    return None


def shape_of(value: object) -> str:
    """The size in words, ``""`` if it has none: ``344 rows × 8 columns``, ``shape (3, 4)``."""
    size = dimensions(value)
    if size is None:
        return ""
    if len(size) == 2 and is_a(value, *TABLES):
        return f"{counted(size[0], 'row')} × {counted(size[1], 'column')}"
    return counted(size[0], "value") if is_a(value, *TABLES) else f"shape {size}"


def counted(number: int, what: str) -> str:
    """``1 row``, ``344 rows``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
