"""The environments of those we are compared with, below ``.cache/peers``: pinned, so that runs compare.

``python -m tests.bench.peers`` makes what is missing (some 6 GB in a quarter of an hour); ``make bench PEERS=1`` does
it first. One that can't be made is said so, and the others are measured without it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from scripts.packages import Failed, install
from tests.support.isolation import MACHINE

__all__ = ["ENVIRONMENTS", "LABS", "OURS", "installed", "make", "versions"]

_ROOT = Path(__file__).parents[2]
_PLACE = _ROOT / ".cache" / "peers"
_LAB = ("jupyterlab==4.6.6", "ipykernel==7.4.0")
_TABLES = ("pandas==3.1.1", "pyarrow==26.0.1")
#: Us as a user installs us, built from this tree; and JupyterLab alone.
OURS, ALONE = "kimi-jupyter", "jupyterlab"
#: Those that bring an extension for JupyterLab.
LABS = ("jupyter-ai", "notebook-intelligence", "jupyterlite-ai", "mito-ai")
#: By name: what is installed.
ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "libraries": (
        "anywidget==0.11.0",
        "httpx==0.28.1",
        "httpx-sse==0.4.3",
        "ipykernel==7.4.0",
        "ipywidgets==8.1.9",
        "langchain==1.5.2",
        "langchain-openai==1.7.4",
        "litellm==1.110.2",
        "narwhals==2.29.0",
        "openai==3.57.0",
        "orjson==3.13.0",
        "pydantic==2.14.4",
    ),
    ALONE: _LAB,
    OURS: _LAB,
    "jupyter-ai": ("jupyter-ai==3.2.0", *_LAB),
    "notebook-intelligence": ("notebook-intelligence==6.2.0", *_LAB),
    "jupyterlite-ai": ("jupyterlite-ai==0.20.1", *_LAB),
    "mito-ai": ("mito-ai==0.1.69", *_TABLES, *_LAB),
    "jupyter-ai-magics": ("jupyter-ai-magics==2.31.7", "langchain-openai", "ipykernel==7.4.0", *_TABLES),
    "jupyter-ai-magic-commands": ("jupyter-ai-magic-commands==0.0.4", "ipykernel==7.4.0"),
    "marimo": ("marimo==0.25.2", *_TABLES),
    "querychat": ("querychat==0.9.0", "duckdb==2.0.1", *_TABLES),
    "pandasai": ("pandasai==3.0.0", "pandas==2.3.3", "pyarrow==18.1.0"),
    "lida": ("lida==0.0.14", *_TABLES),
}
_VERSIONS = """
import sys
from importlib.metadata import version
for name in sys.argv[1:]:
    print(name, version(name))
"""


def _python(name: str) -> Path:
    return _PLACE / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _stamp(name: str) -> Path:
    return _PLACE / name / "made"


def installed(name: str) -> Path | None:
    """An environment's interpreter, if it is there and holds what is listed."""
    stamp = _stamp(name)
    there = stamp.exists() and stamp.read_text(encoding="utf-8") == "\n".join(ENVIRONMENTS[name])
    return _python(name) if there else None


def make(name: str) -> Path:
    """Make an environment where it is missing; ours always gets this tree.

    Raises
    ------
    Failed
        It can't be had; the message is what the installer said.
    """
    found = installed(name)
    if found is None:
        shutil.rmtree(_PLACE / name, ignore_errors=True)
        venv.create(_PLACE / name, with_pip=False, symlinks=os.name != "nt")
        found = _python(name)
        install(found, *ENVIRONMENTS[name], environ=MACHINE)
        _stamp(name).write_text("\n".join(ENVIRONMENTS[name]), encoding="utf-8")
    if name == OURS:
        install(
            found, str(_ROOT), environ=MACHINE | {"SKIP_JUPYTER_BUILDER": "1"}
        )  # with the front end as it was built
    return found


def versions(name: str) -> list[str]:
    """What is listed of an environment, as it is installed."""
    names = [requirement.partition("==")[0].partition("[")[0] for requirement in ENVIRONMENTS[name]]
    done = subprocess.run([str(_python(name)), "-c", _VERSIONS, *names], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def main() -> int:
    """Make them all; 1 if one could not be made."""
    failed = []
    for name in ENVIRONMENTS:
        print(f"bench: .cache/peers/{name}", flush=True)
        try:
            make(name)
        except Failed as error:
            print(str(error)[-2_000:], file=sys.stderr)
            failed.append(name)
    if failed:
        print(f"bench: not to be had here: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
