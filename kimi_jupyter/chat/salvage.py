"""Calls and thoughts leaked as text, told apart from what may be shown while it streams.

Endpoints without the right parsers put the model's own markers into content or reasoning (protocol §3.6, §8). Calls are
only found here: whether one counts is :mod:`.assemble`'s to judge. Imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Leaked", "Said", "Sieve", "Thought", "echo_in", "neutral"]

_BEGIN, _ARGUMENTS, _END = "<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>"
_SECTIONS = ("<|tool_calls_section_begin|>", "<|tool_call_section_begin|>")  # some write the singular
_SECTION_ENDS = ("<|tool_calls_section_end|>", "<|tool_call_section_end|>")
_THINK, _UNTHINK = "<think>", "</think>"
_IM = tuple(f"<|im_{word}|>" for word in ("end", "user", "assistant", "system", "middle"))
#: What never reaches a screen: the special tokens of protocol §8.1.
_MARKERS = (*_SECTIONS, *_SECTION_ENDS, _BEGIN, _ARGUMENTS, _END, _THINK, _UNTHINK, *_IM)
_MARK = re.compile("|".join(map(re.escape, _MARKERS)))
#: What ends a call's arguments. Tags of thinking do not: code may well hold them.
_STOP = re.compile("|".join(map(re.escape, (_END, _BEGIN, *_SECTIONS, *_SECTION_ENDS, *_IM))))
_STARTS = frozenset(marker[:length] for marker in _MARKERS for length in range(1, len(marker)))
_LONGEST = max(map(len, _MARKERS))

_HEAD = re.compile(r"\s{0,50}[\w.:$-]{0,200}\s{0,50}")
_ID = re.compile(r"(?:functions\.)?(?P<name>[\w.$-]+?)(?::\d+)?")
#: Characters of a leaked call's arguments that are kept; more can't be read anyway.
_LIMIT = 2_000_000
#: Characters looked at in one go.
_SLICE = 8_192


class Said(NamedTuple):
    """Text of the answer."""

    text: str


class Thought(NamedTuple):
    """Text of the reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Leaked:
    """A call written as text.

    Attributes
    ----------
    raw
        Exactly what came, from its first marker to its last.
    id, name, arguments
        Its parts.
    """

    raw: str
    id: str
    name: str
    arguments: str


Piece = Said | Thought


class Sieve:
    """Parts what comes through one field, piece by piece, however it was cut.

    Held back is only an end that may become a marker, and a call until it is whole. Text without markers comes out
    byte for byte. A leaked call that is accepted ends the reasoning it stands in; any other becomes
    text without markers.

    Parameters
    ----------
    accept
        Takes a leaked call, and says whether it counts.
    reasoning
        Whether the field holds reasoning; in content, ``<think>`` opens it.

    Attributes
    ----------
    clear
        Whether text without ``<`` and ````` ` ````` may pass by the sieve: nothing is held, all is as at the start.
    touched
        Whether anything was taken out so far.
    """

    def __init__(self, accept: Callable[[Leaked], bool], *, reasoning: bool = False) -> None:
        self.clear = True
        self.touched = False
        self._accept = accept
        self._reasoning = reasoning
        self._thinking = reasoning
        self._since_think: list[str] = []
        self._ticks = 0
        self._rest = ""
        self._shown = ""  # the end of what was shown before the rest
        self._pieces: list[Piece] = []
        self._state: Callable[[], bool] = self._outside
        self._id = self._name = ""
        self._raw: list[str] = []
        self._parts: list[str] = []
        self._size = 0

    def feed(self, text: str) -> list[Piece]:
        """Take more in; returns what is known of it now, in order."""
        for start in range(0, len(text), _SLICE):  # so that a long text with many markers takes linear time
            self._rest += text[start : start + _SLICE]
            while self._rest and self._state():
                pass
        self.clear = not self._rest and self._state == self._outside and self._thinking == self._reasoning
        if not self._rest:
            self._shown = ""
        return self._given()

    def end(self, *, whole: bool) -> list[Piece]:
        """Nothing more comes; returns what was held.

        Parameters
        ----------
        whole
            Whether the reply came to its own end. Of one that was cut, half a call or half a marker says nothing.
        """
        if self._state == self._arguments:
            self._parts.append(self._rest)
            if whole:
                self._leak("")
        elif whole or (self._state == self._outside and len(self._rest) <= len("<|")):
            self._show(self._rest)
        self._rest = self._shown = ""
        self._state = self._outside
        self.clear = self._thinking == self._reasoning
        return self._given()

    def close_thought(self) -> str:
        """What came since a ``<think>`` in content that was never closed; it counts as closed then."""
        unclosed = "".join(self._since_think)
        self._turn(thinking=False)
        return unclosed

    # ---- states: each takes what it can from the rest, and says whether to go on -------------------------------------

    def _outside(self) -> bool:
        found = _MARK.search(self._rest)
        if found is None:
            held = _start_of_marker(self._rest)
            self._show(self._rest[:held])
            self._rest = self._rest[held:]
            return False
        before, marker = self._rest[: found.start()], found[0]
        self._rest = self._rest[found.end() :]
        self._show(before)
        if self._quoted(marker):
            self._show(marker)
            return True
        self.touched = True
        if _start_of_marker(self._shown) < len(self._shown):
            self._show(" ")  # or else what stands around the marker could join to one
        if marker in (_THINK, _UNTHINK):
            self._turn(thinking=marker == _THINK)
        elif marker == _BEGIN:
            self._state = self._head
        elif marker in _SECTIONS:
            self._state = self._between
        return True

    def _between(self) -> bool:
        """In a section, outside its calls."""
        self._rest = self._rest.lstrip()
        found = _MARK.match(self._rest)
        if found is None:
            if not self._rest or self._rest in _STARTS:
                return False
            self._state = self._outside  # the section was left open, or was none
        elif found[0] == _BEGIN:
            self._rest = self._rest[found.end() :]
            self._state = self._head
        elif found[0] in _SECTIONS:
            self._rest = self._rest[found.end() :]
        else:
            self._state = self._outside  # which drops the marker
        return True

    def _head(self) -> bool:
        """In a call, before its arguments."""
        found = _MARK.search(self._rest)
        head = self._rest[: found.start() if found else _start_of_marker(self._rest)]
        if found is None and _HEAD.fullmatch(head):
            return False
        named = _ID.fullmatch(head.strip())
        if found is None or found[0] != _ARGUMENTS or named is None:
            self._state = self._outside  # no call: what follows is text
            return True
        self._id, self._name = named[0], named["name"]
        self._raw = [_BEGIN, self._rest[: found.end()]]
        self._parts, self._size = [], 0
        self._rest = self._rest[found.end() :]
        self._state = self._arguments
        return True

    def _arguments(self) -> bool:
        found = _STOP.search(self._rest)
        cut = found.start() if found else _start_of_marker(self._rest)
        if self._size <= _LIMIT:
            self._parts.append(self._rest[:cut])
            self._size += cut
        self._rest = self._rest[cut:]
        if found is None:
            return False
        marker = found[0] if found[0] == _END else ""
        self._rest = self._rest[len(marker) :]
        self._leak(marker)
        self._state = self._between
        return True

    # ---- what they do ------------------------------------------------------------------------------------------------

    def _leak(self, marker: str) -> None:
        arguments = "".join(self._parts)
        raw = "".join((*self._raw, arguments, marker))
        leaked = Leaked(raw, self._id, self._name, arguments.strip())
        if self._accept(leaked):
            self._thinking = False
            self._since_think.clear()
        else:
            self._show(neutral(leaked))

    def _quoted(self, marker: str) -> bool:
        """Whether a tag of thinking is spoken of: it stands in code. The end of a thought is never in doubt."""
        if marker not in (_THINK, _UNTHINK) or (self._thinking and not self._reasoning):
            return False
        return self._ticks % 2 == 1

    def _turn(self, *, thinking: bool) -> None:
        if not self._reasoning and self._thinking != thinking:
            self._thinking = thinking
            self._since_think.clear()
            self._ticks = 0

    def _show(self, text: str) -> None:
        if not text:
            return
        self._ticks += text.count("`")
        self._shown = (self._shown + text)[-_LONGEST:]
        if self._thinking and not self._reasoning:
            self._since_think.append(text)
        self._pieces.append(Thought(text) if self._thinking else Said(text))

    def _given(self) -> list[Piece]:
        given, self._pieces = self._pieces, []
        return given


def _start_of_marker(text: str) -> int:
    """Where the end of a text begins that may become a marker; its length if none does."""
    place = text.rfind("<", -_LONGEST)
    return place if place >= 0 and text[place:] in _STARTS else len(text)


def neutral(leaked: Leaked) -> str:
    """A leaked call that stays text: what it said, without its markers."""
    return " ".join(part for part in map(str.strip, _MARK.split(leaked.raw)) if part)


def echo_in(texts: Sequence[str]) -> Callable[[str], bool]:
    """Tell whether a leaked call repeats what the model was sent, rather than being its own (hazards PRO-15).

    Data may hold the markers. A model that quotes them rarely keeps each space, quote or escape as they were, and they
    were shown in a table or a repr; so only letters and digits are compared.

    Parameters
    ----------
    texts
        What was sent that is not the model's own: questions with their context, results of tools.

    Returns
    -------
    callable
        Takes :attr:`Leaked.raw`.
    """

    sent: list[str] = []

    def echoes(raw: str) -> bool:
        if not sent:  # worked out with the first leaked call; most replies have none
            sent.extend(map(_letters, texts))
        arguments = raw.partition(_ARGUMENTS)[2].removesuffix(_END)
        wanted = _letters(_ARGUMENTS + arguments)
        return any(wanted in text for text in sent)

    return echoes


def _letters(text: str) -> str:
    return re.sub(r"\\+[nrt]?|[\W_]+", "", text)
