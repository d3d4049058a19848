"""Keep a test away from the user's files, keys and network. Imports the standard library only."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["MACHINE", "OutsideConnection", "OutsideWatch", "clean_environment", "pip"]

#: Variables that carry a key, an endpoint, a setting of ours, a proxy, or a place of the user's.
_PRIVATE = re.compile(
    r"(^(KIMI|MOONSHOT|MOONSHOTAI|OPENROUTER|OPENAI|COMET|COMETAPI|NOVITA|DASHSCOPE|TOGETHER|HF|HUGGING|AWS)_?)"
    r"|(_(API_KEY|API_BASE|BASE_URL|ACCESS_TOKEN|SECRET)$)"
    r"|(^(HTTP|HTTPS|ALL|NO|FTP)_PROXY$)"
    r"|(^(JUPYTER|JPY|IPYTHON|XDG|PYTHON|MPL)[A-Z_]*)",
    re.IGNORECASE,
)


def clean_environment(home: Path, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """An environment for a process of a test: no keys, no proxies, every user directory below one place.

    Parameters
    ----------
    home
        An existing directory; it becomes ``HOME`` and holds what Jupyter, IPython and XDG programs keep.
    inherited
        What to start from: this process's own environment unless given.
    """
    kept = {name: value for name, value in inherited.items() if not _PRIVATE.search(name)}
    places = {
        "HOME": ".",
        "USERPROFILE": ".",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter/config",
        "JUPYTER_DATA_DIR": "jupyter/data",
        "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
        "MPLCONFIGDIR": "matplotlib",
        "XDG_CACHE_HOME": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "share",
        "XDG_STATE_HOME": "state",
    }
    for name, below in places.items():
        path = home / below
        path.mkdir(parents=True, exist_ok=True)
        kept[name] = str(path)
    # Without a keyring there is none to read a real key from.
    return kept | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


#: The environment the tests were started in, before any of them got a home of its own.
MACHINE = dict(os.environ)


def pip(*arguments: str, environ: Mapping[str, str] = {}) -> str:
    """Run pip as the machine is set up to run it: its index, cache and certificates are not the test's.

    Parameters
    ----------
    arguments
        The command line after ``pip``.
    environ
        Variables to set differently.

    Returns
    -------
    str
        What it printed.

    Raises
    ------
    RuntimeError
        It failed; the message is what it printed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        env={**MACHINE, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"pip {' '.join(arguments)}\n{done.stdout}")
    return done.stdout


class OutsideConnection(Exception):
    """A test tried to reach another machine. No ``OSError``: network code must not take it for a failed connection."""


class OutsideWatch:
    """Refuse and remember every connection and look-up that would leave this machine.

    It listens to the interpreter's own audit events, so nothing is patched and nothing in the process gets past it.
    """

    def __init__(self) -> None:
        self.attempts: list[str] = []
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect" or event == "socket.sendto":
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else None
        elif event == "socket.getaddrinfo" or event == "socket.gethostbyname":
            host = arguments[0]
        else:
            return
        if isinstance(host, bytes):
            host = host.decode(errors="replace")
        if isinstance(host, str) and not _stays_here(host):
            self.attempts.append(f"{event} {host}")
            raise OutsideConnection(f"{event} to {host}: tests talk to this machine only")


def _stays_here(host: str) -> bool:
    # .invalid never resolves (RFC 2606): the name to test a failing look-up with.
    if host in {"", "localhost", socket.gethostname()} or host.endswith((".localhost", ".invalid")):
        return True
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
