"""Build the labextension and the widget's module, unless what is there was built from these very sources.

hatch calls `build` when a distribution is made or the package is installed from source; ``python -m scripts.frontend``
builds for the tree it is in and lets that Python's JupyterLab find the result. Standard library only: an isolated build
has little else.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts import nodejs

__all__ = ["build", "main"]

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "labextension"
EXTENSION = ROOT / "kimi_jupyter" / "labextension"
WIDGET = ROOT / "kimi_jupyter" / "view" / "static"
#: What was built, and from what: a digest of the sources, then a line for each file that was made.
STAMP = SOURCES / "built"
#: The lock file that `node_modules` was installed by.
INSTALLED = SOURCES / "node_modules" / ".installed-from"

#: What npm says where it reaches nobody.
_UNREACHABLE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|network")


class Failed(Exception):
    """The build failed; the message says in a line what to do."""


def build(target_name: str = "", version: str = "") -> None:
    """Build what is missing or older than its sources.

    Parameters
    ----------
    target_name, version
        What hatch builds; both are of no interest here.

    Raises
    ------
    SystemExit
        It could not be built. Its message is one line; npm's own words were printed before it.
    """
    _build(nodejs.find)


def main() -> None:
    """Build, and link the labextension into this Python's environment."""
    _build(nodejs.find_or_install)
    place = Path(sysconfig.get_path("data")) / "share" / "jupyter" / "labextensions" / "kimi-jupyter"
    if place.is_symlink() and place.resolve() == EXTENSION:
        return
    if place.is_symlink():
        place.unlink()
    elif place.exists():
        shutil.rmtree(place)  # a copy that pip made
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(EXTENSION, target_is_directory=True)


# ---- what is there ---------------------------------------------------------------------------------------------------


def _digest() -> str:
    """A digest of everything that the build reads."""
    files = [path for folder in ("src", "style", "schema") for path in (SOURCES / folder).rglob("*") if path.is_file()]
    files += [SOURCES / ".npmrc", SOURCES / "esbuild.mjs", *SOURCES.glob("*.json")]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(SOURCES).as_posix()} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _made() -> Iterator[str]:
    for place in (EXTENSION, WIDGET):
        yield from sorted(path.relative_to(ROOT).as_posix() for path in place.rglob("*") if path.is_file())


def _built_from() -> str | None:
    """The digest of the sources that what is there was built from; ``None`` where something is missing."""
    if not STAMP.exists():
        return None
    digest, *files = STAMP.read_text(encoding="utf-8").splitlines()
    return digest if files and all((ROOT / file).exists() for file in files) else None


# ---- building --------------------------------------------------------------------------------------------------------


def _build(find_node: Callable[[], nodejs.Node]) -> None:
    wanted = _digest()
    if _built_from() == wanted:
        return
    try:
        _run_build(find_node())
    except (Failed, nodejs.Missing) as error:
        sys.exit(f"frontend: {error}")
    STAMP.write_text("\n".join([wanted, *_made()]) + "\n", encoding="utf-8")


def _run_build(node: nodejs.Node) -> None:
    print("frontend: building (a minute or two the first time)", file=sys.stderr)
    lock = (SOURCES / "package-lock.json").read_text(encoding="utf-8")
    if not INSTALLED.exists() or INSTALLED.read_text(encoding="utf-8") != lock:
        _npm(node, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
        INSTALLED.write_text(lock, encoding="utf-8")
    _npm(node, "run", "build")
    # It says who installed it. Put there by the wheel alone, it would be there twice once pip installed over our link.
    shutil.copy(SOURCES / "install.json", EXTENSION)


def _npm(node: nodejs.Node, *arguments: str) -> None:
    done = node.run(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    if done.returncode:
        print(_cut(done.stdout.splitlines()), file=sys.stderr)
        raise Failed(_advice(arguments[0], done.stdout))


def _cut(lines: list[str], most: int = 60) -> str:
    """The beginning and the end: npm says what is wrong at once, compilers say it last."""
    return "\n".join(lines if len(lines) <= most else [*lines[: most // 2], "…", *lines[-most // 2 :]])


def _advice(command: str, said: str) -> str:
    if command == "ci" and _UNREACHABLE.search(said):
        return "npm could not fetch its packages; connect to the network and try again, or install the wheel instead"
    return f"npm {command} failed in {SOURCES.name}/, see above"


if __name__ == "__main__":
    main()
