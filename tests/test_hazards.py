"""The catalogue of hazards, and how tests name them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hazards import CATALOGUE, named

SIZES = {"NET": 26, "PRO": 28, "KER": 21, "APP": 25, "INP": 16, "RO": 12, "UI": 24, "STO": 20, "CON": 9, "SEC": 7}
SIZES |= {"KEY": 18, "BUD": 8}


@pytest.mark.parametrize(
    ("name", "hazards"),
    [
        ("test_app_07_no_script_runs_anything", ["APP-07"]),
        ("test_APP_07_08_and_more", ["APP-07", "APP-08"]),
        ("test_app_07_ui_18_both", ["APP-07", "UI-18"]),
        ("test_ui_01_to_04_ranges", ["UI-01", "UI-02", "UI-03", "UI-04"]),
        ("test_what_is_hidden[inp_02-x = 1]", ["INP-02"]),
        ("test_what_is_hidden[INP-02]", ["INP-02"]),
        ("test_a_key_of_32_bytes_and_map_07_of_it", []),
        ("test_app_071_is_none", []),
    ],
)
def test_names_name_hazards(name: str, hazards: list[str]) -> None:
    assert [f"{family}-{number:02}" for family, number in named(name)] == hazards


def test_the_catalogue_is_whole() -> None:
    assert {family: len(titles) for family, titles in CATALOGUE.items()} == SIZES
    assert all(list(titles) == list(range(1, len(titles) + 1)) for titles in CATALOGUE.values())


def test_every_hazard_that_a_test_names_is_there() -> None:
    for path in Path(__file__).parent.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                assert all(number in CATALOGUE[family] for family, number in named(node.name)), f"{path}: {node.name}"


def test_a_family_is_counted_and_what_does_not_hold_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        "def test_sec_01_02_hold(): pass\n"
        "def test_sec_02_holds_not(): assert False\n"
        "def test_net_01_is_of_another_family(): assert False\n"
    )
    options = ["-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path)]
    code = f"from tests.hazards import run; run(['SEC'], *{options!r})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    lines = shown.stdout[shown.stdout.index("SEC ") :].splitlines()
    assert lines[0] == "SEC   1 of 7", shown.stdout
    assert re.search("SEC-02 .*: fails in .*test_sec_02_holds_not$", lines[1])
    assert [line.endswith(": no test") for line in lines[2:]] == [True] * 5
