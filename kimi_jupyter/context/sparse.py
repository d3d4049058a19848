"""scipy's sparse matrices and arrays in words. scipy is looked up among the loaded modules."""

from __future__ import annotations

from typing import Any

from .facts import Study
from .identity import class_name, is_a, loaded, mro
from .numbers import memory, share
from .numeric import array_facts
from .phrases import phrases
from .terms import Terms

__all__ = ["is_sparse", "sparse_lines"]

_BASE = "scipy.sparse._base._spbase"
_PARTS = ("data", "indices", "indptr", "row", "col", "offsets")
_NUMBERS = "biuf"


def is_sparse(value: object) -> bool:
    """Whether the value is of one of scipy's own sparse classes."""
    exact = type(value)
    name = class_name(exact)
    if not name.startswith("scipy.sparse.") or loaded(name) is not exact:
        return False
    return any(base is loaded(_BASE) for base in mro(exact))


def sparse_lines(value: Any, terms: Terms) -> list[str]:
    """Shape, type, how many values are stored, and of those that lie in one array their facts."""
    shape = ", ".join(map(str, value.shape))
    head = f"scipy.sparse.{class_name(type(value)).rpartition('.')[2]}, shape ({shape}), {value.dtype}"
    parts: dict[str, Any] = {name: getattr(value, name, None) for name in _PARTS}
    parts = {name: part for name, part in parts.items() if is_a(part, "numpy.ndarray")}
    stored = parts.get("data")
    if stored is None or stored.dtype.kind not in _NUMBERS or stored.ndim != 1:
        return [head]
    cells = 1
    for length in value.shape:
        cells *= length
    filled = f"{len(stored):,} values stored" + (f" ({share(len(stored), cells)})" if cells else "")
    lines = [f"{head}, {filled}, {memory(sum(part.nbytes for part in parts.values()))}"]
    if said := phrases(array_facts(stored, Study(len(stored), 1, terms)), terms, 2) if len(stored) else []:
        lines.append("stored: " + ", ".join(said))
    return lines
