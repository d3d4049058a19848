"""Which of the user's values a question is about: named in it, used by the cells around it, or simply the tables.

Reads the namespace's keys and the values' exact types; runs no code of theirs. Imports no data library.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from .cells import Cell
from .identity import is_class, type_name
from .sizes import is_table

__all__ = ["Candidate", "candidates", "mentioned", "unknown"]

_IPYTHON = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open", "display"})
_CELLS = 30  # cells whose names are looked at
_MARKED = re.compile(r"@([^\W\d]\w*)|`([^\W\d]\w*)")
_AT = re.compile(r"(?<![\w.])@(?!cell:)([^\W\d]\w*)")
_LOOSE = 4  # letters from which a name may be meant by a word in other letters
_WORD = re.compile(r"[^\W\d]\w*")
_MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)
#: Words that are names of variables in many notebooks and ordinary words in more questions.
_ORDINARY = frozenset({"a", "i", "A", "I"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name worth describing.

    Attributes
    ----------
    name
        In the namespace.
    mentioned
        The question names it.
    """

    name: str
    mentioned: bool


def candidates(prompt: str, namespace: Mapping[str, object], cells: Sequence[Cell]) -> list[Candidate]:
    """The names that matter, the most useful first.

    Those the question mentions come first, then those that cells use, the latest use first and tables before others;
    if the question mentions none, every table of the namespace counts.

    Parameters
    ----------
    prompt
        The user's words.
    namespace
        The user's variables; it may change meanwhile.
    cells
        The notebook's cells in order.
    """
    values = snapshot(namespace)
    named = [name for name in mentioned(prompt, values) if _tellable(name, values[name], mentioned=True)]
    recent = [name for name in _used(cells) if name in values and name not in named]
    others = [name for name in recent if _tellable(name, values[name], mentioned=False)]
    if not named:
        known = set(others)
        others += [name for name in reversed(values) if name not in known and _is_own_table(name, values[name])]
    others.sort(key=lambda name: not is_table(values[name]))  # stable: the latest use stays first
    return [Candidate(name, True) for name in named] + [Candidate(name, False) for name in others]


def snapshot(namespace: Mapping[str, object]) -> dict[str, object]:
    """The namespace's names and values at one moment; threads of the user's may go on changing it."""
    if type(namespace) is dict:
        return {name: value for name, value in namespace.copy().items() if type(name) is str}
    return {name: namespace[name] for name in list(namespace) if type(name) is str}


def mentioned(prompt: str, namespace: Mapping[str, object]) -> list[str]:
    """Names of the namespace that the prompt mentions: ``@df`` and backticks first, then plain words."""
    marked = [first or second for first, second in _MARKED.findall(prompt)]
    plain = [word for word in _WORD.findall(prompt) if word not in _ORDINARY]
    exact = [name for name in dict.fromkeys([*marked, *plain]) if name in namespace]
    return [*exact, *(name for name in _loosely(prompt, namespace) if name not in exact)]


def unknown(prompt: str, namespace: Mapping[str, object]) -> list[str]:
    """A line for each ``@name`` that is not there, with the name that may have been meant."""
    lines = []
    for name in dict.fromkeys(_AT.findall(prompt)):
        if name not in namespace:
            close = difflib.get_close_matches(name, [known for known in namespace if not known.startswith("_")], 1)
            lines.append(f"There is no variable {name}{f'; did you mean @{close[0]}?' if close else '.'}")
    return lines


def _loosely(prompt: str, namespace: Mapping[str, object]) -> list[str]:
    """Names that stand in the prompt in other letters: "Sales", "order items" for ``order_items``; tables only."""
    said = " ".join(_WORD.findall(prompt.lower().replace("_", " ")))
    said = f" {said} "
    forms: dict[str, list[str]] = {}
    for name, value in namespace.items():
        plain = name.lower().replace("_", " ").strip()
        if len(plain) >= _LOOSE and is_table(value) and not name.startswith("_"):
            forms.setdefault(plain.removesuffix("s"), []).append(name)
    return [
        names[0] for form, names in forms.items() if len(names) == 1 and (f" {form} " in said or f" {form}s " in said)
    ]


def _tellable(name: str, value: object, *, mentioned: bool) -> bool:
    if mentioned:
        return name not in _IPYTHON
    if name.startswith("_") or name in _IPYTHON or is_class(value):
        return False
    if type_name(value).startswith("IPython."):
        return False
    return all(type(value) is not kind for kind in (ModuleType, FunctionType, BuiltinFunctionType, MethodType))


def _is_own_table(name: str, value: object) -> bool:
    return not name.startswith("_") and is_table(value)


def _used(cells: Iterable[Cell]) -> list[str]:
    """Names that the latest cells use, the latest use first."""
    found: dict[str, None] = {}
    for cell in reversed([cell for cell in cells if cell.kind == "code"][-_CELLS:]):
        for name in _names(cell.source):
            found.setdefault(name)
    return list(found)


def _names(source: str) -> list[str]:
    """The names in a cell in order, by its syntax tree, or word by word if it has none."""
    plain = _MAGIC.sub("", source[:50_000])
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _WORD.findall(plain)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return [node.id for node in nodes]
