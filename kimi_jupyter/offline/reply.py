"""One reply of the offline endpoint, before it is cut into chunks.

The analyst makes these and the server sends them; a test may script them. Imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Reply"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the endpoint's model says to one request.

    Attributes
    ----------
    reasoning
        The thinking, sent before everything else.
    text
        The answer, or what is said before the calls.
    calls
        Calls in order: the tool's name and its arguments. Ids are the server's business (protocol §8.4).
    finish
        The ``finish_reason`` to send; ``None`` means ``tool_calls`` with calls and ``stop`` without.
    """

    reasoning: str
    text: str
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    finish: str | None = None
