"""What is sent along with a question: cells and values, described within a budget."""

from __future__ import annotations

from .describe import describe

__all__ = ["describe"]
