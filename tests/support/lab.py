"""JupyterLab and Notebook 7 on a real server for the browser tests: own directories, a token, loopback, no look-ups."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.isolation import clean_environment

__all__ = ["Lab", "running_lab", "serving"]

#: Seconds until the server must have written where it listens.
_START_SECONDS = 60
_OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


@dataclass(frozen=True, slots=True)
class Lab:
    """A running server.

    Attributes
    ----------
    url
        Its base address, with a slash at the end.
    token
        What opens it.
    root
        The directory it serves.
    log
        The file it writes its log to.
    """

    url: str
    token: str
    root: Path
    log: Path


@contextmanager
def running_lab(place: Path, environ: Mapping[str, str] = {}, python: Path = Path(sys.executable)) -> Iterator[Lab]:
    """Run JupyterLab with everything it keeps below one directory.

    Parameters
    ----------
    place
        An existing empty directory.
    environ
        Variables that kernels get besides.
    python
        The interpreter: this one, or that of an environment with another JupyterLab.

    Raises
    ------
    RuntimeError
        The server did not come up; the message is its log.
    """
    root, home, log = place / "notebooks", place / "home", place / "server.log"
    root.mkdir()
    home.mkdir()
    env = {
        **clean_environment(home),
        "JUPYTERLAB_SETTINGS_DIR": str(place / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(place / "workspaces"),
        **environ,
    }
    overrides = Path(env["JUPYTER_CONFIG_DIR"]) / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(_OVERRIDES))
    command = [
        *(str(python), "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"),
        *(f"--ServerApp.root_dir={root}", "--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
        *("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.expose_app_in_browser=True"),
        "--JupyterNotebookApp.expose_app_in_browser=True",  # Notebook 7 is served beside it
        "--ServerApp.terminals_enabled=False",
        *(["--allow-root"] if os.name != "nt" and os.geteuid() == 0 else []),
    ]
    with serving(command, root, env, log) as at:
        yield Lab(at["url"], at["token"], root, log)


@contextmanager
def serving(command: list[str], root: Path, environ: Mapping[str, str], log: Path) -> Iterator[dict[str, Any]]:
    """Run a Jupyter server until the end of the block; gives what it writes about itself.

    Raises
    ------
    RuntimeError
        It did not come up; the message is its log.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=root, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield _listening(process, environ, log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listening(process: subprocess.Popen[bytes], environ: Mapping[str, str], log: Path) -> dict[str, Any]:
    """What a server writes about itself once it listens."""
    file = Path(environ["JUPYTER_RUNTIME_DIR"]) / f"jpserver-{process.pid}.json"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists():
            try:
                found: dict[str, Any] = json.loads(file.read_text())
            except ValueError:
                pass  # it is being written
            else:
                return found
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start\n{log.read_text()}")
