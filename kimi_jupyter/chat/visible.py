"""Text from elsewhere, made honest: what can't be seen is written out as an escape.

Terminal controls, bidirectional overrides, zero-width and tag characters let text show something else than it holds, so
whatever a model, a table or an exception wrote passes through here before anybody reads it. Imports nothing of ours.
"""

from __future__ import annotations

import re

__all__ = ["visible"]

# Controls but tab and newline; C1; line and paragraph separators; format, bidirectional, filler, interlinear, variation
# and tag characters (Unicode's Default_Ignorable_Code_Point and Cf); lone surrogates.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_PICTURE = (
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_TONE = "[\U0001f3fb-\U0001f3ff]"
_EMOJI = f"{_PICTURE}(?:\ufe0f?{_TONE}|[\ufe0e\ufe0f]\u20e3?)?"
# The three flags that Unicode spells with tag characters: England, Scotland, Wales.
_FLAGS = "|".join(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
# Joiners that prose needs: between letters of Arabic script, and after the signs of Indic scripts.
_ARABIC = "[\u0620-\u06d3\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c7]"
_INDIC_SIGN = "[\u0900-\u0dff]"
_KEPT = (
    f"{_FLAGS}|{_EMOJI}(?:\u200d{_EMOJI})*|[0-9#*]\ufe0f\u20e3"
    f"|(?<={_ARABIC})[\u200c\u200d](?={_ARABIC})|(?<={_INDIC_SIGN})[\u200c\u200d](?={_INDIC_SIGN})"
)
_FIND = re.compile(f"[{_UNSEEN}]")
_PARTS = re.compile(f"(?P<kept>{_KEPT})|[{_UNSEEN}]")


def visible(text: str) -> str:
    r"""Write out what can't be seen in a text.

    Newlines and tabs stay. Joiners and selectors inside emoji, Arabic and Indic prose stay (hazards INP-14).

    Parameters
    ----------
    text
        Any text, lone surrogates included.

    Returns
    -------
    str
        The text with each control, bidirectional, zero-width, tag or otherwise ignorable character written as
        ``\x1b``, ``\u202e`` or ``\U000e0041``. It can always be encoded, and holds no terminal sequence.
    """
    if text.isascii() and text.isprintable():
        return text
    if _FIND.search(text) is None:
        return text
    return _PARTS.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    if match["kept"] is not None:
        return match["kept"]
    point = ord(match[0])
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
