"""What is remembered and sent: the messages of a conversation.

Messages are plain frozen values. How they look on the wire is ``chat.wire``'s business; how they may follow one another
is ``agent.conversation``'s.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = [
    "Assistant",
    "Message",
    "System",
    "ToolCall",
    "ToolResult",
    "Usage",
    "User",
    "message_from_dict",
    "message_to_dict",
]


@dataclass(frozen=True, slots=True)
class System:
    """The standing instructions; always the first message."""

    text: str


@dataclass(frozen=True, slots=True)
class User:
    """What the user asked, with the context that was sent along."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call the model made.

    Attributes
    ----------
    id
        Unique in the conversation; sent back with the result.
    name
        The tool's name as the model wrote it, known to us or not.
    arguments
        JSON text of an object, always parseable, so that a history holding it is never refused (protocol §3.5.6).
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Assistant:
    """One reply of the model.

    Attributes
    ----------
    text
        The answer, or what was said before the calls. ``""`` if nothing.
    reasoning
        The reasoning, byte for byte as it came. ``None`` (none was sent) and ``""`` (an empty one was) differ
        (protocol §2.5).
    calls
        Tool calls in the order the model made them.
    reasoning_field
        The wire name the reasoning came under, used again when it is replayed (protocol §3.5.1).
    reasoning_details
        OpenRouter's structured twin of the reasoning, replayed as it came (protocol §2.5).
    """

    text: str
    reasoning: str | None = None
    calls: tuple[ToolCall, ...] = ()
    reasoning_field: str = "reasoning_content"
    reasoning_details: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came to, in the words the model reads."""

    call: str
    name: str
    text: str


Message = System | User | Assistant | ToolResult

_KINDS: dict[str, type[System | User | Assistant | ToolResult]] = {
    "system": System,
    "user": User,
    "assistant": Assistant,
    "tool": ToolResult,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def message_to_dict(message: Message) -> dict[str, Any]:
    """A message as JSON-ready data, with its kind under ``"role"``."""
    return {"role": _NAMES[type(message)], **asdict(message)}


def message_from_dict(data: dict[str, Any]) -> Message:
    """The message that :func:`message_to_dict` made this data of.

    Raises
    ------
    KeyError, TypeError
        The data is not a message of this version.
    """
    fields = dict(data)
    kind = _KINDS[fields.pop("role")]
    if kind is Assistant:
        fields["calls"] = tuple(ToolCall(**call) for call in fields.get("calls", ()))
        fields["reasoning_details"] = tuple(fields.get("reasoning_details", ()))
    return kind(**fields)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, or a sum of several.

    Attributes
    ----------
    prompt, completion
        Tokens read and written; reasoning counts as written (protocol §6).
    cached
        Tokens of the prompt that the endpoint had in its prefix cache.
    reasoning
        Tokens of the completion that were reasoning, where the endpoint tells.
    cost
        USD: the endpoint's own figure, else by the table of prices, else ``None`` (unknown).
    estimated
        True where the endpoint sent no usage and the tokens are our estimate.
    """

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    reasoning: int = 0
    cost: float | None = None
    estimated: bool = field(default=False)

    def __add__(self, other: Usage) -> Usage:
        costs = [usage.cost for usage in (self, other) if usage.cost is not None]
        return Usage(
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.cached + other.cached,
            self.reasoning + other.reasoning,
            sum(costs) if costs else None,
            self.estimated or other.estimated,
        )
