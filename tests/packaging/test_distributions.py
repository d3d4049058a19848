"""What pip users get: a wheel that is complete and small, and a source distribution that needs no Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.metadata import Metadata

import kimi_jupyter
from tests.support.isolation import pip

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parents[2]
NODE = ("node", "nodejs", "npm", "npx", "yarn", "jlpm")


@dataclass(frozen=True, slots=True)
class Built:
    wheel: Path
    source: Path


def path_without_node() -> str:
    """``PATH`` without the directories that hold Node; a build by the interpreter that runs the tests needs none."""
    return os.pathsep.join(
        place
        for place in os.environ["PATH"].split(os.pathsep)
        if not any((Path(place) / name).exists() for name in NODE)
    )


def build(dist: Path, *options: str) -> Path:
    """Build distributions into a directory: without Node, as tree and source distribution hold what it would build."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check", *options),
            "--outdir",
            str(dist),
            str(ROOT),
        ],
        env={**os.environ, "PATH": path_without_node()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "frontend: building" not in done.stdout
    return dist


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The source distribution, and the wheel that was built from it."""
    dist = build(tmp_path_factory.mktemp("dist"))
    return Built(next(dist.glob("*.whl")), next(dist.glob("*.tar.gz")))


@pytest.fixture(scope="module")
def wheel_names(built: Built) -> set[str]:
    with zipfile.ZipFile(built.wheel) as wheel:
        return set(wheel.namelist())


@pytest.fixture(scope="module")
def metadata(built: Built, wheel_names: set[str]) -> Metadata:
    with zipfile.ZipFile(built.wheel) as wheel:
        name = next(name for name in wheel_names if name.endswith(".dist-info/METADATA"))
        return Metadata.from_email(wheel.read(name), validate=True)


def installed_python(place: Path) -> Path:
    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(python: Path, code: str, cwd: Path) -> str:
    done = subprocess.run([str(python), "-c", code], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_holds_every_module_and_the_marker_of_its_types(wheel_names: set[str]) -> None:
    package = ROOT / "kimi_jupyter"
    modules = {path.relative_to(ROOT).as_posix() for path in package.rglob("*.py")}
    assert modules <= wheel_names
    assert "kimi_jupyter/py.typed" in wheel_names


def test_the_wheel_holds_the_licence_and_nothing_else_besides_the_package(wheel_names: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel_names)
    tops = {name.split("/")[0] for name in wheel_names}
    here = f"kimi_jupyter-{kimi_jupyter.__version__}"
    assert tops == {"kimi_jupyter", f"{here}.dist-info", f"{here}.data"}
    assert not [name for name in wheel_names if "test" in Path(name).parts or name.endswith((".pyc", ".ipynb", ".csv"))]


def test_the_wheel_holds_the_widget_and_the_licences_of_what_is_in_it(built: Built, wheel_names: set[str]) -> None:
    static = {name.rpartition("/")[2] for name in wheel_names if name.startswith("kimi_jupyter/view/static/")}
    assert static == {"turn.js", "turn.css", "turn.licenses.txt"}
    with zipfile.ZipFile(built.wheel) as wheel:
        # The kernel sends it with every turn.
        assert wheel.getinfo("kimi_jupyter/view/static/turn.js").file_size < 400_000
        licences = wheel.read("kimi_jupyter/view/static/turn.licenses.txt").decode()
    assert {"@codemirror/view", "katex", "marked", "preact"} <= set(re.findall(r"(?m)^(\S+) \S+ \(MIT\)$", licences))


def test_the_wheel_puts_the_labextension_where_jupyterlab_looks(built: Built, wheel_names: set[str]) -> None:
    place = f"kimi_jupyter-{kimi_jupyter.__version__}.data/data/share/jupyter/labextensions/kimi-jupyter/"
    files = {name.removeprefix(place) for name in wheel_names if name.startswith(place)}
    with zipfile.ZipFile(built.wheel) as wheel:
        package = json.loads(wheel.read(f"{place}package.json"))
        installed = json.loads(wheel.read(f"{place}install.json"))
    assert {"install.json", "static/style.js", "static/third-party-licenses.json"} <= files
    assert package["jupyterlab"]["_build"]["load"] in files
    assert installed["packageManager"] == "python"
    assert installed["packageName"] == "kimi-jupyter"
    assert not [name for name in wheel_names if name.startswith("kimi_jupyter/labextension/")]  # once is enough


def test_the_source_distribution_holds_what_its_tests_need(built: Built) -> None:
    with tarfile.open(built.source) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    wanted = {"LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "scripts/test"}
    wanted |= {"tests/conftest.py", "example_notebooks/penguins.csv", "example_notebooks/01_quickstart.ipynb"}
    wanted |= {"labextension/package-lock.json", "labextension/src/index.ts", "kimi_jupyter/labextension/package.json"}
    wanted |= {"kimi_jupyter/view/static/turn.js", "labextension/built"}
    assert wanted <= names
    unwanted = (".venv", ".cache", "build/", ".git/", "labextension/node_modules", "labextension/lib")
    assert not [name for name in names if name.startswith(unwanted)]


def test_the_version_is_in_one_place(metadata: Metadata, built: Built) -> None:
    here = kimi_jupyter.__version__
    assert str(metadata.version) == version("kimi-jupyter") == here
    assert built.source.name == f"kimi_jupyter-{here}.tar.gz"
    # Quoted, as code and tables write it: a dependency may have the same number.
    holders = [
        path.relative_to(ROOT).as_posix()
        for path in [*(ROOT / "kimi_jupyter").rglob("*.py"), ROOT / "pyproject.toml"]
        if f'"{here}"' in path.read_text(encoding="utf-8")
    ]
    assert holders == ["kimi_jupyter/_version.py"]
    # npm wants it as well.
    for file in ("package.json", "package-lock.json"):
        assert json.loads((ROOT / "labextension" / file).read_text(encoding="utf-8"))["version"] == here


def test_the_metadata_say_what_pip_needs(metadata: Metadata) -> None:
    assert metadata.requires_python is not None
    assert metadata.requires_python.contains("3.11")
    assert not metadata.requires_python.contains("3.10")
    assert metadata.license_expression == "BSD-3-Clause"
    assert {"demo", "keyring", "lab"} <= set(metadata.provides_extra or [])
    plain = {requirement.name for requirement in metadata.requires_dist or [] if requirement.marker is None}
    assert {"httpx", "httpx-sse", "ipykernel", "narwhals", "nbformat"} <= plain
    assert not plain & {"jupyterlab", "pandas", "openai", "matplotlib"}


def test_the_wheel_alone_is_imported_and_says_its_version(built: Built, tmp_path: Path) -> None:
    python = installed_python(tmp_path / "venv")
    pip("--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(built.wheel))
    printed = run(python, "import kimi_jupyter as k; print(k.__version__, k.__file__)", tmp_path)
    assert printed.startswith(kimi_jupyter.__version__)
    assert str(tmp_path / "venv") in printed
    assert (python.parent / "kimi-jupyter").exists()


def test_a_source_install_works_without_node(built: Built, tmp_path: Path) -> None:
    path = path_without_node()
    assert not [name for name in NODE if shutil.which(name, path=path)]
    python = installed_python(tmp_path / "venv")
    pip("--python", str(python), "install", "--quiet", "--no-deps", str(built.source), environ={"PATH": path})
    assert run(python, "import kimi_jupyter as k; print(k.__version__)", tmp_path) == kimi_jupyter.__version__
