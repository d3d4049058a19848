"""A question asked by a program that drives this kernel: its events are published for that program, as displays.

``kimi-jupyter run`` is such a program. Nothing is drawn.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ..chat.events import Event
from ..errors import SettingsError
from ..view.publishing import publish
from ..view.transcript import EVENTS_MIME, Transcript
from ..view.turn import Turn
from .extension import load
from .session import Options

__all__ = ["ask_here"]


class _Published:
    """A view that publishes the events themselves."""

    def __init__(self) -> None:
        self.turn = Turn()
        self._new = Transcript()

    def feed(self, event: Event) -> None:
        self.turn.apply(event)
        self._new.add(event)

    def flush(self) -> None:
        if self._new:
            publish({EVENTS_MIME: self._new.take()}, display_id="", update=False)

    def close(self) -> None:
        for event in self.turn.broken_off():
            self.feed(event)
        self.flush()


async def ask_here(shell: Any, prompt: str, options: dict[str, Any]) -> None:
    """Ask a question in this kernel, to be awaited by a cell.

    Parameters
    ----------
    shell
        The IPython shell.
    prompt
        The question.
    options
        Of :class:`.Options`, by name.

    Raises
    ------
    KimiError
        In one line why nothing was asked.
    """
    unknown = options.keys() - {field.name for field in fields(Options)}
    if unknown:
        raise SettingsError(f"There is no option {', '.join(sorted(unknown))}.")
    session = load(shell).session
    running = session.cells.start(prompt, Options(**options), blocking=False)
    view = _Published()
    try:
        await running.follow(view)
    finally:
        session.cells.finished()
