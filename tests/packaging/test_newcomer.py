"""A newcomer's path: the wheel in an empty environment without Node, then the README's words, typed as printed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

import kimi_jupyter
from scripts.packages import install
from tests.packaging.test_distributions import ROOT, build, installed_python, path_without_node
from tests.support.chromium import chromium
from tests.support.isolation import MACHINE, clean_environment
from tests.support.lab import Lab, running_lab
from tests.support.labpage import SLOW, LabPage, write_notebook
from tests.support.sidepanel import allow_all, ask, question

pytestmark = [pytest.mark.packaging, pytest.mark.browser, pytest.mark.timeout(400)]

#: The README's blocks of code, in order.
BLOCKS = re.findall(r"(?ms)^```\w*\n(.*?)\n```$", (ROOT / "README.md").read_text(encoding="utf-8"))
NAME = "notebook.ipynb"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An environment with the wheel and JupyterLab in it, and a server that runs there."""

    bin: Path
    lab: Lab

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        """Type a line of the README into a shell beside the notebook."""
        command, *rest = shlex.split(line, comments=True)
        environ = clean_environment(self.lab.root.parent / "home") | {"PATH": f"{self.bin}:{path_without_node()}"}
        return subprocess.run(
            [str(self.bin / command), *rest],
            cwd=self.lab.root,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    place = tmp_path_factory.mktemp("newcomer")
    wheel = next(build(place / "dist", "--wheel").glob("*.whl"))
    python = installed_python(place / "venv")
    nothing = {**MACHINE, "PATH": path_without_node()}
    install(python, f"kimi-jupyter[lab] @ {wheel.as_uri()}", "pandas", environ=nothing)
    (place / "lab").mkdir()
    with running_lab(place / "lab", {"PATH": path_without_node()}, python) as lab:
        shutil.copytree(ROOT / "example_notebooks", lab.root / "example_notebooks")
        yield Newcomer(python.parent, lab)


def test_jupyterlab_lists_the_labextension_of_the_wheel(newcomer: Newcomer) -> None:
    listed = newcomer.type("jupyter labextension list").stderr
    line = rf"kimi-jupyter v{re.escape(kimi_jupyter.__version__)} enabled OK \(python, kimi-jupyter\)"
    assert re.search(line, re.sub(r"\x1b\[[0-9;]*m", "", listed)), listed


def test_app_25_what_is_asked_and_allowed_in_the_browser_runs_again_by_the_commands_of_the_readme(
    newcomer: Newcomer,
) -> None:
    load, first = BLOCKS[:2]
    write_notebook(newcomer.lab.root / NAME, load, first, "print(pairs.index[0])")
    approve, execute, run = next(block for block in BLOCKS if "kimi-jupyter approve" in block).splitlines()
    too_early = newcomer.type(approve)
    assert (too_early.returncode, too_early.stdout.count("\n")) == (1, 1)
    assert "press Run" in too_early.stdout

    with chromium() as browser, browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = LabPage(context.new_page(), newcomer.lab)
        page.open(NAME)
        page.run_all()
        page.output(1).get_by_role("button", name="Run", exact=True).click(timeout=SLOW)
        expect(page.output(1)).to_contain_text("is flipper_length_mm and body_mass_g", timeout=SLOW)
        page.wait_done(2)
        page.save()
        ask(page, "Which species has the highest average body_mass_g?")
        allow_all(question(page, 2))
        expect(question(page, 2)).to_contain_text("highest for Gentoo")
        page.close()
        assert page.outside == []

    allowed = newcomer.type(approve)
    assert (allowed.returncode, allowed.stderr) == (0, ""), allowed.stdout
    assert newcomer.type(execute).returncode == 0
    asked, after = nbformat.read(newcomer.lab.root / NAME, as_version=4).cells[1:]
    assert any("Replayed from" in output.get("data", {}).get("text/plain", "") for output in asked.outputs)
    assert after.outputs[0]["text"] == "('flipper_length_mm', 'body_mass_g')\n"
    answered = newcomer.type(run)
    assert (answered.returncode, "offline endpoint" in answered.stdout) == (0, True), answered.stderr
