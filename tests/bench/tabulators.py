"""Other ways to put a table in words, called the way their users call them."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

from kimi_jupyter.chat.tokens import estimate_tokens

__all__ = ["OTHERS", "Other", "measured"]


@dataclass(frozen=True, slots=True)
class Other:
    """A way to put a table in words.

    Attributes
    ----------
    name
        As it stands in the table of figures.
    tell
        Gives the text of a table.
    prepare
        Makes of a pandas frame what ``tell`` wants; not measured.
    cells, columns
        The largest table it is asked for unless dear ones are asked for too: above, it takes many seconds.
    """

    name: str
    tell: Callable[[Any], str]
    prepare: Callable[[pd.DataFrame], Any] = lambda frame: frame
    cells: int = 10**9
    columns: int = 10**9


def measured(other: Other, frame: Any, *, dear: bool, rounds: int = 3) -> str:
    """Milliseconds and tokens of one call, the best of some; why there are none otherwise."""
    rows, columns = frame.shape
    if not dear and (rows * columns > other.cells or columns > other.columns):
        return "–"
    try:
        prepared = other.prepare(_as_pandas(frame))
        text, took = _timed(other, prepared)
    except Exception:  # noqa: BLE001 - the figure is that it fails
        return "fails"
    if took < 0.2:
        took = min(took, *(_timed(other, prepared)[1] for _ in range(rounds - 1)))
    return f"{1000 * took:,.1f} / {estimate_tokens(text):,}"


def _timed(other: Other, value: Any) -> tuple[str, float]:
    start = time.perf_counter()
    text = other.tell(value)
    return text, time.perf_counter() - start


def _as_pandas(frame: Any) -> pd.DataFrame:
    if isinstance(frame, pl.DataFrame | pa.Table):
        return frame.to_pandas()
    return frame  # type: ignore[no-any-return]


def _info(frame: pd.DataFrame) -> str:
    text = io.StringIO()
    frame.info(memory_usage="deep", buf=text, verbose=True)
    return text.getvalue()


def _summarize(frame: pd.DataFrame) -> str:
    with duckdb.connect() as connection:
        return str(connection.sql("SUMMARIZE SELECT * FROM frame").fetchall())


OTHERS = (
    Other("head().to_string()", lambda frame: frame.head().to_string()),
    Other("info(deep)", _info),
    Other("describe(all)", lambda frame: frame.describe(include="all").to_string(), cells=60_000_000, columns=1_000),
    Other(
        "polars describe",
        lambda frame: frame.describe().write_csv(),
        prepare=pl.from_pandas,
        cells=60_000_000,
        columns=1_000,
    ),
    Other("duckdb SUMMARIZE", _summarize, cells=60_000_000, columns=1_000),
)
