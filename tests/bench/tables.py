"""The tables of the ladder, from 150 × 5 to 10M × 20, a session of a hundred, and odd ones.

Made from a fixed seed, so that runs compare; each in any size, so that tests can take small ones. Needs pandas only:
the environments of others may have no more.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["LADDER", "MANY", "ODD", "Rung", "many"]

_CITIES = np.array(["Paris", "London", "Rome", "Oslo"])
_WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu")


@dataclass(frozen=True, slots=True)
class Rung:
    """A table of the ladder.

    Attributes
    ----------
    name
        As it stands in the table of figures.
    make
        Makes it with so many rows and columns.
    rows, columns
        Its full size.
    tokens
        The budget of its digest.
    ours
        Whether only ours takes such a table as it is.
    """

    name: str
    make: Callable[[int, int], Any]
    rows: int
    columns: int
    tokens: int
    ours: bool = False


def mixed(rows: int, columns: int, texts: Any = None) -> pd.DataFrame:
    """Numbers, counts, categories, times, codes and flags by turns; texts of the given dtype."""
    rng = np.random.default_rng(0)
    days = np.datetime64("2020-01-01", "s")
    makers: tuple[Callable[[], Any], ...] = (
        lambda: np.where(rng.random(rows) < 0.02, np.nan, rng.normal(100, 30, rows)),
        lambda: rng.integers(0, 1000, rows),
        lambda: pd.Series(_CITIES[rng.integers(0, 4, rows)], dtype=texts),
        lambda: days + rng.integers(0, 10**7, rows).astype("m8[s]"),
        lambda: pd.Series([f"AB-{number}" for number in rng.integers(1000, 9999, rows).tolist()], dtype=texts),
        lambda: rng.random(rows) > 0.3,
    )
    return pd.DataFrame({_name(place): makers[place % 6]() for place in range(columns)})


def tall(rows: int, columns: int) -> pd.DataFrame:
    """A long table of what is common, mostly floats; of few arrays, since each may have 80 MB."""
    rng = np.random.default_rng(0)
    floats, ints = rng.normal(100, 30, rows), rng.integers(0, 10**6, rows)
    codes = (ints % 12).astype("int8")
    special: dict[str, Any] = {
        "key": np.arange(rows),
        "when": np.datetime64("2020-01-01", "s") + ints.astype("m8[s]"),
        "flag": ints % 3 == 0,
        "grade": pd.Categorical.from_codes(codes, [f"level {number}" for number in range(12)]),
        "count": ints % 1000,
        "large": ints * 1_000_003,
    }
    if rows <= 1_000_000:
        special["city"] = pd.Series(_CITIES[codes % 4])
    plain = {_name(place): floats * (place + 1) for place in range(columns - len(special))}
    plain["beta"][::97] = np.nan
    return pd.DataFrame(special | plain, copy=False)


def numbered(rows: int, columns: int) -> pd.DataFrame:
    """One series of columns: x_0, x_1 …"""
    values = np.random.default_rng(0).random((rows, columns))
    return pd.DataFrame(values, columns=[f"x_{place}" for place in range(columns)])


def of_polars(rows: int, columns: int) -> Any:
    """The mixed table as one of polars."""
    import polars as pl

    return pl.from_pandas(mixed(rows, columns))


def of_pyarrow(rows: int, columns: int) -> Any:
    """The mixed table as one of pyarrow."""
    import pyarrow as pa

    return pa.Table.from_pandas(mixed(rows, columns))


def many(tables: int) -> dict[str, object]:
    """A namespace of tables, each a little longer than the one before."""
    return {f"table{number}": mixed(200 + 7 * number, 6 + number % 5) for number in range(tables)}


def _name(place: int) -> str:
    """A name that belongs to no numbered series: ``alpha``, ``beta_alpha``."""
    size = len(_WORDS)
    words = 1 + sum(place >= size**power for power in (1, 2, 3))
    return "_".join(_WORDS[(place // size**power) % size] for power in range(words))


LADDER = (
    Rung("150 × 5", mixed, 150, 5, 500),
    Rung("50k × 30", mixed, 50_000, 30, 1_000),
    Rung("50k × 30, objects", lambda rows, columns: mixed(rows, columns, object), 50_000, 30, 1_000),
    Rung("50k × 30, polars", of_polars, 50_000, 30, 1_000, ours=True),
    Rung("50k × 30, pyarrow", of_pyarrow, 50_000, 30, 1_000, ours=True),
    Rung("1M × 50", tall, 1_000_000, 50, 1_000),
    Rung("10M × 20", tall, 10_000_000, 20, 500),
    Rung("1000 × 5000", numbered, 1_000, 5_000, 600),
    Rung("1000 × 5000, mixed", mixed, 1_000, 5_000, 600),
)

#: A namespace of so many tables.
MANY = "100 tables"

#: Tables that break other describers, each in so many rows.
ODD: dict[str, Callable[[int], Any]] = {
    "duplicate columns": lambda rows: pd.DataFrame(np.ones((rows, 3)), columns=["x", "x", "y"]),
    "MultiIndex columns": lambda rows: pd.DataFrame(
        np.ones((rows, 4)), columns=pd.MultiIndex.from_product([["a", "b"], [1, 2]])
    ),
    "lists in cells": lambda rows: pd.DataFrame({"x": [[number, number] for number in range(rows)]}),
    "Decimal": lambda rows: pd.DataFrame({"x": [decimal.Decimal(number) / 7 for number in range(rows)]}),
    "bytes": lambda rows: pd.DataFrame({"x": [bytes([number % 256]) * 9 for number in range(rows)]}),
    "Period": lambda rows: pd.DataFrame({"x": pd.period_range("2000-01", periods=rows, freq="M")}),
    "Interval": lambda rows: pd.DataFrame({"x": pd.interval_range(0, rows)}),
    "sparse": lambda rows: pd.DataFrame({"x": pd.arrays.SparseArray(np.arange(rows) % 50 // 49)}),
    "integer names": lambda rows: pd.DataFrame(np.ones((rows, 5))),
    "empty": lambda rows: pd.DataFrame(),
}
