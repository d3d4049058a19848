"""Numbers, looked at closely: how they spread, where the odd ones are. Imports no data library: numpy is handed in."""

from __future__ import annotations

from typing import Any

from ..numbers import number, share
from ..terms import Terms
from .bins import histogram
from .words import often

__all__ = ["quantity_lines", "rounded"]

_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
_FEW = 12  # different values up to which the counts, which are told already, say all
_SHOWN = 3
_OFTEN = 0.02  # share from which a number that comes again is told
_REPEATED = 5
_FENCE = 1.5
_DECIMALS = 4
_GLANCE = 2_000
_SKEWS = ((0.5, "about symmetric"), (1.0, "slightly skewed"), (2.0, "skewed"), (float("inf"), "strongly skewed"))


def quantity_lines(np: Any, present: Any, places: Any, terms: Terms, *, whole: bool, unit: str = "") -> list[str]:
    """Lines on numbers: moments, percentiles, zeros, outliers, histogram.

    Parameters
    ----------
    present
        The numbers that are there, in the rows' order.
    places
        The row of each.
    terms
        The detail that is allowed: only ``sample`` tells rows.
    whole
        These are all the numbers of the column, not a sample.
    unit
        What they are in, if that is known from their type: ``days``.
    """
    values = present.astype(np.float64)
    finite = np.isfinite(values)
    values, places = values[finite], places[finite]
    if not len(values):
        return []
    ordered = np.sort(values)
    if ordered[0] == ordered[-1]:
        return [f"always {number(float(ordered[0]))}{f' {unit}' if unit else ''}"]
    are_whole = bool((ordered == np.floor(ordered)).all())
    lines = [
        *_moments(np, ordered, whole=whole, unit=unit),
        ", ".join(_signs(np, ordered, are_whole=are_whole, whole=whole)),
        *_outliers(np, values, ordered, places, terms, whole=whole),
    ]
    if len(ordered) > 1 and _distinct(np, ordered) > _FEW:
        lines += [_repeated(np, ordered, whole=whole), histogram(np, ordered, whole=are_whole, counts=whole)]
    return [line for line in lines if line]


def rounded(value: float) -> str:
    """A figure that was computed, with five significant digits."""
    return number(float(f"{value:.5g}"))


def _moments(np: Any, ordered: Any, *, whole: bool, unit: str) -> list[str]:
    mark = "" if whole else "≈"
    mean = float(ordered.mean())
    spread = float(ordered.std(ddof=1)) if len(ordered) > 1 else 0.0
    figures = [f"{mark}mean {rounded(mean)}", f"{mark}std {rounded(spread)}"]
    cuts = np.percentile(ordered, _PERCENTILES)
    said = f" ({unit})" if unit else ""
    percentiles = ", ".join(
        f"{percent} % {rounded(float(cut))}" for percent, cut in zip(_PERCENTILES, cuts, strict=True)
    )
    return [", ".join(figures) + said, f"{mark}percentiles: {percentiles}"]


def _signs(np: Any, ordered: Any, *, are_whole: bool, whole: bool) -> list[str]:
    """Zeros, negatives, whether they are whole, to how many decimals they are given, and which way they lean."""
    negative = int(np.searchsorted(ordered, 0.0, side="left"))
    zeros = int(np.searchsorted(ordered, 0.0, side="right")) - negative
    said = [_count(zeros, "zero", len(ordered), whole), _count(negative, "negative", len(ordered), whole)]
    if are_whole:
        said.append("whole numbers")
    elif decimals := _decimals(np, ordered):
        said.append(f"at most {decimals} decimal{'s' if decimals > 1 else ''}")
    return [*said, *_skew(np, ordered)]


def _count(count: int, what: str, total: int, whole: bool) -> str:
    if not count:
        return f"no {what}s" if whole else f"no {what}s in the sample"
    plural = "" if count == 1 else "s"
    return f"{count:,} {what}{plural} ({share(count, total)})" if whole else f"≈{share(count, total)} {what}s"


def _decimals(np: Any, ordered: Any) -> int:
    """How many decimals the numbers are given to, 0 if to many."""
    some = ordered[:: max(1, len(ordered) // _GLANCE)]
    if np.abs(some).max() > 1e9:
        return 0
    return next((n for n in range(1, _DECIMALS + 1) if np.allclose(some, np.round(some, n), rtol=1e-12, atol=1e-12)), 0)


def _skew(np: Any, ordered: Any) -> list[str]:
    apart = ordered - ordered.mean()
    spread = np.sqrt((apart**2).mean())
    skew = float(((apart / spread) ** 3).mean())
    if len(ordered) < _FEW or skew != skew:
        return []
    words = next(words for bound, words in _SKEWS if abs(skew) < bound or bound == float("inf"))
    side = "" if words.startswith("about") else " to the right" if skew > 0 else " to the left"
    return [f"{words}{side} (skewness {rounded(round(skew, 2))})"]


def _outliers(np: Any, values: Any, ordered: Any, places: Any, terms: Terms, *, whole: bool) -> list[str]:
    """What lies more than 1.5 times the middle half's width beyond it, and the rows of the farthest."""
    first, third = np.percentile(ordered, (25, 75))
    reach = _FENCE * (third - first)
    if not np.isfinite(reach) or reach <= 0 or len(ordered) < _FEW:
        return []
    sides = []
    for name, fence, beyond in (
        ("below", first - reach, values < first - reach),
        ("above", third + reach, values > third + reach),
    ):
        count = int(np.count_nonzero(beyond))
        if count:
            told = f"{count:,} ({share(count, len(values))})" if whole else f"≈{share(count, len(values))}"
            sides.append(f"{told} {name} {rounded(float(fence))}{_where(np, values, beyond, places, name, terms)}")
    return [f"outliers (1.5 IQR): {'; '.join(sides) or 'none'}"]


def _where(np: Any, values: Any, beyond: Any, places: Any, name: str, terms: Terms) -> str:
    """The farthest of them with their rows."""
    if terms.detail != "sample":
        return ""
    found = np.flatnonzero(beyond)
    order = np.argsort(values[found], kind="stable")
    chosen = found[order[:_SHOWN] if name == "below" else order[::-1][:_SHOWN]]
    told = [f"{number(float(values[place]))} in row {int(places[place]):,}" for place in chosen.tolist()]
    return f", farthest {', '.join(told)}"


def _distinct(np: Any, ordered: Any) -> int:
    return 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def _repeated(np: Any, ordered: Any, *, whole: bool) -> str:
    """The numbers that come most often, if any comes often at all."""
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.diff(np.concatenate([starts, [len(ordered)]]))
    top = np.argsort(-counts, kind="stable")[:_REPEATED]
    frequent = [place for place in top.tolist() if counts[place] > 1 and counts[place] >= _OFTEN * len(ordered)]
    if not frequent:
        return ""
    total = len(ordered)
    told = [
        f"{number(float(ordered[starts[place]]))} ({often(int(counts[place]), total, whole=whole)})"
        for place in frequent
    ]
    return f"most often: {', '.join(told)}"
