"""plotly's figures: titles, axes, and each trace in numbers, from the dicts that a figure is made of.

Its own ``to_dict`` copies and encodes the data, and validates.
"""

from __future__ import annotations

from typing import Any

from ..attributes import instance_dict
from ..facts import Study
from ..identity import class_name, is_a
from ..numeric import array_facts
from ..scalars import scalar
from ..sizes import counted
from ..terms import Terms
from ..wording import object_facts

__all__ = ["plotly_lines"]

_TRACES = 12
_AXES = 8
_DATA = ("x", "y", "z", "values", "labels", "lat", "lon", "locations", "r", "theta")
_LOOKED_AT = 10_000


def plotly_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a figure."""
    if class_name(type(value)).rpartition(".")[2] not in ("Figure", "FigureWidget"):
        return None
    own = instance_dict(value)
    traces, layout = own.get("_data"), own.get("_layout")
    if type(traces) is not list or type(layout) is not dict:
        return None
    said = f"plotly figure, {counted(len(traces), 'trace')}"
    title = _title(layout)
    if terms.detail == "schema":
        return [said]
    lines = [f"{said}, title {terms.quoted(title, 100)}" if title else said]
    axes = [(name, _title(held)) for name, held in layout.items() if type(name) is str and "axis" in name[:5]]
    lines += [f"- {name}: {terms.quoted(text, 80)}" for name, text in axes[:_AXES] if text]
    lines += [_trace(trace, terms) for trace in traces[:_TRACES] if type(trace) is dict]
    if len(traces) > _TRACES:
        lines.append(f"… {len(traces) - _TRACES:,} more traces")
    return lines


def _title(held: Any) -> str:
    """The title of a layout or of an axis: a text, or a dict that holds it."""
    title = held.get("title") if type(held) is dict else None
    if type(title) is dict:
        title = title.get("text")
    return title if type(title) is str else ""


def _trace(trace: dict[str, Any], terms: Terms) -> str:
    kind, name = trace.get("type"), trace.get("name")
    said = f"- {terms.plain(kind, 30) if type(kind) is str else 'trace'}"
    if type(name) is str and name:
        said += f" {terms.quoted(name, 60)}"
    mode = trace.get("mode")
    parts = [mode] if type(mode) is str else []
    held = [(key, trace[key]) for key in _DATA if key in trace]
    sizes = [size for _, data in held if (size := _size(data)) is not None]
    if sizes:
        parts.append(counted(max(sizes), "point"))
    parts += [f"{key} {told}" for key, data in held if (told := _range(data, terms))]
    return f"{said}: {', '.join(parts)}" if parts else said


def _size(data: Any) -> int | None:
    return len(data) if _is_listed(data) and not (is_a(data, "numpy.ndarray") and not data.ndim) else None


def _is_listed(data: Any) -> bool:
    return type(data) is list or type(data) is tuple or is_a(data, "numpy.ndarray")


def _range(data: Any, terms: Terms) -> str:
    """From where to where the data of a trace go; of names, how many there are."""
    if _size(data) in (None, 0):
        return ""
    if is_a(data, "numpy.ndarray") and data.dtype.kind in "biufM" and data.ndim == 1:
        facts = array_facts(data, Study(len(data), 1, terms))
    else:
        plain = data[:_LOOKED_AT].tolist() if is_a(data, "numpy.ndarray") else list(data[:_LOOKED_AT])
        facts = object_facts(plain, Study(len(plain), 1, terms), exact=len(plain) == len(data))
    if facts.low:
        return f"{facts.low} … {facts.high}"
    if facts.distinct == 1 and len(data) and (only := scalar(data[0], terms, 40)) is not None:
        return f"always {only}"
    return f"of {counted(facts.distinct, 'name')}" if facts.distinct else ""
