"""Whether code would run as it is written: hooks that an earlier run may have left in the shell (hazards §2.4).

What runs skips IPython's input transformers, but its AST transformers and what is called before a cell still apply.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Hooks"]

#: Whose hooks are no news: IPython's own extensions and this package.
_KNOWN = ("IPython.", "ipykernel.", "kimi_jupyter.")
#: Names that are told.
_TOLD = 4


class Hooks:
    """What stands between the code on screen and what runs. Make it before any code of a model's ran.

    Parameters
    ----------
    shell
        The IPython shell.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._there = {id(hook) for _, hook in self._now()}
        self._print = builtins.print

    @property
    def line(self) -> str:
        """A warning in one line, ``""`` where nothing has changed."""
        new = [
            f"{kind} {_name(hook)}" for kind, hook in self._now() if id(hook) not in self._there and not _known(hook)
        ]
        if builtins.print is not self._print or "print" in self._shell.user_ns:
            new.append("print is another")
        if not new:
            return ""
        told = ", ".join(new[:_TOLD]) + (f" and {len(new) - _TOLD} more" if len(new) > _TOLD else "")
        return f"Careful: code that ran here has changed how code runs ({told})."

    def _now(self) -> Iterator[tuple[str, Any]]:
        yield from (("AST transformer", one) for one in self._shell.ast_transformers)
        for event in ("pre_execute", "pre_run_cell"):
            yield from ((f"{event} hook", one) for one in self._shell.events.callbacks[event])
        if "run_cell_async" in vars(self._shell):
            yield "run_cell_async is", self._shell.run_cell_async


def _name(hook: Callable[..., object]) -> str:
    name = getattr(hook, "__qualname__", "") or type(hook).__qualname__
    return str(name)[:60]


def _known(hook: Callable[..., object]) -> bool:
    module = getattr(hook, "__module__", "") or type(hook).__module__
    return isinstance(module, str) and module.startswith(_KNOWN)
