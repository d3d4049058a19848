"""geopandas: pandas' digest, with coordinate systems and kinds of geometry."""

from __future__ import annotations

import geopandas
from shapely.geometry import Point, Polygon

from tests.libraries.watched import CANARY, told


def places() -> geopandas.GeoDataFrame:
    shapes = [Point(1, 2), Polygon([(0, 0), (3, 0), (3, 4)]), None]
    return geopandas.GeoDataFrame({"name": ["a", CANARY, "c"]}, geometry=shapes, crs=4326)


def test_coordinates_kinds_and_bounds_are_told() -> None:
    text = told(places())
    assert text[0].startswith("geopandas.GeoDataFrame, 3 rows × 2 columns, ")
    assert "- geometry (geometry, EPSG:4326): 33.3 % missing (1), Point or Polygon, within x 0 … 3 and y 0 … 4" in text
    assert text[-3:] == ["a,(Point)", f"{CANARY},(Polygon)", "c,"]


def test_a_column_of_shapes_is_told() -> None:
    text = told(places().geometry)
    assert text[0].startswith("geopandas.GeoSeries, 3 values")
    assert text[1].startswith("- geometry (geometry, EPSG:4326): ")


def test_schema_holds_no_value() -> None:
    text = told(places(), detail="schema")
    assert text[-1] == "- geometry (geometry, EPSG:4326)"
    assert CANARY not in "\n".join(text)


def test_without_a_coordinate_system() -> None:
    assert "no coordinate system" in told(geopandas.GeoSeries([Point(1, 2)], name="at"))[1]
