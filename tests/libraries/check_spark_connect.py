"""Spark Connect, where the frame is a plan and the server knows its schema. Needs Java; starts a server of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.libraries.watched import CANARY, told

os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    yield session
    session.stop()


def jobs() -> int:
    """Jobs that the server, which runs in this process' own Java, ever started."""
    from pyspark import SparkContext

    return len(SparkContext._active_spark_context.statusTracker().getJobIdsForGroup())


def test_no_job_is_started(spark: Any) -> None:
    frame = spark.createDataFrame([(1, "x"), (2, CANARY)], ["number", "text"])
    filtered = frame.filter(frame.text == CANARY)
    before = jobs()
    for value in (frame, filtered, frame.number, frame.number > 31337, spark.range(10**12)):
        for detail in ("schema", "stats", "sample"):
            text = told(value, detail=detail)
            assert "not computed" in text[0]
            assert "31337" not in "\n".join(text)
    assert jobs() == before
    assert frame.count() == 2
    assert jobs() > before, "the watch sees a job"


def test_the_schema_is_told(spark: Any) -> None:
    frame = spark.createDataFrame([(1, "x"), (2, CANARY)], ["number", "text"])
    assert told(frame) == [
        "pyspark.sql.DataFrame, 2 columns, of Spark Connect, not computed",
        "- number (bigint)",
        "- text (string)",
    ]


def test_a_wrong_plan_costs_one_line(spark: Any) -> None:
    text = told(spark.range(3).select("nothing"))
    assert len(text) == 1
    assert text[0].startswith("pyspark.sql.DataFrame, of Spark Connect, not computed, schema not known (pyspark.")
