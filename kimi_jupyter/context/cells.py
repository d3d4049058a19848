"""The notebook's cells as text: what was run, what came of it, and how long it took.

Read from plain history (``In`` and ``Out``) or from a notebook file; a live front end can be a third reader that makes
the same :class:`Cell`. Imports no IPython; nbformat, whose import takes a second and more, only for a file older than
its version 4.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from .describe import describe_value
from .literals import without_values
from .terms import Terms
from .text import head_tail, safe_text, settle, strip_ansi

__all__ = ["Cell", "Ran", "cell_text", "cells_from_history", "cells_from_notebook", "is_ours", "screened"]

_OUTPUT_BYTES = 4_000  # of one cell, when it is read
_OUTPUT_SHOWN = 1_500  # characters of one cell's outputs in a context
_SOURCE_SHOWN = 6_000
_VALUE_TOKENS, _VALUE_SECONDS = 120, 0.1  # a table that a cell displayed
_REMEMBERED = 500  # cells of the history that are looked at
_SLOW = 2.0  # seconds from which a cell's time is told
_LARGEST_FILE = 64 * 1024 * 1024  # bytes
_OURS = re.compile(r"\s*(?:await\s+)?(?:%%?kimi\b|get_ipython\(\)\.run_(?:cell|line)_magic\(\s*['\"]kimi['\"])")
#: What is raised for a file that is no notebook.
_NOT_A_NOTEBOOK = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_NOTHING: Any = object()
#: The first frame of a traceback is the cell's own.
_ARROW = re.compile(r"^-{2,}> *(\d+) (.*)$", re.MULTILINE)
_OUR_MIME = "application/vnd.kimi-jupyter."
#: A line that could pass for a heading of the context; a space before it shows that it is not.
_HEADING = re.compile(r"^(?=# (?:Notebook|Values in memory|Sent along)\s*$|## )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    number
        Its execution count, ``None`` if it has not run.
    source
        What it says, as the user wrote it.
    outputs
        What came of it, as text.
    kind
        ``"code"`` or ``"markdown"``.
    failed
        The name of the error it ended with, or ``""``.
    seconds
        How long it ran, 0 where that is not known.
    key
        The front end's id of it, ``""`` where it has none.
    shown
        The value that it displayed, where that is at hand; it is described if the cell is sent.
    named
        Whether the model is told the key, to name the cell by.
    """

    number: int | None
    source: str
    outputs: str = ""
    kind: Literal["code", "markdown"] = "code"
    failed: str = ""
    seconds: float = 0.0
    key: str = field(default="", compare=False)
    shown: object = field(default=_NOTHING, compare=False, repr=False)
    named: bool = field(default=False, compare=False)

    @property
    def has_outputs(self) -> bool:
        """Whether anything came of it that could be told."""
        return bool(self.outputs.strip()) or self.shown is not _NOTHING


@dataclass(frozen=True, slots=True)
class Ran:
    """How a cell's run ended: seconds, the error's name, a short traceback; and the front end's id of the cell."""

    seconds: float
    failed: str = ""
    trouble: str = ""
    key: str = ""


def cells_from_history(
    inputs: Sequence[str], outputs: Mapping[int, object], runs: Mapping[int, Ran] = MappingProxyType({})
) -> list[Cell]:
    """Cells from IPython's ``In`` and ``Out``.

    Parameters
    ----------
    inputs
        What was run, by execution count; position 0 is not a cell.
    outputs
        Values that cells displayed, by execution count; they are described, not printed.
    runs
        How their runs ended, by execution count, as far as it was seen.
    """
    cells = []
    last = len(inputs)
    for number in range(max(1, last - _REMEMBERED), last):
        source = inputs[number]
        if type(source) is not str or not source.strip() or is_ours(source):
            continue
        ran = runs.get(number, Ran(0.0))
        shown = outputs.get(number, _NOTHING)
        cells.append(Cell(number, source.rstrip(), ran.trouble, "code", ran.failed, ran.seconds, ran.key, shown))
    return cells


def cells_from_notebook(path: Path, *, ours: bool = False) -> list[Cell]:
    """Cells from a notebook file; an empty list if there is no file, or it is no notebook, or larger than 64 MB.

    Questions to us are left out, the conversation holds them; ``ours`` keeps them, for their places.
    """
    try:
        cells = _notebook(path)
        found = [cell for cell in map(_from_file, cells) if cell is not None]
    except (OSError, *_NOT_A_NOTEBOOK):
        return []
    return found if ours else [cell for cell in found if not is_ours(cell.source)]


def _notebook(path: Path) -> list[Any]:
    """The cells of a notebook file, as JSON has them."""
    if path.stat().st_size > _LARGEST_FILE:
        return []
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    if notebook["nbformat"] == 4:
        return list(notebook["cells"])
    import nbformat

    try:
        return list(nbformat.reads(text, as_version=4)["cells"])
    except (nbformat.ValidationError, nbformat.reader.NotJSONError):
        return []


def is_ours(source: str) -> bool:
    """Whether a cell is a question to us: the conversation holds it already."""
    return _OURS.match(source) is not None


def cell_text(cell: Cell, terms: Terms, names: Collection[str] = (), *, longest: int = _SOURCE_SHOWN) -> str:
    """A cell as it stands in the context, screened and cut.

    With less detail than ``"sample"`` its outputs are left out, and so are the literals in its code that may be data.

    Parameters
    ----------
    cell
        The cell.
    terms
        What must not appear.
    names
        Names of columns: literals that may be told in any detail.
    longest
        Characters of its source, at most.
    """
    number = " " if cell.number is None else cell.number
    title = "Markdown" if cell.kind == "markdown" else "Cell"
    source = cell.source
    if terms.detail != "sample" and cell.kind == "code":
        source = without_values(source, names)
    text = f"## {title} [{number}]{_marks(cell, terms)}\n{screened(source, longest, terms)}"
    if terms.detail != "sample":
        return text
    outputs = screened(_outputs(cell, terms), _OUTPUT_SHOWN, terms)
    return f"{text}\n## Output [{number}]\n{outputs}" if outputs.strip() else text


def _outputs(cell: Cell, terms: Terms) -> str:
    """What came of a cell, as text."""
    parts = [cell.outputs]
    if cell.shown is not _NOTHING:
        ends = min(terms.deadline, time.monotonic() + _VALUE_SECONDS)
        parts.insert(0, describe_value(cell.shown, "", terms.within(_VALUE_TOKENS, ends)))
    return "\n".join(part for part in parts if part.strip())


def _marks(cell: Cell, terms: Terms) -> str:
    """``(failed: KeyError, took 42 s)`` behind a cell's number, where there is something of it to say."""
    said = [f"id: {terms.plain(cell.key, 40)}"] if cell.named else []
    said += [f"failed: {terms.plain(cell.failed, 60)}"] if cell.failed else []
    if cell.seconds >= _SLOW:
        said.append(f"took {cell.seconds:,.0f} s")
    return f" ({', '.join(said)})" if said else ""


def screened(text: str, limit: int, terms: Terms) -> str:
    """Foreign text of at most so many characters, with what looks private taken out; none of its lines is a heading."""
    shown = terms.screened(head_tail(text, 8 * limit))
    return _HEADING.sub(" ", safe_text(shown, limit).strip("\n"))


def _from_file(cell: Any) -> Cell | None:
    source = _joined(cell.get("source"))
    kind = cell.get("cell_type")
    if not source.strip() or kind not in ("code", "markdown"):
        return None
    key = str(cell.get("id", ""))
    if kind == "markdown":
        return Cell(None, source.rstrip(), kind="markdown", key=key)
    outputs = list(cell.get("outputs", ()))
    texts = [text for text in map(_output_text, outputs) if text]
    number = cell.get("execution_count")
    return Cell(
        number if type(number) is int else None,
        source.rstrip(),
        head_tail("\n".join(texts), _OUTPUT_BYTES),
        failed=next((str(output.get("ename", "")) for output in outputs if output.get("output_type") == "error"), ""),
        seconds=_seconds(cell.get("metadata", {})),
        key=key,
    )


def _seconds(metadata: Any) -> float:
    """How long a saved cell ran, from the times that JupyterLab notes where it is asked to."""
    times = metadata.get("execution", {}) if isinstance(metadata, Mapping) else {}
    try:
        began = datetime.fromisoformat(times["iopub.execute_input"])
        ended = datetime.fromisoformat(times["shell.execute_reply"])
        return max(0.0, (ended - began).total_seconds())
    except (KeyError, TypeError, ValueError):
        return 0.0


def _output_text(output: Any) -> str:
    """One nbformat output as text; pictures as a word, our own not at all."""
    kind = output.get("output_type")
    if kind == "stream":
        return settle(strip_ansi(_joined(output.get("text")))).strip("\n")
    if kind == "error":
        return _error_text(output)
    data = output.get("data", {})
    if any(str(mime).startswith(_OUR_MIME) for mime in data):
        return ""
    text = strip_ansi(_joined(data.get("text/plain"))).strip("\n")
    if any(str(mime).startswith("image/") for mime in data):
        return "(figure)"
    return text


def _error_text(output: Any) -> str:
    """An error, with the line of the cell that it came from where IPython's traceback points at one."""
    said = strip_ansi(f"{output.get('ename', 'Error')}: {output.get('evalue', '')}")
    arrow = _ARROW.search(strip_ansi("\n".join(map(str, output.get("traceback", ())))))
    return f"line {arrow[1]}: {arrow[2].strip()}\n{said}" if arrow else said


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")
