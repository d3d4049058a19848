"""How things stand, for the sidebar's controls: endpoint, approval, detail, cost; and what of it a page may set.

A page never gives a key, and never lets code run without asking (hazards §2.6): those are for the user's own
configuration, or a cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import TraitError

from ...errors import KeyMissing, KimiError, SettingsError
from ...providers import PROVIDERS, find_provider
from ...settings import DETAILS
from ..session import Session
from .messages import Malformed

__all__ = ["Chosen", "change", "state"]

#: Settings that a page may change, with how their values are read.
_NUMBERS = ("max_cost", "max_steps", "max_tokens", "context_tokens")
_FLAGS = ("save_reasoning", "web_search")


def state(session: Session) -> dict[str, Any]:
    """The message ``state``."""
    settings, usage = session.settings, session.usage
    found = _endpoint(session)
    window = found.pop("window")
    tokens = session.conversation.tokens(0)
    return {
        "kind": "state",
        "endpoint": found,
        "endpoints": [
            {"name": row.name, "title": row.title, "ready": _ready(session, row.name)} for row in PROVIDERS.values()
        ],
        "approve": settings.approve,
        "detail": session.detail(),
        "details": DETAILS[: DETAILS.index(settings.detail_cap) + 1],
        "cost": usage.cost,
        "tokens": usage.prompt + usage.completion,
        "window": window,
        "context_fill": round(tokens / window, 4) if window else None,
        "budget": getattr(settings, "max_cost", None),
        "busy": session.busy_in,
    }


def _endpoint(session: Session) -> dict[str, Any]:
    try:
        endpoint = session.endpoint()
    except KimiError as error:
        name = session.settings.provider or "custom"
        title = PROVIDERS[name].title if name in PROVIDERS else name
        how = "%kimi key" if isinstance(error, KeyMissing) else "%kimi provider"
        model = session.settings.model
        return {
            "provider": name, "title": title, "model": model, "ready": False, "how": how, "why": str(error), "window": 0
        }  # fmt: skip
    row = endpoint.provider
    return {
        "provider": row.name,
        "title": row.title,
        "model": endpoint.model_id,
        "ready": True,
        "how": "",
        "why": "",
        "window": endpoint.model.context,
    }


def _ready(session: Session, name: str) -> bool:
    """Whether an endpoint could be asked now; nothing is started and no key is told."""
    row = PROVIDERS[name]
    if row.name == "offline":
        return True
    address = row.base_url or session.settings.base_url
    return bool(address) and (not row.needs_key or bool(session.keys.at_hand(row)))


#: What belongs to an endpoint that was chosen before: its address, model and headers.
Chosen = dict[str, tuple[str, str, Any]]


def change(session: Session, message: Mapping[str, Any], before: Chosen) -> None:
    """Set what a page asks to be set.

    Parameters
    ----------
    session
        The kernel's session.
    message
        A name and a value.
    before
        What belongs to endpoints that were chosen before; more is added here.

    Raises
    ------
    Malformed
        It is not a page's to set, or not such a value.
    """
    name, value = message.get("name"), message.get("value")
    settings = session.settings
    try:
        match name:
            case "provider" if isinstance(value, str):
                _choose_provider(session, value, before)
            case "model" if isinstance(value, str) and len(value) <= 200:
                settings.model = value.strip()
            case "detail" if value in DETAILS:
                settings.detail = str(value)
            case "approve" if value in ("ask", "never"):
                settings.approve = str(value)
            case str() if name in _NUMBERS and settings.has_trait(name) and _is_number(value):
                setattr(settings, name, value)
            case str() if name in _FLAGS and isinstance(value, bool):
                setattr(settings, name, value)
            case _:
                raise Malformed("That can't be set from here; %config KimiMagics in a cell sets everything.")
    except TraitError as error:
        raise Malformed(" ".join(str(error).split())[:200]) from None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _choose_provider(session: Session, name: str, before: Chosen) -> None:
    """As ``%kimi provider NAME``: an address, a model and headers belong to the endpoint they were set for."""
    settings = session.settings
    try:
        row = find_provider(name)
    except SettingsError as error:
        raise Malformed(str(error)) from None
    now = settings.provider or ("custom" if settings.base_url else "")
    if row.name == now:
        return
    address, model, headers = before.get(row.name, ("", "", {}))
    if not (address or row.base_url or row.name == "offline"):
        raise Malformed(f"{row.title} needs an address: run %kimi provider {row.name} https://HOST/v1 in a cell.")
    if now:
        before[now] = settings.base_url, settings.model, settings.extra_headers
    settings.provider, settings.base_url, settings.model, settings.extra_headers = row.name, address, model, headers
