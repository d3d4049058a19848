"""The Kimi models: what each can do, how it wants to be asked, and what Moonshot charges. Imports nothing of ours.

Ids, windows and lifetimes are protocol §1.1's, the switches of thinking too; prices are §6's; sampling is §2.1's.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_MODEL", "GENERIC_CONTEXT", "MODELS", "UNKNOWN_PRICE", "Model", "Price"]

#: The model this package is for, and the default wherever an endpoint has it.
DEFAULT_MODEL = "kimi-k2-thinking"
#: Tokens. The window assumed for a model nobody here knows: the smallest of the family (protocol §1.1, k2-0711). Too
#: small a guess only compacts early; too large a one is answered 400.
GENERIC_CONTEXT = 131_072

_K2 = 262_144
_END_OF_K2 = "2026-05-25"  # the whole first series, at Moonshot (protocol §0.1)


@dataclass(frozen=True, slots=True)
class Price:
    """What tokens cost, in USD per million.

    Attributes
    ----------
    hit
        Prompt tokens the endpoint had in its prefix cache; ``None``: no reduction is known, so as ``miss``.
    miss
        All other prompt tokens; ``None``: unknown.
    output
        Tokens written, reasoning included; ``None``: unknown.
    """

    hit: float | None
    miss: float | None
    output: float | None

    def cost(self, prompt: int, completion: int, cached: int = 0) -> float | None:
        """USD for a request: ``(prompt - cached)·miss + cached·hit + completion·output`` (protocol §6).

        Parameters
        ----------
        prompt, completion
            Tokens read and written.
        cached
            Tokens of the prompt that were cached; held within ``0…prompt``.

        Returns
        -------
        float or None
            ``None`` where the price is unknown.
        """
        if self.miss is None or self.output is None:
            return None
        cached = min(max(cached, 0), prompt)
        hit = self.miss if self.hit is None else self.hit
        return ((prompt - cached) * self.miss + cached * hit + completion * self.output) / 1_000_000


UNKNOWN_PRICE = Price(None, None, None)


@dataclass(frozen=True, slots=True)
class Model:
    """What a model can do and how it wants to be asked.

    Attributes
    ----------
    id
        The canonical id: the one Moonshot gave it. A model nobody here knows keeps the id it was asked for by.
    title
        Its name for people.
    context
        Tokens of the window, prompt and reply together.
    max_output
        Tokens a reply may take; ``None``: only the window bounds it (protocol §6).
    thinking
        ``forced`` (always on, nothing to send), ``toggle`` (request field ``thinking``), ``effort`` (request field
        ``reasoning_effort``) or ``none``.
    temperature
        What to send; ``None``: send none, for the server fixes it and refuses others, or has its own default.
    keeps_reasoning
        Whether reasoning of earlier turns is read as well, not only that of the current tool loop (protocol §2.5).
    vision
        Whether it takes images.
    price
        Moonshot's price; of a profile made by :func:`.model_at`, the endpoint's.
    retired
        The day Moonshot stopped or stops serving it (ISO), or ``None``. Others may serve it still.
    replacements
        Canonical ids Moonshot serves in its stead, nearest first.
    """

    id: str
    title: str
    context: int = _K2
    max_output: int | None = None
    thinking: Literal["forced", "toggle", "effort", "none"] = "none"
    temperature: float | None = None
    keeps_reasoning: bool = False
    vision: bool = False
    price: Price = UNKNOWN_PRICE
    retired: str | None = None
    replacements: tuple[str, ...] = ()


_TABLE = (
    Model(
        DEFAULT_MODEL,
        "Kimi K2 Thinking",
        thinking="forced",
        temperature=1.0,  # default and recommended (protocol §2.1)
        price=Price(0.15, 0.60, 2.50),
        retired=_END_OF_K2,
        replacements=("kimi-k2.6", "kimi-k3"),
    ),
    Model(
        "kimi-k2-thinking-turbo",
        "Kimi K2 Thinking Turbo",
        thinking="forced",
        temperature=1.0,
        price=Price(0.15, 1.15, 8.00),
        retired=_END_OF_K2,
        replacements=("kimi-k2.7-code-highspeed", "kimi-k2.6"),
    ),
    Model(
        "kimi-k2-0711-preview",
        "Kimi K2 (July 2025)",
        context=131_072,
        temperature=0.6,  # the model card's advice for the models that do not think
        retired=_END_OF_K2,  # no price: protocol §6 has none for it
        replacements=("kimi-k2.6",),
    ),
    Model(
        "kimi-k2-0905-preview",
        "Kimi K2 (September 2025)",
        temperature=0.6,
        price=Price(0.15, 0.60, 2.50),
        retired=_END_OF_K2,
        replacements=("kimi-k2.6",),
    ),
    Model(
        "kimi-k2-turbo-preview",
        "Kimi K2 Turbo",
        temperature=0.6,
        price=Price(0.15, 1.15, 8.00),
        retired=_END_OF_K2,
        replacements=("kimi-k2.7-code-highspeed", "kimi-k2.6"),
    ),
    # From K2.5 on sampling is fixed and images are taken (protocol §2.1).
    Model(
        "kimi-k2.5",
        "Kimi K2.5",
        thinking="toggle",
        vision=True,
        price=Price(0.10, 0.60, 3.00),
        retired="2026-08-31",
        replacements=("kimi-k2.6",),
    ),
    Model(
        "kimi-k2.6",
        "Kimi K2.6",
        thinking="toggle",
        keeps_reasoning=True,  # with thinking.keep = "all"
        vision=True,
        price=Price(0.16, 0.95, 4.00),
    ),
    Model(
        "kimi-k2.7-code",
        "Kimi K2.7 Code",
        thinking="forced",
        keeps_reasoning=True,
        vision=True,
        price=Price(0.19, 0.95, 4.00),
    ),
    Model(
        "kimi-k2.7-code-highspeed",
        "Kimi K2.7 Code Highspeed",
        thinking="forced",
        keeps_reasoning=True,
        vision=True,
        price=Price(0.38, 1.90, 8.00),
    ),
    Model(
        "kimi-k3",
        "Kimi K3",
        context=1_048_576,
        thinking="effort",
        keeps_reasoning=True,
        vision=True,
        price=Price(0.30, 3.00, 15.00),
    ),
    # Kimi Code's own ids (protocol §1.1): a subscription, so no price a token. What stands behind the first two
    # changes; their window is taken to be K2's, and nothing that a server might refuse is sent.
    Model("kimi-for-coding", "Kimi for Coding", thinking="forced", keeps_reasoning=True),
    Model("kimi-for-coding-highspeed", "Kimi for Coding Highspeed", thinking="forced", keeps_reasoning=True),
    Model("kimi-k3-256k", "Kimi K3 (256k)", thinking="effort", keeps_reasoning=True, vision=True),
)

#: Every known model by its canonical id.
MODELS: Mapping[str, Model] = MappingProxyType({model.id: model for model in _TABLE})
