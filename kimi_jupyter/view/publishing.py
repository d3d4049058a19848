"""Showing MIME bundles where the cell's output is. IPython is imported when something is shown, not before."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Publish", "publish"]


class Publish(Protocol):
    """Shows a bundle under an id, or updates the display of that id."""

    def __call__(self, data: dict[str, Any], *, display_id: str, update: bool) -> None: ...


def publish(data: dict[str, Any], *, display_id: str, update: bool) -> None:
    """By IPython's display machinery."""
    from IPython.display import publish_display_data

    publish_display_data(data, transient={"display_id": display_id}, update=update)  # type: ignore[no-untyped-call]
