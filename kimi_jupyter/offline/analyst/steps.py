"""The two things the analyst can do next: let a piece of code be run, or answer."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Answer", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """Code to run, why, in one sentence for the user, and the thinking that led to it."""

    code: str
    purpose: str
    thought: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in Markdown, and the thinking that led to it."""

    text: str
    thought: str
