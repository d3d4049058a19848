"""How an endpoint is reached: which addresses a key may go to, through which proxy, trusting whom, with which headers.

Everything comes from the settings, and from the environment as it was when the extension was loaded. Opens no
connection; imports ``errors`` only.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..errors import SettingsError

__all__ = ["Headers", "Network", "check_headers", "check_url", "is_loopback", "network_for"]

#: Headers that are the client's own.
_OURS = {"accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type"}
_OURS |= {"expect", "host", "te", "trailer", "transfer-encoding", "upgrade"}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
#: Names of headers whose values are credentials.
_CREDENTIAL = re.compile(r"key|token|secret|auth|cookie|passw|credential", re.IGNORECASE)
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


class Headers(dict[str, str]):
    """Headers of the user's own; shown by their names only, for a value may be a credential."""

    def __repr__(self) -> str:
        return f"{{{', '.join(f'{name!r}: …' for name in self)}}}"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Network:
    """How an endpoint is reached.

    Attributes
    ----------
    headers
        Beside our own; not in the repr.
    proxy
        Its address, with name and password if it wants them; not in the repr. ``""``: straight to the endpoint.
    ca_file, ca_directory
        Certificates of the authorities that are trusted; both ``""``: those of certifi.
    ca_source
        Where these two are from, for a message.
    connect_seconds, first_seconds, read_seconds
        Until a connection stands, until something of a reply comes, and between one thing and the next.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str = field(default="", repr=False)
    ca_file: str = ""
    ca_directory: str = ""
    ca_source: str = ""
    connect_seconds: float = 15.0
    first_seconds: float = 60.0
    read_seconds: float = 120.0

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of it must be shown nowhere: the proxy's password, and headers that are credentials by their names."""
        values = [value for name, value in self.headers.items() if _CREDENTIAL.search(name)]
        return tuple(value for value in (*values, unquote(urlsplit(self.proxy).password or "")) if value)

    def context(self) -> ssl.SSLContext:
        """Whom TLS trusts. Certificates and host names are always checked.

        Raises
        ------
        SettingsError
            The certificates can't be loaded.
        """
        if not (self.ca_file or self.ca_directory):
            import certifi

            return ssl.create_default_context(cafile=certifi.where())
        try:
            return ssl.create_default_context(cafile=self.ca_file or None, capath=self.ca_directory or None)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            reason = getattr(error, "strerror", None) or error
            path = self.ca_file or self.ca_directory
            raise SettingsError(
                f"{self.ca_source} is {path!r}, which holds no certificates that can be loaded ({reason}); "
                "name a PEM file with those of your authorities."
            ) from None


def network_for(
    base_url: str,
    environ: Mapping[str, str],
    *,
    headers: Mapping[str, str],
    ca_bundle: str,
    has_key: bool,
    seconds: Mapping[str, float],
) -> Network:
    """How this address is reached.

    Parameters
    ----------
    base_url
        The endpoint's address, checked.
    environ
        The environment when the extension was loaded.
    headers, ca_bundle
        As set by the user.
    has_key
        Whether a key will be sent, which must not go through a proxy in the clear.
    seconds
        ``connect_seconds``, ``first_seconds`` and ``read_seconds``.

    Raises
    ------
    SettingsError
        A header, a path or a proxy is not right; the message names it.
    """
    check_headers(headers)
    file, directory, source = _authorities(ca_bundle, environ)
    return Network(Headers(headers), _proxy_for(base_url, environ, has_key), file, directory, source, **seconds)


# ---- addresses -------------------------------------------------------------------------------------------------------


def check_url(url: str, allow_http: Collection[str] = ()) -> None:
    """Refuse an address that is none, or to which a key must not be sent in the clear.

    Parameters
    ----------
    url
        The address.
    allow_http
        Host names to which it may all the same.

    Raises
    ------
    SettingsError
        With what to write instead.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise SettingsError(f"{url!r} is no base URL; write it like https://api.moonshot.ai/v1")
    if parts.username is not None or parts.password is not None:
        raise SettingsError("A base URL must not hold a user name or a password; give the key with %kimi key.")
    if parts.scheme == "http" and not is_loopback(url) and host not in {name.strip().lower() for name in allow_http}:
        raise SettingsError(
            f"{url} is not encrypted, so key and data would be readable on the way; use https://, or, on a network you "
            f"trust: %config KimiMagics.allow_http = [{host!r}]"
        )


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# ---- headers ---------------------------------------------------------------------------------------------------------


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that are not the user's to set, or none at all.

    Raises
    ------
    SettingsError
        Naming the header, never its value.
    """
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise SettingsError(f"extra_headers: {name!r} is no name of a header.")
        if name.lower() in ("authorization", "proxy-authorization"):
            other = "%kimi key" if name.lower() == "authorization" else "the proxy's address"
            raise SettingsError(f"extra_headers must not hold {name}; give the credential with {other}.")
        if name.lower() in _OURS:
            raise SettingsError(f"extra_headers: {name} is set by the client itself; leave it out.")
        if not value.isascii() or not value.isprintable():
            raise SettingsError(f"extra_headers: the value of {name} must be one line of printable ASCII.")


# ---- certificates ----------------------------------------------------------------------------------------------------


def _authorities(ca_bundle: str, environ: Mapping[str, str]) -> tuple[str, str, str]:
    """File and directory of trusted certificates, and what names them; the first that is set."""
    if ca_bundle:
        path = Path(ca_bundle).expanduser()
        if not path.exists():
            raise SettingsError(f"ca_bundle is {ca_bundle!r}, which does not exist; name a PEM file of certificates.")
        return *_file_or_directory(path), "ca_bundle"
    file, directory = (environ.get(name, "").strip() for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    if file or directory:
        return file, directory, "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if bundle := environ.get(variable, "").strip():
            return *_file_or_directory(Path(bundle)), variable
    return "", "", ""


def _file_or_directory(path: Path) -> tuple[str, str]:
    return ("", str(path)) if path.is_dir() else (str(path), "")


# ---- proxies ---------------------------------------------------------------------------------------------------------


def _proxy_for(base_url: str, environ: Mapping[str, str], has_key: bool) -> str:
    """The proxy for this address, or ``""``. What is on this machine is never asked through another."""
    scheme = urlsplit(base_url).scheme
    found = [(name, environ[name].strip()) for name in _proxy_variables(scheme) if environ.get(name, "").strip()]
    if not found or is_loopback(base_url) or _bypassed(base_url, environ):
        return ""
    variable, proxy = found[0]
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname) and parts.port is not None
        usable = usable or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        usable = False
    if not usable:  # its text may hold a password, so it is not quoted
        raise SettingsError(f"{variable} holds no address of a proxy; write it like http://proxy.example.org:3128")
    if parts.scheme.startswith("socks") and find_spec("socksio") is None:
        raise SettingsError(f"{variable} names a SOCKS proxy, which needs a package: pip install 'httpx[socks]'")
    if scheme == "http" and has_key:
        host = urlsplit(base_url).hostname
        raise SettingsError(
            f"The key for {base_url} would go through a proxy ({variable}) in the clear; "
            f"use https://, or add {host} to NO_PROXY before Jupyter starts."
        )
    return proxy


def _proxy_variables(scheme: str) -> tuple[str, ...]:
    """In curl's order: the scheme's own before ALL_PROXY, lower case before upper."""
    return tuple(name for kind in (scheme, "all") for name in (f"{kind}_proxy", f"{kind}_proxy".upper()))


def _bypassed(base_url: str, environ: Mapping[str, str]) -> bool:
    """Whether NO_PROXY names this host: by name, parent domain, address, network, with a port or not, or ``*``."""
    parts = urlsplit(base_url)
    host, port = (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)
    entries = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").lower()
    return any(_names(entry, host, port) for entry in re.split(r"[\s,]+", entries) if entry)


def _names(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, _, number = entry.rpartition(":")
    if name and number.isdigit() and (":" not in name or name.endswith("]")):
        if int(number) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        entry = entry.removeprefix("*").strip(".")
        return bool(entry) and (host == entry or host.endswith(f".{entry}"))
