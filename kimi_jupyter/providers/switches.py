"""How thinking is switched: which request fields do it, for a model at an endpoint. Imports our tables and ``errors``.

The table is protocol §1.1's "How thinking is switched". A wish that a model or an endpoint can't meet is refused here,
in words: sent anyway it would be answered 400, or, worse, be ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..errors import SettingsError
from .models import MODELS

if TYPE_CHECKING:
    from .endpoints import Provider
    from .models import Model

__all__ = ["Effort", "Thinking", "thinking_fields"]

#: ``default`` sends nothing, so that the model does as it does by itself.
Thinking = Literal["default", "on", "off"]
#: ``""`` sends nothing.
Effort = Literal["", "low", "high", "max"]


def thinking_fields(provider: Provider, model: Model, thinking: Thinking, effort: Effort) -> dict[str, Any]:
    """The request fields that make a model think as wanted.

    Never both ``thinking`` and ``reasoning_effort``: that is answered 400 (protocol §1.1).

    Parameters
    ----------
    provider, model
        Who is asked.
    thinking
        For models whose thinking can be switched.
    effort
        For models that can think more or less.

    Raises
    ------
    SettingsError
        The model takes no such wish, or how this endpoint takes it is not known; the message says what to set.
    """
    if effort and model.thinking != "effort":
        known = [known.title for known in MODELS.values() if known.thinking == "effort"]
        raise SettingsError(
            f"{model.title} has no effort to set; only {' and '.join(known)} have. "
            'Leave it: %config KimiMagics.effort = ""'
        )
    if thinking == "off" and model.thinking in ("forced", "effort"):
        less = "; for less of it: %config KimiMagics.effort = 'low'" if model.thinking == "effort" else ""
        raise SettingsError(f"{model.title} always thinks; it can't be switched off{less}. {_DEFAULT}")
    if thinking != "default" and model.id not in MODELS:
        raise SettingsError(f"How thinking is switched for {model.id!r} is not known here. {_DEFAULT}")
    if thinking == "on" and model.thinking == "none":
        raise SettingsError(f"{model.title} does not think. Choose a model that does with %kimi model NAME. {_DEFAULT}")
    if model.thinking == "effort":
        return {"reasoning_effort": effort} if effort else {}
    if model.thinking == "toggle" and thinking != "default":
        return _toggled(provider, model, thinking == "on")
    return {}  # what can't be switched is not mentioned: k2-thinking knows no such field


_DEFAULT = "Leave it: %config KimiMagics.thinking = 'default'"


def _toggled(provider: Provider, model: Model, on: bool) -> dict[str, Any]:
    match provider.switch:
        case "thinking":
            wish: dict[str, Any] = {"type": "enabled" if on else "disabled"}
            if on and model.keeps_reasoning:  # or earlier turns' reasoning is left out (protocol §2.5)
                wish["keep"] = "all"
            return {"thinking": wish}
        case "template":
            return {"chat_template_kwargs": {"thinking": on}}
        case "reasoning":
            return {"reasoning": {"enabled": on}}
        case None:
            raise SettingsError(f"How thinking is switched at {provider.title} is not known here. {_DEFAULT}")
