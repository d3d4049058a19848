"""Small tables of different shapes, one way into each library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import polars as pl

PENGUINS = Path(__file__).parents[2] / "example_notebooks" / "penguins.csv"


def penguins() -> pd.DataFrame:
    return pd.read_csv(PENGUINS)


def sales() -> pd.DataFrame:
    """Dates as text, money, two categories, repeated rows."""
    rows = 120
    frame = pd.DataFrame(
        {
            "Order Date": [f"20{20 + i // 50}-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(rows)],
            "Region": [["North", "South East", "West", "East"][i * 7 % 4] for i in range(rows)],
            "Product Line": [f"Line {i * 5 % 9}" for i in range(rows)],
            "Unit Price": [round(5 + (i * 37 % 100) / 7, 2) for i in range(rows)],
            "Units": [1 + i * 11 % 17 for i in range(rows)],
        }
    )
    return pd.concat([frame, frame.head(3)], ignore_index=True)


def weather() -> pd.DataFrame:
    """Real dates, numbers only."""
    days = pd.date_range("2012-01-01", periods=900, freq="D")
    return pd.DataFrame(
        {
            "date": days,
            "temp_max": [15 + 10 * ((i % 365) / 365) + i % 5 for i in range(900)],
            "wind": [1.0 + (i * 13 % 40) / 10 for i in range(900)],
        }
    )


def survey() -> pd.DataFrame:
    """Text only, with gaps and a constant."""
    return pd.DataFrame(
        {
            "answer": ["yes", "no", None, "yes", "maybe", "yes"],
            "country": ["DE", "FR", "DE", "DE", "IT", "FR"],
            "wave": ["one"] * 6,
        }
    )


def readings() -> pd.DataFrame:
    """One numeric column, a flag, no category."""
    return pd.DataFrame({"value": [0.5, 1.25, 0.000012, 3.5, None, 8.0], "ok": [True, False, True, True, False, True]})


FRAMES: dict[str, Callable[[], pd.DataFrame]] = {
    "penguins": penguins,
    "sales": sales,
    "weather": weather,
    "survey": survey,
    "readings": readings,
}


def texts(frame: pd.DataFrame) -> list[str]:
    """The text columns, whose dtype differs between pandas 2 and 3."""
    return [name for name, dtype in frame.dtypes.items() if str(dtype) in ("object", "str", "string")]


def _polars(frame: pd.DataFrame) -> pl.DataFrame:
    whole = frame.copy()
    for name in texts(frame):  # a missing text is NaN in pandas and None for polars
        whole[name] = pd.Series([value if pd.notna(value) else None for value in frame[name]], dtype=object)
    return pl.from_pandas(whole)


LIBRARIES: dict[str, Callable[[pd.DataFrame], pd.DataFrame | pl.DataFrame]] = {
    "pandas": lambda frame: frame,
    "polars": _polars,
}
