"""Foreign text made safe to send and to show: what is hidden in it is shown or counted, what is long is cut.

Data, outputs and names come from anywhere. They may hold control characters, direction overrides, invisible payloads
or a forged end of our own envelope (hazards INP-02 to INP-15). Emoji, right-to-left prose and combining marks are data
and stay as they are (INP-14). Imports nothing of ours and no data library.
"""

from __future__ import annotations

import re

__all__ = ["clean", "cut", "head_tail", "one_line", "safe_text", "settle", "strip_ansi"]

_INVISIBLE = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    r"\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SUSPECT = re.compile(f"[{_INVISIBLE}]+")
#: What could carry a hidden message: tag characters, variation selectors in runs, zero-width characters in runs.
_CARRIER = re.compile(
    r"[\U000e0000-\U000e0fff]|[\ufe00-\ufe0f\u180b-\u180f]{2,}|[\u200b-\u200f\u2060-\u2064\ufeff]{4,}"
)
_JOINER = re.compile(r"[\ufe00-\ufe0f]?\u200d?|[\u180b-\u180f]|\u200c|[\U000e0100-\U000e01ef]")
_FLAG = re.compile(r"[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f")
_MARKS = re.compile(r"[\u200e\u200f\u061c]+")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
#: A "<" that would begin or end our envelope, or one of the model's own control tokens (``<|im_end|>``, PRO-15).
_TAG = re.compile(r"<(?=\s*/?\s*context|\|)", re.IGNORECASE)
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS …: links, clipboard
    r"|\x1b[ -/]*[0-~]?"
)
_SPARE = 2048  # characters read beyond a limit, so that what is cut off can still be recognised


def strip_ansi(text: str) -> str:
    """The text without terminal escape sequences (colours, cursor moves, links, clipboard writes)."""
    return _ANSI.sub("", text) if "\x1b" in text or not text.isascii() else text


def settle(text: str) -> str:
    """The text as a terminal would leave it: of a line written over with carriage returns, the last state.

    Progress bars write one line a thousand times; only what stood there in the end is worth a token.
    """
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def clean(text: str) -> str:
    """The text with nothing hidden in it and no tag of our envelope.

    Control and bidi characters become escapes, hidden payloads (tag characters, runs of variation selectors) are taken
    out and leave their count (``[12 hidden]``), ``<`` before ``context`` becomes ``‹``. Emoji sequences, the marks of
    right-to-left prose and combining characters are kept.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not (text.isascii() and text.isprintable()):
        text = _SUSPECT.sub(_shown, text)
    return _TAG.sub("‹", text) if "<" in text else text


def safe_text(text: str, limit: int) -> str:
    """Foreign text of any length, cleaned and cut to at most ``limit`` characters, head and tail kept.

    Parameters
    ----------
    text
        Anything; never parsed, never rendered.
    limit
        Characters of the result. What was left out is named in the text itself.
    """
    if len(text) > 4 * (limit + _SPARE):  # a gigabyte need not be cleaned to be cut
        head, tail = clean(text[: limit + _SPARE]), clean(text[-limit - _SPARE :])
        hidden = len(text) - 2 * (limit + _SPARE)
    else:
        head, tail, hidden = clean(text), "", 0
        if len(head) <= limit:
            return head
    whole = head + tail
    marker = _marker(len(whole) + hidden)
    if limit <= 2 * len(marker):
        return whole[:limit]
    room = limit - len(marker)
    first, last = _line_end(whole[: room * 2 // 3]), whole[len(whole) - room // 3 :]
    return first + _marker(len(whole) + hidden - len(first) - len(last)) + last


def head_tail(text: str, limit_bytes: int) -> str:
    """The text cut to at most ``limit_bytes`` bytes of UTF-8, head and tail kept, with what was left out named.

    Two thirds of the room go to the head; cuts fall on line ends where one is near. The text is not cleaned.
    """
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= limit_bytes:
        return text
    marker = _marker(len(text))
    room = limit_bytes - len(marker.encode())
    if room < len(marker):
        return _decoded(data[: max(0, limit_bytes)])
    head = _line_end(_decoded(data[: room * 2 // 3]))
    tail = _decoded(data[len(data) - room // 3 :])
    return head + _marker(len(text) - len(head) - len(tail)) + tail


def one_line(text: str) -> str:
    r"""Cleaned text on one line: newline, tab and carriage return as ``\n``, ``\t``, ``\r``."""
    return clean(text).replace("\n", "\\n").replace("\t", "\\t")


def cut(text: str, limit: int) -> str:
    """The text's first ``limit`` characters, the last of them ``…`` if something was cut off."""
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def _marker(count: int) -> str:
    return f"\n… {count:,} characters left out …\n"


def _line_end(head: str) -> str:
    """The head up to its last line end, unless that would lose more than a fifth of it."""
    end = head.rfind("\n")
    return head[:end] if end > len(head) * 4 // 5 else head


def _decoded(data: bytes) -> str:
    """Bytes cut anywhere, as text: a character cut in half is dropped."""
    start = 0
    while start < len(data) and data[start] & 0xC0 == 0x80:
        start += 1
    end = len(data)
    for back in range(1, min(4, end - start) + 1):
        byte = data[end - back]
        if byte & 0xC0 == 0xC0:
            width = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            if width > back:
                end -= back
            break
    return data[start:end].decode("utf-8", "surrogatepass")


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}" if character != "\r" else "\\r"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _shown(match: re.Match[str]) -> str:
    run, text = match.group(), match.string
    before = text[match.start() - 1 : match.start()] if match.start() else ""
    after = text[match.end() : match.end() + 1]
    if _belongs(run, before, after) or (_MARKS.fullmatch(run) and len(run) <= 2 and _RIGHT_TO_LEFT.search(text)):
        return run
    if _CARRIER.search(run):
        return f"[{len(run)} hidden]"
    return "".join(map(_escape, run))


def _belongs(run: str, before: str, after: str) -> bool:
    """Whether invisible characters do their job here: in an emoji, a flag, a keycap, a joined script."""
    if _FLAG.fullmatch(run):
        return before == "\U0001f3f4"
    if not _JOINER.fullmatch(run):
        return False
    if run == "\ufe0f" and before and before in "0123456789#*":
        return True
    if not before or before.isascii() or before.isspace():
        return False
    return run[-1] not in "\u200c\u200d" or (bool(after) and not after.isascii())
