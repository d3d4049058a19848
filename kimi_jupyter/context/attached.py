"""What the user sends along with a question by name: a selection, a cell, a file. Screened and bounded as all is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .cells import screened
from .literals import without_values
from .terms import Terms
from .text import clean

__all__ = ["Attached", "attached_texts"]

#: Characters of one, and of all.
_ONE, _ALL = 64 * 1024, 160_000


@dataclass(frozen=True, slots=True)
class Attached:
    """Something that goes along.

    Attributes
    ----------
    kind
        A ``"selection"`` of code or text, a ``"cell"`` with what came of it, or a ``"file"``.
    name
        What it is called.
    text
        What it says.
    """

    kind: Literal["selection", "cell", "file"]
    name: str
    text: str


def attached_texts(attached: Sequence[Attached], terms: Terms) -> Iterator[tuple[str, str]]:
    """What is sent of each: its title, and its text, ``""`` where the detail does not allow it.

    A file holds rows, and is told at ``"sample"`` only. Of code the literals that may be data are left out below that.
    """
    left = _ALL
    for one in attached:
        title = clean(one.name)[:120] or one.kind
        text = one.text
        if terms.detail != "sample":
            text = "" if one.kind == "file" else without_values(text, frozenset())
        shown = screened(text, max(0, min(_ONE, left)), terms) if text.strip() and left > 0 else ""
        left -= len(shown)
        yield title, f"## {one.kind} {title}\n{shown}" if shown else ""
