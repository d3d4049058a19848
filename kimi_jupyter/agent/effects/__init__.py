"""What a piece of code seems to do, read from its syntax tree: hints for who decides whether it may run.

Nothing is run and nothing is imported. The hints are honest rather than clever: where the tree can't tell, as with
``eval`` or an attribute by a computed name, the code is called ``dynamic``. They protect nobody from code that hides
what it does (hazards §1); they save the reader a second look at code that doesn't. Imports no front end.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

from ..source import MAX_BYTES
from .calls import Calls
from .names import Facts, Names
from .walk import Walk

__all__ = ["Effects", "effects"]

#: Names or paths of one kind that are told.
_MOST = 8
_ESCAPE = re.compile(r"^([ \t]*)([!%].*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Effects:
    """What code seems to do; of each kind what it does it to, ``()`` where that is not told, ``None`` if it does not.

    Attributes
    ----------
    reads, changes, creates, deletes
        Names of the session: used; given another value or changed in place; new; deleted.
    writes_files, deletes_files
        Paths as they stand in the code.
    network, shell, installs
        Addresses, commands, packages.
    long_loop
        What may take long.
    dynamic
        What hides what the code does.
    in_place
        Those of ``changes`` whose values are changed in place, and what of a library's is.
    """

    reads: tuple[str, ...] | None = None
    changes: tuple[str, ...] | None = None
    creates: tuple[str, ...] | None = None
    deletes: tuple[str, ...] | None = None
    writes_files: tuple[str, ...] | None = None
    deletes_files: tuple[str, ...] | None = None
    network: tuple[str, ...] | None = None
    shell: tuple[str, ...] | None = None
    installs: tuple[str, ...] | None = None
    long_loop: tuple[str, ...] | None = None
    dynamic: tuple[str, ...] | None = None
    in_place: tuple[str, ...] | None = None

    def chips(self) -> dict[str, list[str]]:
        """The kinds that there are, in a fixed order, with up to eight names or paths each."""
        kinds = [field.name for field in fields(self) if field.name != "in_place"]
        found = ((kind.replace("_", " "), getattr(self, kind)) for kind in kinds)
        return {kind: list(values[:_MOST]) for kind, values in found if values is not None}


def effects(source: str, *, names: Collection[str] = ()) -> Effects:
    """What a piece of code seems to do.

    Parameters
    ----------
    source
        Python source. Any text: nothing makes this raise.
    names
        The session's names. A mapping also says what they are: for a module, function or class its dotted name
        (``"os.path"``), else ``""``.

    Returns
    -------
    Effects
        Of code that is no Python, or too long or too deep to be read, that it is ``dynamic``.
    """
    if len(source) > MAX_BYTES:
        return Effects(dynamic=("too long to be read",))
    facts = Facts()
    session = names if isinstance(names, Mapping) else dict.fromkeys(names, "")
    try:
        tree, escapes = _parse(source)
        reader = Names(facts, session)
        calls = Calls(reader, facts, source.split("\n"))
        for escape in escapes:
            _escape(escape, facts, calls)
        Walk(facts, reader, calls).run(tree)
    except SyntaxError:
        return Effects(dynamic=("not plain Python",))
    except (ValueError, MemoryError, RecursionError):
        return Effects(dynamic=("nested too deeply to be read",))
    return Effects(**{field.name: facts.of(field.name.replace("_", " ")) for field in fields(Effects)})


def _parse(source: str) -> tuple[ast.Module, list[str]]:
    """The tree, and the lines that are IPython's rather than Python's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source), []
        except SyntaxError:
            escapes = [match[2] for match in _ESCAPE.finditer(source)]
            if not escapes:
                raise
            return ast.parse(_ESCAPE.sub(r"\1pass", source)), escapes


def _escape(line: str, facts: Facts, calls: Calls) -> None:
    if line.startswith("!"):
        facts.add("shell", line[1:].strip()[:40])
    else:
        facts.add("dynamic", line.split()[0])
    calls.installs(line)
