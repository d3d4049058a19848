"""First attempts that fail on real data, and how they are mended."""

from __future__ import annotations

import pandas as pd
import pytest

from .driver import FOOTER, Client, digest, has
from .frames import FRAMES, LIBRARIES


def failed(outputs: list[str]) -> list[bool]:
    return ["Traceback" in output for output in outputs]


@pytest.fixture(params=list(LIBRARIES))
def prices(request: pytest.FixtureRequest) -> Client:
    """A price column read as text because of two entries that are no numbers."""
    frame = pd.DataFrame(
        {
            "region": ["N", "S", "N", "S", "N", "S"],
            "price": ["12.5", "3", "n/a", "$1,200", "7.25", "unknown"],
            "units": [1, 2, 3, 4, 5, 6],
        }
    )
    value = LIBRARIES[request.param](frame)
    return Client({"sales": value}, digest({"sales": value}))


def test_numbers_kept_as_text_are_read_after_a_failure(prices: Client) -> None:
    answered = prices.ask("What is the average price by region?")
    assert failed(answered.outputs) == [True, False]
    assert has(answered, (12.5 + 7.25) / 2)
    assert has(answered, (3 + 1200) / 2)
    assert "first attempt failed" in answered.text
    assert "2 values could not be read" in answered.text
    assert "price" in prices.session["sales"]
    assert list(prices.session["sales"]["price"])[2] == "n/a"


def test_what_was_learned_serves_the_rest_of_the_turn(prices: Client) -> None:
    answered = prices.ask("Plot the average price by region")
    assert failed(answered.outputs) == [True, False, False]
    assert "plt.show()" in answered.codes[-1]


def test_clean_text_numbers_need_no_mending() -> None:
    frame = pd.DataFrame({"g": ["a", "b", "a"], "n": ["1", "2", "4"]})
    answered = Client({"df": frame}, digest({"df": frame})).ask("mean n by g")
    assert failed(answered.outputs) == [False]
    assert has(answered, 2.5)


def test_an_object_column_of_numbers_with_a_stray_text() -> None:
    frame = pd.DataFrame({"g": list("abab"), "mix": pd.Series([1, 2.5, "x", 4], dtype=object)})
    answered = Client({"df": frame}, digest({"df": frame})).ask("average mix by g")
    assert failed(answered.outputs) == [True, False]
    assert has(answered, 3.25)
    assert "1 values could not be read" in answered.text or "1 value could not be read" in answered.text


@pytest.mark.parametrize("library", LIBRARIES)
def test_dates_of_mixed_form(library: str) -> None:
    frame = pd.DataFrame(
        {"date": ["2020-01-05", "2020-01-09", "2020-02-01", "soon", "2021-03-04"], "v": [1, 3, 5, 7, 9]}
    )
    value = LIBRARIES[library](frame)
    answered = Client({"df": value}, digest({"df": value})).ask("total v per year")
    assert failed(answered.outputs) == [True, False]
    assert "| 2020 | 9 |" in answered.text
    assert "| 2021 | 9 |" in answered.text
    assert "1 value" in answered.text


@pytest.mark.parametrize("library", LIBRARIES)
def test_columns_that_are_called_differently(library: str) -> None:
    value = LIBRARIES[library](FRAMES["penguins"]())
    told = digest({"df": value}).replace("body_mass_g", "body_mass")
    answered = Client({"df": value}, told).ask("average body mass by species")
    assert failed(answered.outputs)[0]
    assert has(answered, 5076.02)
    assert "`body_mass` is really" in answered.text


def test_a_frame_that_is_called_differently() -> None:
    frame = FRAMES["penguins"]()
    asked = Client({"penguins_2024": frame, "other": pd.DataFrame({"a": [1]})}, digest({"penguins": frame}))
    answered = asked.ask("average body mass by species")
    assert has(answered, 5076.02)
    assert "no variable `penguins`" in answered.text


def test_a_polars_frame_taken_for_pandas() -> None:
    frame = LIBRARIES["polars"](FRAMES["penguins"]())
    asked = Client({"birds": frame})
    answered = asked.ask(
        "There is a DataFrame `birds` with columns species (str), body_mass_g (float). Average body_mass_g by species?"
    )
    assert has(answered, 5076.02)
    assert failed(answered.outputs)[0]


def test_labels_that_are_no_text() -> None:
    frame = pd.DataFrame({0: ["a", "b", "a"], 1: [1.0, 2.0, 4.0]})
    answered = Client({"df": frame}, digest({"df": frame})).ask('What is the average of "1" by "0"?')
    assert has(answered, 2.5)


def test_values_that_can_not_be_counted_as_they_are() -> None:
    frame = pd.DataFrame({"tags": [["a"], ["a"], ["b"]], "n": [1, 2, 3]})
    answered = Client({"df": frame}, digest({"df": frame})).ask("most common tags")
    assert has(answered, 2)
    assert FOOTER in answered.text


def test_gives_up_plainly() -> None:
    frame = FRAMES["penguins"]()
    asked = Client({"df": frame}, digest({"df": frame}))
    answered = asked.ask(
        "average body mass by species", lambda step, code: "Traceback (most recent call last):\nMemoryError: no room"
    )
    assert len(answered.codes) == 1
    assert "MemoryError: no room" in answered.text
    assert FOOTER in answered.text


def test_mends_at_most_three_times() -> None:
    frame = pd.DataFrame({"g": ["a", "b"], "v": ["1", "x"]})
    asked = Client({"df": frame}, digest({"df": frame}))
    error = "Traceback (most recent call last):\nValueError: could not convert string to float: 'x'"
    answered = asked.ask("average v by g", lambda step, code: error)
    assert 2 <= len(answered.codes) <= 4
    assert len(set(answered.codes)) == len(answered.codes)
    assert "could not convert" in answered.text


def test_without_matplotlib_the_figures_are_told() -> None:
    frame = FRAMES["penguins"]()
    asked = Client({"df": frame}, digest({"df": frame}))
    missing = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'matplotlib'"
    answered = asked.ask("plot body mass by species", lambda step, code: missing if "matplotlib" in code else None)
    assert "no matplotlib" in answered.text
    assert has(answered, 5076.02)
