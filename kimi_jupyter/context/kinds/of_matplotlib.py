"""matplotlib's figures and axes, by the digest that drawn figures have; only if all their parts are matplotlib's own.

A figure may hold an artist, a scale or a label of the user's own class, and the digest asks each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..attributes import instance_dict
from ..figures import axes_digest, digest
from ..identity import is_a, library_of, loaded, mro
from ..terms import Terms
from ..text import clean

__all__ = ["matplotlib_lines"]

_OWN = frozenset({"matplotlib", "mpl_toolkits"})
_CHILDREN = 2_000  # artists of a figure that is put in words


def matplotlib_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a figure, or of axes."""
    if is_a(value, "matplotlib.figure.Figure", "matplotlib.figure.SubFigure"):
        return _figure(value, terms)
    if any(base is loaded("matplotlib.axes._base._AxesBase") for base in mro(type(value))):
        return _told("matplotlib axes", [value], lambda: f"matplotlib axes\n{axes_digest(value)}", "", terms)
    return None


def _figure(figure: Any, terms: Terms) -> list[str]:
    axes = list(figure.axes)
    size = ""
    if is_a(figure, "matplotlib.figure.Figure"):
        width, height = figure.get_size_inches().tolist()
        size = f", {width:g} × {height:g} inches"
    suptitle = getattr(figure, "_suptitle", None)
    if suptitle is not None and type(getattr(suptitle, "_text", None)) is not str:
        return [f"matplotlib figure with {len(axes)} axes{size}"]
    return _told(f"matplotlib figure with {len(axes)} axes", axes, lambda: digest(figure), size, terms)


def _told(head: str, axes: list[Any], words: Callable[[], str], size: str, terms: Terms) -> list[str]:
    head += size
    if terms.detail == "schema":
        return [head]
    if sum(len(ax.get_children()) for ax in axes if library_of(ax) in _OWN) > _CHILDREN:
        return [f"{head}, of too many parts to put in words"]
    if not all(_is_plain(ax) for ax in axes):
        return [f"{head}, with parts of classes of the user's own"]
    first, *rest = (clean(terms.screened(line)) for line in words().split("\n"))
    return [f"{first}{size}", *rest]


def _is_plain(ax: Any) -> bool:
    """Whether axes hold only artists of matplotlib's own classes, with plain texts and numbers."""
    own = instance_dict(ax)
    children = own.get("_children")
    if library_of(ax) not in _OWN or type(children) is not list:
        return False
    texts = [own.get("title"), ax.xaxis.label, ax.yaxis.label]
    scales = [ax.xaxis._scale, ax.yaxis._scale]
    legend = [own["legend_"]] if own.get("legend_") is not None else []
    if not all(library_of(part) in _OWN for part in [*children, *texts, *scales, *legend, *own.get("containers", ())]):
        return False
    written = [instance_dict(text).get("_text") for text in texts]
    return all(type(text) is str for text in written) and all(_is_artist(instance_dict(part)) for part in children)


def _is_artist(own: dict[str, Any]) -> bool:
    """Whether an artist's label and data are plain."""
    label = own.get("_label", "")
    if type(label) is not str and label is not None:
        return False
    sides = [own[name] for name in ("_width", "_height") if name in own]
    if not all(type(side) in (int, float) or library_of(side) == "numpy" for side in sides):
        return False
    if own.get("_invalidx") or own.get("_invalidy"):  # data that was set and not yet made into numbers
        held: list[Any] = [own.get("_xorig"), own.get("_yorig")]
        return all(is_a(data, "numpy.ndarray") and data.dtype.kind in "biuf" for data in held)
    return True
