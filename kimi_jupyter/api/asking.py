"""One question from any Python: a session for as long as it takes. Imports no IPython."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from ..kernel.bridge import drive
from ..settings import Settings
from .answer import Answer
from .approval import Mode
from .remembered import named
from .session import OnEvent, Session

__all__ = ["aask", "ask"]


def ask(
    prompt: str,
    *values: object,
    namespace: dict[str, Any] | None = None,
    approve: Mode = "never",
    on_event: OnEvent | None = None,
    tools: Iterable[Callable[..., Any]] = (),
    provider: str = "",
    model: str = "",
    settings: Settings | None = None,
) -> Answer:
    """Ask one question, from any Python. No code runs unless ``approve`` allows it.

    Parameters
    ----------
    prompt
        The question.
    values
        Values it is about. The model knows them by the names they have where this is called.
    namespace, approve, on_event, tools, provider, model, settings
        As :class:`Session` takes them.

    Returns
    -------
    Answer
        The text, what ran, and what it took.

    Raises
    ------
    KimiError
        There is no answer; why is said in one line.
    KeyboardInterrupt
        Ctrl-C was pressed.

    Examples
    --------
    >>> from kimi_jupyter import ask
    >>> temperatures = {"Oslo": 5.7, "Rome": 15.2}
    >>> answer = ask("What is in temperatures?", temperatures, provider="offline")
    >>> answer.complete, answer.usage.cost
    (True, 0.0)
    """
    with Session(
        namespace,
        approve=approve,
        on_event=on_event,
        tools=tools,
        provider=provider,
        model=model,
        settings=settings,
    ) as session:
        return drive(session._ask(prompt, named(values, sys._getframe(1)), blocking=True))


async def aask(
    prompt: str,
    *values: object,
    namespace: dict[str, Any] | None = None,
    approve: Mode = "never",
    on_event: OnEvent | None = None,
    tools: Iterable[Callable[..., Any]] = (),
    provider: str = "",
    model: str = "",
    settings: Settings | None = None,
) -> Answer:
    """:func:`ask`, with the event loop free while the model thinks. Code runs on the loop's thread."""
    with Session(
        namespace,
        approve=approve,
        on_event=on_event,
        tools=tools,
        provider=provider,
        model=model,
        settings=settings,
    ) as session:
        return await session._ask(prompt, named(values, sys._getframe(1)), blocking=False)
