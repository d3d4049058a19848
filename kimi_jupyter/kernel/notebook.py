"""The notebook's cells, as far as the kernel can see them: the saved file, and what was run since.

The file gives order and Markdown but may be old; the history says what ran but not where it stands. A cell is known in
both by the front end's id, where there is one, else by its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..context import Cell, cells_from_history, cells_from_notebook
from ..context.attached import Attached
from ..context.cells import Ran, is_ours
from .runs import Runs

__all__ = ["Notebook", "notebook_cells"]


@dataclass(frozen=True, slots=True)
class Notebook:
    """The cells in order, how many of them stand above the question, and what is sent along with it."""

    cells: list[Cell]
    here: int
    attached: tuple[Attached, ...] = ()


def notebook_cells(shell: Any, path: str, runs: Runs) -> Notebook:
    """The cells in order.

    Of a cell that ran more than once the last run counts. Execution counts of an earlier kernel don't count. What ran
    and is not in the file is put right above the question, unless the file is newer and so the cell was deleted.

    Parameters
    ----------
    shell
        The IPython shell, for what was run and shown.
    path
        The notebook file, or ``""``.
    runs
        How the runs ended.
    """
    inputs = shell.history_manager.input_hist_raw  # as typed: ``In`` holds what IPython made of it
    ended = {number: Ran(*run[:4]) for number, run in list(runs.ended.items())}
    ran = _last_runs(cells_from_history(inputs, dict(shell.user_ns.get("_oh", {})), ended))
    saved = cells_from_notebook(Path(path), ours=True) if path else []
    if not saved:
        return Notebook(ran, len(ran))
    written = {number: run.at < _saved_at(path) for number, run in list(runs.ended.items())}
    found = _found(saved, ran)
    here = _place(saved, found, runs.here, inputs[-1] if inputs else "")
    merged: list[Cell] = []
    above = 0
    for place, cell in enumerate(saved):
        if place == here:
            above = len(merged)
        if not is_ours(cell.source):
            merged += _both(cell, found.get(place), written)
    above = above if here < len(saved) else len(merged)
    matched = {cell.number for cell in found.values()}
    since = [cell for cell in ran if cell.number not in matched and not _deleted(cell, saved, ran, written)]
    return Notebook([*merged[:above], *since, *merged[above:]], above + len(since))


def _last_runs(ran: list[Cell]) -> list[Cell]:
    """The last run of each cell; without ids, of each text."""
    last = {cell.key or cell.source: cell.number for cell in ran}
    return [cell for cell in ran if last[cell.key or cell.source] == cell.number]


def _found(saved: list[Cell], ran: list[Cell]) -> dict[int, Cell]:
    """The last run of each cell of the file, by its place in the file."""
    by_key = {cell.key: cell for cell in ran if cell.key}
    ids = {cell.key for cell in saved if cell.key}
    by_text = {cell.source: cell for cell in ran if cell.key not in ids}  # ids of VS Code's are not the file's
    found = {}
    for place, cell in enumerate(saved):
        run = by_key.get(cell.key) or by_text.get(cell.source)
        if cell.kind == "code" and run is not None:
            found[place] = run
    return found


def _place(saved: list[Cell], found: Mapping[int, Cell], here: str, question: str) -> int:
    """Where the question stands in the file; if it is not in there yet, behind the cell that ran last."""
    places = [place for place, cell in enumerate(saved) if here and cell.key == here]
    places = places or [place for place, cell in enumerate(saved) if cell.source == question.rstrip()]
    if places:
        return places[-1]
    return max(found, key=lambda place: found[place].number or 0) + 1 if found else len(saved)


def _both(saved: Cell, run: Cell | None, written: Mapping[int, bool]) -> list[Cell]:
    """A cell of the file with what this kernel knows of its last run."""
    if run is None:  # not run in this kernel: its number is of another one
        return [saved if saved.kind == "markdown" else replace(saved, number=None)]
    if run.source != saved.source:  # edited after it ran, or edited and run after it was saved
        edited = Cell(None, saved.source, key=saved.key)
        return [run, edited] if written.get(run.number or 0, False) else [run]
    # Outputs of an earlier kernel may stand under the same number; those of a file that is newer are this run's.
    theirs = saved.number == run.number and not run.failed and saved.outputs and written.get(run.number or 0, False)
    return [replace(saved, seconds=run.seconds or saved.seconds) if theirs else run]


def _deleted(cell: Cell, saved: list[Cell], ran: list[Cell], written: Mapping[int, bool]) -> bool:
    """Whether the file was saved after this cell ran, by a front end that knows cells by the file's ids, without it."""
    ids = {one.key for one in saved if one.key}
    known = any(one.key in ids for one in ran)
    return known and bool(cell.key) and cell.key not in ids and written.get(cell.number or 0, False)


def _saved_at(path: str) -> float:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0
