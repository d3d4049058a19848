"""Tab completion of commands, options, endpoints and models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..providers import PROVIDERS

if TYPE_CHECKING:
    from .magics import KimiMagics

__all__ = ["complete_kimi"]

_OPTIONS = {
    "--provider": None,
    "--model": None,
    "--new": (),
    "--no-context": (),
    "--detail": ("schema", "stats", "sample"),
    "--approve": ("ask", "auto", "never"),
    "--max-steps": (),
}


def complete_kimi(magics: KimiMagics) -> Callable[[Any, Any], list[str]]:
    """A ``complete_command`` hook for IPython."""

    def complete(_shell: Any, event: Any) -> list[str]:
        words = event.line.split()
        if event.line.endswith(" ") or not words:
            words.append("")
        before, word = words[1:-1], words[-1]
        return [name for name in _candidates(magics, event.line, before) if name.startswith(word)]

    return complete


def _candidates(magics: KimiMagics, line: str, before: list[str]) -> Sequence[str]:
    last = before[-1] if before else ""
    if last in ("--provider", "provider", "key"):
        return tuple(PROVIDERS)
    if last in ("--model", "model"):
        return _models(magics)
    if line.lstrip().startswith("%%"):
        return _OPTIONS.get(last) or tuple(name for name in _OPTIONS if name not in before)
    return magics.commands.names if not before else ()


def _models(magics: KimiMagics) -> Sequence[str]:
    row = PROVIDERS.get(magics.provider)
    rows = [row] if row is not None else list(PROVIDERS.values())
    return tuple(dict.fromkeys(model for row in rows for model in row.models.values()))
