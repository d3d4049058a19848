"""modin, read through narwhals like polars; its engine that runs in this process."""

from __future__ import annotations

import os
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.libraries.watched import CANARY, told

os.environ["MODIN_ENGINE"] = "python"


@pytest.fixture(scope="module")
def modin() -> Any:
    import modin.pandas

    return modin.pandas


class Tripwire:
    """An object in a cell: none of its methods may run while it is described."""

    rung: ClassVar[list[str]] = []

    def __repr__(self) -> str:
        self.rung.append("repr")
        return ""

    def __hash__(self) -> int:
        self.rung.append("hash")
        return 1

    def __eq__(self, other: object) -> bool:
        self.rung.append("eq")
        return False


def plain(rows: int = 1_000) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": range(rows),
            "text": ["x", CANARY] * (rows // 2),
            "price": [1.5, None] * (rows // 2),
            "day": pd.date_range("2020-01-01", periods=rows),
            "kind": pd.Categorical(["a", "b"] * (rows // 2)),
            "flag": [True, False] * (rows // 2),
        }
    )


def test_it_gets_the_facts_that_pandas_gets(modin: Any) -> None:
    pandas, ours = told(plain()), told(modin.DataFrame(plain()))
    assert ours[0] == "modin.pandas.DataFrame, 1,000 rows × 6 columns"
    for name in ("number", "text", "price", "day", "flag"):
        assert [line for line in ours if line.startswith(f"- {name} (")] == [
            line for line in pandas if line.startswith(f"- {name} (")
        ]
    assert CANARY in "\n".join(ours)
    assert ours[-4:] == pandas[-4:]


def test_a_column_is_told(modin: Any) -> None:
    text = told(modin.Series([3, 1, 2], name="number"))
    assert text[0] == "modin.pandas.Series, 3 values"
    assert text[1].startswith("- number (int64): 3 distinct, unique, 1 … 3")


def test_labels_may_come_twice_and_be_anything(modin: Any) -> None:
    text = told(modin.DataFrame([[1, 2.5, "a"]], columns=["x", "x", 7]))
    assert [line.partition(":")[0] for line in text[1:4]] == ["- x (int64)", "- x (float64)", "- 7 (object)"]


def test_schema_holds_no_value(modin: Any) -> None:
    assert told(modin.DataFrame(plain()), detail="schema")[1:3] == ["- number (int64)", "- text (object)"]


def test_a_large_frame_is_sampled(modin: Any) -> None:
    rows = 200_000
    frame = modin.DataFrame(
        {"number": np.arange(rows), "text": np.array(["a", "b"], dtype=object)[np.arange(rows) % 2]}
    )
    text = told(frame)
    assert text[0] == "modin.pandas.DataFrame, 200,000 rows × 2 columns"
    assert any("≈" in line for line in text)


def test_objects_in_cells_run_no_code(modin: Any) -> None:
    frame = modin.DataFrame({"number": [1, 2]})
    frame["thing"] = modin.Series([Tripwire(), Tripwire()], dtype=object)
    Tripwire.rung.clear()
    assert any("Tripwire" in line for line in told(frame))
    assert Tripwire.rung == []
