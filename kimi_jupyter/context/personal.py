"""What personal data looks like: card numbers, e-mail addresses, phone numbers, bank accounts.

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
    hints
        One of these is in every text that may hold one; most texts hold none. Each begins with a character or a kind of
        character, which the engine looks for many times faster than for a choice.
    holds
        Whether a candidate is one.
    """

    kind: str
    pattern: re.Pattern[str]
    hints: tuple[re.Pattern[str], ...]
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


#: Characters of an account's number by country (ISO 13616).
_IBAN = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GE": 22,
    "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "KW": 30, "KZ": 20, "LB": 28,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MT": 31, "NL": 18, "NO": 15, "PL": 28,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "TN": 24, "TR": 26, "UA": 29,
}  # fmt: skip


def _is_iban(text: str) -> bool:
    """Of its country's length, with the right check digits (ISO 7064: modulo 97)."""
    plain = text.replace(" ", "")
    if _IBAN.get(plain[:2]) != len(plain):
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


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
        (re.compile(r"\d{4}[ -]?\d{4}[ -]?\d"),),
        _is_card,
    ),
    "emails": Personal(
        "e-mail",
        re.compile(
            r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}(?:[A-Za-z]{2,24}|xn--[a-z0-9-]+)\b"
        ),
        (re.compile("@"),),
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
        tuple(
            map(
                re.compile,
                (r"\+[1-9]", r"\(\d{2,5}\)[ .-]?\d{3}", r"\d{3}[.-]\d{3}[.-]\d{4}", r"0\d{1,4}[ /]\d{3}"),
            )
        ),
        _is_phone,
    ),
    "ibans": Personal(
        "account number",
        re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        (re.compile(r"[A-Z]{2}\d{2} ?[A-Z0-9]{4}"),),
        _is_iban,
    ),
}
