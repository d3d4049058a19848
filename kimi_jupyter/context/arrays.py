"""numpy arrays in words. numpy is looked up among the loaded modules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .containers import literal
from .facts import SAMPLE, Facts, Study
from .numbers import memory
from .numeric import array_facts, numpy
from .phrases import phrases
from .terms import Terms
from .wording import object_facts

__all__ = ["array_lines", "value_lines"]

_SHOWN = 10
_WIDTH = 30
_OBJECTS = 8_192
_RUNS = 16  # places of a memory map that are read


def array_lines(value: Any, terms: Terms) -> list[str]:
    """The description of an exact numpy array (or memory map): type, shape, memory, facts, first values."""
    dtype, size = value.dtype, int(value.size)
    name = "numpy.ndarray" if type(value) is numpy().ndarray else "numpy.memmap"
    shape = "(" + ", ".join(map(str, value.shape)) + ("," if value.ndim == 1 else "") + ")"
    kind = _fields(dtype, terms) if dtype.names else terms.plain(str(dtype), 60)
    head = f"{name}, shape {shape}, {kind}, {memory(value.nbytes)}"
    return [head, *value_lines(value, terms)] if terms.detail != "schema" and size else [head]


def value_lines(value: Any, terms: Terms) -> list[str]:
    """Facts and first values of an array that has some."""
    dtype, lines = value.dtype, []
    said = phrases(_facts(value, terms), terms, 4)
    if said:
        lines.append(", ".join(said))
    if terms.detail == "sample" and dtype.kind in "biufcMmOSU":
        first = numpy().asarray(value).flat[:_SHOWN]
        items = list(first) if dtype.kind in "Mm" else first.tolist()
        more = ", …" if value.size > len(items) else ""
        lines.append(f"first values: {', '.join(literal(item, terms, _WIDTH) for item in items)}{more}")
    return lines


def _facts(value: Any, terms: Terms) -> Facts:
    study = Study(int(value.size), 1, terms)
    if value.dtype.kind not in "biufcMmO":
        return Facts(study.rows)
    on_disk = type(value) is not numpy().ndarray and study.rows > SAMPLE
    laid_out = value.flags.c_contiguous or value.flags.f_contiguous
    if value.dtype.kind != "O" and not on_disk and (laid_out or study.sorts):
        return array_facts(value.ravel(order="K"), study)
    whole = study.rows <= _OBJECTS
    picked = _from_disk(value) if on_disk else value.ravel() if whole else _sample(value, study)
    if value.dtype.kind == "O":
        return object_facts(picked.tolist(), study, exact=whole)
    facts = array_facts(picked, Study(len(picked), 1, terms))
    missing = study.scaled(facts.missing, len(picked))
    facts = replace(facts, rows=study.rows, missing=missing, missing_exact=False)
    return replace(facts, distinct=None, range_exact=False, unique=False)


def _sample(value: Any, study: Study) -> Any:
    """The values at the sample's positions of an array that does not lie in one piece."""
    return value[numpy().unravel_index(study.index(numpy()), value.shape)]


def _from_disk(value: Any) -> Any:
    """A few runs of neighbouring values of a memory map: each place that is read waits for the disk."""
    flat = numpy().asarray(value).ravel(order="K")
    length = SAMPLE // _RUNS
    starts = [place * (len(flat) - length) // (_RUNS - 1) for place in range(_RUNS)]
    return numpy().concatenate([flat[start : start + length] for start in starts])


def _fields(dtype: Any, terms: Terms) -> str:
    """The fields of a structured dtype."""
    names = [f"{terms.plain(name, 40)} {terms.plain(str(dtype[name]), 30)}" for name in dtype.names[:20]]
    more = f", {len(dtype.names) - 20} more" if len(dtype.names) > 20 else ""
    return f"fields {', '.join(names)}{more}"
