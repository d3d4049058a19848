"""Values of known kinds: models, charts, records, and what Python itself has; functions with their source."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import io
import linecache
import re
import types
import weakref
from collections import namedtuple
from pathlib import Path
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from kimi_jupyter.context import describe


def people() -> tuple[pd.DataFrame, pd.Series]:
    step = np.arange(60.0)
    frame = pd.DataFrame({"age": np.sin(step), "income": np.cos(step), "city": ["a", "b", "c"] * 20})
    return frame, pd.Series(np.where(frame["age"] > 0, "yes", "no"))


# ---- models ----------------------------------------------------------------------------------------------------------


def test_an_estimator_is_told_by_what_was_set_and_what_was_learnt() -> None:
    frame, target = people()
    model = LogisticRegression(C=0.5)
    assert describe(model, "model") == "sklearn LogisticRegression(C=0.5), not fitted"
    model.fit(frame[["age", "income"]], target)
    first, *lines = describe(model, "model").split("\n")
    assert first == "sklearn LogisticRegression(C=0.5), fitted"
    assert "- feature_names_in_: age, income" in lines
    assert '- classes_: "no", "yes"' in lines
    assert any(line.startswith("- coef_: age ") for line in lines), "the largest comes first"
    schema = describe(model, "model", detail="schema")
    assert "LogisticRegression(C), fitted" in schema
    assert "yes" not in schema
    assert "coef_" not in schema


def test_a_pipeline_is_told_step_by_step() -> None:
    frame, target = people()
    prepare = ColumnTransformer([("num", StandardScaler(), ["age", "income"]), ("cat", OneHotEncoder(), ["city"])])
    forest = RandomForestClassifier(n_estimators=5, random_state=0)
    pipeline = Pipeline([("prepare", prepare), ("forest", forest)])
    assert describe(pipeline, "p").startswith('sklearn Pipeline(), not fitted\n- step "prepare": sklearn Column')
    text = describe(pipeline.fit(frame, target), "p", tokens=1_000)
    assert '  - step "num" on age, income: sklearn StandardScaler(), fitted' in text
    assert '- step "forest": sklearn RandomForestClassifier(n_estimators=5, random_state=0), fitted' in text
    assert "  - feature importances: [0] 0." in text


def test_a_search_is_told_by_its_best() -> None:
    frame, target = people()
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(frame[["age", "income"]], target)
    text = describe(search, "search")
    assert '- best_params_: {"C": ' in text
    assert "- best_score_: " in text
    assert "- best estimator: sklearn LogisticRegression(" in text


# ---- charts ----------------------------------------------------------------------------------------------------------


def test_a_plotly_figure_is_told_by_its_traces() -> None:
    figure = go.Figure(go.Scatter(x=[1, 2, 3], y=np.array([3.0, 1.0, 2.0]), name="north", mode="lines"))
    figure.add_bar(x=["a", "b"], y=[5, 6])
    figure.update_layout(title="Sales", xaxis_title="month")
    assert describe(figure, "fig") == (
        'plotly figure, 2 traces, title "Sales"\n- xaxis: "month"\n'
        '- scatter "north": lines, 3 points, x 1 … 3, y 1 … 3\n- bar: 2 points, x of 2 names, y 5 … 6'
    )
    assert describe(figure, "fig", detail="schema") == "plotly figure, 2 traces"


def test_an_altair_chart_is_told_by_its_encodings() -> None:
    chart = alt.Chart(pd.DataFrame({"a": [1], "b": [2]})).mark_bar().encode(x="a:Q", y=alt.Y("mean(b)", title="B"))
    assert describe(chart, "chart") == (
        'altair Chart, mark bar, data pandas.DataFrame, 1 row × 2 columns\n- x: a:Q\n- y: mean(b), title "B"'
    )
    assert "- layer: Chart, mark bar\n  - x: a:Q" in describe(chart + chart, "chart")


def test_a_matplotlib_figure_is_told_by_its_series() -> None:
    figure = Figure()
    figure.subplots().plot([1, 2, 3], [3, 1, 2], label="north")
    text = describe(figure, "fig")
    assert text.startswith("matplotlib figure with 1 axes, 6.4 × 4.8 inches\naxes 1:")
    assert "- line 'north' n=3, 1 … 3" in text


# ---- functions and classes -------------------------------------------------------------------------------------------


def test_the_source_of_a_function_from_a_cell_is_told() -> None:
    shell = InteractiveShell()
    shell.run_cell("def rate(price: float, tax=0.2):\n    # in euros\n    return price * (1 + tax)")
    rate = shell.user_ns["rate"]
    assert describe(rate, "rate") == (
        "function rate(price: float, tax=0.2)\nsource:\n  def rate(price: float, tax=0.2):\n"
        "      # in euros\n      return price * (1 + tax)"
    )
    assert describe(rate, "rate", detail="schema") == "function rate(price: float, tax=…)"


def test_long_source_is_counted_and_a_librarys_is_not_told() -> None:
    shell = InteractiveShell()
    shell.run_cell("def long():\n" + "    x = 1\n" * 100)
    assert describe(shell.user_ns["long"], "long") == "function long()\nsource: 101 lines"
    assert "source" not in describe(pd.concat, "concat")


def test_source_that_a_loader_would_make_is_not_asked_for() -> None:
    def loader() -> str:
        raise AssertionError("asked")

    namespace: dict[str, Any] = {}
    exec(compile("def odd(): pass", "<lazy source>", "exec"), namespace)
    linecache.cache["<lazy source>"] = (loader,)  # type: ignore[assignment]
    assert describe(namespace["odd"], "odd") == "function odd()"


@dataclasses.dataclass
class Order:
    """An order."""

    id: int
    customer: str
    items: list[int] = dataclasses.field(default_factory=list)

    @property
    def total(self) -> float:
        raise AssertionError("asked")


class Point(NamedTuple):
    x: int
    y: float = 0.5


class Color(enum.Enum):
    RED = 1
    BLUE = "b"


def test_classes_are_told_by_their_fields() -> None:
    assert describe(Order, "Order").split("\n") == [
        f"class {__name__}.Order",
        "doc: An order.",
        "fields id: int, customer: str, items: list[int]",
        "has total",
    ]
    assert "fields x: int, y: float" in describe(Point, "Point")
    assert describe(Color, "Color").endswith('members RED=1, BLUE="b"')
    assert describe(Color, "Color", detail="schema").endswith("members RED, BLUE")


# ---- objects ---------------------------------------------------------------------------------------------------------


def test_an_object_is_told_by_its_attributes() -> None:
    order = Order(3, "Ann", [1, 2, 3])
    assert describe(order, "order") == f'object of type {__name__}.Order: id=3, customer="Ann", items=list of 3'
    told = describe(order, "order", detail="schema")
    assert told == f"object of type {__name__}.Order: id int, customer str, items list"
    assert describe(Point(1), "p") == f"named tuple {__name__}.Point: x=1, y=0.5"
    assert describe(namedtuple("Row", "a")("x"), "row").endswith('Row: a="x"')  # noqa: PYI024
    assert describe(Color.BLUE, "c") == 'member of an enumeration: Color.BLUE = "b"'
    assert "Ann" not in describe([order], "orders", detail="stats")
    assert f'- {__name__}.Order(id=3, customer="Ann", items=list of 3)' in describe([order], "orders")


def test_what_looks_like_a_password_is_hidden_by_the_name_it_goes_by() -> None:
    for value in (types.SimpleNamespace(password="hunter22"), {"password": "hunter22"}, [{"password": "hunter22"}] * 3):
        assert "hunter22" not in describe(value, "x")


def test_subclasses_of_containers_are_told_by_what_they_hold() -> None:
    class Config(dict[str, int]):
        def items(self) -> Any:
            raise AssertionError("asked")

    text = describe(Config(a=1), "c")
    assert text.startswith(f"{Config.__module__}.")
    assert text.endswith('Config, a subclass of dict, 1 item: int\n- "a": 1')


def test_a_list_of_records_is_told_as_the_table_it_is() -> None:
    records = [{"id": number, "kind": "ab"[number % 2], **({} if number % 4 else {"note": "x"})} for number in range(8)]
    first, number, kind, note, example = describe(records, "records").split("\n")
    assert first == "list, 8 items: dict"
    assert number.startswith("- id (int): 8 distinct, unique, 0 … 7")
    assert kind.startswith("- kind (str): ")
    assert '2 distinct: "a" 4, "b" 4' in kind
    assert note == '- note (str): 75 % missing (6), always "x"'
    assert example == 'first: {"id": 0, "kind": "a", "note": "x"}'
    assert describe(records, "records", detail="schema") == "list, 8 items: dict"
    assert "note" not in describe(records, "records", detail="stats"), "a rare key may be a value"


def test_nested_dicts_are_told_to_some_depth() -> None:
    answer = {"data": {"items": [{"id": 1, "name": "x" * 50}] * 30, "next": "y" * 100}, "ok": True}
    assert describe(answer, "answer").split("\n") == [
        "dict, 2 items: dict 1, bool 1",
        '- "data": dict, 2 items',
        '  - "items": list, 30 items: dicts with keys id, name',
        f'  - "next": "{"y" * 100}"',
        '- "ok": True',
    ]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: re.compile("a(b)", re.IGNORECASE), 'regular expression "a(b)", 1 group, flags IGNORECASE'),
        (lambda: Path("/data/x.csv"), f'{type(Path()).__module__}.{type(Path()).__name__}: "/data/x.csv"'),
        (lambda: io.BytesIO(b"x" * 5_000), "_io.BytesIO, 5.0 KB, at position 0"),
        (lambda: ValueError("bad", 3), 'exception ValueError: "bad", 3'),
        (lambda: zip([1], [2], strict=True), "zip iterator, not consumed"),
        (lambda: iter([1]), "list_iterator, not consumed"),
        (lambda: {"a": 1}.keys(), 'dict_keys, 1 item: ["a"]'),
        (lambda: types.MappingProxyType({"a": 1}), 'mappingproxy of a dict, 1 item: int\n- "a": 1'),
        (lambda: memoryview(b"abc"), "memoryview, shape (3,), format B, 3 B"),
        (lambda: weakref.ref(Order), "weakref.ReferenceType, not followed"),
        (lambda: range(0, 10, 2), "range: range(0, 10, 2)"),
        (lambda: np.ma.MaskedArray([1, 2], mask=[False, True]), "numpy.ma.MaskedArray, 50 % masked (1), of the others"),
    ],
)
def test_values_of_python_and_numpy(make: Any, text: str) -> None:
    assert describe(make(), "x").startswith(text)


def test_iterators_and_tasks_are_not_consumed() -> None:
    numbers = iter([1, 2])
    describe([numbers], "x")
    describe(numbers, "x")
    assert next(numbers) == 1

    async def wait() -> None:
        await asyncio.sleep(0)

    async def main() -> str:
        task = asyncio.ensure_future(wait())
        told = describe(task, "task")
        await task
        return f"{told}; {describe(task, 'task')}"

    assert asyncio.run(main()) == "_asyncio.Task, pending, not awaited; _asyncio.Task, done, not awaited"
