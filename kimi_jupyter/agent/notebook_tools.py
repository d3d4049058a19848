"""The tools for a notebook's cells, for a host that can change them: reading, adding, editing, moving, running.

What reads needs no approval, what changes something does; what runs a cell shows its source as the code that runs. A
cell is named by its id, which the context and ``read_cells`` tell. Imports nothing of a kernel: the notebook is a seam.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from .execution import Execution
from .tools import Prepared, Rejected, Tool

__all__ = ["NAMES", "Notebook", "notebook_tools"]

#: The tools' names.
NAMES = ("read_cells", "read_output", "add_cell", "edit_cell", "run_cell", "move_cell", "delete_cell")

_CELL = {"type": "string", "description": "The cell's id."}


class Notebook(Protocol):
    """A notebook that is open in front of the user."""

    async def prepare(self, action: str, arguments: dict[str, Any]) -> Prepared | Rejected:
        """Look at the cells a change is about, before it is shown to the user."""
        ...

    async def carry_out(self, action: str, arguments: dict[str, Any]) -> Execution:
        """Do it, or read."""
        ...


def notebook_tools(notebook: Notebook) -> tuple[Tool, ...]:
    """The tools for a notebook.

    Parameters
    ----------
    notebook
        What carries them out.
    """
    return tuple(_tool(notebook, name, _DESCRIBED[name], _PROPERTIES[name]) for name in NAMES)


def _tool(notebook: Notebook, name: str, description: str, properties: dict[str, Any]) -> Tool:
    reads = name.startswith("read_")
    required = [one for one in properties if one in _REQUIRED.get(name, ())]
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def carry_out(**arguments: Any) -> Awaitable[Execution]:
        return notebook.carry_out(name, arguments)

    def prepare(**arguments: Any) -> Awaitable[Prepared | Rejected]:
        return notebook.prepare(name, arguments)

    check: Callable[..., Awaitable[Prepared | Rejected]] | None = None if reads else prepare
    return Tool(name, description, schema, not reads, carry_out, "notebook", check)


_DESCRIBED = {
    "read_cells": """\
Read cells of the user's notebook as they are now: id, number, source, the beginning of their outputs. No approval. \
Read a cell before you change it, and the cells around it before you add one.""",
    "read_output": "Read all outputs of one cell, or one of them. No approval.",
    "add_cell": """\
Put a new cell into the notebook without running it: text that explains a result, or code the user wants to keep and \
run later. The user sees it first and may refuse. To run code now use run_python, which leaves a cell too.""",
    "edit_cell": """\
Replace a cell's source, without running it. The user sees the difference and may refuse. If it was changed since you \
read it nothing is overwritten: you are told what it says now. Keep what need not change.""",
    "run_cell": """\
Run a code cell of the notebook as it stands and read its outputs. The user sees its code and has to approve.""",
    "move_cell": "Move a cell. The user has to approve.",
    "delete_cell": "Delete a cell. The user sees it first and may refuse. Only where the user wants it gone.",
}

_PROPERTIES: dict[str, dict[str, Any]] = {
    "read_cells": {
        "cells": {"type": "array", "items": {"type": "string"}, "description": "Ids; else from and to."},
        "from": {"type": "integer", "minimum": 1, "description": "First place, counted from 1 at the top."},
        "to": {"type": "integer", "minimum": 1, "description": "Last place, included."},
    },
    "read_output": {
        "cell": _CELL,
        "part": {"type": "integer", "minimum": 1, "description": "Which output, counted from 1; all if not given."},
    },
    "add_cell": {
        "source": {"type": "string", "description": "The cell's whole text; of code plain Python."},
        "type": {"type": "string", "enum": ["code", "markdown"], "description": "code if not given."},
        "after": {
            "type": "string",
            "description": "Id of the cell above it, or end; below your last one if not given.",
        },
        "before": {"type": "string", "description": "Id of the cell below it, instead of after."},
    },
    "edit_cell": {"cell": _CELL, "source": {"type": "string", "description": "The cell's whole new text."}},
    "run_cell": {"cell": _CELL},
    "move_cell": {
        "cell": _CELL,
        "after": {"type": "string", "description": "Id of the cell it goes below; top for the notebook's beginning."},
    },
    "delete_cell": {"cell": _CELL},
}

_REQUIRED = {
    "read_output": ("cell",),
    "add_cell": ("source",),
    "edit_cell": ("cell", "source"),
    "run_cell": ("cell",),
    "move_cell": ("cell", "after"),
    "delete_cell": ("cell",),
}
