"""A histogram in words: at most a dozen bins with round edges, on a log scale where the tail is long.

Imports no data library: numpy is handed in.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from ..numbers import number, share

__all__ = ["histogram", "nice_edges"]

_MOST = 12
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LONG = 8.0  # widths of the middle half that the whole range has when a tail is long
_DECADES = 2.0  # between the first and the last value, from which a log scale says more
_COUNTED = 1_000  # values up to which bins are counted rather than shared out


def histogram(np: Any, ordered: Any, *, whole: bool, counts: bool) -> str:
    """How numbers spread: ``histogram: 0–10: 12 %, 10–20: 30 %``; ``""`` where the range is too wide for figures.

    Parameters
    ----------
    ordered
        Finite floats in order, at least two different ones.
    whole
        All of them are whole numbers.
    counts
        Few bins may be told by counts: these are all the values.
    """
    low, high = float(ordered[0]), float(ordered[-1])
    if not math.isfinite(high - low) or high - low < sys.float_info.min:
        return ""
    first, third = (float(ordered[len(ordered) * part // 4]) for part in (1, 3))
    title = "histogram"
    if high - low > _LONG * (third - first) and third > first:
        if low > 0 and math.log10(high / low) >= _DECADES:
            title, edges = "histogram (log scale)", _log_edges(low, high)
        else:
            inner = [float(ordered[int(place * (len(ordered) - 1))]) for place in (0.01, 0.99)]
            title, edges = "histogram (open ends)", _open_edges(low, high, inner, whole)
    else:
        edges = nice_edges(low, high, whole=whole)
    if len(set(map(number, edges))) < len(edges):  # figures of six digits don't tell them apart
        return ""
    bounds = np.searchsorted(ordered, np.array(edges[1:-1]), side="left")
    sizes = np.diff(np.concatenate([[0], bounds, [len(ordered)]])).tolist()
    exact = counts and len(ordered) <= _COUNTED
    mark = "" if counts else "≈"
    return f"{title}: {mark}{', '.join(_told(edges, sizes, len(ordered), exact=exact))}"


def nice_edges(low: float, high: float, *, whole: bool = False, most: int = _MOST) -> list[float]:
    """Round numbers from below ``low`` to above ``high``, evenly apart, that make at most so many bins."""
    step = max(1.0, _step((high - low) / most)) if whole else _step((high - low) / most)
    while True:
        start = math.floor(low / step)
        end = math.floor(high / step) + 1 if whole else max(start + 1, math.ceil(high / step))
        if end - start <= most:
            return [_rounded(place * step, step) for place in range(start, end + 1)]
        step = _step(step * 1.01)


def _step(least: float) -> float:
    """The least round step from this one on."""
    scale = 10.0 ** math.floor(math.log10(least)) if least > 0 else 1.0
    return next((factor * scale for factor in _STEPS if factor * scale >= least * (1 - 1e-9)), 10 * scale)


def _rounded(value: float, step: float) -> float:
    return round(value, max(0, 2 - math.floor(math.log10(step))))


def _log_edges(low: float, high: float) -> list[float]:
    """Powers of ten, with 2 and 5 or 3 between them where there is room."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1, 2, 5), (1, 3), (1,)):
        edges = [_power(power, factor) for power in range(first, last + 1) for factor in factors]
        edges = edges[max(0, sum(edge <= low for edge in edges) - 1) :]
        edges = edges[: len(edges) - max(0, sum(edge > high for edge in edges) - 1)]
        if len(edges) <= _MOST + 1:
            return edges
    apart = -(-(last - first) // _MOST)
    return [_power(power) for power in range(first, last + apart, apart)]


def _power(power: int, factor: int = 1) -> float:
    """A power of ten, times 2, 3 or 5; endless beyond what floats hold."""
    return float(f"{factor}e{power}")


def _open_edges(low: float, high: float, inner: list[float], whole: bool) -> list[float]:
    """Even bins for the inner 98 %, and one on either side for what lies beyond."""
    if inner[0] == inner[1]:
        return nice_edges(low, high, whole=whole)
    edges = nice_edges(*inner, whole=whole, most=_MOST - 2)
    return [
        *([-math.inf] if low < edges[0] else []),
        *edges,
        *([math.inf] if high > edges[-1] or (high == edges[-1] and whole) else []),
    ]


def _told(edges: list[float], sizes: list[int], total: int, *, exact: bool) -> list[str]:
    """The bins with their shares, empty neighbours as one."""
    said = []
    place = 0
    while place < len(sizes):
        end = place + 1
        while sizes[place] == 0 and end < len(sizes) and sizes[end] == 0:
            end += 1
        part = f"{sizes[place]:,}" if exact else share(sizes[place], total)
        said.append(f"{_span(edges[place], edges[end])}: {part}")
        place = end
    return said


def _span(low: float, high: float) -> str:
    if low == -math.inf:
        return f"below {number(high)}"
    if high == math.inf:
        return f"from {number(low)}"
    return f"{number(low)} to {number(high)}" if low < 0 else f"{number(low)}–{number(high)}"
