"""A page on one column, and what is beyond the digest of an array or a list. Imports no data library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..facts import Facts, Study
from ..frames import Frame
from ..identity import is_a
from ..numeric import numpy
from ..pandas_frame import NumpyColumn
from ..phrases import phrases
from ..sizes import counted
from ..terms import Terms
from .held import held_lines
from .moments import moment_lines, span_unit
from .quantities import quantity_lines
from .texts import text_lines
from .values import Values, of_array, of_items, places_of, read

__all__ = ["NOT_TOLD", "closer_lines", "column_lines"]

#: Begins what is said in place of figures.
NOT_TOLD = "Only types and sizes are told here (detail schema)"
_LEAST = 12  # items of a list from which there is more to say than the items
_LISTED = 100_000


def column_lines(path: str, frame: Frame, place: int, terms: Terms) -> list[str]:
    """What is known of one column, at length."""
    of = frame.kind if frame.single else f"column of a {frame.kind}"
    size = counted(frame.rows, "value" if frame.single else "row")
    head = f"{path}: {of}, {size}, {terms.plain(frame.dtypes[place], 60)}"
    if terms.detail == "schema":
        return [head, f"{NOT_TOLD}: no values, and no figures of them."]
    column, np = frame.column(place), numpy()
    facts = column.facts(Study(frame.rows, 1, terms))
    if np is None or not frame.rows or terms.late:
        return [head, ", ".join(phrases(facts, terms, 5))]
    places = places_of(np, frame, [place], terms)
    values = read(np, column, places, terms)
    lines = _values_lines(np, values, places, terms, whole=places is None) if facts.distinct != 1 else []
    sampled = [] if places is None else [f"≈ marks estimates from a sample of {len(places):,} rows"]
    return [head, *_summary(facts, values, terms), *sampled, *lines]


def _summary(facts: Facts, values: Values, terms: Terms) -> list[str]:
    """The digest's facts without those that are told at length below."""
    notes = facts.notes
    if values.kind == "object":
        notes = ()
    if values.kind == "label":
        notes = tuple(note for note in notes if not note.startswith(("shape", "missing as")))
    small = facts.complete and len(facts.counts) <= _LEAST and values.kind not in ("label", "object")
    facts = replace(facts, quartiles=(), examples=(), listing=None, notes=notes, asked=())
    if not small and facts.distinct != 1:
        facts = replace(facts, counts=(), complete=False)
    return [", ".join(said)] if (said := phrases(facts, terms, 4)) else []


def _values_lines(np: Any, values: Values, places: Any, terms: Terms, *, whole: bool) -> list[str]:
    """The lines on values of a kind."""
    match values.kind:
        case "number" | "span":
            rows = np.flatnonzero(~values.missing)
            rows = rows if places is None else np.asarray(places)[rows]
            if values.kind == "number":
                return quantity_lines(np, values.present, rows, terms, whole=whole)
            numbers, unit = span_unit(np, values.present)
            return quantity_lines(np, numbers, rows, terms, whole=whole, unit=unit)
        case "moment":
            lines = moment_lines(np, values.present, terms, whole=whole)
            return [f"in the time of {values.zone}:", *lines] if values.zone and lines else lines
        case "label":
            return text_lines(np, values, terms, whole=whole)
        case "object":
            return [
                *held_lines(values.items, terms, whole=whole),
                *_numbers_among(np, values.items, terms, whole=whole),
            ]
    return []


def _numbers_among(np: Any, items: Sequence[Any], terms: Terms, *, whole: bool) -> list[str]:
    """Figures of the numbers in a column that holds other things too, if most are numbers."""
    rows = [row for row, item in enumerate(items) if type(item) is int or (type(item) is float and item == item)]
    if 2 * len(rows) < len(items) or len(rows) < _LEAST:
        return []
    numbers = of_items(np, [items[row] for row in rows], terms)
    lines = quantity_lines(np, numbers.array, np.array(rows), replace(terms, detail="stats"), whole=whole)
    return [f"of its {len(rows):,} numbers:", *lines]


def closer_lines(value: Any, terms: Terms) -> list[str]:
    """Figures of an array's numbers, or of a long list of plain values, beyond what the digest has."""
    np = numpy()
    if np is None:
        return []
    if is_a(value, "numpy.ndarray") and value.ndim and value.dtype.kind in "iufMm" and value.size >= _LEAST:
        flat = value.ravel()
        own = terms if value.ndim == 1 else replace(terms, detail="stats")
        frame = _as_frame(flat)
        places = places_of(np, frame, [0], terms)
        values = of_array(np, flat if places is None else flat[places])
        return _values_lines(np, values, places, own, whole=places is None)
    if (type(value) is list or type(value) is tuple) and _LEAST <= len(value) <= _LISTED:
        values = of_items(np, list(value), terms)
        if values.kind in ("number", "label", "moment"):
            return _values_lines(np, values, None, terms, whole=True)
    return []


def _as_frame(array: Any) -> Frame:
    column = NumpyColumn(array)
    return Frame("numpy.ndarray", len(array), [""], [""], lambda place: column, str, lambda study: "", single=True)
