"""The file of code that may run where nobody can be asked: written from the user's own store, read by headless runs.

It belongs to the user: it is in their configuration, or where they say; never looked for beside a notebook, which may
be somebody else's (hazards §1). Imports ``errors`` only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import SettingsError

__all__ = ["ApprovedCode", "approved_hashes", "default_approved", "read_approved", "write_approved"]

_VERSION = 1
_ABOUT = "Code that may run where nobody can be asked. Written by kimi-jupyter approve; sha256 is of the code's UTF-8."


@dataclass(frozen=True, slots=True)
class ApprovedCode:
    """A piece of code that the user allowed.

    Attributes
    ----------
    sha256
        Its :func:`~kimi_jupyter.agent.source.fingerprint`; the only thing that counts.
    code
        For people who read the file.
    decided, at
        Who allowed it (:class:`~kimi_jupyter.chat.events.Decided`) and when, UTC.
    notebook
        Where.
    """

    sha256: str
    code: str
    decided: str
    at: str
    notebook: str


def default_approved() -> Path:
    """The file in Jupyter's configuration directory, there or not."""
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir(), "kimi_jupyter", "approved.json")


def approved_hashes(setting: str) -> frozenset[str]:
    """The hashes of the file that is set; of the default one where none is, if it is there.

    Raises
    ------
    SettingsError
        The file that is set is not there, or one can't be read.
    """
    path = Path(setting).expanduser() if setting else default_approved()
    if not setting and not path.exists():
        return frozenset()
    return frozenset(one.sha256 for one in read_approved(path))


def read_approved(path: Path) -> list[ApprovedCode]:
    """What a file holds.

    Raises
    ------
    SettingsError
        It is not there, is writable by others, or is no such file.
    """
    try:
        status = path.stat()
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if data["version"] != _VERSION:
            raise SettingsError(f"{path} is of version {data['version']!r}; write it anew with kimi-jupyter approve.")
        found = [ApprovedCode(**one) for one in data["code"]]
    except OSError as error:
        raise SettingsError(f"The file of approved code {path} can't be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise SettingsError(f"{path} holds no approved code; write it with kimi-jupyter approve.") from None
    if os.name == "posix" and status.st_mode & 0o002:
        raise SettingsError(f"Others may write to {path}, so it approves nothing; run: chmod o-w {path}")
    return found


def write_approved(path: Path, code: Iterable[ApprovedCode]) -> None:
    """Write a file, its directory too; at once, so that nobody reads half of it.

    Raises
    ------
    SettingsError
        It can't be written.
    """
    data = {"version": _VERSION, "about": _ABOUT, "code": [asdict(one) for one in code]}
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.chmod(0o644)
        draft.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} can't be written: {error.strerror}.") from None
