"""The notebook's cells, as far as the kernel can see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..context import Cell, cells_from_history, cells_from_notebook

__all__ = ["notebook_cells"]


def notebook_cells(shell: Any, path: str) -> list[Cell]:
    """The cells in order: from the saved notebook if it holds all that was run here, else what was run.

    Parameters
    ----------
    shell
        The IPython shell, for what was run and shown.
    path
        The notebook file, or ``""``.
    """
    inputs = shell.history_manager.input_hist_raw  # as typed: ``In`` holds what IPython made of it
    ran = cells_from_history(inputs, dict(shell.user_ns.get("_oh", {})))
    saved = cells_from_notebook(Path(path)) if path else []
    sources = {cell.source for cell in saved}
    # A notebook is saved now and then; a stale one would hide the cell that was just run.
    return saved if saved and all(cell.source in sources for cell in ran) else ran
