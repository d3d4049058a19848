"""Install packages into an environment: by uv, which takes seconds where pip takes minutes, else by pip.

``python -m scripts.packages PYTHON ARGUMENT …`` takes what both take. What pip was set up to use (an index, a
certificate) uv is told, since it does not read that itself. Standard library only: it runs where nothing is installed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

__all__ = ["install", "main"]

#: What pip calls it, and the variable that tells uv.
_TOLD = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


class Failed(Exception):
    """The packages could not be installed; the message is what pip said."""


def install(python: Path, *arguments: str, environ: Mapping[str, str] = os.environ) -> None:
    """Install packages into the environment of an interpreter.

    Parameters
    ----------
    python
        The interpreter; pip need not be beside it.
    arguments
        Requirements, and options that pip and uv both know.
    environ
        The environment to run in.

    Raises
    ------
    Failed
        Neither could do it.
    """
    if (uv := _uv(environ)) is not None:
        # Of an editable package uv sees no change but that of pyproject.toml.
        options = ("--quiet", "--reinstall-package", "kimi-jupyter", "--python", str(python))
        command = [*uv, "pip", "install", *options, *arguments]
        if _run(command, _as_pip_is(environ)).returncode == 0:
            return
    done = _run([*_PIP, "--python", str(python), "install", "--quiet", *arguments], environ)
    if done.returncode:
        raise Failed(done.stdout)


_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def _uv(environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The words that run uv, which is installed beside this Python; ``None`` where that can't be done."""
    if find_spec("uv") is None and _run([*_PIP, "install", "--quiet", "uv"], environ).returncode:
        return None
    return (sys.executable, "-m", "uv", "--no-progress")


def _as_pip_is(environ: Mapping[str, str]) -> dict[str, str]:
    said = _run([*_PIP, "config", "list"], environ).stdout
    found = dict(re.findall(r"(?m)^[\w:]+\.([\w-]+)='(.*)'$", said))
    return {variable: found[name] for name, variable in _TOLD.items() if name in found} | dict(environ)


def _run(command: list[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def main() -> int:
    """Run the command line; returns the exit code."""
    python, *arguments = sys.argv[1:]
    try:
        install(Path(python), *arguments)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
