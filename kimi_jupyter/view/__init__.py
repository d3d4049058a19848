"""How a turn is shown: in a notebook, in a terminal, and as the record that stays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..chat.events import Event
    from .turn import Turn

__all__ = ["WIDGET_MODULE", "View"]

#: The widget's built module; a source tree in which it was not built has none.
WIDGET_MODULE = Path(__file__).parent / "static" / "turn.js"


class View(Protocol):
    """Draws a turn from its events, given in order."""

    @property
    def turn(self) -> Turn:
        """The turn as it stands."""
        ...

    def feed(self, event: Event) -> None:
        """Take an event in. Cheap: nothing is shown yet."""
        ...

    def flush(self) -> None:
        """Show what there is: at most twenty times a second while deltas come, and after every other event."""
        ...

    def close(self) -> None:
        """Show the final state. Without a ``TurnEnded`` the turn counts as interrupted. Again it does nothing."""
        ...
