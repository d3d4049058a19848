"""Which cells are sent: those a question asks for, those near it, and those that define what it mentions.

Imports no IPython.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Sequence

from ..chat.tokens import estimate_tokens
from .cells import Cell

__all__ = ["NoSuchCell", "asked_for", "choose", "defined"]

_ASKED = re.compile(r"(?<!\w)@cell:(\d+|last)\b")
_MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)
#: Cells right above the question that go first.
_NEAR = 3
#: Tokens below which a cell that has to be cut says too little.
_LEAST = 60
#: Tokens in which no cell fits.
_NOTHING = 6


class NoSuchCell(ValueError):
    """The question asks for a cell that is not there."""


def asked_for(prompt: str, cells: Sequence[Cell]) -> list[int]:
    """Positions of the cells that a question asks for as ``@cell:3``, by execution count, or ``@cell:last``.

    Raises
    ------
    NoSuchCell
        There is none of that number; the message says which there are.
    """
    numbers = {cell.number: place for place, cell in enumerate(cells) if cell.number is not None}
    found = []
    for name in dict.fromkeys(_ASKED.findall(prompt)):
        number = max(numbers, default=0) if name == "last" else int(name)
        if number not in numbers:
            known = ", ".join(str(known) for known in sorted(numbers)[-12:]) or "none"
            raise NoSuchCell(f"There is no cell [{name}] to send. Cells with a number: {known}.")
        found.append(numbers[number])
    return found


def choose(
    cells: Sequence[Cell],
    tell: Callable[[Cell], str],
    here: int,
    room: int,
    *,
    names: Collection[str] = (),
    asked: Sequence[int] = (),
    most: int | None = None,
) -> list[tuple[int, str]]:
    """Cells to send, in the notebook's order.

    Parameters
    ----------
    cells
        The cells, in order.
    tell
        What is sent of one.
    here
        How many of them stand above the question.
    room
        Tokens for all of them.
    names
        What the question mentions; cells that define it are wanted.
    asked
        Positions of cells that the question asks for: they go first.
    most
        At most so many cells.

    Returns
    -------
    list of (int, str)
        Position and text. One that is too large is cut in its middle if it is wanted enough, else left out.
    """
    chosen: dict[int, str] = {}
    for place, wanted in _ranked(cells, here, names, asked):
        if room < _NOTHING or (most is not None and len(chosen) >= most):
            break
        text = tell(cells[place])
        cost = estimate_tokens(text + "\n") + 1
        if cost > room and wanted and room >= _LEAST:
            text = _shortened(text, room)
            cost = estimate_tokens(text + "\n") + 1
        if cost <= room:
            chosen[place] = text
            room -= cost
    return sorted(chosen.items())


def _ranked(
    cells: Sequence[Cell], here: int, names: Collection[str], asked: Sequence[int]
) -> Iterator[tuple[int, bool]]:
    """Positions, the most wanted first, and whether a part of the cell is better than nothing."""
    seen: set[int] = set()
    above = range(here - 1, -1, -1)
    groups = (
        (asked, True),
        (above[:_NEAR], True),
        (_defining(cells, here, names), True),
        (above, False),
        (range(here, len(cells)), False),
    )
    for places, wanted in groups:
        for place in places:
            if place not in seen:
                seen.add(place)
                yield place, wanted


def _defining(cells: Sequence[Cell], here: int, names: Collection[str]) -> list[int]:
    """Cells that define what is mentioned, the latest first, and then what those cells need, one step on."""
    if not names:
        return []
    sources = [defined(cell.source) if cell.kind == "code" else ({}, set()) for cell in cells[:here]]
    first = [place for place in reversed(range(len(sources))) if any(name in sources[place][0] for name in names)]
    needed = set().union(*(sources[place][1] for place in first)) - set(names)
    second = [place for place in reversed(range(len(sources))) if any(name in sources[place][0] for name in needed)]
    return [*first, *second]


def defined(source: str) -> tuple[dict[str, None], set[str]]:
    """Names that a cell defines, in order, and names that it uses; nothing where it can't be read."""
    try:
        tree = ast.parse(_MAGIC.sub("", source[:50_000]))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}, set()
    defines: dict[str, None] = {}
    uses: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                uses.add(name)
            case ast.Name(id=name):
                defines[name] = None
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                defines[name] = None
            case ast.alias(name=name, asname=asname):
                defines[asname or name.partition(".")[0]] = None
    return defines, uses


def _shortened(text: str, room: int) -> str:
    """Head and tail of a cell's text, whole lines, within a budget; its heading stays."""
    lines = text.split("\n")
    head, tail = len(lines) * 2 // 3, len(lines) // 3
    while head + tail > 1:
        left_out = len(lines) - head - tail
        short = "\n".join([*lines[:head], f"… {left_out:,} lines …", *lines[len(lines) - tail :]])
        if estimate_tokens(short + "\n") + 1 <= room:
            return short
        head, tail = head * 3 // 4, tail * 3 // 4
    return text
