"""The notebook as a page sees it, for the context of a question: its cells now, and what the user sends along."""

from __future__ import annotations

from ...context import Cell
from ...context.cells import is_ours
from ..notebook import Notebook
from .messages import Asked

__all__ = ["seen_notebook"]


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
    return Notebook(cells, len(cells) if here is None else here)
