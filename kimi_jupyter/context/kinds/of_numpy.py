"""numpy's own kinds of arrays beside the plain one: masked, record, matrix. Looked at as the plain arrays they hold."""

from __future__ import annotations

from typing import Any

from ..arrays import array_lines
from ..attributes import instance_dict
from ..identity import is_a, loaded, type_name
from ..numbers import share
from ..terms import Terms

__all__ = ["numpy_lines"]

_MASKED = ("numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray")
_OTHERS = ("numpy.recarray", "numpy.rec.recarray", "numpy.matrix", "numpy.char.chararray")


def numpy_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a masked array, a record array or a matrix."""
    masked = is_a(value, *_MASKED)
    if not masked and not is_a(value, *_OTHERS):
        return None
    array = loaded("numpy.ndarray")
    plain = array.view(value, array)
    said = type_name(value)
    mask: Any = instance_dict(value).get("_mask") if masked else None
    if is_a(mask, "numpy.ndarray") and mask.shape == plain.shape and mask.dtype.kind == "b":
        hidden = int(mask.sum())
        said += f", {share(hidden, mask.size) if mask.size else '0 %'} masked ({hidden:,})"
        plain = plain[~mask] if hidden else plain
        said += ", of the others"
    head, *rest = array_lines(plain, terms)
    return [f"{said}: {head}", *rest]
