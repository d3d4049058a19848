"""Which cells are sent: near ones, those that define what is mentioned, those that are asked for."""

from __future__ import annotations

import pytest

from kimi_jupyter.context import Cell, build
from kimi_jupyter.context.choosing import NoSuchCell, defined

FILLER = "filler_{0} = {0}\n" * 12


def notebook(**numbered: str) -> list[Cell]:
    """Thirty cells that nobody needs, but for those given by their number: ``c3="x = 1"``."""
    return [Cell(number, numbered.get(f"c{number}", FILLER.format(number))) for number in range(1, 31)]


def sent(prompt: str, cells: list[Cell], **options: object) -> list[str]:
    namespace = {"sales": 1, "raw": 2, "model": 3}
    context = build(prompt, namespace=namespace, cells=cells, tokens=options.pop("tokens", 900), **options)  # type: ignore[arg-type]
    return [part.title for part in context.parts if part.kind == "cell"]


def test_near_cells_go_first_and_all_stand_in_order() -> None:
    titles = sent("hm", notebook())
    assert titles == sorted(titles, key=lambda title: int(title.strip("[]")))
    assert titles[-1] == "[30]"


def test_the_cell_that_defines_what_is_mentioned_is_sent_from_afar() -> None:
    cells = notebook(c4="sales = clean(raw)", c2="raw = pd.read_csv('raw.csv')", c9="model = 1")
    titles = sent("What is in sales?", cells)
    assert {"[4]", "[2]", "[30]"} <= set(titles)
    assert "[15]" not in titles


def test_cells_below_the_question_come_last() -> None:
    titles = sent("hm", notebook(), here=10)
    assert "[10]" in titles
    assert "[11]" not in titles
    assert "[30]" not in titles


def test_a_cell_that_is_asked_for_goes_first() -> None:
    assert "[3]" in sent("Why does @cell:3 fail?", notebook())
    assert sent("And @cell:3?", notebook(), most_cells=1) == ["[3]"]
    assert sent("And @cell:last?", notebook(), most_cells=1) == ["[30]"]


def test_a_cell_that_is_not_there_is_said_and_nothing_is_sent() -> None:
    with pytest.raises(NoSuchCell, match=r"There is no cell \[99\].*30"):
        sent("Explain @cell:99", notebook())


@pytest.mark.parametrize(("most", "shown"), [(0, 0), (1, 1), (3, 3)])
def test_at_most_so_many_cells(most: int, shown: int) -> None:
    assert len(sent("hm", notebook(), most_cells=most)) == shown


def test_a_near_cell_that_is_too_large_is_told_by_head_and_tail() -> None:
    cells = [Cell(1, "\n".join(f"line_{number} = {number}" for number in range(400)))]
    (part,) = build("hm", namespace={}, cells=cells, tokens=300).parts
    assert "line_0 = 0" in part.text
    assert "line_399 = 399" in part.text
    assert "lines …" in part.text
    assert part.tokens <= 300


def test_failed_and_slow_cells_are_marked() -> None:
    cells = [
        Cell(7, "d['x']", failed="KeyError", seconds=42.3),
        Cell(8, "fit()", seconds=3.0),
        Cell(9, "1", seconds=0.1),
    ]
    text = build("hm", namespace={}, cells=cells).text
    assert "## Cell [7] (failed: KeyError, took 42 s)\n" in text
    assert "## Cell [8] (took 3 s)\n" in text
    assert "## Cell [9]\n" in text


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b = 1", ["a", "b"]),
        ("def f(x): return y", ["f"]),
        ("class C: pass", ["C"]),
        ("import numpy as np, os.path", ["np", "os"]),
        ("for i in range(3): pass", ["i"]),
        ("with open(p) as fh: pass", ["fh"]),
        ("x += 1", ["x"]),
        ("%matplotlib inline\nz = 1", ["z"]),
        ("a b c", []),
    ],
)
def test_what_a_cell_defines(source: str, names: list[str]) -> None:
    assert list(defined(source)[0]) == names


@pytest.mark.parametrize("prompt", ["What is in Sales?", "the order items", "plot order_items", "How many order item?"])
def test_tables_are_meant_in_other_letters_too(prompt: str) -> None:
    import pandas as pd

    namespace = {
        "sales": pd.DataFrame({"a": [1]}),
        "order_items": pd.DataFrame({"b": [1]}),
        "x": pd.DataFrame({"c": [1]}),
    }
    context = build(prompt, namespace=namespace, cells=[])
    expected = "sales" if "Sales" in prompt else "order_items"
    assert [part.title for part in context.parts] == [expected]


def test_a_name_that_does_not_exist_is_told_with_the_one_that_may_be_meant() -> None:
    context = build("What is in @salse, and @cell:last?", namespace={"sales": 1}, cells=[Cell(1, "1")])
    assert context.unknown == ("There is no variable salse; did you mean @sales?",)
    assert build("mail me at a@b.co", namespace={}, cells=[]).unknown == ()
