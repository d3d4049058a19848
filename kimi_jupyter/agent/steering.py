"""What the user adds while a turn runs: it reaches the model with the next request. Imports nothing of a kernel."""

from __future__ import annotations

from collections import deque

__all__ = ["LONGEST", "NOTE", "Steering"]

#: Before a note, so that the model can tell it from a new question.
NOTE = "[The user adds, while you work:]"
#: Characters of one note.
LONGEST = 4_000


class Steering:
    """Notes on their way. Any thread may add one."""

    def __init__(self) -> None:
        self._notes: deque[str] = deque()

    @property
    def waiting(self) -> bool:
        """Whether there is a note that the model has not got."""
        return bool(self._notes)

    def add(self, note: str) -> bool:
        """Leave a note for the next step; returns whether it says anything. One too long is cut."""
        text = note.strip()[:LONGEST]
        if text:
            self._notes.append(text)
        return bool(text)

    def take(self) -> list[str]:
        """The notes so far, oldest first; they count as delivered."""
        taken = []
        while self._notes:
            taken.append(self._notes.popleft())
        return taken
