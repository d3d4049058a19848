"""What the checks share: a table to make others of, and a description that may not warn."""

from __future__ import annotations

import warnings
from typing import Any

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import describe

__all__ = ["CANARY", "told"]

CANARY = "canary31337"


def told(value: Any, **terms: Any) -> list[str]:
    """The lines of the value's description; the library's warnings while it is made would be shown to a user."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = describe(value, "value", **terms)
    assert estimate_tokens(text) <= terms.get("tokens", 500)
    assert "could not be described" not in text
    return text.splitlines()
