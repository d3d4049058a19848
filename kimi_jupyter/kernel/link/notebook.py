"""The notebook of the page that asked, as the model's tools read and change it.

The page is asked for cells as they are now, and what it tells is screened here like everything that is sent: by the
detail that is allowed, with what looks private taken out. The model names cells; which version of each it has seen is
remembered for it, so that nothing is changed that it has not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

from ...agent import characters
from ...agent.execution import Execution
from ...agent.source import Refusal, canonical
from ...agent.tools import Prepared, Rejected
from ...context import Cell
from ...context.cells import cell_text
from ...context.terms import Terms
from ..card import digest_of
from .executor import CHANGED, PageExecutor
from .messages import CellNow, Malformed, Result, cells_now
from .requests import Lost

__all__ = ["PageNotebook", "hash_of"]

_GONE = "The notebook's page was closed; nothing was changed."
_NO_CELL = "There is no cell {!r}; read_cells lists the cells with their ids."
#: Characters of a cell's source that is read, and of all cells that are read at once.
_SOURCE, _ALL = 24_000, 30_000
_NUMBER = re.compile(r"\[?(\d{1,6})\]?")


def hash_of(source: str) -> str:
    """A short name for a version of a cell's source."""
    return digest_of(source)[:12]


class PageNotebook:
    """A page's notebook in one turn.

    Parameters
    ----------
    executor
        How the page is asked.
    seen
        Which version of each cell the model has seen, by id; of the whole conversation.
    cells
        The cells as they were when the question was asked.
    terms
        What may be told of them.
    """

    def __init__(
        self, executor: PageExecutor, seen: MutableMapping[str, str], cells: Iterable[CellNow], terms: Terms
    ) -> None:
        self._executor = executor
        self._seen = seen
        self._terms = terms
        self._numbers = {cell.number: cell.id for cell in cells if cell.number is not None}
        self._ids = {cell.id for cell in cells}

    # ---- before a change is shown ------------------------------------------------------------------------------------

    async def prepare(self, action: str, arguments: dict[str, Any]) -> Prepared | Rejected:
        """Look at the cells a change is about; the arguments come back with full ids, and the version meant."""
        try:
            return await self._prepared(action, dict(arguments))
        except Lost:
            return Rejected(_GONE)
        except Malformed as error:
            return Rejected(str(error))

    async def _prepared(self, action: str, arguments: dict[str, Any]) -> Prepared | Rejected:
        for name in ("cell", "after", "before"):
            if name in arguments and arguments[name] not in ("end", "top"):
                arguments[name] = self._id(arguments[name])
        cell = None
        if "cell" in arguments:
            cell = await self._cell(arguments["cell"])
            if cell is None:
                return Rejected(_NO_CELL.format(arguments["cell"][:60]))
        match action:
            case "add_cell":
                arguments = {"type": "code", **arguments}
                return _writable(arguments, arguments["type"] == "code")
            case "move_cell":
                return Prepared(arguments | {"after": None if arguments["after"] == "top" else arguments["after"]})
            case _:
                assert cell is not None
                return self._of(action, cell, arguments)

    def _of(self, action: str, cell: CellNow, arguments: dict[str, Any]) -> Prepared | Rejected:
        """A change of one cell as it is now, if the model knows it so."""
        now = hash_of(cell.source)
        arguments = arguments | {"hash": now}
        if action == "run_cell":
            return _runnable(cell, arguments)
        if self._seen.get(cell.id) != now:
            why = "was changed since you read it" if cell.id in self._seen else "was not read by you yet"
            return Rejected(f"Nothing was changed: the cell {why}. It is now:\n{self._told(cell)}")
        if action == "edit_cell":
            plain = cell.kind == "code" and not isinstance(canonical(cell.source), Refusal)
            return _writable(arguments, plain)
        return Prepared(arguments)

    # ---- doing it ----------------------------------------------------------------------------------------------------

    async def carry_out(self, action: str, arguments: dict[str, Any]) -> Execution:
        """Do it, or read."""
        try:
            match action:
                case "read_cells":
                    return await self._read(arguments)
                case "read_output":
                    return await self._output(arguments)
                case "run_cell":
                    return await self._run(arguments)
                case _:
                    return await self._change(action, arguments)
        except Lost:
            return self._executor.execution(
                "unknown", "The notebook's page was closed; whether it was done is unknown."
            )
        except Malformed as error:
            return self._executor.execution("error", str(error))

    async def _read(self, arguments: dict[str, Any]) -> Execution:
        given = {name: value for name, value in arguments.items() if value not in (None, [])}
        if "cells" in given:
            given["cells"] = [self._id(cell) for cell in given["cells"]]
        cells = await self._cells(given)
        text = "\n".join(self._listed(cells)) or "There are no such cells."
        return self._executor.execution("ok", text)

    def _listed(self, cells: Iterable[CellNow]) -> Iterator[str]:
        """Cells as the model reads them; of those that don't fit only that they are there."""
        left = _ALL
        for cell in cells:
            text = self._told(cell) if left > 0 else ""
            if text and len(text) <= left:
                yield text
            else:
                yield f"## {cell.kind.capitalize()} (id: {cell.id}, {len(cell.source):,} characters; read it by its id)"
                self._seen.pop(cell.id, None)
            left -= len(text)

    async def _output(self, arguments: dict[str, Any]) -> Execution:
        if self._terms.detail != "sample":
            return self._executor.execution("error", f"Outputs are not told here (detail is {self._terms.detail}).")
        result = await self._executor.perform("read_output", arguments | {"cell": self._id(arguments["cell"])})
        if result.status != "ok":
            return self._failed(result)
        return self._executor.told(result.outputs) if result.outputs else self._executor.execution("ok", result.text)

    async def _run(self, arguments: dict[str, Any]) -> Execution:
        cell = await self._cell(arguments["cell"])
        if cell is None or hash_of(cell.source) != arguments["hash"]:
            return self._executor.execution("error", self._now(cell, "It was not run"))
        ended = await self._executor.run_as("run_cell", arguments, cell.source, ours=False)
        if ended.text == CHANGED:
            return self._executor.execution("error", self._now(await self._cell(cell.id), "It was not run"))
        return ended

    async def _change(self, action: str, arguments: dict[str, Any]) -> Execution:
        source = arguments.get("source")
        digest = digest_of(source) if isinstance(source, str) else ""
        result = await self._executor.perform(action, arguments, digest)
        if result.status == "changed":
            now = await self._cell(arguments["cell"])
            return self._executor.execution("error", self._now(now, "Nothing was changed"))
        if result.status != "ok":
            return self._failed(result)
        key = result.cell or arguments.get("cell", "")
        if action == "delete_cell":
            self._seen.pop(key, None)
        elif isinstance(source, str):
            self._seen[key] = hash_of(source)
        if action == "add_cell":
            self._executor.added(key)
        return self._executor.execution("ok", _DONE[action].format(key))

    def _failed(self, result: Result) -> Execution:
        if result.status == "gone":
            return self._executor.execution("error", result.text or "There is no such cell any more.")
        stopped = result.status == "interrupted"
        return self._executor.execution(
            "interrupted" if stopped else "error", result.text or f"It was not done ({result.status})."
        )

    # ---- cells -------------------------------------------------------------------------------------------------------

    def _id(self, name: object) -> str:
        """A cell's id, also where the model says its number."""
        text = str(name).strip()
        number = _NUMBER.fullmatch(text)
        return self._numbers.get(int(number[1]), text) if number and text not in self._ids else text

    async def _cell(self, key: str) -> CellNow | None:
        found = await self._cells({"cells": [key]})
        return next((cell for cell in found if cell.id == key), None)

    async def _cells(self, arguments: dict[str, Any]) -> tuple[CellNow, ...]:
        """Cells as they are now.

        Raises
        ------
        Malformed
            The page did not tell them.
        """
        result = await self._executor.perform("read_cells", arguments)
        if result.status != "ok":
            raise Malformed(result.text or "The notebook could not be read.")
        try:
            cells = cells_now(json.loads(result.text))
        except ValueError:  # Malformed is one
            raise Malformed("The page could not tell the cells; reload it.") from None
        self._numbers |= {cell.number: cell.id for cell in cells if cell.number is not None}
        self._ids |= {cell.id for cell in cells}
        return cells

    def _told(self, cell: CellNow) -> str:
        """A cell as the model reads it; from now on it has seen it so."""
        self._seen[cell.id] = hash_of(cell.source)
        known = cell.cell() or Cell(cell.number, cell.source, kind="markdown", key=cell.id, named=True)
        return cell_text(known, self._terms, longest=_SOURCE)

    def _now(self, cell: CellNow | None, what: str) -> str:
        """The cell as it is, then what did not happen to it and why: a view shows the last line of what failed."""
        if cell is None:
            return f"{what}: there is no such cell any more."
        return f"The cell is now:\n{self._told(cell)}\n{what}: the cell was changed meanwhile."


_DONE = {
    "add_cell": "Added, not run. Its id: {}",
    "edit_cell": "Changed, not run. Its id: {}",
    "move_cell": "Moved.",
    "delete_cell": "Deleted.",
}


def _writable(arguments: dict[str, Any], plain: bool) -> Prepared | Rejected:
    """Text that is to stand in a cell: nothing hidden in it, and code of the model's is plain Python."""
    source = arguments["source"].replace("\r\n", "\n").replace("\r", "\n")
    if plain:
        code = canonical(source)
        if isinstance(code, Refusal):
            return Rejected(code.message)
        source = code.text
    elif found := characters.hidden(source):
        return Rejected(_hidden(found))
    return Prepared(arguments | {"source": source})


def _runnable(cell: CellNow, arguments: dict[str, Any]) -> Prepared | Rejected:
    """A cell of the user's may hold what is no plain Python; that is said, and all of it is shown."""
    if cell.kind != "code":
        return Rejected("This is no code cell: there is nothing to run.")
    if found := characters.hidden(cell.source):
        return Rejected(_hidden(found))
    code = canonical(cell.source)
    if not isinstance(code, Refusal):
        return Prepared(arguments, cell.source, code.flags)
    if not cell.source.strip():
        return Rejected("The cell is empty.")
    return Prepared(arguments, cell.source, ("This cell is not plain Python: it may hold magics or shell commands.",))


def _hidden(found: list[characters.Hidden]) -> str:
    where = ", ".join(f"line {line}, column {column}" for line, column, _ in found[:5])
    return f"The text holds characters that a reader can't see ({where}); leave them out."
