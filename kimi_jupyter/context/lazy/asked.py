"""Questions that may need a file, a server or a user's function: an answer in time, or words for why there is none.

Imports no data library.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ..identity import type_name
from ..terms import Terms
from ..within import Late, within

__all__ = ["SECONDS", "answer", "asked"]

T = TypeVar("T")

#: How long one such question may take, and how short that may become when the time for the context runs out.
SECONDS, _LEAST = 0.5, 0.05


def asked(what: str, question: Callable[[], T], terms: Terms) -> tuple[T | None, tuple[str, ...]]:
    """The answer; or ``None``, and why there is none: ``schema not known within 0.5 s``."""
    left = terms.deadline - time.monotonic()
    try:
        return within(max(_LEAST, min(SECONDS, left)), question), ()
    except Late as late:
        return None, (f"{what} {late}",)
    except Exception as error:  # noqa: BLE001 - a border: a library that can't tell is no reason not to tell the rest
        return None, (f"{what} not known ({type_name(error)})",)


def answer(question: Callable[[], T], terms: Terms) -> T | None:
    """As :func:`asked`, of what is worth no words if it isn't known."""
    return asked("", question, terms)[0]
