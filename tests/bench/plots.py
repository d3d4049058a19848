"""Bars as SVG, on a scale of powers of ten, readable on light and on dark pages. Imports nothing of ours."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

__all__ = ["bars"]

_NAMES, _WIDTH, _LINE, _HEAD = 210, 760, 22, 34
_OURS, _OTHERS, _TEXT = "#1a7f64", "#8a94a6", "#7a8290"


def bars(title: str, unit: str, values: Sequence[tuple[str, float]], ours: str) -> str:
    """A line a bar, in the order given; what begins with ``ours`` stands out."""
    low = 10 ** math.floor(math.log10(min(value for _, value in values)))
    span = math.log10(max(value for _, value in values) / low) or 1.0
    room = _WIDTH - _NAMES - 90
    parts = [f'<text x="0" y="16" font-weight="600">{html.escape(title)} ({html.escape(unit)}, powers of ten)</text>']
    for place, (name, value) in enumerate(values):
        top, long = _HEAD + place * _LINE, max(2.0, room * math.log10(value / low) / span)
        colour = _OURS if name.startswith(ours) else _OTHERS
        parts.append(f'<text x="{_NAMES - 8}" y="{top + 12}" text-anchor="end">{html.escape(name)}</text>')
        parts.append(f'<rect x="{_NAMES}" y="{top}" width="{long:.1f}" height="15" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{_NAMES + long + 6:.1f}" y="{top + 12}">{value:,.{0 if value >= 100 else 1}f}</text>')
    height = _HEAD + len(values) * _LINE
    style = f'font-family="system-ui, sans-serif" font-size="12" fill="{_TEXT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" {style}>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
