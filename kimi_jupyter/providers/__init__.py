"""Endpoints and models: who serves what, under which name, at what price, and what each model can do.

Tables and look-ups in them, nothing else: no request is made, no setting is read and the environment is only what the
caller passes. Imports only ``errors``. The facts are the protocol notes' (``protocol §N``); where one is a guess, the
table says so.
"""

from .endpoints import ELSEWHERE, PROVIDERS, Elsewhere, Provider
from .lookup import (
    base_url_from_environment,
    find_provider,
    key_from_environment,
    model_at,
    price_at,
    provider_from_environment,
    serving,
)
from .models import DEFAULT_MODEL, GENERIC_CONTEXT, MODELS, UNKNOWN_PRICE, Model, Price
from .switches import Effort, Thinking, thinking_fields

__all__ = [
    "DEFAULT_MODEL",
    "ELSEWHERE",
    "GENERIC_CONTEXT",
    "MODELS",
    "PROVIDERS",
    "UNKNOWN_PRICE",
    "Effort",
    "Elsewhere",
    "Model",
    "Price",
    "Provider",
    "Thinking",
    "base_url_from_environment",
    "find_provider",
    "key_from_environment",
    "model_at",
    "price_at",
    "provider_from_environment",
    "serving",
    "thinking_fields",
]
