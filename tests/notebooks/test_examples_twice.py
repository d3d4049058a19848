"""Every example is run twice, the second time with every connection refused: the same variables, the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
import pytest

from scripts.examples import ELSEWHERE
from tests.support.twice import same, twice

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(300)]

EXAMPLES = sorted((Path(__file__).parents[2] / "example_notebooks").glob("*.ipynb"))
HERE = [path for path in EXAMPLES if path.name not in ELSEWHERE]
#: Notebooks that run at a time: while one waits for the endpoint's pace another computes.
AT_ONCE = 3


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Each notebook's two runs, by its name, as they come."""
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn")) as pool:
        yield {path.name: pool.submit(twice, path, tmp_path_factory.mktemp(path.stem)) for path in HERE}


@pytest.mark.parametrize("name", [path.name for path in HERE])
def test_it_answers_and_replays_to_the_same_variables_and_figures(runs: dict[str, Any], name: str) -> None:
    same(runs[name].result())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_what_is_saved_in_it_reads_well_and_names_no_place_of_a_machine(path: Path) -> None:
    saved = nbformat.read(path, as_version=4)
    text = path.read_text(encoding="utf-8")
    assert not any(place in text for place in ("/home/", "/tmp/", "/root/", "site-packages", "C:\\\\"))
    asking = [cell for cell in saved.cells if cell.source.startswith("%%kimi")]
    assert all(any("text/markdown" in output.get("data", {}) for output in cell.outputs) for cell in asking)
