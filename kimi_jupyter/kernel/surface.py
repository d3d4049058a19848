"""Where a turn is shown and where it asks: a widget with a card, displays with a question on stdin, or a terminal.

A widget asks only once a view has said that it is there, during this very cell: on ipykernel 6 no message arrives
before the cell ends, and some front ends have no widgets (design §3.2). Then the turn goes on in plain displays, and
questions are asked on stdin; with no stdin the rule decides.
"""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..agent.gate import Answer
from ..chat.events import CallFinished, CallProposed, Event
from ..view import WIDGET_MODULE
from ..view.publishing import publish
from .stdin import StdinAsker

if TYPE_CHECKING:
    from ..agent.steering import Steering
    from ..view import View
    from ..view.turn import Turn
    from ..view.widget import WidgetView
    from .bridge import Running
    from .pressing import Pressing

__all__ = ["MUTE", "Surface", "can_show_widgets"]

MUTE = (
    "The code does not respond to interrupts. To end it restart the kernel (Kernel, then Restart): that loses the "
    "variables; the conversation stays."
)
#: Seconds within which a view has to say that it is there.
_PATIENCE = 5.0


class Surface:
    """The view of a turn, and who is asked in it. Make it on the main thread when the turn is followed.

    Parameters
    ----------
    shell
        The IPython shell.
    running
        The turn.
    steering
        Where notes go.
    undo, actions
        As in :class:`.Pressing`.
    undoable
        Tells what Undo would do now, in one line.
    widget
        Whether widgets are wanted at all.
    reasoning
        Whether the notebook keeps the reasoning.
    """

    def __init__(
        self,
        shell: Any,
        running: Running,
        steering: Steering,
        *,
        undo: Callable[[str], str] = lambda _: "",
        undoable: Callable[[], str] = lambda: "",
        actions: dict[str, Callable[[dict[str, Any]], object]] | None = None,
        widget: bool = True,
        reasoning: bool = True,
    ) -> None:
        self._stdin = StdinAsker(shell, running.interrupts, undo)
        self._undoable = undoable
        self._shows = hasattr(shell, "kernel")
        self._began = time.monotonic()
        self._pressing: Pressing | None = None
        self._widget: WidgetView | None = None
        self._view: View
        if widget and not running.blocking and can_show_widgets(shell):
            self._pressing, self._widget = _widget(running, steering, undo, actions, reasoning)
            self._view = self._widget
        else:
            self._view = _plain_view(shell)

    @property
    def widget(self) -> WidgetView | None:
        """The widget, as long as the turn is shown in one."""
        return self._widget

    async def ask(self, proposal: CallProposed) -> Answer | None:
        """Ask whether a call may run; ``None`` where nobody can be asked."""
        while self._widget is not None and not self._widget.heard:
            if not self._give_up_in_time():
                await asyncio.sleep(0.05)
        if self._pressing is not None and self._widget is not None:
            return await self._pressing.ask(proposal)
        return await self._stdin.ask(proposal)

    def say_mute(self) -> None:
        """Say that the code does not respond, from any thread: the main one is not free."""
        if self._widget is not None:
            self._widget.say(MUTE)
        elif self._shows:
            publish({"text/plain": f"kimi: {MUTE}"}, display_id=uuid.uuid4().hex, update=False)
        else:
            sys.stderr.write(f"kimi: {MUTE}\n")

    # ---- a view ------------------------------------------------------------------------------------------------------

    @property
    def turn(self) -> Turn:
        """The turn as it stands."""
        return self._view.turn

    def feed(self, event: Event) -> None:
        self._view.feed(event)
        if self._widget is not None and isinstance(event, CallFinished) and self._ran_code(event):
            self._widget.undoable(self._undoable())

    def _ran_code(self, event: CallFinished) -> bool:
        """Whether there may be something else to undo now; comparing what is kept is dear for large values."""
        found = self.turn.find(event.call)
        return found is not None and found[1].started and found[1].code is not None

    def flush(self) -> None:
        self._give_up_in_time()
        self._view.flush()

    def close(self) -> None:
        self._view.close()

    def _give_up_in_time(self) -> bool:
        """Go on in plain displays where no view was heard for long enough."""
        widget = self._widget
        if widget is None or widget.heard or time.monotonic() - self._began < _PATIENCE:
            return False
        from ..view.notebook import NotebookView

        plain = NotebookView()
        for event in widget.give_way():
            plain.feed(event)
        self._view, self._widget, self._pressing = plain, None, None
        plain.flush()
        return True


def _plain_view(shell: Any) -> View:
    if hasattr(shell, "kernel"):
        from ..view.notebook import NotebookView

        return NotebookView()
    from ..view.terminal import TerminalView

    return TerminalView()


def can_show_widgets(shell: Any) -> bool:
    """Whether it is worth trying: messages arrive while an awaited cell runs, and somebody is at the other end."""
    if not hasattr(shell, "kernel") or not WIDGET_MODULE.exists():
        return False
    from importlib import import_module

    version: tuple[int, ...] = import_module("ipykernel").version_info
    return version[0] >= 7 and bool(getattr(shell.kernel, "_allow_stdin", False))


def _widget(
    running: Running,
    steering: Steering,
    undo: Callable[[str], str],
    actions: dict[str, Callable[[dict[str, Any]], object]] | None,
    reasoning: bool,
) -> tuple[Pressing, WidgetView]:
    from ..view.widget import WidgetView
    from .pressing import Pressing

    pressing = Pressing(running.interrupts.press, steering, undo=undo, actions=actions)
    view = WidgetView(pressing.receive, reasoning=reasoning)
    pressing.show_in(view, running.interrupts.meaning)
    return pressing, view
