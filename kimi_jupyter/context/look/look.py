"""The model's closer look at a value: what ``inspect`` answers. Reads, and runs no code of the value's own.

Where the digest of a table has a line for each column, this has a page for one: how its values spread, which there are,
when there are none; or a sketch by groups, or of columns side by side. What it tells is bounded as a digest is: by
tokens, by time, and by the detail that is allowed. Imports no data library.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

from ..describe import describe_value
from ..identity import type_name
from ..numeric import numpy
from ..terms import Terms, fit
from .page import closer_lines, column_lines
from .paths import Found, find
from .sketch import Look, sketch_lines

__all__ = ["look"]


def look(name: str, namespace: Mapping[str, object], terms: Terms, asked: Look | None = None) -> str:
    """Look closer at a variable, or at something within it.

    Parameters
    ----------
    name
        A variable, with steps after dots or in brackets: ``sales.price``, ``sales['unit price']``, ``results[0]``.
    namespace
        The user's variables.
    terms
        How much may be told, in how many tokens, until when, and what is hidden.
    asked
        What of a table is asked for.

    Returns
    -------
    str
        The description, or in one line what there is instead.
    """
    np = numpy()
    try:
        with nullcontext() if np is None else np.errstate(all="ignore"):  # what overflows is told as such
            lines = _lines(name, namespace, terms, asked or Look())
    except Exception as error:  # noqa: BLE001 - a border: a table that changes meanwhile, or of anyone's making
        lines = [f"{terms.plain(name, 60)} could not be looked at ({type_name(error)})."]
    return terms.screened(fit([line for text in lines for line in text.split("\n")], terms.tokens))


def _lines(name: str, namespace: Mapping[str, object], terms: Terms, asked: Look) -> list[str]:
    found = find(name, namespace, terms)
    if isinstance(found, str):
        return [found]
    return _described(found, terms) if asked.plain else sketch_lines(found, namespace, terms, asked)


def _described(found: Found, terms: Terms) -> list[str]:
    """A value as the digest has it, or a column closely."""
    frame = found.frame
    if frame is not None and (found.place >= 0 or frame.single):
        return column_lines(found.path, frame, max(0, found.place), terms)
    more = closer_lines(found.value, terms) if terms.detail != "schema" else []
    room = terms.within(terms.tokens * (1 if not more else 2) // (1 if not more else 3))
    return [found.path, describe_value(found.value, found.last, room), *more]
