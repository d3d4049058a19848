"""docs/reference.md is what the code says today."""

from __future__ import annotations

import subprocess
import sys

from scripts.reference import FILE, reference


def test_it_is_current():
    assert FILE.read_text(encoding="utf-8") == reference(), "run scripts/reference"


def test_everything_is_in_it():
    from kimi_jupyter import __all__ as names
    from kimi_jupyter.chat.events import _KINDS
    from kimi_jupyter.settings import Settings

    text = reference()
    settings = set(Settings.class_traits(config=True)) - {"parent", "log"}
    own = {name for name in names if not name.startswith("_") and "extension" not in name}
    for name in (
        *settings,
        *_KINDS,
        *own,
        "--rerun changed",
        "%kimi doctor",
        "kimi-jupyter approve",
        "KIMI_JUPYTER_OFFLINE",
    ):
        assert f"`{name}" in text.replace("\\|", "|"), name


def test_the_same_code_gives_the_same_text():
    again = [sys.executable, "-c", "from scripts.reference import reference; print(reference(), end='')"]
    done = subprocess.run(again, capture_output=True, text=True, check=True, cwd=FILE.parents[1])
    assert done.stdout == reference()
