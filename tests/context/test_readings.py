"""What texts, labels and sorted numbers stand for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from kimi_jupyter.context import describe
from kimi_jupyter.context.labels import canonical, is_id, named, spoken, unit_of


def line(text: str, name: str) -> str:
    return next(one for one in text.splitlines() if one.startswith(f"- {name} ("))


def of_texts(values: list[str], detail: str = "sample") -> str:
    return line(describe(pd.DataFrame({"t": values}), "f", detail=detail), "t")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["25/03/2021", "01/02/2021", "3/4/2021", "9/9/2020"], "dates DD/MM/YYYY"),
        (["03/25/2021", "01/02/2021", "12/31/2021", "9/9/2020"], "dates MM/DD/YYYY"),
        (["03/05/2021", "01/02/2021", "12/11/2021", "9/9/2020"], "dates DD/MM/YYYY or MM/DD/YYYY"),
        (["2021-01-02", "2021-12-31", "2020-05-05", "2019-01-01"], "dates YYYY-MM-DD"),
        (["2021-01-02 10:30", "2021-12-31 11:00", "2020-05-05 23:59"], "dates YYYY-MM-DD HH:MM"),
        (["28 Jan 2021", "3 Sep 2020", "5 Mar 2021", "6 Mar 2021"], "dates DD Mon YYYY"),
        (["28-Jan-21", "03-Sep-20", "05-Mar-21", "06-Mar-21"], "dates DD-Mon-YY"),
        (["January 3, 2021", "March 14, 2020", "May 5, 2019"], "dates Month DD, YYYY"),
        (["10:30", "11:15", "09:00", "23:59"], "times HH:MM"),
        (["9:15 PM", "10:20 AM", "1:11 AM"], "times HH:MM AM/PM"),
        (["12 kg", "80.5 kg", "99 kg", "7 kg"], "numbers as text in kg"),
        (["$1,234.50", "$3.00", "-$17", "$2,000"], "numbers as text in $ with thousands commas"),
        (["12.50 EUR", "3 EUR", "4.1 EUR"], "numbers as text in EUR"),
        (["5%", "10%", "-3.2 %", "5 %"], "numbers as text in %"),
        (["1,5", "2,7", "3,9", "4,1"], "numbers as text with a decimal comma"),
        (["1.5", "2", "3.25", "4"], "numbers as text"),
        (["007", "123", "010", "999"], "digits with leading zeros"),
        (["yes", "no", "no", "no"], "boolean as text"),
        (["T", "F", "N/A", "F"], "boolean as text"),
    ],
)
def test_what_texts_stand_for_is_said(values: list[str], said: str) -> None:
    assert f"{said}," in of_texts(values * 3) + ","


@pytest.mark.parametrize(
    "values",
    [
        ["12A", "13B", "44C", "45D"],
        ["AB-1", "CD-2", "EF-3", "GH-4"],
        ["99/99/2021", "88/13/2020", "77/20/2020"],
        ["Mai 3, 2021", "Xyz 4, 2020", "Foo 5, 2019"],
        ["red", "green", "blue", "pink"],
        ["3 of 10", "4 of 12", "5 of 20"],
    ],
)
def test_what_only_looks_like_a_date_or_an_amount_is_none(values: list[str]) -> None:
    told = of_texts(values * 3)
    assert not any(word in told for word in ("dates", "times HH", "numbers as text", "boolean"))


def test_mixed_date_formats_are_said_with_their_shares() -> None:
    dates = [*(f"2021-{month:02d}-03" for month in range(1, 13)), *(f"{day}.01.2021" for day in range(13, 25))]
    assert "dates mixed: DD.MM.YYYY 50 % YYYY-MM-DD 50 %" in of_texts(dates)


def test_texts_that_are_numbers_or_dates_have_a_range_in_their_own_order() -> None:
    assert "-4 … 1250.5, numbers as text in $" in of_texts(
        ["$9.00", "$10", "-$4", "$1,250.50", *(f"${n}" for n in range(50))]
    )
    days = [f"{day:02d}/{month:02d}/2021" for day in range(1, 29) for month in (2, 11)]
    assert "01/02/2021 … 28/11/2021, dates DD/MM/YYYY" in of_texts(days)


def test_texts_for_missing_values_are_counted() -> None:
    told = of_texts([*(str(number) for number in range(40)), "?", "?", "N/A"])
    assert 'missing as "?" (2), missing as "N/A" (1)' in told
    assert 'missing as "?" (2)' in of_texts([*(str(number) for number in range(40)), "?", "?", "N/A"], "stats")
    assert "N/A" not in of_texts([*(str(number) for number in range(40)), "?", "?", "N/A"], "stats")


def test_steps_of_a_scale_are_told_in_its_order() -> None:
    assert of_texts(["high", "low", "low", "medium", "high", "low"]).endswith(
        'ordered, 3 distinct: "low" 3, "medium" 1, "high" 2'
    )
    assert "ordered" not in of_texts(["high", "low", "blue", "blue"] * 2)


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("temp_c", "°C"),
        ("temperature (F)", "°F"),
        ("weight (kg)", "kg"),
        ("price_usd", "USD"),
        ("humidity (%)", "%"),
        ("FRPM %", "%"),
        ("wind_kmh", "km/h"),
        ("crp_mg_l", "mg/L"),
        ("floor_area_m2", "m²"),
        ("height_m", "m"),
        ("t_min", ""),
        ("class_c", ""),
        ("Enrollment (K-12)", ""),
        ("kg", ""),
    ],
)
def test_units_are_read_from_labels(label: str, unit: str) -> None:
    assert unit_of(label) == unit
    told = line(describe(pd.DataFrame({label: [1.5, 2.5, 4.0]}), "f"), f'"{label}"' if " (" in label else label)
    assert (f"in {unit}" in told) if unit else (", in " not in told and ": in " not in told)


def test_ids_are_no_quantities() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"customer_id": rng.integers(1, 500, 300), "zip": rng.integers(10_000, 90_000, 300)})
    frame["amount"] = rng.integers(1, 500, 300)
    text = describe(frame, "f")
    assert line(text, "customer_id").endswith("looks like an id")
    assert line(text, "zip").endswith("looks like an id")
    assert "quartiles" in line(text, "amount")
    assert is_id("PassengerId")
    assert not any(map(is_id, ("video", "note", "idle", "keyboard")))


def test_numbers_that_may_mean_missing_are_said_with_the_range_of_the_rest() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(20, 3, 500).round(1)
    values[:7] = -999
    told = line(describe(pd.DataFrame({"t": values}), "f"), "t")
    assert f"-999 (7) may mean missing (else {values[7:].min():g} to {values[7:].max():g})" in told
    counts = pd.DataFrame({"t": [*range(100), 9999, 9999]})
    assert "9999 (2) may mean missing (else 0 to 99)" in describe(counts, "f")
    assert "may mean" not in describe(pd.DataFrame({"t": [*range(900, 999), 999, 999]}), "f"), "999 follows 998"
    assert "may mean" not in describe(pd.DataFrame({"t": [*range(100), -999]}), "f"), "one outlier is no mark"


def test_zeros_tails_and_whole_numbers_are_said() -> None:
    rng = np.random.default_rng(1)
    rain = np.where(rng.random(1000) < 0.8, 0, rng.exponential(2, 1000))
    none = int((rain == 0).sum())
    frame = pd.DataFrame({"rain": rain, "income": rng.lognormal(3, 1.2, 1000), "visits": [None, *range(999)]})
    text = describe(frame, "f")
    assert f"{none / 10:g} % zero" in line(text, "rain")
    assert "long right tail" in line(text, "income")
    assert "whole numbers" in line(text, "visits")
    assert "whole" not in line(text, "income")


def test_a_question_names_columns_and_values_in_other_spellings() -> None:
    focus = spoken("What is the mean bill length of 'Gentoo' penguins in the New York zoo?")
    assert named("bill_length_mm", focus)
    assert named("Bill Length (mm)", focus)
    assert named("billLength", focus)
    assert not named("bill_depth_mm", focus)
    assert not named(3, focus)
    assert canonical("Gentoo") in focus
    assert canonical("New-York") in focus
    assert "penguin" in focus, "a plural names the thing"
    assert spoken("") == frozenset()


@pytest.mark.parametrize("library", ["str", "object", "category", "polars"])
def test_values_that_the_question_names_are_told_where_they_are(library: str) -> None:
    from kimi_jupyter.context import build

    rng = np.random.default_rng(2)
    towns = [f"Town {number}" for number in range(300)] + ["St. Paul", "New York"]
    frame = pd.DataFrame({"town": rng.choice(towns, 6000), "n": range(6000)})
    often = frame["town"].value_counts()
    made = pl.from_pandas(frame) if library == "polars" else frame.astype({"town": library})
    text = build("mean n of new york and St Paul in df", namespace={"df": made}, cells=[], tokens=300).text
    told = line(text, "town")
    assert f'"New York" {often["New York"]}' in told
    assert f'"St. Paul" {often["St. Paul"]}' in told
    assert "Town 299" not in told
    schema = build("n of new york in df", namespace={"df": made}, cells=[], detail="schema").text
    assert "York" not in schema


def test_ordinary_words_of_a_question_are_no_values() -> None:
    from kimi_jupyter.context import build

    frame = pd.DataFrame({"word": [f"w{n}" for n in range(50)] * 2 + ["the", "of", "mean"] * 3})
    assert "includes" not in build("the mean of word in df", namespace={"df": frame}, cells=[]).text
