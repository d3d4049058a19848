"""What personal data looks like: card numbers, e-mail addresses, phone numbers.

Meant to spare ordinary data: a number counts as a card's only with its check digit, as a phone's only where it is
written as one. A net and no guarantee. Imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["PERSONAL", "Personal"]


@dataclass(frozen=True, slots=True)
class Personal:
    """What one kind of personal data looks like.

    Attributes
    ----------
    kind
        The words that stand in its place: ``[card number hidden]``.
    pattern
        Finds candidates.
    hint
        Is in every text that may hold one; most texts hold none.
    holds
        Whether a candidate is one.
    """

    kind: str
    pattern: re.Pattern[str]
    hint: re.Pattern[str]
    holds: Callable[[str], bool]


def _always(_: str) -> bool:
    return True


def _is_card(text: str) -> bool:
    """13 to 19 digits of a known issuer with the right check digit (ISO/IEC 7812-1: Luhn)."""
    digits = [int(character) for character in text if character.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6) or len(set(digits)) < 2:
        return False
    doubled = [digit if place % 2 == 0 else (2 * digit - 9 * (digit > 4)) for place, digit in enumerate(digits[::-1])]
    return sum(doubled) % 10 == 0


def _is_phone(text: str) -> bool:
    """7 to 15 digits (ITU-T E.164)."""
    return 7 <= sum(character.isdigit() for character in text) <= 15


_DIGITS = re.compile(r"\d(?:[ ().\-/]{0,2}\d){6}")

#: By the names the ``redact`` setting knows them by.
PERSONAL: dict[str, Personal] = {
    "cards": Personal(
        "card number",
        # Four and four as they are embossed, American Express' 4-6-5, or all in one; no part of a longer number.
        re.compile(
            r"(?<![\d:+-])(?<!\d\.)"
            r"(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{5}|\d{13,19})"
            r"(?![\d:]|\.\d)"
        ),
        _DIGITS,
        _is_card,
    ),
    "emails": Personal(
        "e-mail",
        re.compile(
            r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}(?:[A-Za-z]{2,24}|xn--[a-z0-9-]+)\b"
        ),
        re.compile("@"),
        _always,
    ),
    "phones": Personal(
        "phone number",
        re.compile(
            r"(?<![\w.+/-])(?:"
            r"\+[1-9]\d{0,2}(?: ?\(?\d{1,5}\)?|[.\-/]\(?\d{2,5}\)?){2,6}"  # +49 30 1234567
            r"|\(\d{2,5}\)[ .-]?\d{3,4}[ .-]?\d{3,4}"  # (555) 123-4567
            r"|[2-9]\d{2}[.-]\d{3}[.-]\d{4}"  # 555-123-4567
            r"|0\d{1,4}[ /]\d{3,4}[ -]?\d{3,5}"  # 030 1234567, 0171/1234567
            r")(?![\w.:/-]*\d| \d)"
        ),
        _DIGITS,
        _is_phone,
    ),
}
