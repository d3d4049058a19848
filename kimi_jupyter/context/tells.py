"""What sorted numbers tell beyond their range: stand-ins for missing ones, zeros, whole numbers, long tails.

Costs next to nothing: it looks at the ends of what is sorted already. numpy is handed in.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from .numbers import number, share

__all__ = ["number_notes"]

_LOW = frozenset((-99999, -9999, -999, -99))
_HIGH = frozenset((999, 9999, 99999, 999999, 9999999))
_FAR = 3.0  # times a stand-in is larger than what is measured
_ZEROS = 0.2
_TAIL = 8.0  # widths of the middle half between it and the end of a long tail
_GLANCE = 32
_FEW = 12


def number_notes(np: Any, ordered: Any, starts: Any, counts: Any, *, whole: bool) -> tuple[str, ...]:
    """Notes on numbers.

    Parameters
    ----------
    ordered
        The values in order, integers or floats.
    starts, counts
        Where each different one begins, and how often it comes.
    whole
        These are all the values, not a sample.
    """
    if len(starts) < 4 or not (isfinite(ordered[0]) and isfinite(ordered[-1])):
        return ()
    notes = []
    if ordered.dtype.kind == "f" and _are_whole(np, ordered, starts):
        notes.append("whole numbers")
    stand_in, inner = _stand_in(ordered, starts, counts, whole)
    notes += stand_in
    if len(starts) > _FEW:
        notes += _zeros(np, ordered, starts, counts, whole)
        notes += _tail(inner)
    return tuple(notes)


def _are_whole(np: Any, ordered: Any, starts: Any) -> bool:
    if not all(map(float.is_integer, ordered[:_GLANCE].tolist())):
        return False
    different = ordered[starts]
    return bool((different == np.floor(different)).all())


def _stand_in(ordered: Any, starts: Any, counts: Any, whole: bool) -> tuple[list[str], Any]:
    """A value such as -999 that may stand for a missing one, and the values without it."""
    low, high = float(ordered[0]), float(ordered[-1])
    below, above = float(ordered[starts[1]]), float(ordered[starts[-2]] if len(starts) > 1 else high)
    if low in _LOW and counts[0] > 1 and (below >= 0 or -low > _FAR * max(-below, high)):
        inner = ordered[counts[0] :]
        return [_said(low, int(counts[0]), len(ordered), inner, whole)], inner
    if high in _HIGH and counts[-1] > 1 and high > _FAR * max(above, -low):
        inner = ordered[: len(ordered) - counts[-1]]
        return [_said(high, int(counts[-1]), len(ordered), inner, whole)], inner
    return [], ordered


def _said(value: float, count: int, size: int, inner: Any, whole: bool) -> str:
    often = f"{count:,}" if whole else f"≈{share(count, size)}"
    low, high = number(float(inner[0])), number(float(inner[-1]))
    return f"{number(value)} ({often}) may mean missing (else {'' if whole else '≈'}{low} to {high})"


def _zeros(np: Any, ordered: Any, starts: Any, counts: Any, whole: bool) -> list[str]:
    place = int(np.searchsorted(ordered, 0))
    if place == len(ordered) or ordered[place] != 0:
        return []
    zeros = int(counts[int(np.searchsorted(starts, place))])
    if zeros < _ZEROS * len(ordered):
        return []
    return [f"{share(zeros, len(ordered))} zero" if whole else f"≈{share(zeros, len(ordered))} zero"]


def _tail(ordered: Any) -> list[str]:
    size = len(ordered)
    low, first, third, high = (float(ordered[place]) for place in (0, size // 4, size * 3 // 4, size - 1))
    reach = _TAIL * (third - first)
    if reach <= 0:
        return []
    right, left = high - third, first - low
    if right > reach and right > 4 * left:
        return ["long right tail"]
    return ["long left tail"] if left > reach and left > 4 * right else []
