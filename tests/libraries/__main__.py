"""``make libraries``: every ``check_*.py`` beside this file, in the environment that has their libraries.

Each runs in a process of its own, since a process has one Java and one kind of Spark session.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from .environment import environment, java

_HERE = Path(__file__).parent
_OPTIONS = (
    "-q",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-o",
    "filterwarnings=",
    "-o",
    "addopts=--import-mode=importlib",
)


def main(names: list[str]) -> int:
    """Run the checks of these names, or all; 1 if one failed."""
    if not java():
        print("libraries: Spark needs Java 17 or newer, and there is no java on PATH or in JAVA_HOME.", file=sys.stderr)
        print(
            "           Debian, Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17",
            file=sys.stderr,
        )
        return 1
    python, held, all_of_them = environment(), 0, 0
    for path in sorted(_HERE.glob("check_*.py")):
        if names and path.stem.removeprefix("check_") not in names:
            continue
        passed, total = _run(python, path)
        print(f"{path.stem.removeprefix('check_'):>15} {passed} of {total}", flush=True)
        held, all_of_them = held + passed, all_of_them + total
    print(f"{'libraries':>15} {held} of {all_of_them}")
    return int(held < all_of_them or not all_of_them)


def _run(python: Path, path: Path) -> tuple[int, int]:
    """How many of how many hold; what failed is printed."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        command = [str(python), "-m", "pytest", *_OPTIONS, f"--junitxml={report}", str(path)]
        done = subprocess.run(command, cwd=_HERE.parents[1], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-8_000:], done.stderr[-2_000:], sep="\n")
        if not report.exists():
            return 0, 1
        suite = next(ElementTree.parse(report).iter("testsuite"))
    total = int(suite.attrib["tests"])
    wrong = sum(int(suite.attrib[kind]) for kind in ("failures", "errors", "skipped"))
    return max(0, total - wrong), max(1, total)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
