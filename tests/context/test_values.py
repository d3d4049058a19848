"""Values that are no tables: what they are, how large, and the first of what they hold."""

from __future__ import annotations

import datetime as dt
import decimal
import subprocess
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import describe


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "int: 3"),
        (True, "bool: True"),
        (None, "NoneType: None"),
        (2.5, "float: 2.5"),
        (0.1 + 0.2, "float: 0.3"),
        (1e300, "float: 1e+300"),
        (float("nan"), "float: nan"),
        (10**500, "int: int of 1,661 bits"),
        (1 + 2j, "complex: 1+2j"),
        (decimal.Decimal("1.50"), "decimal.Decimal: 1.50"),
        (dt.date(2020, 1, 2), "datetime.date: 2020-01-02"),
        (dt.datetime(2020, 1, 2, 3, 4, tzinfo=dt.UTC), "datetime.datetime: 2020-01-02 03:04:00+00:00"),
        (np.float64(1.5), "numpy.float64: 1.5"),
        (np.datetime64("2020-01-02"), "numpy.datetime64: 2020-01-02"),
        (b"ab\xff", "bytes: b'ab\\xff'"),
        (range(3), "range: range(0, 3)"),
        ([], "list, 0 items"),
        ("hi", 'str, 2 characters\n"hi"'),
        ([1, 2, 3], "list, 3 items: int\nrange 1 … 3\n1, 2, 3"),
        ((1, "a"), 'tuple, 2 items: int 1, str 1\n1, "a"'),
        ({"a": 1, "b": [1, 2]}, 'dict, 2 items: int 1, list 1\n- "a": 1\n- "b": [1, 2]'),
        ({3, 1, 2}, "set, 3 items: int\nrange 1 … 3\n1, 2, 3"),
    ],
)
def test_plain_values(value: object, text: str) -> None:
    assert describe(value, "x") == text


def test_schema_tells_no_value() -> None:
    for value in (
        31337,
        "canary",
        b"canary",
        313.37,
        [31337],
        {"canary": 31337},
        np.array([31337]),
        pd.Timestamp(31337),
    ):
        text = describe(value, "x", detail="schema")
        assert "canary" not in text
        assert "31337" not in text
        assert "313.37" not in text
    assert "canary" not in describe(["canary"], "x", detail="stats")


def test_containers_of_other_kinds() -> None:
    assert describe(deque([1]), "x").startswith("collections.deque, 1 item")
    assert describe(OrderedDict(a=1), "x").startswith("collections.OrderedDict, 1 item")
    assert '"k": 2' in describe(Counter("kk"), "x")
    grown = defaultdict(list, a=[1])
    assert '"a": [1]' in describe(grown, "x")
    assert len(grown) == 1


def test_tables_within_containers_are_told_by_size() -> None:
    text = describe({"train": pd.DataFrame({"a": [1, 2]}), "weights": np.zeros((2, 3))}, "x")
    assert '- "train": pandas.DataFrame, 2 rows × 1 column' in text
    assert "numpy.ndarray, shape (2, 3)" in text


def test_large_containers_are_bounded() -> None:
    text = describe(list(range(1_000_000)), "x")
    assert text.startswith("list, 1,000,000 items: int among the first 1,000")
    assert estimate_tokens(text) <= 500
    assert "more" in text


def test_sets_are_told_in_the_same_order_in_every_process() -> None:
    code = "from kimi_jupyter.context import describe; print(describe({'b', 'a', 'c', 'd', 'e'}, 'x'))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


def test_strings_are_cut_to_the_budget_and_counted() -> None:
    text = describe("word " * 100_000, "x", tokens=100)
    assert text.startswith("str, 500,000 characters\n")
    assert 60 < estimate_tokens(text) <= 100
    assert "\n" not in describe("a\nb", "x").partition("\n")[2]


def test_functions_classes_and_modules() -> None:
    def area(width: float, /, height: float = 2.5, *rest: int, unit: str = "cm", **more: object) -> float:
        """Area of a rectangle.

        More words.
        """
        return width * height

    class Box:
        """A box."""

        def __init__(self, size: int = 3) -> None:
            self.size = size

        def open(self) -> None: ...

        @property
        def lid(self) -> None:
            raise AssertionError("asked")

    signature, doc, *source = describe(area, "area").split("\n")
    assert signature == (
        'function area(width: float, /, height: float = 2.5, *rest: int, unit: str = "cm", **more: object) -> float'
    )
    assert doc == "doc: Area of a rectangle."
    assert source[0] == "source:"
    assert source[-1] == "      return width * height"
    text = describe(Box, "Box")
    assert "class " in text
    assert "A box." in text
    assert "made by __init__(self, size: int = 3) -> None" in text
    assert "has open, lid" in text
    assert describe(len, "len") == "builtin function len"
    assert describe(Box().open, "m").startswith("method open(self) -> None of ")
    module = ModuleType("mine", "Docs of it.")
    module.__dict__["__version__"] = "1.2"
    assert describe(module, "mine") == "module mine 1.2\ndoc: Docs of it."
    assert describe(Box(), "box").startswith("object of type ")
    assert "Box" in describe(Box(), "box")


def test_arrays() -> None:
    text = describe(np.arange(12.0).reshape(3, 4), "a")
    assert text.startswith("numpy.ndarray, shape (3, 4), float64, 96 B\n12 distinct, unique, 0 … 11")
    assert "first values: 0, 1, 2" in text
    assert "fields a int64, b float64" in describe(np.zeros(2, dtype=[("a", "i8"), ("b", "f8")]), "a")
    for array in (np.zeros(0), np.array(5), np.zeros((3, 0)), np.array(["a", "b"]), np.array([None, 1], dtype=object)):
        assert "could not" not in describe(array, "a")
    strided = np.arange(6_000_000.0).reshape(6000, 1000)[::2, ::3]
    assert "≈" in describe(strided, "a")


def test_figures() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.set_title("Sales")
    axes.set_xlabel("month")
    figure.suptitle("All")
    text = describe(figure, "fig")
    assert text.startswith("matplotlib figure 'All' with 1 axes, ")
    assert "axes 1: title 'Sales', x 'month'" in text
    assert "Sales" not in describe(figure, "fig", detail="schema")
    assert describe(axes, "ax").startswith("matplotlib axes\naxes 1: title 'Sales', x 'month'")


def test_credentials_in_values_are_hidden() -> None:
    key = "sk-abc123def456ghi789jkl012"
    frame = pd.DataFrame({"token": [key] * 3, key: [1, 2, 3]})
    for value in (key, [key], {key: key}, frame, {"a": "x" * 30 + " " + key}):
        assert "def456" not in describe(value, "x")


def test_an_unknown_detail_is_one_clear_line() -> None:
    with pytest.raises(ValueError, match="'schema', 'stats' or 'sample'"):
        describe(1, "x", detail="all")  # type: ignore[arg-type]


json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.dates()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner), st.sets(st.integers())),
)


@settings(max_examples=150, deadline=None)
@given(json, st.integers(0, 120), st.sampled_from(["schema", "stats", "sample"]))
def test_no_budget_is_ever_exceeded(value: object, tokens: int, detail: Any) -> None:
    text = describe(value, "x", tokens=tokens, detail=detail)
    assert estimate_tokens(text) <= tokens
    assert "could not be described" not in text
    assert describe(value, "x", tokens=tokens, detail=detail) == text


def test_nothing_is_imported_that_the_user_has_not_imported() -> None:
    code = (
        "import sys; from kimi_jupyter.context import describe, build; describe([1, {'a': 2}], 'x');"
        "build('x', namespace={'x': 1}, cells=[]);"
        "heavy = ('numpy', 'pandas', 'polars', 'narwhals', 'pyarrow', 'matplotlib', 'nbformat', 'IPython');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
