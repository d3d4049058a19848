"""xarray: dimensions, units, and facts of what is in memory; files stay unread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray

from tests.libraries.watched import told


def weather() -> xarray.Dataset:
    values = np.arange(15.0).reshape(5, 3)
    return xarray.Dataset(
        {"temperature": (("time", "place"), values, {"units": "K", "long_name": "air temperature"})},
        coords={"time": pd.date_range("2020-01-01", periods=5), "place": [10, 20, 30]},
    )


def test_dimensions_units_and_ranges_are_told() -> None:
    text = told(weather())
    assert text[0] == 'xarray.Dataset, dimensions "time" 5, "place" 3, 184 B'
    assert text[1].startswith("- time (coordinate, datetime64[")
    assert text[1].endswith("2020-01-01 … 2020-01-05, daily")
    assert "- temperature (float64, by time × place, long name air temperature, units K): " in text[3]
    assert "0 … 14" in text[3]


def test_an_array_is_told_with_its_coordinates() -> None:
    text = told(weather().temperature)
    assert text[0].startswith('xarray.DataArray, dimensions "time" 5, "place" 3')
    assert "0 … 14" in text[-1]


def test_schema_holds_no_value() -> None:
    assert told(weather(), detail="schema")[2:] == [
        "- place (coordinate, int64, by place)",
        "- temperature (float64, by time × place, long name air temperature, units K)",
    ]


def test_a_file_is_not_read(tmp_path: Path) -> None:
    weather().to_netcdf(tmp_path / "weather.nc")
    with xarray.open_dataset(tmp_path / "weather.nc") as opened:
        text = told(opened)
        assert text[0].endswith("1 variable not in memory")
        assert text[3] == "- temperature (float64, by time × place, long name air temperature, units K)"
        assert not opened.temperature.variable._in_memory
        opened.load()
        assert "0 … 14" in told(opened)[3], "the watch sees what is in memory"


def test_chunks_are_not_computed() -> None:
    calls: list[int] = []

    def watched(block: np.ndarray) -> np.ndarray:
        calls.append(block.size)
        return block

    lazy = xarray.apply_ufunc(watched, weather().chunk({"time": 1}), dask="parallelized", output_dtypes=[float])
    calls.clear()  # dask tries a function on nothing when it is given one
    assert "not in memory" in told(lazy)[0]
    assert calls == []
    lazy.compute()
    assert sum(calls) >= 15, "the watch sees a computation"
