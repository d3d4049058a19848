"""Noticing a reply that says the same over and over (hazards BUD-07). Imports nothing of ours."""

from __future__ import annotations

__all__ = ["Repetition"]

#: Characters that have to repeat a shorter text before it counts, and how often at least.
_LONG, _OFTEN = 4_000, 8
#: Characters by which a repetition is found, and after how many new ones it is looked for.
_NEEDLE, _EVERY = 64, 512
#: Of the first, how much is kept to look for one in.
_FURTHEST = 4
#: In code and data of a call more may be meant: a list of a thousand zeros, for one.
_CALL_FACTOR = 8


class Repetition:
    """Watches one text while it grows."""

    def __init__(self, *, call: bool = False) -> None:
        self._long = _LONG * (_CALL_FACTOR if call else 1)
        self._tail = ""
        self._pieces: list[str] = []
        self._new = 0

    def grows(self, text: str) -> bool:
        """Take more of it in; returns whether its end is the same text again and again."""
        self._pieces.append(text)
        self._new += len(text)
        if self._new < _EVERY:
            return False
        self._tail = (self._tail + "".join(self._pieces))[-_FURTHEST * self._long :]
        self._pieces.clear()
        self._new = 0
        return _period(self._tail, self._long) > 0

    def cut(self, text: str) -> str:
        """A text without its repetitions at the end: what is repeated is there once."""
        period, end = _period(text[-_FURTHEST * self._long :], self._long), len(text)
        while period and end >= 2 * period and text[end - 2 * period : end - period] == text[-period:]:
            end -= period
        return text[:end]


def _period(text: str, long: int) -> int:
    """After how many characters a text repeats itself, for long enough before its end; 0 if it does not."""
    before = text.rfind(text[-_NEEDLE:], 0, -1)
    if before < 0 or len(text) < long:
        return 0
    period = len(text) - _NEEDLE - before
    run = text[-max(long, _OFTEN * period) :]
    return period if len(run) >= _OFTEN * period and run[period:] == run[:-period] else 0
