"""The models the offline endpoint answers for, with the rules that differ between them. Of ours it imports ``problem``.

One analyst stands behind all of them; the table is there so that a client meets each model's own refusals
(protocol §1.1, §2.1, §2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from .problem import Problem

__all__ = ["SERVED", "Served", "find_model"]

_EFFORTS = ("minimal", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Served:
    """A model's rules.

    Attributes
    ----------
    id
        Its name.
    created
        Unix time, as ``/models`` tells it.
    price
        USD per million tokens: read from the cache, read, written (protocol §6).
    context
        The window in tokens.
    toggle
        Whether ``thinking`` can be switched off.
    only_enabled
        Whether any ``thinking.type`` but ``enabled`` is refused.
    fixed
        Whether sampling parameters other than the model's own are refused.
    efforts
        What ``reasoning_effort`` may be; ``()`` where the parameter is not looked at.
    required
        Whether ``tool_choice: required`` goes with thinking.
    keeps_reasoning
        Whether reasoning of earlier turns stays in the prompt (protocol §2.5).
    vision
        Whether messages may hold images.
    longest_name
        Characters a tool's name may have.
    shortest_name
        Characters a tool's name must have.
    grammar
        A dialect of its own within Moonshot's, or ``""``.
    """

    id: str
    created: int
    price: tuple[float, float, float]
    context: int = 262_144
    toggle: bool = False
    only_enabled: bool = False
    fixed: bool = False
    efforts: tuple[str, ...] = ()
    required: bool = False
    keeps_reasoning: bool = False
    vision: bool = False
    shortest_name: int = 3
    longest_name: int = 64
    grammar: str = ""

    def listed(self) -> dict[str, Any]:
        """The model's row in ``GET /models`` (protocol §5.3)."""
        return {
            "id": self.id,
            "object": "model",
            "created": self.created,
            "owned_by": "moonshot",
            "context_length": self.context,
            "supports_image_in": self.vision,
            "supports_video_in": self.vision,
            "supports_reasoning": True,
        }


def _newer(name: str, created: int, price: tuple[float, float, float], **rules: Any) -> Served:
    """A model from k2.5 on: sampling fixed, names up to 128 characters (protocol §2.1, §2.2)."""
    model = Served(name, created, price, fixed=True, efforts=_EFFORTS, vision=True, shortest_name=1, longest_name=128)
    return replace(model, **rules)


_TABLE = (
    Served("kimi-k2-thinking", 1_762_387_200, (0.15, 0.60, 2.50)),
    Served("kimi-k2-thinking-turbo", 1_762_387_200, (0.15, 1.15, 8.00)),
    _newer("kimi-k2.6", 1_776_038_400, (0.16, 0.95, 4.00), toggle=True),
    _newer("kimi-k2.7-code", 1_781_222_400, (0.19, 0.95, 4.00), only_enabled=True, keeps_reasoning=True),
    _newer("kimi-k2.7-code-highspeed", 1_781_222_400, (0.38, 1.90, 8.00), only_enabled=True, keeps_reasoning=True),
    _newer(
        "kimi-k3",
        1_784_073_600,
        (0.30, 3.00, 15.00),
        context=1_048_576,
        efforts=(*_EFFORTS, "max"),
        required=True,
        keeps_reasoning=True,
        grammar="moonshot-k3",
    ),
)

#: Every model served, by id, the default first.
SERVED: Mapping[str, Served] = MappingProxyType({model.id: model for model in _TABLE})


def find_model(name: str, *, aliases: bool) -> Served:
    """The model of this name.

    Parameters
    ----------
    name
        As the client wrote it.
    aliases
        Whether names as other endpoints write them (``moonshotai/Kimi-K2-Thinking``) are known too.

    Raises
    ------
    Problem
        404: there is none.
    """
    model = SERVED.get(name)
    if model is None and aliases:
        model = SERVED.get(name.rpartition("/")[2].lower())
    if model is None:
        raise Problem(404, "resource_not_found_error", f"Not found the model {name} or Permission denied")
    return model
