"""What the store tells, as plain values. Imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AllowedCode", "AnsweredTurn", "AuditEntry", "Hit", "StoredConversation", "StoredTurn"]


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as the store knows it; times are UTC, ISO 8601."""

    id: str
    notebook: str
    title: str
    created: str
    updated: str
    turns: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as the store knows it. ``ended`` and ``reason`` are ``None`` if nobody saw its end."""

    id: str
    seq: int
    prompt: str
    provider: str
    model: str
    started: str
    ended: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found.

    Attributes
    ----------
    conversation, title, notebook
        Where it was said.
    turn
        The turn's id, ``""`` outside of one.
    number
        The turn's number in its conversation, from 1; 0 outside of one.
    message
        The message's number in its conversation.
    place
        ``"question"``, ``"context"``, ``"answer"``, ``"reasoning"``, ``"code"`` or ``"result"``.
    snippet
        The passage, on one line, cut to its middle.
    text
        All of the place's text.
    at
        When the turn began; UTC, ISO 8601.
    """

    conversation: str
    title: str
    notebook: str
    turn: str
    number: int
    message: int
    place: str
    snippet: str
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A line of the audit.

    Attributes
    ----------
    seq
        Its place in the chain, from 1.
    at
        UTC, ISO 8601.
    kind
        ``"proposed"``, ``"decided"``, ``"started"``, ``"finished"``, ``"forgotten"`` or ``"salvaged"``.
    turn, call
        Which call it is about.
    facts
        What was noted; texts as their SHA-256.
    hash
        Covers all of the above and the hash before.
    """

    seq: int
    at: str
    kind: str
    turn: str
    call: str
    facts: dict[str, object]
    hash: str


@dataclass(frozen=True, slots=True)
class AnsweredTurn:
    """A turn that was answered: when, by whom, and the digest of what went out with its question."""

    id: str
    sent: str
    started: str
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class AllowedCode:
    """Code that the user of this store allowed.

    Attributes
    ----------
    code
        As it ran, an edit included.
    decider
        Who allowed it (:class:`~kimi_jupyter.chat.events.Decided`).
    at
        When; UTC, ISO 8601.
    notebook
        Where, ``""`` where that is not known.
    status, result
        How its run ended, ``None`` if nobody saw that, and what the model was told of it.
    """

    code: str
    decider: str
    at: str
    notebook: str
    status: str | None
    result: str
