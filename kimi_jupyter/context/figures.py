"""Figures in words, for a model that can't see: titles, axes, scales, legend, and each series in numbers.

Reads matplotlib figures by their own getters, and only if matplotlib is loaded; imports it never.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["FigureWatch", "axes_digest", "digest"]

#: Axes and series that are put in words.
_AXES, _SERIES = 6, 8


class FigureWatch:
    """Notices the figures that a run draws. Make it before the run, ask after it."""

    def __init__(self) -> None:
        # One that waits to be drawn may wait for long: it is told of again only when it has changed.
        self._before = {id(figure): digest(figure) if _waits(figure) else "" for figure in _open_figures()}
        self._shown: dict[int, tuple[Any, str]] = {}

    def see(self, value: object) -> None:
        """An object is displayed; if it is a figure, this is the moment: ``plt.show()`` closes it afterwards."""
        if _is_figure(value):
            self._shown[id(value)] = value, digest(value)  # the figure is kept, so that its id stays its own

    def digests(self) -> tuple[str, ...]:
        """A digest of each figure that was shown, is new, or waits to be drawn."""
        for figure in _open_figures():
            before = self._before.get(id(figure))
            if before is None or (_waits(figure) and digest(figure) != before):
                self.see(figure)
        return tuple(text for _, text in self._shown.values())


def _open_figures() -> list[Any]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    try:
        from matplotlib._pylab_helpers import Gcf

        return [manager.canvas.figure for manager in Gcf.get_all_fig_managers()]
    except Exception:  # noqa: BLE001 - another matplotlib than we know: no digest, but the run stands
        return []


def _waits(figure: Any) -> bool:
    """Whether a figure waits to be drawn."""
    return bool(getattr(figure, "stale", False))


def _is_figure(value: object) -> bool:
    module = sys.modules.get("matplotlib.figure")
    return module is not None and type(value) is module.Figure


def digest(figure: Any) -> str:
    """A matplotlib figure in words.

    Parameters
    ----------
    figure
        A ``matplotlib.figure.Figure``.

    Returns
    -------
    str
        A few lines. Never raises: what can't be read is left out, and a figure that can't be read at all is named so.
    """
    try:
        axes = list(figure.axes)
        title = _text(getattr(figure, "_suptitle", None))
        lines = [f"matplotlib figure{f' {title!r}' if title else ''} with {len(axes)} axes"]
        lines += [_axes(ax, number) for number, ax in enumerate(axes[:_AXES], 1)]
        if len(axes) > _AXES:
            lines.append(f"… and {len(axes) - _AXES} more axes")
        return "\n".join(lines)
    except Exception:  # noqa: BLE001 - a figure of odd parts costs its digest, not the run
        return "matplotlib figure (its parts can't be read)"


def axes_digest(ax: Any) -> str:
    """One axes in words, as they are told within a figure."""
    return _axes(ax, 1)


def _axes(ax: Any, number: int) -> str:
    parts = [f"axes {number}:"]
    title = ax.get_title()
    if title:
        parts.append(f"title {title!r},")
    for name in ("x", "y"):
        label, scale = getattr(ax, f"get_{name}label")(), getattr(ax, f"get_{name}scale")()
        low, high = sorted(getattr(ax, f"get_{name}lim")())
        odd_scale = f" ({scale} scale)" if scale != "linear" else ""
        parts.append(f"{name} {label!r}{odd_scale} from {_number(low)} to {_number(high)},")
    legend = ax.get_legend()
    if legend is not None:
        parts.append("legend " + ", ".join(repr(text.get_text()) for text in legend.get_texts()[:12]) + ",")
    series = [*_lines(ax), *_collections(ax), *_bars(ax)]
    if not series and not ax.images:
        parts.append("empty axes")
    if ax.images:
        parts.append(f"{len(ax.images)} image(s),")
    parts += [f"\n  - {one}" for one in series[:_SERIES]]
    if len(series) > _SERIES:
        parts.append(f"\n  - and {len(series) - _SERIES} more series")
    return " ".join(parts).replace(" \n", "\n").rstrip(",")


def _lines(ax: Any) -> list[str]:
    found = []
    for line in ax.get_lines():
        y = line.get_ydata(orig=False)
        found.append(f"line {_name(line)}{_numbers(y)}{_trend(y)}")
    return found


def _collections(ax: Any) -> list[str]:
    found = []
    for collection in ax.collections:
        offsets = collection.get_offsets()
        if len(offsets):
            found.append(
                f"points {_name(collection)}n={len(offsets):,}, x {_range(offsets[:, 0])}, y {_range(offsets[:, 1])}"
            )
        else:
            found.append(f"{type(collection).__name__} {_name(collection)}".rstrip())
    return found


def _bars(ax: Any) -> list[str]:
    found = []
    for container in ax.containers:
        patches = [patch for patch in container if hasattr(patch, "get_height")]
        if patches:
            heights, widths = [p.get_height() for p in patches], [p.get_width() for p in patches]
            flat = len(set(heights)) == 1 and len(set(widths)) > 1  # horizontal bars: the width is the value
            found.append(f"bars {_name(container)}{_numbers(widths if flat else heights)}")
    return found


def _name(artist: Any) -> str:
    label = str(artist.get_label())
    return "" if label.startswith("_") or not label else f"{label!r} "


def _numbers(values: Any) -> str:
    return f"n={len(values):,}, {_range(values)}"


def _range(values: Any) -> str:
    import numpy as np

    array: Any = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    finite = array[np.isfinite(array)]
    if not finite.size:
        return "no finite values"
    return f"{_number(finite.min())} … {_number(finite.max())}, mean {_number(finite.mean())}"


def _trend(values: Any) -> str:
    import numpy as np

    array: Any = np.asarray(values, dtype=float)
    array = array[np.isfinite(array)]
    if array.size < 3 or np.ptp(array) == 0:
        return ""
    change = (array[-1] - array[0]) / np.ptp(array)
    return ", rising" if change > 0.3 else ", falling" if change < -0.3 else ""


def _number(value: Any) -> str:
    return f"{float(value):.6g}"


def _text(artist: Any) -> str:
    return str(artist.get_text()) if artist is not None else ""
