"""Run every fault in every dialect, streamed and in one piece, and print what survives: ``make matrix``.

A cell is ``.`` if the combination survives, ``F`` if not, and blank if there is no such thing (a fault of chunks in a
reply without chunks); blank cells are not counted.
"""

from __future__ import annotations

import logging
import sys
import time

from kimi_jupyter.offline.dialects import DIALECTS

from .cases import CASES, Case
from .trial import problems, quick_retries, served

_MODES = (True, False)


def run(dialects: tuple[str, ...], cases: tuple[Case, ...]) -> dict[tuple[str, str, bool], list[str]]:
    """Dialect, case and mode of each combination that there is → what is wrong with it."""
    results: dict[tuple[str, str, bool], list[str]] = {}
    with quick_retries():
        for dialect in dialects:
            with served(dialect) as server:
                for case in cases:
                    for stream in _MODES:
                        if case.truths(stream=stream):
                            results[dialect, case.name, stream] = problems(server, case, stream=stream)
    return results


def main(words: list[str]) -> int:
    """Print the table of the cases whose names hold one of the words, or of all."""
    logging.getLogger("tornado").setLevel(logging.CRITICAL)  # the endpoint breaks off on purpose
    begun = time.monotonic()
    cases = tuple(case for case in CASES if not words or any(word in case.name for word in words))
    results = run(tuple(DIALECTS), cases)
    width = max(len(case.name) for case in cases)
    print("streamed, in one piece: . survives, F does not, blank does not exist\n")
    for place, dialect in enumerate(DIALECTS):
        print(f"{'':{width}} {'   ' * place}{dialect}")
    for case in cases:
        cells = ("".join(_mark(results.get((dialect, case.name, mode))) for mode in _MODES) for dialect in DIALECTS)
        print(f"{case.name:{width}} {' '.join(cells)}".rstrip())
    print()
    failed = {key: found for key, found in results.items() if found}
    for (dialect, name, stream), found in failed.items():
        print(f"{dialect}, {name}, {'streamed' if stream else 'in one piece'}: {'; '.join(found)}")
    faults = len({case.key for case in cases})
    print(f"{faults} faults in {len(cases)} forms, {len(DIALECTS)} dialects, {time.monotonic() - begun:.0f} s")
    print(f"{len(results) - len(failed)} of {len(results)} survive")
    return bool(failed)


def _mark(found: list[str] | None) -> str:
    return " " if found is None else "F" if found else "."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
