"""Pieces of OpenRouter's ``reasoning_details`` to whole details, which are replayed as they came (protocol §2.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["Details"]


class Details:
    """The details of one reply. Pieces of one detail have its index and type; their texts are one text."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, str], dict[str, Any]] = {}
        self._pieces: dict[tuple[str, str], dict[str, list[str]]] = {}

    def add(self, details: Iterable[dict[str, Any]]) -> None:
        """Take the details of a delta in."""
        for detail in details:
            key = (str(detail.get("index")), str(detail.get("type")))
            whole, pieces = self._whole.setdefault(key, {}), self._pieces.setdefault(key, {})
            for name, value in detail.items():
                if name in ("text", "summary", "data") and isinstance(value, str):
                    pieces.setdefault(name, []).append(value)
                    whole.setdefault(name, "")  # keeps its place among the keys
                elif value is not None:
                    whole[name] = value
                else:
                    whole.setdefault(name, None)

    def merged(self, *, but_text: bool) -> tuple[dict[str, Any], ...]:
        """The details, without those of plain text if markers were taken out of the reasoning they repeat."""
        return tuple(
            whole | {name: "".join(parts) for name, parts in self._pieces[key].items()}
            for key, whole in self._whole.items()
            if not (but_text and "text" in whole)
        )
