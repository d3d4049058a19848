"""Numbers in words: short, and never more exact than they are. Imports nothing of ours."""

from __future__ import annotations

import math

__all__ = ["about", "integer", "memory", "number", "share"]

_DIGITS = 6
_LONGEST = 40


def number(value: float) -> str:
    """A float with up to six significant digits: ``39.1``, ``1.5e+20``, ``nan``."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    return text if len(text) <= _DIGITS + 1 else format(value, f".{_DIGITS}g")


def integer(value: int) -> str:
    """An int, exactly, unless it is longer than a line has room for."""
    if value.bit_length() > 3 * _LONGEST:
        return f"int of {value.bit_length():,} bits"
    return str(value)


def about(count: float) -> str:
    """An estimated count with two significant digits: ``≈160``, ``≈1,200,000``."""
    if count < 100:
        return f"≈{round(count)}"
    scale = 10 ** (len(str(int(count))) - 2)
    return f"≈{round(count / scale) * scale:,}"


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent: ``0.6 %``, ``<0.1 %``."""
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "<0.1 %"
    if 99.9 < percent < 100:
        return ">99.9 %"
    return f"{percent:.1f}".removesuffix(".0") + " %"


def memory(size: int) -> str:
    """Bytes in the unit people read: ``62 KB``."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.0f} TB"
