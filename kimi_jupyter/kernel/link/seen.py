"""The notebook as a page sees it, for the context of a question: its cells now, and what the user sends along."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...context import Cell, Context
from ...context.cells import is_ours
from ..notebook import Notebook
from .messages import Asked
from .notebook import hash_of

__all__ = ["seen_notebook", "versions_sent"]

_ID = re.compile(r"\(id: ([^,)]+)")


def seen_notebook(asked: Asked) -> Notebook:
    """The cells in order, without questions to us, and how many of them stand above what is asked about."""
    cells: list[Cell] = []
    here = None
    for now in asked.cells:
        cell = now.cell()
        if cell is not None and not is_ours(cell.source):
            cells.append(cell)
        if now.id == asked.active:
            here = len(cells)
    return Notebook(cells, len(cells) if here is None else here, asked.attached)


def versions_sent(asked: Asked, context: Context) -> Iterator[tuple[str, str]]:
    """Of each cell that is sent its id, and a short name of the version that the model gets to see."""
    sources = {cell.id: cell.source for cell in asked.cells}
    for part in context.parts:
        named = _ID.search(part.text.partition("\n")[0]) if part.kind == "cell" else None
        if named and named[1] in sources:
            yield named[1], hash_of(sources[named[1]])
