"""The endpoint that follows from the settings. Imports our tables only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import KeyMissing, SettingsError
from ..providers import (
    Model,
    Provider,
    base_url_from_environment,
    find_provider,
    model_at,
    provider_from_environment,
    thinking_fields,
)
from .keys import Keys
from .network import Network, check_url, network_for
from .secret import Secret
from .traits import Settings

__all__ = ["Endpoint", "offline_only", "resolve"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go, and how.

    Attributes
    ----------
    provider, base_url
        The row of the table, and the address in use.
    key, key_source
        The key, and in words where it came from.
    model, model_id
        The model's profile, and its name at this endpoint.
    network
        How the address is reached.
    switches
        Request fields that say how the model thinks (:func:`~kimi_jupyter.providers.thinking_fields`).
    stream
        Whether replies come as they are written.
    """

    provider: Provider
    base_url: str
    key: Secret
    key_source: str
    model: Model
    model_id: str
    network: Network = field(default_factory=Network)
    switches: Mapping[str, Any] = field(default_factory=dict)
    stream: bool = True

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is sent along and must be shown nowhere."""
        return tuple(text for text in (self.key.reveal(), *self.network.secrets) if text)

    def mask(self, text: str) -> str:
        """The text with everything secret that it holds replaced."""
        for secret in self.secrets:
            text = Secret(secret).mask(text)
        return text


def offline_only(environ: Mapping[str, str]) -> bool:
    """Whether the environment forbids every request: ``KIMI_JUPYTER_OFFLINE`` is set, and not to 0."""
    return environ.get("KIMI_JUPYTER_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")


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
        A name, an address, a key or a wish is missing or wrong; the message says what to do.
    """
    name = provider or settings.provider
    # Address and headers belong to the endpoint they were set for, and go to no other.
    own = not provider or provider == settings.provider
    base_url = settings.base_url if own else ""
    if offline_only(keys.environ):
        raise SettingsError("KIMI_JUPYTER_OFFLINE is set, so no endpoint is asked, not even this machine's own.")
    if name:
        row = find_provider(name)
    elif base_url:
        row = find_provider("custom")
    else:
        row = provider_from_environment(keys.environ) or find_provider("offline")
    profile, model_id = model_at(row, model or settings.model)
    switches = thinking_fields(row, profile, settings.thinking, settings.effort)  # type: ignore[arg-type]
    seconds = {name: getattr(settings, name) for name in ("connect_seconds", "first_seconds", "read_seconds")}
    if row.name == "offline":
        url, key = offline()
        network = Network(**seconds)
        return Endpoint(
            row, url, Secret(key), "made for this kernel", profile, model_id, network, switches, settings.stream
        )
    secret, source = keys.find(row)
    base_url = (base_url or base_url_from_environment(row, keys.environ) or row.base_url).rstrip("/")
    if not base_url:
        raise SettingsError(f"{row.title} needs an address: %kimi provider {row.name} https://HOST/v1")
    check_url(base_url, settings.allow_http)
    if row.needs_key and not secret:
        variables = " or ".join(row.keys[:2]) or "a key"
        raise KeyMissing(
            f"No key for {row.title}. Type it in with %kimi key, or set {variables} before Jupyter starts."
        )
    network = network_for(
        base_url,
        keys.environ,
        headers=settings.extra_headers if own else {},
        ca_bundle=settings.ca_bundle,
        has_key=bool(secret),
        seconds=seconds,
    )
    return Endpoint(row, base_url, secret, source, profile, model_id, network, switches, settings.stream)
