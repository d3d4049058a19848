"""The machine a run was made on, and the versions of what was compared. Imports ``peers`` only."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sqlite3
import time
from pathlib import Path

from .peers import ENVIRONMENTS, installed, versions

__all__ = ["described"]

_HERE = ("httpx", "httpx-sse", "pandas", "polars", "pyarrow", "duckdb", "ipykernel", "ipython", "jupyterlab")


def described() -> list[str]:
    """Lines for a reader: the machine, its load, versions here and in the peers' environments."""
    here = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _HERE)
    machine = (
        f"Written {time.strftime('%Y-%m-%d', time.gmtime())} on {platform.system()} {platform.machine()}: "
        f"{os.cpu_count()} cores ({_processor()}), {_memory()}. Trust ratios within a table, not milliseconds: each "
        "topic says how many processes wanted a core meanwhile (load), its own included."
    )
    lines = [machine, "", f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {here}."]
    peers = [f"{name}: {', '.join(versions(name))}" for name in ENVIRONMENTS if installed(name)]
    if peers:
        lines += ["", "Peers, each line an environment of its own:", "", *(f"- {peer}" for peer in peers)]
    return lines


def _processor() -> str:
    return _found("/proc/cpuinfo", r"model name\s*: (.+)") or platform.processor() or "unknown"


def _memory() -> str:
    kilobytes = _found("/proc/meminfo", r"MemTotal:\s*(\d+) kB")
    return f"{int(kilobytes) / 1024**2:.0f} GiB of memory" if kilobytes else "memory unknown"


def _found(path: str, pattern: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text())
    except OSError:
        return ""
    return found[1].strip() if found else ""
