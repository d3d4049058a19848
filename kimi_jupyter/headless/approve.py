"""``kimi-jupyter approve``: write down which code of a notebook its user allowed, for runs where nobody can be asked.

Only the user's own store counts. A notebook's own records say which code it is about, and allow none of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..agent.source import Source, canonical, fingerprint
from ..chat.visible import visible
from ..errors import KimiError
from ..settings.approved import ApprovedCode, default_approved, read_approved, write_approved
from ..store import AllowedCode, Store, default_path
from ..store.texts import REMOVED
from .reading import code_in_records, read_notebook

__all__ = ["approve_command"]

#: Who has seen what they allowed. What ran again was allowed once before, and that counts.
_LOOKED_AT = ("user", "rest")


def approve_command(options: argparse.Namespace) -> int:
    """Run the command; returns 0 where something was approved, 1 where nothing was, 2 where it could not be done."""
    try:
        path = Path(options.notebook)
        in_records = list(code_in_records(read_notebook(path)))
        deciders = (*_LOOKED_AT, "auto") if options.auto else _LOOKED_AT
        allowed = [one for one in _allowed() if one.decider in deciders]
        found = list(_approved(allowed, path.resolve(), in_records))
        target = Path(options.approved) if options.approved else default_approved()
        if found and not options.dry_run:
            known = read_approved(target) if target.exists() else []
            new = {one.sha256 for one in found}
            write_approved(target, [*(one for one in known if one.sha256 not in new), *found])
    except KimiError as error:
        sys.stderr.write(f"kimi-jupyter: {error}\n")
        return 2
    for one in found:
        first = next((line for line in one.code.splitlines() if line.strip()), "")
        _print(f"{one.sha256[:12]}  {one.at[:16]}  {one.decided:<5} {visible(first)[:80]}")
    missing = {fingerprint(code) for code in in_records} - {one.sha256 for one in found}
    if missing:
        _print(f"{len(missing)} of the pieces of code in its records you have not allowed here; they are left out.")
    if found:
        verb = "would be written" if options.dry_run else "written"
        _print(f"{len(found)} {verb} to {target}")
        return 0
    _print(
        "Nothing to approve: you have allowed no code of this notebook yet. "
        "Open it in Jupyter, run its %%kimi cells, press Run on the code that may run, and type this again."
    )
    return 1


def _allowed() -> list[AllowedCode]:
    """All code that was allowed in the user's own store."""
    path = default_path()
    if not path.exists():
        return []
    store = Store(path)
    try:
        return store.allowed_code()
    finally:
        store.close()


def _approved(allowed: Iterable[AllowedCode], notebook: Path, in_records: Iterable[str]) -> Iterator[ApprovedCode]:
    """What was allowed in this notebook, or is in its records and was allowed anywhere; each once, oldest first."""
    wanted = {fingerprint(code) for code in in_records}
    seen: dict[str, ApprovedCode] = {}
    for one in allowed:
        digest = fingerprint(one.code)
        here = one.notebook != "" and Path(one.notebook).resolve() == notebook
        if digest not in seen and (here or digest in wanted) and _is_whole(one.code):
            seen[digest] = ApprovedCode(digest, one.code, one.decider, one.at, notebook.name)
    yield from reversed(seen.values())


def _is_whole(code: str) -> bool:
    """Whether it is code as it was approved: the store takes keys out of what it keeps."""
    source = canonical(code)
    return isinstance(source, Source) and source.text == code and REMOVED not in code


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
