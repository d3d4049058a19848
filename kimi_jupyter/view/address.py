"""Which addresses a link may bear (hazards UI-15). Imports nothing of ours."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

__all__ = ["misleads", "safe_address", "suspicious"]

_MOST_CHARACTERS = 4_000
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
# No "@" after the host: JupyterLab's place holders for maths (@@0@@) would be filled in, quotes and all.
_UNSAFE = re.compile(r"[^A-Za-z0-9._~:/?#!&*+,;=%-]|%(?![0-9A-Fa-f]{2})")
_LOOKS = re.compile(
    r"\W*(?:[a-z]+(?:://|&#58;//))?((?:[\w-]{1,63}\.){1,10}[a-z]{2,24})(?:[/:?#]\S*)?\W*", re.IGNORECASE | re.ASCII
)


def safe_address(address: str) -> str | None:
    """The address as a link may bear it, or ``None``.

    Only http, https and mailto; without user info; to a host in plain letters that is not punycode.

    Parameters
    ----------
    address
        As written, entities and smuggled white space included.

    Returns
    -------
    str or None
        With everything percent-encoded that could mean something to a renderer.
    """
    plain = re.sub(r"[\x00-\x20\x7f]", "", unescape(address))
    if len(plain) > _MOST_CHARACTERS:
        return None
    try:
        parts = urlsplit(plain)
        host = parts.hostname or ""
    except ValueError:
        return None
    match parts.scheme:
        case "http" | "https":
            if "@" in parts.netloc or "\\" in plain or not _HOST.fullmatch(host) or "xn--" in host:
                return None
            quoted = _quoted(plain)
        case "mailto" if "@" in parts.path:
            name, _, rest = plain.partition("@")
            quoted = f"{_quoted(name)}@{_quoted(rest)}"
        case _:
            return None
    return re.sub(r"&(?=#?\w+;)", "&amp;", quoted)


def _quoted(text: str) -> str:
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)


def suspicious(authority: str) -> bool:
    """Whether a host written in running text is one that a renderer should not make a link of."""
    return "@" in authority or "\\" in authority or "xn--" in authority.lower() or not authority.isascii()


def misleads(label: str, address: str) -> bool:
    """Whether a link's label looks like an address of another host than the link's."""
    looks = _LOOKS.fullmatch(label[:300])
    if not looks or address.startswith("mailto:"):
        return False
    host = urlsplit(address).hostname or ""
    return looks[1].lower().removeprefix("www.") != host.removeprefix("www.")
