"""What looks private is taken out of whatever is sent: credentials by their shape or value, and personal data.

A notebook prints environments, URLs with passwords, keys (hazards KEY-16, KEY-17), and tables hold people. Nothing here
is a guarantee; it is a net. The shapes are data: ``CREDENTIALS`` here, ``PERSONAL`` beside it.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from .personal import PERSONAL, Personal

__all__ = ["CREDENTIALS", "KINDS", "Shape", "count_hidden", "hidden_in_words", "names_a_secret", "redact"]

#: What can be hidden beside credentials, which always are.
KINDS = tuple(PERSONAL)


@dataclass(frozen=True, slots=True)
class Shape:
    """What one kind of secret looks like.

    Attributes
    ----------
    kind
        The words that stand in its place: ``[API key hidden]``.
    pattern
        Matches it. A group ``secret`` marks the part to hide; without one it is the whole match.
    """

    kind: str
    pattern: re.Pattern[str]


#: Shapes in the order they are looked for. Each is open at its end, so a secret that was cut short is still found.
CREDENTIALS: tuple[Shape, ...] = (
    Shape(
        "private key",
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
            r".*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
            re.DOTALL,
        ),
    ),
    Shape("token", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?")),  # JWT
    Shape(
        "API key",
        re.compile(
            r"\b(?:[sprx]k-(?:(?=[\w-]{0,80}\d)[\w-]{16,}|[\w-]{24,})"  # OpenAI, Moonshot, Anthropic, OpenRouter …
            r"|[spr]k_(?:live|test)_\w{10,}"  # Stripe
            r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
            r"|xox[abeoprs]-[\w-]{10,}|hf_\w{20,}|npm_\w{30,}|pypi-[\w-]{40,}"
            r"|A(?:KIA|SIA|GPA|IDA|ROA)[A-Z0-9]{16}(?![A-Za-z0-9])"  # AWS
            r"|AIza[\w-]{30,}|ya29\.[\w-]{20,})"  # Google
        ),
    ),
    Shape("token", re.compile(r"(?i:\bbearer)[ \t]+(?P<secret>(?=[\w.~+/-]*\d)[\w.~+/-]{12,}=*|[\w.~+/-]{24,}=*)")),
    Shape("token", re.compile(r"(?i:\bauthorization[\"']?[ \t]*[:=][ \t]*[\"']?basic)[ \t]+(?P<secret>[\w+/-]{8,}=*)")),
    Shape("password", re.compile(r"\b[A-Za-z][\w+.-]{1,30}://[^\s/:@\"'<>]{0,100}:(?P<secret>[^\s/@\"'<>]{1,200})@")),
    Shape(
        "secret",
        re.compile(
            r"(?i:\b\w*(?:passw(?:or)?d|pwd|secret|api_?key|access_?key|auth_?token|access_?token|private_?key))"
            r"[\"']?\]?[ \t]*(?:=(?!=)|:)[ \t]*(?P<mark>[\"'])(?P<secret>(?:(?!(?P=mark))[^\n\\]){4,400})(?P=mark)?"
        ),
    ),
    Shape(
        "secret",
        re.compile(
            r"\b[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|TOKEN)"
            r"[ \t]*[=:][ \t]*(?P<secret>[^\s\"'()\[\]{}$,;]{8,})"
        ),
    ),
)
#: One of these is in every text that holds a credential, in these letters or in any; most texts hold none. Looked for
#: one by one, which is several times faster than one expression for all.
_HINTS = (
    *("-----BEGIN", "eyJ", "://", "sk-", "pk-", "rk-", "xk-", "sk_", "pk_", "rk_", "hf_", "npm_", "pypi-", "glpat-"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat", "xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-"),
    *("xoxs-", "AKIA", "ASIA", "AGPA", "AIDA", "AROA", "AIza", "ya29."),
)
_HINTS_IN_ANY_LETTERS = ("bearer", "basic", "passw", "pwd", "secret", "key", "token")
_CREDENTIAL_KINDS = (*dict.fromkeys(shape.kind for shape in CREDENTIALS), "known secret")
_MARKER = re.compile(rf"\[({'|'.join([*_CREDENTIAL_KINDS, *(shape.kind for shape in PERSONAL.values())])}) hidden\]")
_SHORTEST_CREDENTIAL = 10  # characters: pwd="abcd"
_STAND_IN = "stands for a value"
_SHORTEST = 4  # a known secret shorter than this would hide ordinary text


def redact(text: str, secrets: Iterable[str] = (), kinds: Iterable[str] = KINDS) -> tuple[str, int]:
    """Hide what looks like a credential, the given secrets, and personal data.

    Parameters
    ----------
    text
        Any text.
    secrets
        Values that must not appear, plain, URL-quoted or in base64. Ones under 4 characters are ignored.
    kinds
        Which kinds of personal data are hidden: names of :data:`KINDS`.

    Returns
    -------
    tuple of str and int
        The text with ``[API key hidden]`` and the like in their place, and how many were hidden.
    """
    hidden = 0
    for form in _forms(tuple(secrets)) if secrets else ():
        if form in text:
            hidden += text.count(form)
            text = text.replace(form, "[known secret hidden]")
    if len(text) >= _SHORTEST_CREDENTIAL and _may_hold_credentials(text):
        for shape in CREDENTIALS:
            text, count = _hide(shape, text)
            hidden += count
    if len(text) > _SHORTEST:
        text, count = _hide_personal(text, kinds)
        hidden += count
    return text, hidden


def _may_hold_credentials(text: str) -> bool:
    low = text.lower()
    return any(hint in text for hint in _HINTS) or any(hint in low for hint in _HINTS_IN_ANY_LETTERS)


def _hide_personal(text: str, kinds: Iterable[str]) -> tuple[str, int]:
    hidden = 0
    for kind in kinds:
        shape = PERSONAL[kind]
        if not any(hint.search(text) for hint in shape.hints):
            continue

        def replacement(match: re.Match[str], shape: Personal = shape) -> str:
            nonlocal hidden
            if not shape.holds(match.group()):
                return match.group()
            hidden += 1
            return f"[{shape.kind} hidden]"

        text = shape.pattern.sub(replacement, text)
    return text, hidden


def names_a_secret(name: str) -> bool:
    """Whether what goes by this name is a credential: ``password``, ``API_KEY``."""
    return redact(f'{name[:80]} = "{_STAND_IN}"', (), ())[1] > 0


def count_hidden(text: str) -> int:
    """How many values :func:`redact` has hidden in this text."""
    return sum(1 for _ in _MARKER.finditer(text))


def hidden_in_words(text: str) -> str:
    """What :func:`redact` has hidden in this text: ``3 values hidden (2 e-mails, 1 card number)``, or ``""``."""
    counts = Counter(match[1] for match in _MARKER.finditer(text))
    if not counts:
        return ""
    total = sum(counts.values())
    told = [f"{count:,} {kind}{'s' if count > 1 else ''}" for kind, count in sorted(counts.items())]
    return f"{total:,} value{'s' if total > 1 else ''} hidden ({', '.join(told)})"


@lru_cache(maxsize=8)  # thousands of short texts are looked over for the same secrets
def _forms(secrets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for secret in secrets if len(secret) >= _SHORTEST for form in _written(secret)))


def _written(secret: str) -> tuple[str, ...]:
    """The ways a secret may be written."""
    data = secret.encode("utf-8", "surrogatepass")
    encoded = (base64.b64encode(data).decode().rstrip("="), base64.urlsafe_b64encode(data).decode().rstrip("="))
    return (secret, quote(data, safe=""), *encoded)


def _hide(shape: Shape, text: str) -> tuple[str, int]:
    hidden = 0

    def replacement(match: re.Match[str]) -> str:
        nonlocal hidden
        group = "secret" if "secret" in shape.pattern.groupindex else 0
        if _MARKER.search(match.group(group)):  # found by an earlier shape
            return match.group()
        hidden += 1
        start, end = match.span(group)
        whole, offset = match.group(), match.start()
        return f"{whole[: start - offset]}[{shape.kind} hidden]{whole[end - offset :]}"

    return shape.pattern.sub(replacement, text), hidden
