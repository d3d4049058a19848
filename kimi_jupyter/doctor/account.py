"""What is left on an account, where the endpoint tells it (protocol §5.2). Imports the tables of providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EndpointError
from ..providers import PROVIDERS
from .report import Balance

if TYPE_CHECKING:
    from ..chat.client import HttpClient
    from ..settings import Endpoint

__all__ = ["balance"]

#: Endpoints that have the route, and the currency of their accounts.
_CURRENCIES = {"moonshot": "USD", "moonshot-cn": "CNY", "offline": "USD"}
_SECONDS = 15.0


async def balance(endpoint: Endpoint, client: HttpClient) -> Balance | None:
    """The balance; ``None`` where the endpoint is not one that tells it, or does not tell it now."""
    currency = _currency(endpoint)
    if not currency:
        return None
    try:
        told = await client.get("users/me/balance", seconds=_SECONDS)
        return Balance(float(told["data"]["available_balance"]), currency)
    except (EndpointError, ValueError, KeyError, TypeError):
        return None


def _currency(endpoint: Endpoint) -> str:
    """Of Moonshot's endpoints also where they are used as a custom one."""
    for name, currency in _CURRENCIES.items():
        if endpoint.provider.name == name or PROVIDERS[name].base_url == endpoint.base_url:
            return currency
    return ""
