"""The arrows between the parts point one way, and importing the package costs next to nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kimi_jupyter

PACKAGE = Path(kimi_jupyter.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))

_BASE = {"_version", "errors", "settings", "providers"}
_ENGINE = {*_BASE, "chat", "agent", "context", "store"}
#: What each part may import of the package, also lazily and for types only.
ALLOWED = {
    "_version": set(),
    "errors": set(),
    "providers": {"errors"},
    "settings": {"errors", "providers"},
    "chat": _BASE,
    "context": {*_BASE, "chat"},
    "store": {*_BASE, "chat"},
    "agent": {*_BASE, "chat"},
    "offline": {"errors", "chat"},
    "view": _ENGINE,
    "doctor": {*_BASE, "chat", "agent"},
    "kernel": {*_ENGINE, "view", "offline", "doctor"},
    "headless": {*_ENGINE, "view"},
    "api": {*_ENGINE, "view", "kernel", "offline"},
    "__init__": {*_ENGINE, "view", "kernel", "offline", "api"},
    "__main__": {*_ENGINE, "view", "kernel", "offline", "doctor", "headless"},
}
#: Front ends: the engine, and what serves it, runs without them.
FRONT_ENDS = {"IPython", "ipywidgets", "anywidget", "comm", "ipykernel"}
HEADLESS = {*_ENGINE, "offline", "doctor", "api", "headless"}
#: Never imported when a kernel loads the package (speed.md's goal for the import).
HEAVY = [
    "httpx",
    "ipywidgets",
    "narwhals",
    "pandas",
    "polars",
    "pyarrow",
    "jsonschema",
    "matplotlib",
    "numpy",
    "IPython",
]


def part_of(module: Path) -> str:
    """The part of the design a module belongs to: ``chat/wire.py`` is of ``chat``."""
    return module.parts[0].removesuffix(".py")


def imports(module: Path) -> Iterator[tuple[int, str, bool]]:
    """Line, dotted name and whether it is of the package, of everything a module imports."""
    inside = ("kimi_jupyter", *module.parent.parts)
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*inside[: len(inside) - node.level + 1], *filter(None, [node.module])])
            origin = base if node.level else node.module or ""
            # ``from . import chat`` names the part only in what it imports.
            names = [f"{origin}.{alias.name}" for alias in node.names] if origin == "kimi_jupyter" else [origin]
        else:
            continue
        for name in names:
            yield node.lineno, name, name.split(".")[0] == "kimi_jupyter"


def own_parts(module: Path) -> Iterator[tuple[int, str]]:
    """Line and part of the package's own modules that a module imports, other than its own part."""
    for line, name, own in imports(module):
        if own:
            part = name.split(".")[1] if "." in name else "__init__"
            if not ((PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()):
                part = "__init__"  # a name of the package itself
            if part != part_of(module):
                yield line, part


def test_every_part_has_its_place_in_the_design() -> None:
    assert {part_of(module) for module in MODULES} <= ALLOWED.keys()


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_point_one_way(module: Path) -> None:
    allowed = ALLOWED[part_of(module)]
    wrong = [f"{module}:{line} imports {part}" for line, part in own_parts(module) if part not in allowed]
    assert wrong == []


@pytest.mark.parametrize("module", [module for module in MODULES if part_of(module) in HEADLESS], ids=str)
def test_the_engine_knows_no_front_end(module: Path) -> None:
    assert {name.split(".")[0] for _, name, _ in imports(module)} & FRONT_ENDS == set()


@pytest.mark.parametrize("module", ["errors.py", "chat/tokens.py", "_version.py"])
def test_it_imports_nothing_but_the_standard_library(module: str) -> None:
    assert {name.split(".")[0] for _, name, _ in imports(Path(module))} <= sys.stdlib_module_names


def test_the_walk_sees_an_arrow_the_wrong_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("chat", "kernel"):
        (tmp_path / part).mkdir()
    (tmp_path / "chat" / "wire.py").write_text(
        "def f():\n    from ..kernel.magics import x\n    from .. import kernel\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    assert list(own_parts(Path("chat/wire.py"))) == [(2, "kernel"), (3, "kernel")]


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, kimi_jupyter; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
