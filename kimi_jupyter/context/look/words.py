"""Words that several looks share. Imports no data library."""

from __future__ import annotations

from ..frames import Frame
from ..numbers import share

__all__ = ["often", "text_label"]


def often(count: int, total: int, *, whole: bool) -> str:
    """How many of all, ``1,204``, or of a sample which part, ``≈12 %``."""
    return f"{count:,}" if whole else f"≈{share(count, total)}"


def text_label(frame: Frame, place: int) -> str:
    """A column's label if it is a text, else nothing."""
    label = frame.labels[place]
    return label if type(label) is str else ""
