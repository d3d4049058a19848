"""The notebook's cells as text: what was run, and what came of it.

Read from plain history (``In`` and ``Out``) or from a notebook file; a live front end can be a third reader that makes
the same :class:`Cell`. Imports no IPython; nbformat only when a file is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..chat.tokens import estimate_tokens
from .describe import describe_value
from .redact import redact
from .terms import Terms
from .text import head_tail, safe_text, settle, strip_ansi

__all__ = ["Cell", "cell_text", "cells_from_history", "cells_from_notebook", "nearest"]

_OUTPUT_BYTES = 4_000  # of one cell, when it is read
_OUTPUT_SHOWN = 1_500  # characters of one cell's outputs in a context
_SOURCE_SHOWN = 6_000
_VALUE_TOKENS = 120  # a table that a cell displayed
_REMEMBERED = 40  # cells of the history that are looked at
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
    """

    number: int | None
    source: str
    outputs: str = ""
    kind: Literal["code", "markdown"] = "code"


def cells_from_history(inputs: Sequence[str], outputs: Mapping[int, object]) -> list[Cell]:
    """Cells from IPython's ``In`` and ``Out``.

    Parameters
    ----------
    inputs
        What was run, by execution count; position 0 is not a cell.
    outputs
        Values that cells displayed, by execution count; they are described, not printed.
    """
    cells = []
    last = len(inputs)
    for number in range(max(1, last - _REMEMBERED), last):
        source = inputs[number]
        if type(source) is not str or not source.strip() or is_ours(source):
            continue
        shown = describe_value(outputs[number], "", Terms(_VALUE_TOKENS)) if number in outputs else ""
        cells.append(Cell(number, source.rstrip(), shown))
    return cells


def cells_from_notebook(path: Path) -> list[Cell]:
    """Cells from a notebook file; an empty list if there is no file, or it is no notebook, or larger than 64 MB."""
    import nbformat

    try:
        if path.stat().st_size > _LARGEST_FILE:
            return []
        notebook: Any = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        cells = list(notebook["cells"])
    except (OSError, *_NOT_A_NOTEBOOK, nbformat.ValidationError, nbformat.reader.NotJSONError):
        return []
    return [cell for cell in map(_from_file, cells) if cell is not None]


def is_ours(source: str) -> bool:
    """Whether a cell is a question to us: the conversation holds it already."""
    return _OURS.match(source) is not None


def cell_text(cell: Cell, *, outputs: bool = True, secrets: Sequence[str] = ()) -> str:
    """A cell as it stands in the context, screened and cut.

    Parameters
    ----------
    cell
        The cell.
    outputs
        Whether its outputs are shown.
    secrets
        Texts that must not appear.
    """
    number = " " if cell.number is None else cell.number
    title = "Markdown" if cell.kind == "markdown" else "Cell"
    text = f"## {title} [{number}]\n{_screened(cell.source, _SOURCE_SHOWN, secrets)}"
    if outputs and cell.outputs.strip():
        text += f"\n## Output [{number}]\n{_screened(cell.outputs, _OUTPUT_SHOWN, secrets)}"
    return text


def nearest(texts: Sequence[str], tokens: int) -> list[str]:
    """The texts nearest the end that fit the budget, in their order; one that is too large ends it."""
    chosen: list[str] = []
    for text in reversed(texts):
        cost = estimate_tokens(text + "\n") + 1
        if cost > tokens:
            break
        tokens -= cost
        chosen.append(text)
    return chosen[::-1]


def _screened(text: str, limit: int, secrets: Sequence[str]) -> str:
    shown, _ = redact(head_tail(text, 8 * limit), secrets)
    return _HEADING.sub(" ", safe_text(shown, limit).strip("\n"))


def _from_file(cell: Any) -> Cell | None:
    source = str(cell.get("source", ""))
    kind = cell.get("cell_type")
    if not source.strip() or kind not in ("code", "markdown") or is_ours(source):
        return None
    if kind == "markdown":
        return Cell(None, source.rstrip(), kind="markdown")
    texts = [text for text in map(_output_text, cell.get("outputs", ())) if text]
    number = cell.get("execution_count")
    return Cell(number if type(number) is int else None, source.rstrip(), head_tail("\n".join(texts), _OUTPUT_BYTES))


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
