"""How Arrow's types are looked at. pyarrow is looked up among the loaded modules."""

from __future__ import annotations

import sys
from typing import Any

from .identity import mro
from .library_column import Family
from .text import cut, one_line

__all__ = ["arrow", "arrow_family", "type_text"]

_LONGEST = 60


def arrow() -> Any:
    """pyarrow, which is loaded wherever there is one of its arrays."""
    return sys.modules["pyarrow"]


def arrow_family(kind: Any) -> Family:
    """The way to look at values of this Arrow type; extension types, also nested ones, are a user's own: not at all."""
    pa = arrow()
    if any(base is pa.BaseExtensionType for base in mro(type(kind))):
        return "opaque"
    if any(arrow_family(kind.field(place).type) == "opaque" for place in range(kind.num_fields)):
        return "opaque"
    types = pa.types
    if types.is_dictionary(kind):
        return arrow_family(kind.value_type) if not types.is_dictionary(kind.value_type) else "opaque"
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        return "array"
    if types.is_date(kind) or types.is_timestamp(kind) or types.is_duration(kind):
        return "array"
    if types.is_string(kind) or types.is_large_string(kind) or kind == pa.string_view():
        return "text"
    return "object"


def type_text(kind: Any) -> str:
    """An Arrow type in its own words; the names of a structure's fields are anyone's."""
    return cut(one_line(str(kind)), _LONGEST) if arrow_family(kind) != "opaque" else "extension"
