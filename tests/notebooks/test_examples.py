"""Every example notebook runs to its end without a browser, and its answers are true of the table beside it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from scripts.quickstart import Answer, Failure, execute, isolated, stage

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(300)]

EXAMPLES = Path(__file__).parents[2] / "example_notebooks"
CITIES = """\
city,country,founded,population,area_km2,elevation_m
Aberdeen,Scotland,1179,198590,65.1,12
Edinburgh,Scotland,1124,506520,118.0,47
Glasgow,Scotland,1175,622820,176.0,38
Inverness,Scotland,,47790,20.6,
Cardiff,Wales,1081,362310,140.3,9
Swansea,Wales,1158,246993,377.6,
Newport,Wales,1126,159587,190.5,24
Leeds,England,1207,536280,111.6,63
Bristol,England,1155,472400,110.0,11
Norwich,England,924,143900,39.0,24
Exeter,England,50,130428,47.0,41
Truro,England,1153,23047,,22
"""


def run(place: Path, environ: dict[str, str]) -> dict[str, Answer]:
    """The answers of the quickstart notebook, by question."""
    answers = execute(place / "01_quickstart.ipynb", isolated(place / ".jupyter", environ))
    return {answer.question: answer for answer in answers}


@pytest.fixture
def environ() -> dict[str, str]:
    """The test's own environment, with code allowed unasked as the demo does."""
    return {**os.environ, "KIMI_JUPYTER_APPROVE": "auto"}


def numbers(text: str) -> list[float]:
    """Every number in a text, thousands separators and all."""
    return [
        float(found.replace(",", "").replace("\N{MINUS SIGN}", "-"))
        for found in re.findall(r"[-\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?", text)
    ]


def says(text: str, value: float) -> bool:
    """Whether a text gives a value, rounded to as many digits as it likes but at least three."""
    return any(abs(found - value) <= max(abs(value) * 5e-3, 1e-9) for found in numbers(text))


def main_category(table: pd.DataFrame) -> str:
    """What the analyst says it takes for the main category: the text column with the fewest values, two at least."""
    texts = [column for column in table if pd.api.types.is_string_dtype(table[column])]
    counts = {column: table[column].nunique() for column in texts}
    return min((column for column in counts if counts[column] > 1), key=lambda column: counts[column])


def check(answers: dict[str, Answer], table: pd.DataFrame) -> None:
    """Compare every answer with pandas."""
    numeric = table.select_dtypes("number")
    by = {question.split()[0]: answer for question, answer in answers.items()}
    assert all(answer.text and "offline" in answer.text.lower() for answer in answers.values())

    size = by["How"].text
    missing = table.isna().sum()
    assert says(size, len(table))
    assert says(size, table.shape[1])
    for column, count in missing[missing > 0].items():
        assert str(column) in size
        assert says(size, count)

    for column in numeric:
        assert column in by["Summarise"].text
        assert says(by["Summarise"].text, numeric[column].mean())

    category = main_category(table)
    assert f"`{category}`" in by["Compare"].text
    means = table.groupby(category)[list(numeric)].mean()
    for group, row in means.iterrows():
        assert str(group) in by["Compare"].text
        for column in numeric:
            assert says(by["Compare"].text, row[column]), (group, column)

    correlation = numeric.corr()
    pairs = {(a, b): correlation.loc[a, b] for a in numeric for b in numeric if a < b}
    strongest = max(pairs, key=lambda pair: abs(pairs[pair]))
    assert all(name in by["Which"].text for name in strongest)
    assert says(by["Which"].text, pairs[strongest])

    assert by["Plot"].figures >= 1
    assert all(name in by["Plot"].text for name in strongest)


def test_the_quickstart_is_true_of_the_penguins(tmp_path: Path, environ: dict[str, str]) -> None:
    stage(tmp_path)
    check(run(tmp_path, environ), pd.read_csv(EXAMPLES / "penguins.csv"))


def test_the_quickstart_is_true_of_another_table_in_its_place(tmp_path: Path, environ: dict[str, str]) -> None:
    table = tmp_path / "cities.csv"
    table.write_text(CITIES)
    stage(tmp_path / "copy", table)
    check(run(tmp_path / "copy", environ), pd.read_csv(table))


def test_a_question_without_an_answer_fails_the_run_by_name(tmp_path: Path, environ: dict[str, str]) -> None:
    notebook = tmp_path / "01_quickstart.ipynb"
    cells = ["%load_ext kimi_jupyter", "%%kimi --provider nowhere\nIs anybody there?"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(made, notebook)
    with pytest.raises(Failure, match="Is anybody there"):
        execute(notebook, isolated(tmp_path / ".jupyter", environ))


def test_code_that_nobody_allowed_does_not_run_and_the_run_says_so(tmp_path: Path) -> None:
    stage(tmp_path)
    with pytest.raises(Failure, match="df_clean"):
        execute(tmp_path / "01_quickstart.ipynb", isolated(tmp_path / ".jupyter", {**os.environ}))
