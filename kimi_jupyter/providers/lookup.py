"""Finding a provider, a model's profile at it, and what the environment says. Imports the tables and ``errors``."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import SettingsError
from .endpoints import PROVIDERS, Provider
from .models import GENERIC_CONTEXT, MODELS, UNKNOWN_PRICE, Model, Price

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "base_url_from_environment",
    "find_provider",
    "key_from_environment",
    "model_at",
    "price_at",
    "provider_from_environment",
    "serving",
]

#: A base URL in the environment belongs to the key beside it and to no other (protocol §1.3).
_BASE_URLS = {"KIMI_API_KEY": "KIMI_BASE_URL", "MOONSHOT_API_KEY": "MOONSHOT_BASE_URL"}
#: Moonshot's endpoints, told apart by their base URL where one is given.
_FAMILY = ("moonshot", "moonshot-cn", "kimi-code")


def find_provider(name: str) -> Provider:
    """The provider of this name; capitals, spaces, dots and dashes do not matter.

    Raises
    ------
    SettingsError
        There is none; the message names those that come close, and all.
    """
    names = {_squeezed(known): known for known in PROVIDERS}
    wanted = _squeezed(name)
    if wanted in names:
        return PROVIDERS[names[wanted]]
    parts = [known for key, known in names.items() if wanted and (wanted in key or key in wanted)]
    close = parts or [names[key] for key in difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)]
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    raise SettingsError(f"There is no provider {name!r}{hint} Choose one of: {', '.join(PROVIDERS)}.")


def _squeezed(name: str) -> str:
    return re.sub(r"[\s._-]+", "", name).lower()


def model_at(provider: Provider, name: str = "") -> tuple[Model, str]:
    """A model's profile as it holds at an endpoint, and its id there.

    Parameters
    ----------
    provider
        The endpoint.
    name
        A canonical id, the endpoint's own id, or any other, which goes to the endpoint unchanged. ``""``: the
        endpoint's default.

    Returns
    -------
    tuple of Model and str
        The profile's price and bound on the reply are the endpoint's. An id that names a known model in other words
        (``Kimi-K2-Thinking-UD-Q2_K.gguf``, ``moonshotai/kimi-k2-thinking:exacto``) gets that model's profile, without a
        price. Any other gets a careful one: a window of :data:`GENERIC_CONTEXT` tokens, no sampling parameters.
    """
    name = name.strip()
    canonical = _canonical(provider, name)
    known = MODELS.get(canonical)
    if known is None:
        model = Model(name, name, context=GENERIC_CONTEXT)
        return replace(model, max_output=provider.max_output), name
    at_endpoint = provider.models.get(canonical, name)
    exact = name in ("", canonical, at_endpoint)
    price = price_at(provider, known) if exact else UNKNOWN_PRICE
    return replace(known, max_output=provider.max_output, price=price), at_endpoint if exact else name


def _canonical(provider: Provider, name: str) -> str:
    if not name:
        return next(iter(provider.models))
    for canonical, at_endpoint in provider.models.items():
        if name in (canonical, at_endpoint):
            return canonical
    return name if name in MODELS else _recognised(name)


def _recognised(name: str) -> str:
    """The canonical id of which this is another spelling (organisation, host, build, file type aside), or ``""``."""
    stem = re.split(r"[/\\]", name.lower())[-1].partition(":")[0]
    stem = re.sub(r"[\s_]+", "-", stem)
    if re.match(r"k\d", stem):  # CometAPI's launch note writes k2-thinking (protocol §1.2)
        stem = f"kimi-{stem}"
    for canonical in sorted(MODELS, key=len, reverse=True):
        if re.match(rf"{re.escape(canonical)}(?![\w.])", stem):
            return canonical
    return ""


def price_at(provider: Provider, model: Model) -> Price:
    """What the model costs at the endpoint; :data:`UNKNOWN_PRICE` where that is not known."""
    return provider.prices.get(model.id, UNKNOWN_PRICE)


def serving(model_id: str) -> tuple[Provider, ...]:
    """The hosted providers that serve a model (by canonical id) as far as is known, without those that withdrew it."""
    return tuple(
        provider
        for provider in PROVIDERS.values()
        if model_id in provider.models and model_id not in provider.retired and provider.base_url and not provider.local
    )


def key_from_environment(provider: Provider, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The provider's key and the variable that holds it; the first that is not blank, in the order of ``keys``."""
    for variable in provider.keys:
        key = environ.get(variable, "").strip()
        if key:
            return key, variable
    return None


def provider_from_environment(environ: Mapping[str, str]) -> Provider | None:
    """The first hosted provider whose key is in the environment, or ``None``.

    Moonshot's endpoints share their variables: a base URL beside the key says which of them is meant, else it is
    ``moonshot``.
    """
    for provider in PROVIDERS.values():
        found = key_from_environment(provider, environ) if provider.needs_key else None
        if found is not None:
            meant = _relative(_base_url_beside(found[1], environ))
            return meant if meant is not None and found[1] in meant.keys else provider
    return None


def base_url_from_environment(provider: Provider, environ: Mapping[str, str]) -> str | None:
    """``KIMI_BASE_URL`` or ``MOONSHOT_BASE_URL``, for Moonshot's endpoints and only beside the key it belongs to.

    A URL that is another of Moonshot's endpoints is left out: the provider was chosen against it.
    """
    if provider.name not in _FAMILY:
        return None
    found = key_from_environment(provider, environ)
    url = _base_url_beside(found[1], environ) if found is not None else ""
    relative = _relative(url)
    return url if url and relative in (None, provider) else None


def _base_url_beside(variable: str, environ: Mapping[str, str]) -> str:
    return environ.get(_BASE_URLS.get(variable, ""), "").strip().rstrip("/")


def _relative(url: str) -> Provider | None:
    """The endpoint of Moonshot's that this URL is."""
    return next((PROVIDERS[name] for name in _FAMILY if PROVIDERS[name].base_url == url), None)
