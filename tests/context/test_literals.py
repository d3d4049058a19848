"""Code told without the data in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimi_jupyter.context import Cell, build
from kimi_jupyter.context.literals import without_values

NAMES = {"name", "price", "city"}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('pd.DataFrame({"name": ["Ann", "Bob"], "n": 5})', 'pd.DataFrame({"name": [… 2 values], "…": …})'),
        ('pd.read_csv("data/sales.csv", sep=";")', 'pd.read_csv("data/sales.csv", sep=";")'),
        ('df[df.name == "Ann"]["price"].agg("mean") * 100', 'df[df.name == "…"]["price"].agg("mean") * 100'),
        ('df.groupby(["city", "name"])', 'df.groupby(["city", "name"])'),
        ('df.loc["Ann", "price"]', 'df.loc["…", "price"]'),
        ("limit = 5000", "limit = …"),
        ("rows = [(1, 'a'), (-2, 'b')]", "rows = [… 4 values]"),
        ('f"{x} Ann"', 'f"…"'),
        (
            'def f(a="Ann"):\n    """What it does."""\n    return b"Bob"',
            'def f(a="…"):\n    """What it does."""\n    return "…"',
        ),
        ("df.head(10) + x[3]", "df.head(10) + x[3]"),
        ("f(123456)", "f(…)"),
        ("on = True; none = None; x[...]", "on = True; none = None; x[...]"),
        ('%load_ext x\né = "ü"', '%load_ext x\né = "…"'),
        ('%%time\nx = "Ann"', '%%time\nx = "…"'),
        ("%%writefile people.csv\nAnn,5\nBob,6", "%%writefile people.csv\n… 2 lines …"),
        ('a b "Ann" 123', 'a b "…" …'),
        ('"""\nAnn,5\n"""', '"…"'),
    ],
)
def test_what_may_be_data_is_left_out_of_code(source: str, told: str) -> None:
    assert without_values(source, NAMES) == told


@given(
    st.lists(st.text(max_size=30), max_size=4),
    st.sampled_from(["x = {}", "f({})", "{{1: {}}}", "x == {}", "# é\n[{}]"]),
)
def test_no_text_is_left_whatever_it_holds(texts: list[str], frame: str) -> None:
    for text in texts:
        marked = f"canary{text}canary"
        assert "canary" not in without_values(frame.format(repr(marked)))


@given(st.text(max_size=200))
def test_any_text_is_survived(text: str) -> None:
    assert isinstance(without_values(text), str)


@pytest.mark.parametrize("detail", ["schema", "stats"])
def test_cells_are_told_so_below_sample(detail: str) -> None:
    import pandas as pd

    source = 'people = pd.DataFrame({"age": [41, 42], "town": ["Oslo", "Rome"]})'
    namespace = {"people": pd.DataFrame({"age": [41, 42], "town": ["Oslo", "Rome"]})}
    text = build("", namespace=namespace, cells=[Cell(1, source, "Oslo")], detail=detail).text  # type: ignore[arg-type]
    assert 'people = pd.DataFrame({"age": [… 2 values], "town": [… 2 values]})' in text
    assert "Oslo" not in text
