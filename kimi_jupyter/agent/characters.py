"""Characters that hide what code does: those a reader can't see, and letters that pass for others.

Trojan Source, Glassworm and their kin write code that reads otherwise than it runs (hazards INP-02 to INP-09). Pure
functions on text; imports nothing of ours.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

__all__ = ["Hidden", "describe", "escape", "hidden", "lookalike"]

_SUSPECT = re.compile(r"[^\n\t -~]")
#: Control, format (bidi, zero-width, tags), surrogate, private use, unassigned, line and paragraph separators.
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Nothing to see either, though Unicode files them under letters, marks and symbols.
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\U0001d159"  # joiners, Hangul fillers, blank glyphs
    "\u180b\u180c\u180d\u180f"  # Mongolian variation selectors
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))  # variation selectors

#: Letters by script, and the ASCII letters they pass for (after Unicode's table of confusables, the close ones).
_LOOKALIKES = {
    # Cyrillic
    "\u0430\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u0441\u051d\u0445\u0443\u04af\u0475": (
        "adehijlopqscwxyyv"
    ),
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u04ae\u050c": (
        "ABESIJKMHOPCTXYYG"
    ),
    # Greek
    "\u03b1\u03b3\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03c7": "aynikvopux",
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7": "ABEZHIKMNOPTYX",
    # Armenian
    "\u0585\u0578\u057d\u0570\u0581\u0566\u0575\u054f\u054d\u0555": "onuhgqjSUO",
    # Latin beyond ASCII
    "\u0131\u0251\u0261\u0269\u028b": "iagiv",
    # Cherokee
    "\u13a0\u13a1\u13a2\u13aa\u13ab\u13ac\u13b3\u13b7\u13bb\u13bd\u13c0\u13c3\u13d9\u13da\u13de\u13df\u13e2\u13e6": (
        "DRTAJEWMHYGZVSLCPK"
    ),
    # Lisu
    "\ua4d0\ua4d1\ua4d3\ua4d4\ua4d6\ua4d7\ua4d9\ua4da\ua4dc\ua4dd\ua4df\ua4e0\ua4e1\ua4e2\ua4e3\ua4e6\ua4e7": (
        "BPDTGKJCZFMNLSRVH"
    ),
    "\ua4ea\ua4eb\ua4ec\ua4ee\ua4f0\ua4f2\ua4f3\ua4f4": "WXYAEIOU",
}
_ASCII = {
    ord(letter): twin for letters, twins in _LOOKALIKES.items() for letter, twin in zip(letters, twins, strict=True)
}


class Hidden(NamedTuple):
    """A hidden character and where it first stands, line and column from 1."""

    line: int
    column: int
    character: str


def hidden(text: str) -> list[Hidden]:
    """The characters of a text that a reader can't see, each once, in order of their first place.

    Parameters
    ----------
    text
        Any text. Newline and tab are what they look like; every other control character counts as hidden, as do bidi
        and zero-width characters, tags, variation selectors, lone surrogates, private and unassigned code points.
    """
    if not _SUSPECT.search(text):
        return []
    found = sorted(text.index(character) for character in set(text) if _is_hidden(character))
    return [Hidden(text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place), text[place]) for place in found]


def _is_hidden(character: str) -> bool:
    if character in "\n\t":
        return False
    return unicodedata.category(character) in _CATEGORIES or character in _BLANK


def escape(character: str) -> str:
    r"""The character as an escape of Python's string literals, such as ``\u202e``."""
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def describe(character: str) -> str:
    """The character's number and its name in Unicode: ``U+202E RIGHT-TO-LEFT OVERRIDE``."""
    number = f"U+{ord(character):04X}"
    names = {"Cc": "a control character", "Cs": "half of a surrogate pair", "Co": "a private character"}
    name = unicodedata.name(character, "") or names.get(unicodedata.category(character), "an unassigned character")
    return f"{number} {name}"


def lookalike(name: str) -> str | None:
    """What a name passes for, if it has letters of other alphabets that look like ASCII ones.

    Parameters
    ----------
    name
        An identifier, in NFKC form.

    Returns
    -------
    str or None
        The name with those letters replaced by the ASCII letters they look like; ``None`` where nothing is feigned:
        words of another language, and single Greek letters as used in formulas.
    """
    if name.isascii() or not any(_feigned(part) for part in name.split("_")):
        return None
    return name.translate(_ASCII)


def _feigned(part: str) -> bool:
    twins = [letter for letter in part if ord(letter) in _ASCII]
    if not twins:
        return False
    if any(letter.isascii() and letter.isalpha() for letter in part):
        return True
    if any(letter.isalpha() and ord(letter) not in _ASCII for letter in part):
        return False
    return not (len(part) == 1 and "\u0370" <= part <= "\u03ff")
