"""Spark in local mode: frames are described without a job. Needs Java."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kimi_jupyter.context import describe
from tests.libraries.watched import CANARY, told

os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def jobs(session: Any) -> int:
    """Jobs that were ever started."""
    return len(session.sparkContext.statusTracker().getJobIdsForGroup())


def frames(session: Any) -> dict[str, Any]:
    from pyspark.sql import functions

    frame = session.createDataFrame([(1, "x", [1.5]), (2, CANARY, [])], ["number", "text", "list"])
    slow = functions.udf(lambda number: time.sleep(60) or number, "bigint")
    return {
        "frame": frame,
        "filtered": frame.filter(frame.text == CANARY),
        "grouped": frame.groupBy("text").agg(functions.sum("number").alias("total")),
        "joined": frame.join(frame.select("number"), "number"),
        "sorted": frame.orderBy("text").limit(1),
        "function": frame.withColumn("slow", slow("number")),
        "range": session.range(10**12),
        "sql": session.sql(f"SELECT '{CANARY}' AS text"),
        "column": frame.number,
    }


def test_no_job_is_started(spark: Any) -> None:
    values = frames(spark)
    before = jobs(spark)
    for value in values.values():
        for detail in ("schema", "stats", "sample"):
            assert "not computed" in told(value, detail=detail)[0]
            assert CANARY not in "\n".join(told(value, detail=detail))
    assert jobs(spark) == before
    assert values["frame"].count() == 2
    assert jobs(spark) > before, "the watch sees a job"


def test_the_schema_is_told(spark: Any) -> None:
    values = frames(spark)
    assert told(values["frame"]) == [
        "pyspark.sql.DataFrame, 3 columns, not computed",
        "- number (bigint)",
        "- text (string)",
        "- list (array<double>)",
    ]
    assert told(values["grouped"])[1:] == ["- text (string)", "- total (bigint)"]
    assert told(values["column"]) == ["pyspark.sql.Column, not computed"]


def test_a_described_frame_takes_milliseconds(spark: Any) -> None:
    value = frames(spark)["function"]
    told(value)
    started = time.monotonic()
    told(value)
    assert time.monotonic() - started < 0.6


def test_a_stream_is_told_as_one(spark: Any) -> None:
    stream = spark.readStream.format("rate").load()
    assert told(stream)[0] == "pyspark.sql.DataFrame, 2 columns, streaming, not computed"


def test_wide_frames_are_grouped(spark: Any) -> None:
    from pyspark.sql.types import DoubleType, StructField, StructType

    kind = StructType([StructField(f"x_{number}", DoubleType()) for number in range(2_000)])
    text = told(spark.createDataFrame([], kind))
    assert text[0] == "pyspark.sql.DataFrame, 2,000 columns (double 2,000), not computed"
    assert text[1] == "- x_0 … x_1999 (double × 2,000)"


def test_frames_of_pyspark_pandas_are_told(spark: Any) -> None:
    import pyspark.pandas

    frame = pyspark.pandas.DataFrame({"number": [1, 2], "text": ["x", CANARY]})
    before = jobs(spark)
    assert told(frame)[:2] == ["pyspark.pandas.DataFrame, 2 columns, not computed", "- number (int64)"]
    assert told(frame.number) == ["pyspark.pandas.Series, not computed", "- number (int64)"]
    assert jobs(spark) == before


def test_a_stopped_session_hangs_nothing(spark: Any) -> None:
    value = spark.range(3).withColumnRenamed("id", "number")
    spark.stop()
    started = time.monotonic()
    text = describe(value, "value")
    assert time.monotonic() - started < 2
    assert text.startswith("pyspark.sql.DataFrame, ")
