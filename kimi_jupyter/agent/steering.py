"""What a user adds while a turn goes on: kept here until the next request. Imports nothing of a kernel."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plan import Item

__all__ = ["LONGEST", "NOTE", "WRAP_UP", "Steering"]

#: Before a note, so that the model can tell it from a new question.
NOTE = "[The user adds, while you work:]"
#: What the model is told when the user wants an answer now.
WRAP_UP = "Wrap up now: call no more tools, answer with what you have, and say what is missing."
#: Characters of one note.
LONGEST = 4_000
#: The note that means the same as the button.
_WRAP_UP = re.compile(r"/?wrap[ -]?up( now)?[.!]*", re.IGNORECASE)


class Steering:
    """Notes on their way. Any thread may add one."""

    def __init__(self) -> None:
        self._notes: deque[str] = deque()
        self._plans: deque[tuple[Item, ...]] = deque()
        self.wrapping = False

    @property
    def waiting(self) -> bool:
        """Whether there is a note that the model has not got."""
        return bool(self._notes)

    def add(self, note: str) -> bool:
        """Leave a note for the next step; returns whether it says anything. One too long is cut."""
        text = note.strip()[:LONGEST]
        if _WRAP_UP.fullmatch(text):
            self.wrap_up()
        elif text:
            self._notes.append(text)
        return bool(text)

    def wrap_up(self) -> None:
        """From the next request on the model may call no tool: it answers with what it has."""
        if not self.wrapping:
            self.wrapping = True
            self._notes.append(WRAP_UP)

    def replan(self, items: tuple[Item, ...]) -> None:
        """The plan as the user wants it."""
        self._plans.append(items)

    def take(self) -> list[str]:
        """The notes so far, oldest first; they count as delivered."""
        taken = []
        while self._notes:
            taken.append(self._notes.popleft())
        return taken

    def take_plan(self) -> tuple[Item, ...] | None:
        """The user's latest plan, if there is one that the model has not got."""
        taken = None
        while self._plans:
            taken = self._plans.popleft()
        return taken
