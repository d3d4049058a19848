"""How endpoints differ in saying the same: the table of protocol §3.4. Imports nothing of ours.

What the notes do not tell of an endpoint follows Moonshot's grammar (protocol §3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

__all__ = ["DIALECTS", "Dialect", "call_id"]

_ANY_REASONING = ("reasoning_content", "reasoning", "reasoning_details")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One endpoint's way.

    Attributes
    ----------
    name
        What ``OfflineServer(dialect=…)`` takes.
    reasoning
        Fields that carry the reasoning, all at once.
    replayed
        Fields of which one must bring the reasoning back with tool calls.
    every_role
        Whether each delta has ``role``, and no chunk of its own opens the stream.
    beside_reasoning, beside_calls
        What stands in ``content`` beside the two; ``...`` means no such key.
    leading_space
        Whether reasoning and answer begin with a space, as on servers that keep the template's (protocol §3.1).
    separator
        Whether an empty delta ends the reasoning.
    call_id
        Form of a call's id, with ``name``, ``number`` (over the conversation), ``place`` (in the message), ``digest``.
    arguments
        ``tokens``: empty first, then one fragment a token. ``object``: empty first, then all in one fragment.
        ``absent``: as ``tokens``, without the empty first. ``whole``: all in the first delta.
    later_call, later_function
        What a call's later deltas repeat beside the index and the fragment.
    finishes
        How often the finish chunk comes.
    usage
        ``choice``: in the finish chunk's choice, and on a chunk of its own if asked for. ``chunk``: only there, if
        asked for. ``finish``: on one more chunk with the finish reason. ``x_groq``: in the finish chunk's ``x_groq``.
    usage_form
        ``flat`` (``cached_tokens``), ``details`` (nested), ``both``, ``cost`` (nested, with the charge).
    chunk_id, later_id
        Form of the id, and of that after the first chunk if it changes.
    comment
        A keep-alive before the first event.
    extra
        More keys of every chunk.
    native_finish
        Whether ``native_finish_reason`` stands beside ``finish_reason``.
    aliases
        Whether models have names with a publisher in front.
    reused_ids
        Whether ids of calls come again in later messages, so that a history may hold one twice.
    """

    name: str
    reasoning: tuple[str, ...] = ("reasoning_content",)
    replayed: tuple[str, ...] = _ANY_REASONING
    every_role: bool = False
    beside_reasoning: Any = ...
    beside_calls: Any = ...
    leading_space: bool = False
    separator: bool = False
    call_id: str = "functions.{name}:{number}"
    arguments: Literal["tokens", "object", "absent", "whole"] = "tokens"
    later_call: Mapping[str, Any] = field(default_factory=dict)
    later_function: Mapping[str, Any] = field(default_factory=dict)
    finishes: int = 1
    usage: Literal["choice", "chunk", "finish", "x_groq"] = "chunk"
    usage_form: Literal["flat", "details", "both", "cost"] = "details"
    chunk_id: str = "chatcmpl-{digest}"
    later_id: str = ""
    comment: bytes = b""
    extra: Mapping[str, Any] = field(default_factory=dict)
    native_finish: bool = False
    aliases: bool = True
    reused_ids: bool = False


_MOONSHOT: dict[str, Any] = {"replayed": ("reasoning_content",), "usage": "choice", "aliases": False}

_TABLE = (
    Dialect(
        "moonshot",
        call_id="{name}:{number}",
        usage_form="flat",
        extra={"system_fingerprint": "fpv0_10a6da87"},
        **_MOONSHOT,
    ),
    Dialect(
        "moonshot-k3",
        call_id="{name}_{number}",
        separator=True,
        arguments="object",
        usage_form="both",
        chunk_id="chatcmpl-{uuid}",
        **_MOONSHOT,
    ),
    Dialect(
        "openrouter",
        reasoning=("reasoning", "reasoning_details"),
        every_role=True,
        beside_reasoning="",
        beside_calls=None,
        leading_space=True,
        usage="finish",
        usage_form="cost",
        chunk_id="gen-{created}-{digest:.20}",
        comment=b": OPENROUTER PROCESSING\n\n",
        extra={"provider": "Offline"},
        native_finish=True,
    ),
    Dialect("vllm", reasoning=("reasoning",), leading_space=True),
    Dialect("sglang", beside_reasoning=None, beside_calls=None, leading_space=True),
    Dialect("together", reasoning=("reasoning",), beside_reasoning="", beside_calls="", call_id="call_{digest}"),
    Dialect("chutes", beside_reasoning="", later_call={"id": None}, later_function={"name": None}),
    Dialect("deepinfra", call_id="{place}", arguments="whole", finishes=2, reused_ids=True),
    Dialect("groq", reasoning=("reasoning",), arguments="whole", usage="x_groq"),
    Dialect(
        "avian",
        reasoning=("reasoning_content", "reasoning_details"),
        beside_reasoning=" ",
        beside_calls=" ",
        later_id="gen-{digest}",
    ),
)

#: Every dialect by its name.
DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in _TABLE})


def call_id(dialect: Dialect, name: str, place: int, *, first: int, digest: str) -> str:
    """The id of a message's call number ``place``; ``first`` is the conversation's next number."""
    return dialect.call_id.format(name=name, number=first + place, place=place, digest=f"{digest[:20]}{place:04x}")
