"""The oldest releases of our own dependencies that pyproject.toml promises, in an environment below .cache.

``python -m scripts.oldest`` makes it, where it is missing or of other bounds, and prints its interpreter. What tests
need besides comes in its newest releases.
"""

from __future__ import annotations

import sys
import tomllib
import venv
from pathlib import Path

from scripts.packages import Failed, install

__all__ = ["bounds", "main"]

_ROOT = Path(__file__).resolve().parent.parent
_PLACE = _ROOT / ".cache" / "oldest"


def bounds() -> list[str]:
    """Our dependencies, each held at its lower bound: ``httpx==0.28``."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [requirement.replace(">=", "==") for requirement in project["dependencies"]]


def main() -> int:
    """Run the command line; returns the exit code."""
    python, held, stamp = _PLACE / "bin" / "python", _PLACE / "bounds.txt", _PLACE / "installed"
    wanted = "\n".join(bounds())
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print("oldest: installing the oldest releases (a minute or two)", file=sys.stderr)
        venv.create(_PLACE, with_pip=True, clear=True)
        held.write_text(wanted, encoding="utf-8")
        try:
            install(python, "--constraint", str(held), "--editable", f"{_ROOT}[test]")
        except Failed as failure:
            print(f"{failure}\noldest: could not be installed; see above", file=sys.stderr)
            return 1
        stamp.write_text(wanted, encoding="utf-8")
    print(python)
    return 0


if __name__ == "__main__":
    sys.exit(main())
