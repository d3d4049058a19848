"""LiteLLM's proxy, a server not of our making, in an environment of its own below ``.cache``.

It answers with its own mock replies, or passes requests on to the offline endpoint; it never leaves this machine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.isolation import clean_environment, pip

__all__ = ["KEY", "environment", "installed", "proxy"]

KEY = "sk-second-server-4f0c2a9e7b1d"
_PLACE = Path(__file__).parents[2] / ".cache" / "litellm"
#: Seconds the proxy may take to start: its imports alone are ten on a slow machine.
_STARTS = 120.0


def _python(place: Path) -> Path:
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def installed() -> Path | None:
    """The environment's interpreter, if there is one."""
    return _python(_PLACE) if (_PLACE / "made").exists() else None


def environment() -> Path:
    """The environment's interpreter; made if need be, which takes minutes and most of a gigabyte."""
    found = installed()
    if found is None:
        shutil.rmtree(_PLACE, ignore_errors=True)
        venv.create(_PLACE, with_pip=False, symlinks=os.name != "nt")
        found = _python(_PLACE)
        pip("--python", str(found), "install", "--quiet", "litellm[proxy]")
        (_PLACE / "made").touch()
    return found


@contextmanager
def proxy(python: Path, models: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Run the proxy; gives its base URL.

    Parameters
    ----------
    python
        The environment's interpreter.
    models
        Model's name → LiteLLM's parameters for it.
    """
    configuration = {
        "model_list": [{"model_name": name, "litellm_params": values} for name, values in models.items()],
        "litellm_settings": {"telemetry": False, "drop_params": True, "num_retries": 0},
        "router_settings": {"disable_cooldowns": True},
    }
    with tempfile.TemporaryDirectory() as directory:
        home, port = Path(directory), _free_port()
        path = home / "proxy.yaml"
        path.write_text(json.dumps(configuration))  # JSON is YAML
        environ = clean_environment(home) | {"LITELLM_MASTER_KEY": KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        program = python.parent / ("litellm.exe" if os.name == "nt" else "litellm")
        command = [str(program), "--config", str(path), "--host", "127.0.0.1", "--port", str(port)]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--telemetry", "False"],
                env=environ,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            _wait(process, f"http://127.0.0.1:{port}/health/liveliness", home / "log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(15)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    ends = time.monotonic() + _STARTS
    while time.monotonic() < ends and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    raise RuntimeError(f"LiteLLM's proxy did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
