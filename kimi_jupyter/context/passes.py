"""One pass over a whole column of numbers or times: its ends, what is missing, how often small integers come.

In chunks that stay in the processor's cache, on views where that spares work; numpy is handed in. Imports no data
library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .facts import Study

__all__ = ["Pass", "passed_over", "price", "tallied"]

_CHUNK = 65_536


def price(array: Any) -> int:
    """What a pass costs, in cells: of a column that does not lie in one piece whole lines of the cache are read."""
    apart: int = abs(array.strides[0]) // array.itemsize
    return len(array) * max(1, min(8, apart))


def tallied(np: Any, array: Any, low: int, high: int) -> Any:
    """How often each integer from low to high comes, chunk by chunk; widened, since ``127 - -128`` is no int8."""
    wide = "u8" if array.dtype.kind == "u" else "i8"
    tally = np.zeros(high - low + 1, dtype=np.intp)
    size = max(_CHUNK, len(tally))
    for start in range(0, len(array), size):
        chunk = array[start : start + size].astype(wide, copy=False) - low
        tally += np.bincount(chunk.astype(np.intp, copy=False), minlength=len(tally))
    return tally


@dataclass(slots=True)
class Pass:
    """What one pass over a column finds.

    Attributes
    ----------
    lows, highs
        The least and greatest finite value of each chunk that has one.
    missing, infinite
        How many values are missing, and how many are infinite.
    """

    lows: list[Any] = field(default_factory=list)
    highs: list[Any] = field(default_factory=list)
    missing: int = 0
    infinite: int = 0

    @property
    def ends(self) -> list[Any]:
        """The least and greatest finite value, if there is any."""
        return [min(self.lows), max(self.highs)] if self.lows else []


def passed_over(np: Any, array: Any, study: Study) -> Pass | None:
    """One pass over the column, in chunks that stay in the processor's cache; ``None`` if time is up before its end."""
    found = Pass()
    look = _moment_ends if array.dtype.kind in "Mm" else _number_ends
    for start in range(0, len(array), _CHUNK):
        if study.terms.late:  # the array may lie on a slow disk
            return None
        look(np, array[start : start + _CHUNK], found)
    return found


def _number_ends(np: Any, chunk: Any, found: Pass) -> None:
    low, high, lost = chunk.min(), chunk.max(), 0
    if low != low:
        low, high, lost = np.fmin.reduce(chunk), np.fmax.reduce(chunk), int(np.count_nonzero(chunk != chunk))
        found.missing += lost
    if chunk.dtype.kind == "f" and not (np.isfinite(low) and np.isfinite(high)):
        finite = np.isfinite(chunk)
        found.infinite += (infinite := len(chunk) - int(np.count_nonzero(finite)) - lost)
        if lost + infinite == len(chunk):
            return
        low, high = np.min(chunk, where=finite, initial=np.inf), np.max(chunk, where=finite, initial=-np.inf)
    found.lows.append(low)
    found.highs.append(high)


def _moment_ends(np: Any, chunk: Any, found: Pass) -> None:
    """As integers, which numpy compares five times as fast; NaT is the least of them."""
    whole = chunk.view("i8")
    never = np.iinfo("i8").min
    low, high = whole.min(), whole.max()
    if low == never:
        found.missing += int(np.count_nonzero(whole == never))
        low = np.min(whole, where=whole != never, initial=np.iinfo("i8").max)
    if high != never:
        found.lows.append(low.astype(chunk.dtype))
        found.highs.append(high.astype(chunk.dtype))
