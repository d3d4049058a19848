"""A key that shows nowhere, and taking it out of what others wrote, also while it streams. Imports nothing of ours.

Endpoints echo keys in errors, whole, in part, or encoded, and a model may repeat what a gateway put into its prompt
(hazards KEY-16). An endpoint that wants to give a key away in disguise can: the key was sent to it. This guards against
echoes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

__all__ = ["MARK", "Secret", "StreamRedactor"]

#: What stands in a key's place.
MARK = "[key]"
#: Characters. A shorter key guards nothing ("EMPTY", "none"), and taking it out would spoil ordinary text.
_SHORTEST = 8
#: Of a key this long its beginning or its end alone is taken out too, where as many characters of it stand.
_LONG, _HEAD, _TAIL = 20, 12, 8


class Secret:
    """A key. Its text shows in no repr, str, format or pickle; :meth:`reveal` gives it."""

    __slots__ = ("__text",)

    def __init__(self, text: str = "") -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself, for the one header it belongs in."""
        return self.__text

    def mask(self, text: str) -> str:
        """The text with the key, should it hold it in whole, in part or encoded, replaced."""
        redactor = StreamRedactor([self.__text], lowered=True)
        return redactor.feed(text) + redactor.flush()

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.__text)

    def __repr__(self) -> str:
        return "Secret(…)" if self.__text else "Secret()"

    def __reduce__(self) -> tuple[type[Secret], tuple[()]]:
        return (Secret, ())


class StreamRedactor:
    """Takes secrets out of a text that comes in pieces.

    What may be the beginning of a secret is held back until it is clear: at most the 11 characters before one is known,
    and of a secret shorter than 20 all but its last.

    Parameters
    ----------
    secrets
        The texts to take out: as they are, quoted for a URL or JSON, and in base64 at any alignment. Ones under 8
        characters are ignored.
    lowered
        Whether they may be in lower case too, as headers and host names are on their way.
    """

    def __init__(self, secrets: Iterable[str], *, lowered: bool = False) -> None:
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        if lowered:
            forms |= {form.lower() for form in forms}
        # A seed is what a secret is known by: a form and where in it the seed stands.
        self._seeds: dict[str, tuple[str, int]] = {}
        for form in sorted(forms):
            if len(form) < _LONG:
                self._seeds[form] = form, 0
            else:
                self._seeds.setdefault(form[-_TAIL:], (form, len(form) - _TAIL))
                self._seeds[form[:_HEAD]] = form, 0
        longest_first = sorted(self._seeds, key=len, reverse=True)
        self._pattern = _any(map(re.escape, longest_first)) if forms else None
        self._longest = len(longest_first[0]) if forms else 0
        # A seed's first two characters: where they stand, or the first of them last, something may begin.
        pairs = sorted({re.escape(seed[0]) + f"(?:{re.escape(seed[1])}|\\Z)" for seed in self._seeds})
        self._first = _any(pairs) if forms else None
        self._held = ""
        self._inside: tuple[str, int] | None = None

    @property
    def holding(self) -> bool:
        """Whether something is held back."""
        return bool(self._held)

    def feed(self, text: str) -> str:
        """Take a piece in; returns what can be shown by now."""
        if self._pattern is None:
            return text
        if self._held or self._inside:
            text = self._rest_of_secret(self._held + text)
            self._held = ""
        if len(text) < _SHORTEST and self._unclear(text, 0) == len(text):  # most deltas are so
            return text
        shown, place = [], 0
        while True:
            found = self._pattern.search(text, place)
            unclear = self._unclear(text, place)
            if found is None or unclear < found.start():
                break
            start, end = self._whole(found, place, text)
            shown += [text[place:start], MARK]
            place = end
        self._held = text[unclear:]
        return "".join([*shown, text[place:unclear]])

    def flush(self) -> str:
        """The end of the text: what was held back was no secret."""
        rest, self._held, self._inside = self._held, "", None
        return rest

    def _rest_of_secret(self, text: str) -> str:
        """The text without its beginning, where that goes on with the secret that was being left out."""
        if self._inside is None or not text:
            return text
        form, place = self._inside
        same = _common(form, place, text, 0)
        self._inside = (form, place + same) if same == len(text) and place + same < len(form) else None
        return text[same:]

    def _whole(self, found: re.Match[str], place: int, text: str) -> tuple[int, int]:
        """Where the secret that a seed was found of begins and ends: as far as the text goes on like it."""
        form, offset = self._seeds[found[0]]
        start, end = found.span()
        while start > place and offset > 0 and text[start - 1] == form[offset - 1]:
            start, offset = start - 1, offset - 1
        after = offset + end - start
        same = _common(form, after, text, end)
        if end + same == len(text) and after + same < len(form):
            self._inside = form, after + same
        return start, end + same

    def _unclear(self, text: str, place: int) -> int:
        """Where the end of the text begins that may be the beginning of a secret."""
        assert self._first is not None
        for found in self._first.finditer(text, max(place, len(text) - self._longest + 1)):
            end = text[found.start() :]
            if any(seed.startswith(end) for seed in self._seeds):
                return found.start()
        return len(text)


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _common(form: str, place: int, text: str, start: int) -> int:
    """How many characters of the text go on like the form does."""
    count = 0
    while place + count < len(form) and start + count < len(text) and form[place + count] == text[start + count]:
        count += 1
    return count


def _forms(secret: str) -> set[str]:
    data = secret.encode("utf-8", "surrogatepass")
    forms = {secret, quote(data, safe=""), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for before in range(3):  # within a longer text, base64 of the same bytes is one of three
        padded = bytes(before) + data
        certain = slice((0, 2, 3)[before], len(padded) * 8 // 6)
        forms |= {encode(padded).decode()[certain] for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    return forms
