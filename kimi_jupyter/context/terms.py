"""The terms under which a value is described: how much, in what detail, with what hidden.

Passed down to everything that describes, so that a later term (a deadline, columns to favour) is a field here and not a
parameter everywhere. Imports no data library.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from ..chat.tokens import estimate_tokens
from .redact import KINDS, redact
from .text import clean, cut, one_line

__all__ = ["Detail", "Terms", "fit"]

Detail = Literal["schema", "stats", "sample"]

_QUOTE = json.JSONEncoder(ensure_ascii=False).encode
_SPACES = re.compile(r"\s+")
_LETTERS = 12  # a token rarely has so many
_SPARE = 512  # characters read beyond a cut: enough for the recognisable start of any credential


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be said about a value, and in how many words.

    Attributes
    ----------
    tokens
        Most tokens of the description.
    detail
        ``"schema"``: names and types, no values. ``"stats"``: also figures about the values. ``"sample"``: also values
        and at most three rows.
    secrets
        Texts that must not appear.
    hide
        Kinds of personal data that must not appear.
    focus
        What the question says, as :func:`.labels.spoken` has it. Columns named
        so come first and in full, and values named so are told.
    joins
        Lines on how the table at hand joins others of the session.
    deadline
        When looking has to end, in :func:`time.monotonic` seconds. A net for values that are slow to look at: what
        is looked at is counted, not timed, so that the same data give the same text.
    """

    tokens: int
    detail: Detail = "sample"
    secrets: tuple[str, ...] = ()
    hide: tuple[str, ...] = KINDS
    focus: frozenset[str] = frozenset()
    joins: tuple[str, ...] = ()
    deadline: float = math.inf

    @property
    def late(self) -> bool:
        """Whether the time is used up."""
        return self.deadline != math.inf and time.monotonic() > self.deadline

    def within(self, tokens: int, deadline: float | None = None, joins: tuple[str, ...] = ()) -> Terms:
        """The same terms with another budget, and perhaps less time, for a table that joins others."""
        deadline = self.deadline if deadline is None else deadline
        return replace(self, tokens=tokens, deadline=deadline, joins=joins)

    def plain(self, text: str, limit: int) -> str:
        """Foreign text on one line, screened and cut to ``limit`` characters."""
        return cut(one_line(self.screened(text[: limit + _SPARE])), limit)

    def screened(self, text: str) -> str:
        """The text with what looks private taken out."""
        return redact(text, self.secrets, self.hide)[0]

    def quoted(self, text: str, limit: int) -> str:
        """Foreign text as a JSON string; what was cut off shows as ``…`` within the quotes."""
        return _QUOTE(cut(clean(self.screened(text[: limit + _SPARE])), limit))


def fit(lines: list[str], tokens: int) -> str:
    """As many of the lines as the budget holds, from the first; what is left out is counted.

    The first line is cut at a word if it alone is too long, so that the budget holds whatever happens.
    """
    text = "\n".join(lines)
    if estimate_tokens(text) <= tokens:
        return text

    def first(kept: int) -> str:
        return "\n".join([*lines[:kept], f"… {len(lines) - kept} more lines"])

    return _most(len(lines) - 1, tokens, first) or (_cut_line(lines[0], tokens) if lines else "")


def _cut_line(line: str, tokens: int) -> str:
    """The words of a line that fit; of a word that is too long a part."""
    if estimate_tokens(line) <= tokens:
        return line
    line = line[: _LETTERS * tokens + _LETTERS]
    ends = [space.start() for space in _SPACES.finditer(line)]
    found = _most(len(ends), tokens, lambda kept: f"{line[: ends[kept - 1]].rstrip(' ,;:')} …")
    if found:
        return found
    head = line[: ends[0]] if ends else line
    return _most(len(head), tokens, lambda kept: f"{head[:kept].rstrip('…')} …")


def _most(longest: int, tokens: int, text: Callable[[int], str]) -> str:
    """The text for the largest number that fits the budget, ``""`` if none does; a larger number is a longer text."""
    found, low, high = "", 1, longest
    while low <= high:
        middle = (low + high) // 2
        tried = text(middle)
        if estimate_tokens(tried) <= tokens:
            found, low = tried, middle + 1
        else:
            high = middle - 1
    return found
