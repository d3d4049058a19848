"""The example of Spark, run twice: the second time only Spark's own process may be connected to. Needs Java."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.examples import ELSEWHERE
from tests.support.twice import same, twice

EXAMPLES = Path(__file__).parents[2] / "example_notebooks"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ELSEWHERE)
def test_it_answers_and_replays_to_the_same_variables(name: str, tmp_path: Path) -> None:
    same(twice(EXAMPLES / name, tmp_path, loopback=True))
