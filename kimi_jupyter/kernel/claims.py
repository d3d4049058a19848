"""One question at a time in a kernel, whoever asks: a cell on the main thread, or a page of the sidebar on another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import SettingsError
from .live import Place

__all__ = ["Claims"]

#: Seconds that a question waits for a conversation that is being opened or deleted.
_CHANGED = 1.0
_BUSY = {
    "cell": "A question is already being answered in a cell of this kernel; wait for it or stop it first.",
    "sidebar": "A question is already being answered in the sidebar; wait for it or stop it first.",
}


class Claims:
    """Whose question is being answered.

    Attributes
    ----------
    claimed
        Where, ``None`` where none is.
    """

    def __init__(self) -> None:
        self.claimed: Place | None = None
        self._changing = 0
        self._condition = threading.Condition()

    def claim(self, place: Place) -> None:
        """From here on it is this place's, until :meth:`release`.

        Raises
        ------
        SettingsError
            A question is being answered.
        """
        with self._condition:
            self._condition.wait_for(lambda: not self._changing, _CHANGED)
            self._refuse_if_claimed()
            self.claimed = place

    def release(self) -> None:
        """The question is answered."""
        self.claimed = None

    @contextmanager
    def between(self) -> Iterator[None]:
        """While conversations are changed nothing is asked; a question that comes meanwhile waits a little.

        Raises
        ------
        SettingsError
            A question is being answered.
        """
        with self._condition:
            self._refuse_if_claimed()
            self._changing += 1
        try:
            yield
        finally:
            with self._condition:
                self._changing -= 1
                self._condition.notify_all()

    def _refuse_if_claimed(self) -> None:
        if self.claimed is not None:
            raise SettingsError(_BUSY[self.claimed])
