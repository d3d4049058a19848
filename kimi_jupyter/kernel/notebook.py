"""The notebook's cells, as far as the kernel can see them: the saved file, and what was run since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..context import Cell, cells_from_history, cells_from_notebook
from ..context.cells import Ran, is_ours

__all__ = ["Notebook", "notebook_cells"]


@dataclass(frozen=True, slots=True)
class Notebook:
    """The cells in order, and how many of them stand above the question."""

    cells: list[Cell]
    here: int


def notebook_cells(shell: Any, path: str, runs: Mapping[int, tuple[float, str, str]]) -> Notebook:
    """The cells in order.

    A saved file gives the order and the Markdown, but it may be old: what ran since it was saved is put behind it, and
    execution counts of an earlier kernel don't count. Without a file there is what was run.

    Parameters
    ----------
    shell
        The IPython shell, for what was run and shown.
    path
        The notebook file, or ``""``.
    runs
        Seconds, error and traceback of the runs, by execution count.
    """
    inputs = shell.history_manager.input_hist_raw  # as typed: ``In`` holds what IPython made of it
    ended = {number: Ran(*how) for number, how in runs.items()}
    ran = cells_from_history(inputs, dict(shell.user_ns.get("_oh", {})), ended)
    saved = cells_from_notebook(Path(path), ours=True) if path else []
    if not saved:
        return Notebook(ran, len(ran))
    here = _place(saved, inputs[-1] if inputs else "")
    merged, above = [], 0
    latest = {cell.source: cell for cell in ran}  # of a cell that ran twice, the last run
    for place, cell in enumerate(saved):
        if is_ours(cell.source):
            continue
        merged.append(_refreshed(cell, latest.get(cell.source)))
        above += place < here
    known = {cell.source for cell in saved}
    since = [cell for cell in ran if cell.source not in known]
    # What is not in the file was run since it was saved, most likely right above the question.
    return Notebook([*merged[:above], *since, *merged[above:]], above + len(since))


def _place(saved: list[Cell], question: str) -> int:
    """Where the question stands in the file; at its end if it is not in there yet."""
    asked = question.rstrip()
    places = [place for place, cell in enumerate(saved) if cell.source == asked]
    return places[-1] if places else len(saved)


def _refreshed(saved: Cell, ran: Cell | None) -> Cell:
    """A cell of the file with what this kernel knows of its last run."""
    if saved.kind == "markdown":
        return saved
    if ran is None:  # not run in this kernel: its number is of another one
        return replace(saved, number=None)
    same = saved.number == ran.number and not ran.failed
    return replace(ran, outputs=saved.outputs if same and saved.outputs else ran.outputs)
