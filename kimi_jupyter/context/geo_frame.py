"""geopandas' tables: pandas' digest, with the coordinate system and the kinds of geometry. Imported when one is met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .facts import Facts, Study
from .frames import Frame
from .identity import is_a, loaded
from .pandas_frame import pandas_frame
from .terms import Terms

__all__ = ["geo_frame"]

_SAMPLE = 1_000  # geometries whose kind is looked at
_BOUNDED = 50_000  # geometries up to which their bounds are found


def geo_frame(value: Any, terms: Terms) -> Frame | None:
    """A GeoDataFrame or GeoSeries as a :class:`Frame`."""
    single = is_a(value, "geopandas.GeoSeries")
    pandas = loaded("pandas.DataFrame")(value.to_frame() if single else value, copy=False)
    frame = pandas_frame(pandas, terms)
    if frame is None:
        return None
    arrays: dict[int, Any] = {
        place: pandas.iloc[:, place].array
        for place, dtype in enumerate(pandas.dtypes.tolist())
        if is_a(dtype, "geopandas.array.GeometryDtype")
    }
    plain = frame.column
    return replace(
        frame,
        kind="geopandas.GeoSeries" if single else "geopandas.GeoDataFrame",
        labels=[value.name] if single else frame.labels,
        dtypes=[_type(arrays[place]) if place in arrays else text for place, text in enumerate(frame.dtypes)],
        column=lambda place: _Geometries(arrays[place]) if place in arrays else plain(place),
        single=single,
    )


def _type(array: Any) -> str:
    crs = array.crs
    return f"geometry, {crs.to_string()[:60]}" if crs is not None else "geometry, no coordinate system"


@dataclass(frozen=True, slots=True)
class _Geometries:
    """A column of shapes; the shapes' own texts may be very long, so they are not told."""

    values: Any

    def facts(self, study: Study) -> Facts:
        """Kinds, missing ones and bounds."""
        missing = int(self.values.isna().sum())
        kinds = sorted({kind for kind in self.values[:_SAMPLE].geom_type.tolist() if kind is not None})
        notes = [" or ".join(kinds)] if kinds else []
        if len(self.values) <= _BOUNDED and missing < len(self.values):
            west, south, east, north = (f"{end:g}" for end in self.values.total_bounds.tolist())
            notes.append(f"within x {west} … {east} and y {south} … {north}")
        return Facts(study.rows, missing, notes=tuple(notes))

    def items(self, positions: Any) -> list[Any]:
        """The kinds of the shapes at these rows."""
        kinds = self.values[list(positions)] if positions is not None else self.values
        return [None if kind is None else f"({kind})" for kind in kinds.geom_type.tolist()]
