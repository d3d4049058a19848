"""What a user sets, and the endpoint that follows from it.

Settings are traitlets of one class; keys are looked up here and nowhere else. Imports traitlets and our tables only.

Precedence, strongest first: an option of the cell · ``%kimi`` and ``%config`` in this kernel · the command line · the
environment (``KIMI_JUPYTER_*``, as it was when the extension was loaded) · ``ipython_config.py`` and
``jupyter_kimi_config.py`` · the default.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from traitlets import Bool, Enum, Float, Int, Unicode
from traitlets.config import Configurable

from .errors import KeyMissing, SettingsError
from .providers import (
    PROVIDERS,
    Model,
    Provider,
    base_url_from_environment,
    find_provider,
    key_from_environment,
    model_at,
    provider_from_environment,
)

__all__ = ["ENVIRONMENT", "Endpoint", "Keys", "Secret", "Settings", "check_url", "is_loopback", "resolve"]

#: Environment variables and the settings they give.
ENVIRONMENT = {
    "KIMI_JUPYTER_PROVIDER": "provider",
    "KIMI_JUPYTER_MODEL": "model",
    "KIMI_JUPYTER_BASE_URL": "base_url",
    "KIMI_JUPYTER_APPROVE": "approve",
}


class Settings(Configurable):
    """Everything a user can set. Tokens are K2 tokens, times are seconds."""

    provider = Unicode(
        "",
        help="Endpoint by name (%kimi provider). Empty: the first with a key in the environment, else offline.",
    ).tag(config=True)
    model = Unicode("", help="Model; empty: kimi-k2-thinking, by its name at the endpoint.").tag(config=True)
    base_url = Unicode("", help="Base URL of the endpoint; empty: the provider's own.").tag(config=True)
    approve = Enum(
        ["ask", "auto", "never"],
        "ask",
        help="Who allows code to run: ask (you, each time), auto (everything runs), never (nothing runs).",
    ).tag(config=True)
    max_steps = Int(300, min=1, help="Requests to the model in one turn, at most.").tag(config=True)
    max_tokens = Int(
        32_768, min=16_000, help="Tokens of one reply, reasoning included. K2 Thinking wants at least 16,000."
    ).tag(config=True)
    context_tokens = Int(8_000, min=0, help="Tokens of notebook and data sent with a question, at most.").tag(
        config=True
    )
    detail = Enum(
        ["schema", "stats", "sample"],
        "sample",
        help="What is sent of a table: schema (names and types), stats (no rows), sample (at most three rows).",
    ).tag(config=True)
    output_bytes = Int(32_768, min=1_000, help="Bytes of an execution's output the model gets, head and tail.").tag(
        config=True
    )
    code_seconds = Float(120.0, min=1.0, help="Seconds after which code the model wrote is interrupted.").tag(
        config=True
    )
    store = Bool(True, help="Keep conversations in a file in Jupyter's data directory; else in memory only.").tag(
        config=True
    )
    notebook = Unicode("", help="Path of the notebook, where it can't be found out.").tag(config=True)


class Secret:
    """A key. Its text shows in no repr, str, format or pickle; :meth:`reveal` gives it."""

    __slots__ = ("__text",)

    def __init__(self, text: str = "") -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself, for the one header it belongs in."""
        return self.__text

    def mask(self, text: str) -> str:
        """The text with the key, should it hold it, replaced."""
        if not self.__text:
            return text
        masked = text.replace(self.__text, "[key]")
        # Providers echo keys with the middle starred out; head or tail alone are masked too (hazards KEY-16).
        for part in (self.__text[:12], self.__text[-8:]):
            if len(self.__text) >= 20:
                masked = masked.replace(part, "[key]")
        return masked

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __repr__(self) -> str:
        return "Secret(…)" if self.__text else "Secret()"

    def __reduce__(self) -> tuple[type[Secret], tuple[()]]:
        return (Secret, ())


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go.

    Attributes
    ----------
    provider, base_url
        The row of the table, and the address in use.
    key, key_source
        The key, and in words where it came from.
    model, model_id
        The model's profile, and its name at this endpoint.
    """

    provider: Provider
    base_url: str
    key: Secret
    key_source: str
    model: Model
    model_id: str


class Keys:
    """Where keys are looked up: typed in this kernel → environment → the OS keyring, if that extra is installed.

    Parameters
    ----------
    environ
        The environment as it was when the extension was loaded: code that runs later can't put a key or an address
        there (hazards KEY-04).
    """

    SERVICE = "kimi-jupyter"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = dict(environ)
        self._typed: dict[str, Secret] = {}

    def find(self, provider: Provider) -> tuple[Secret, str]:
        """The key for a provider and where it is from; an empty key if there is none."""
        if provider.name in self._typed:
            return self._typed[provider.name], "typed in this kernel"
        found = key_from_environment(provider, self.environ)
        if found is not None:
            value, variable = found
            return Secret(value.strip()), f"{variable} in the environment"
        stored = self._from_keyring(provider.name)
        return (Secret(stored), "the system's keyring") if stored else (Secret(), "none")

    def keep(self, provider: Provider, key: str) -> str:
        """Keep a key that was typed, in the keyring if there is one; returns in words where it went."""
        self._typed[provider.name] = Secret(key.strip())
        try:
            import keyring

            keyring.set_password(self.SERVICE, provider.name, key.strip())
        except ImportError:
            return "for this kernel only (pip install 'kimi-jupyter[keyring]' keeps it in the system's keyring)"
        except Exception as error:  # noqa: BLE001 - back ends raise what they like; the key still serves this kernel
            return f"for this kernel only (the system's keyring refused it: {type(error).__name__})"
        if self._from_keyring(provider.name) != key.strip():  # back ends that keep nothing don't say so
            return "for this kernel only (the system has no keyring)"
        return "in the system's keyring"

    def forget(self, provider: Provider) -> None:
        """Drop a typed key, from the keyring too."""
        self._typed.pop(provider.name, None)
        try:
            import keyring

            keyring.delete_password(self.SERVICE, provider.name)
        except Exception:  # noqa: BLE001 - nothing there to delete, or no keyring
            return

    def known(self) -> Iterable[str]:
        """Every key in reach, for masking."""
        for provider in PROVIDERS.values():
            secret = self._typed.get(provider.name)
            if secret:
                yield secret.reveal()
            found = key_from_environment(provider, self.environ)
            if found is not None and len(found[0].strip()) >= 8:
                yield found[0].strip()

    def _from_keyring(self, name: str) -> str:
        try:
            import keyring

            return keyring.get_password(self.SERVICE, name) or ""
        except Exception:  # noqa: BLE001 - not installed, or no back end: as good as no key
            return ""


def resolve(
    settings: Settings, keys: Keys, *, provider: str = "", model: str = "", offline: Callable[[], tuple[str, str]]
) -> Endpoint:
    """The endpoint for a turn.

    Parameters
    ----------
    settings, keys
        What the user has set.
    provider, model
        Options of the cell; they win.
    offline
        Starts the offline endpoint if need be, and gives its base URL and key.

    Raises
    ------
    SettingsError
        A name, an address or a key is missing or wrong; the message says what to do.
    """
    name = provider or settings.provider
    base_url = "" if provider and provider != settings.provider else settings.base_url
    if name:
        row = find_provider(name)
    elif base_url:
        row = find_provider("custom")
    else:
        row = provider_from_environment(keys.environ) or find_provider("offline")
    if row.name == "offline":
        url, key = offline()
        profile, model_id = model_at(row, model or settings.model)
        return Endpoint(row, url, Secret(key), "made for this kernel", profile, model_id)
    secret, source = keys.find(row)
    base_url = base_url or base_url_from_environment(row, keys.environ) or row.base_url
    if not base_url:
        raise SettingsError(f"{row.title} needs an address: %kimi provider {row.name} https://HOST/v1")
    check_url(base_url)
    if row.needs_key and not secret:
        variables = " or ".join(row.keys[:2]) or "a key"
        raise KeyMissing(
            f"No key for {row.title}. Type it in with %kimi key, or set {variables} before Jupyter starts."
        )
    profile, model_id = model_at(row, model or settings.model)
    return Endpoint(row, base_url.rstrip("/"), secret, source, profile, model_id)


def check_url(url: str) -> None:
    """Refuse an address that is none, or to which a key must not be sent in the clear.

    Raises
    ------
    SettingsError
        With what to write instead.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", url):
        raise SettingsError(f"{url!r} is no base URL; write it like https://api.moonshot.ai/v1")
    if parts.username is not None or parts.password is not None:
        raise SettingsError("A base URL must not hold a user name or a password; give the key with %kimi key.")
    if parts.scheme == "http" and not is_loopback(url):
        raise SettingsError(f"{url} is not encrypted, so key and data would be readable on the way; use https://.")


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
