"""What the README says is so: its options, commands, endpoints, variables and code are held against the package."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kimi_jupyter.providers import PROVIDERS
from kimi_jupyter.settings import ENVIRONMENT, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(first_heading):
    """The first cells of the table whose header begins so."""
    lines = README[README.index(f"| {first_heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.replace("\\|", "¦").strip("|").split("|")] for line in lines]


def test_options_are_the_magics_own():
    pytest.importorskip("IPython")
    from kimi_jupyter.kernel.magics import KimiMagics

    said = {option for row in table("option") for option in re.findall(r"--[a-z-]+", row[0])}
    real = {option for action in KimiMagics.ask_cell.parser._actions for option in action.option_strings}
    assert said == {option for option in real if option.startswith("--")}


def test_commands_are_kimis_own():
    from kimi_jupyter.kernel.commands import Commands

    said = {command for row in table("command") for command in re.findall(r"%kimi (\w+)", row[0])}
    assert said == set(Commands(None, None).names)


def test_endpoints_and_their_variables():
    for _, names, keys in table("endpoint"):
        for name in re.findall(r"`([\w.-]+)", names):
            assert name in PROVIDERS, name
            for variable in re.findall(r"`([A-Z_]+)`", keys):
                assert variable in PROVIDERS[name].keys


def test_environment_variables_are_all_named():
    assert set(re.findall(r"KIMI_JUPYTER_[A-Z_]+", README)) == set(ENVIRONMENT) | {
        "KIMI_JUPYTER_API_KEY",
        "KIMI_JUPYTER_OFFLINE",
        "KIMI_JUPYTER_DETAIL_CAP",
    }


def test_settings_in_examples_exist():
    for name in re.findall(r"c\.KimiMagics\.(\w+)", README):
        assert Settings.class_traits(config=True).get(name), name


def test_settings_are_all_there():
    said = [name for row in table("setting") for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(said) == sorted(set(Settings.class_traits(config=True)) - {"parent", "log"})


def test_make_targets_and_files_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in link or (ROOT / link).exists(), link


def test_commands_for_the_shell_parse():
    from kimi_jupyter.__main__ import main

    assert "kimi-jupyter serve" in README
    with pytest.raises(SystemExit) as done:
        main(shlex.split("serve --help"))
    assert done.value.code == 0


def test_the_tool_example_works():
    from kimi_jupyter.agent.tools import tool_from_function

    code = next(block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "@tool" in block)
    namespace = {"RATES": {"EUR": 1.1}}
    exec(code, namespace)
    made = tool_from_function(namespace["exchange_rate"], gated=False)
    assert made.parameters["properties"]["currency"]["description"] == "Three-letter code, such as EUR."
    assert namespace["exchange_rate"]("EUR") == 1.1


def test_the_describer_example_works():
    from kimi_jupyter.context import describe, describer

    code = next(block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "describer" in block)

    class Portfolio:
        positions = (1, 2)
        currency = "EUR"

    Portfolio.__module__, Portfolio.__qualname__ = "mylib", "Portfolio"
    named: dict[str, object] = {}
    exec(code.replace('"mylib.Portfolio"', "Portfolio"), {"Portfolio": Portfolio}, named)
    try:
        assert "2 positions, EUR" in describe(Portfolio(), "mine")
    finally:
        describer(Portfolio, None)
