"""How many of how many hazards hold: ``python -m tests.hazards [FAMILY …]`` runs the tests that name them.

A test names a hazard in its name or in a parameter's id: ``test_app_07_…``, several as ``test_app_01_02_…``, a range as
``test_ui_01_to_08_…``. A hazard holds where at least one test names it and all that name it pass.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

__all__ = ["CATALOGUE", "Hazards", "named"]

#: What can go wrong, by family and number, in a line each.
CATALOGUE = {
    family: {int(line[:2]): line[3:] for line in lines.strip().splitlines()}
    for family, lines in (
        block.split("\n", 1)
        for block in (Path(__file__).parent / "data" / "hazards.txt").read_text(encoding="utf-8").strip().split("\n\n")
    )
}

_NAMED = re.compile(rf"(?:^|[\[_-])({'|'.join(CATALOGUE)})[_-](\d\d)(?:_to_(\d\d)|((?:_\d\d)*))(?!\d)", re.IGNORECASE)


def named(name: str) -> Iterator[tuple[str, int]]:
    """The hazards that a test's name names."""
    for family, first, last, more in _NAMED.findall(name):
        numbers = range(int(first), int(last) + 1) if last else map(int, [first, *filter(None, more.split("_"))])
        yield from ((family.upper(), number) for number in numbers)


class Hazards:
    """A plugin of pytest: chooses the tests of some families, and counts what holds.

    Parameters
    ----------
    families
        Which ones.
    """

    def __init__(self, families: Sequence[str]) -> None:
        self._families = families
        self._tests: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._passed: dict[str, bool] = {}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        chosen, others = [], []
        for item in items:
            found = [hazard for hazard in named(item.name) if hazard[0] in self._families]
            for hazard in found:
                self._tests[hazard].add(item.nodeid)
            (chosen if found else others).append(item)
        config.hook.pytest_deselected(items=others)
        items[:] = chosen

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        passed = report.outcome == "passed"
        self._passed[report.nodeid] = self._passed.get(report.nodeid, True) and passed

    def report(self) -> Iterator[str]:
        """A line for each family, and one for each hazard that does not hold."""
        for family in self._families:
            titles = CATALOGUE[family]
            troubles = {number: trouble for number in titles if (trouble := self._trouble(family, number))}
            yield f"{family:<4} {len(titles) - len(troubles):>2} of {len(titles)}"
            for number, trouble in troubles.items():
                yield f"     {family}-{number:02} {titles[number]}: {trouble}"

    def _trouble(self, family: str, number: int) -> str:
        tests = self._tests.get((family, number), set())
        failed = sorted(test for test in tests if not self._passed.get(test, False))
        return f"fails in {', '.join(failed)}" if failed else "" if tests else "no test"


def main(arguments: Sequence[str]) -> int:
    """Run the tests of the families that are given, of all where none is, and print how many hazards hold."""
    unknown = [name for name in arguments if name.upper() not in CATALOGUE]
    if unknown:
        print(f"There is no family {', '.join(unknown)}; there are {', '.join(CATALOGUE)}.", file=sys.stderr)
        return 2
    return run([name.upper() for name in arguments] or list(CATALOGUE), "--benchmark-disable", "tests")


def run(families: Sequence[str], *options: str) -> int:
    """The same with options of pytest."""
    hazards = Hazards(families)
    code = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *options], plugins=[hazards])
    print("\n" + "\n".join(hazards.report()))
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
