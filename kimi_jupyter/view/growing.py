"""Text that grows by small pieces, at a cost that grows with the text and not with its square.

Views read its end, its size and its tokens ten times a second, and the whole of it seldom. Imports only the estimate.
"""

from __future__ import annotations

from ..chat.tokens import estimate_tokens

__all__ = ["GrowingText"]

#: Characters that are counted at once, up to the last space or newline before.
_COUNT_EVERY = 2000


class GrowingText:
    """A text and its running token estimate.

    Parameters
    ----------
    text
        What it starts with.
    """

    __slots__ = ("_counted", "_length", "_parts", "_pending", "_pending_length")

    def __init__(self, text: str = "") -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pending: list[str] = []
        self._pending_length = 0
        self._counted = 0
        self.append(text)

    def append(self, text: str) -> None:
        """Add a piece at the end."""
        if not text:
            return
        self._parts.append(text)
        self._length += len(text)
        self._pending.append(text)
        self._pending_length += len(text)
        if self._pending_length >= _COUNT_EVERY:
            self._count()

    def _count(self) -> None:
        pending = "".join(self._pending)
        # A word that is still being written is counted when it is whole; one without end is counted anyway.
        cut = max(pending.rfind(" "), pending.rfind("\n"))
        if cut <= 0:
            cut = len(pending)
        self._counted += estimate_tokens(pending[:cut])
        self._pending = [pending[cut:]]
        self._pending_length = len(pending) - cut

    def __len__(self) -> int:
        return self._length

    def __str__(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def tokens(self) -> int:
        """Estimated tokens so far."""
        return self._counted + estimate_tokens("".join(self._pending))

    @property
    def blank(self) -> bool:
        """Whether there is nothing but white space."""
        return all(part.isspace() for part in self._parts)

    def head(self, characters: int) -> str:
        """The first so many characters, at the cost of so many."""
        taken: list[str] = []
        for part in self._parts:
            if characters <= 0:
                break
            taken.append(part[:characters])
            characters -= len(part)
        return "".join(taken)

    def tail(self, characters: int) -> str:
        """The last so many characters, at the cost of so many."""
        taken: list[str] = []
        wanted = characters
        for part in reversed(self._parts):
            taken.append(part[-wanted:])
            wanted -= len(part)
            if wanted <= 0:
                break
        return "".join(reversed(taken))

    def since(self, start: int) -> str:
        """What was added after the first ``start`` characters."""
        return self.tail(self._length - start) if start < self._length else ""
