"""The notebook's cells as text: what was run, what came of it, and how long it took.

Read from plain history (``In`` and ``Out``) or from a notebook file; a live front end can be a third reader that makes
the same :class:`Cell`. Imports no IPython; nbformat only when a file is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from .describe import describe_value
from .terms import Terms
from .text import head_tail, safe_text, settle, strip_ansi

__all__ = ["Cell", "Ran", "cell_text", "cells_from_history", "cells_from_notebook", "is_ours"]

_OUTPUT_BYTES = 4_000  # of one cell, when it is read
_OUTPUT_SHOWN = 1_500  # characters of one cell's outputs in a context
_SOURCE_SHOWN = 6_000
_VALUE_TOKENS = 120  # a table that a cell displayed
_REMEMBERED = 40  # cells of the history that are looked at
_SLOW = 2.0  # seconds from which a cell's time is told
_LARGEST_FILE = 64 * 1024 * 1024  # bytes
_OURS = re.compile(r"\s*(?:await\s+)?(?:%%?kimi\b|get_ipython\(\)\.run_(?:cell|line)_magic\(\s*['\"]kimi['\"])")
#: What nbformat raises for JSON that is no notebook, beside its own errors.
_NOT_A_NOTEBOOK = (ValueError, TypeError, KeyError, AttributeError)
_OUR_MIME = "application/vnd.kimi-jupyter."
#: A line that could pass for a heading of the context; a space before it shows that it is not.
_HEADING = re.compile(r"^(?=# (?:Notebook|Values in memory)\s*$|## (?:Cell|Output|Markdown) ?\[)", re.MULTILINE)


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
    """

    number: int | None
    source: str
    outputs: str = ""
    kind: Literal["code", "markdown"] = "code"
    failed: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ran:
    """How a cell's run ended: seconds, the error's name, and a short traceback."""

    seconds: float
    failed: str = ""
    trouble: str = ""


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
        shown = describe_value(outputs[number], "", Terms(_VALUE_TOKENS)) if number in outputs else ""
        ran = runs.get(number, Ran(0.0))
        shown = "\n".join(part for part in (shown, ran.trouble) if part)
        cells.append(Cell(number, source.rstrip(), shown, failed=ran.failed, seconds=ran.seconds))
    return cells


def cells_from_notebook(path: Path, *, ours: bool = False) -> list[Cell]:
    """Cells from a notebook file; an empty list if there is no file, or it is no notebook, or larger than 64 MB.

    Questions to us are left out, the conversation holds them; ``ours`` keeps them, for their places.
    """
    import nbformat

    try:
        if path.stat().st_size > _LARGEST_FILE:
            return []
        notebook: Any = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        cells = list(notebook["cells"])
    except (OSError, *_NOT_A_NOTEBOOK, nbformat.ValidationError, nbformat.reader.NotJSONError):
        return []
    found = [cell for cell in map(_from_file, cells) if cell is not None]
    return found if ours else [cell for cell in found if not is_ours(cell.source)]


def is_ours(source: str) -> bool:
    """Whether a cell is a question to us: the conversation holds it already."""
    return _OURS.match(source) is not None


def cell_text(cell: Cell, terms: Terms, *, outputs: bool = True) -> str:
    """A cell as it stands in the context, screened and cut.

    Parameters
    ----------
    cell
        The cell.
    terms
        What must not appear.
    outputs
        Whether its outputs are shown.
    """
    number = " " if cell.number is None else cell.number
    title = "Markdown" if cell.kind == "markdown" else "Cell"
    text = f"## {title} [{number}]{_marks(cell, terms)}\n{_screened(cell.source, _SOURCE_SHOWN, terms)}"
    if outputs and cell.outputs.strip():
        text += f"\n## Output [{number}]\n{_screened(cell.outputs, _OUTPUT_SHOWN, terms)}"
    return text


def _marks(cell: Cell, terms: Terms) -> str:
    """``(failed: KeyError, took 42 s)`` behind a cell's number, where there is something of it to say."""
    said = [f"failed: {terms.plain(cell.failed, 60)}"] if cell.failed else []
    if cell.seconds >= _SLOW:
        said.append(f"took {cell.seconds:,.0f} s")
    return f" ({', '.join(said)})" if said else ""


def _screened(text: str, limit: int, terms: Terms) -> str:
    shown = terms.screened(head_tail(text, 8 * limit))
    return _HEADING.sub(" ", safe_text(shown, limit).strip("\n"))


def _from_file(cell: Any) -> Cell | None:
    source = str(cell.get("source", ""))
    kind = cell.get("cell_type")
    if not source.strip() or kind not in ("code", "markdown"):
        return None
    if kind == "markdown":
        return Cell(None, source.rstrip(), kind="markdown")
    outputs = list(cell.get("outputs", ()))
    texts = [text for text in map(_output_text, outputs) if text]
    number = cell.get("execution_count")
    return Cell(
        number if type(number) is int else None,
        source.rstrip(),
        head_tail("\n".join(texts), _OUTPUT_BYTES),
        failed=next((str(output.get("ename", "")) for output in outputs if output.get("output_type") == "error"), ""),
        seconds=_seconds(cell.get("metadata", {})),
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
        return strip_ansi(f"{output.get('ename', 'Error')}: {output.get('evalue', '')}")
    data = output.get("data", {})
    if any(str(mime).startswith(_OUR_MIME) for mime in data):
        return ""
    text = strip_ansi(_joined(data.get("text/plain"))).strip("\n")
    if any(str(mime).startswith("image/") for mime in data):
        return "(figure)"
    return text


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")
