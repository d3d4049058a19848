"""A finished turn as one static bundle, readable with no kernel and no widget (design §5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import html, plain, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .turn import Call, Turn

__all__ = ["record"]


def record(turn: Turn) -> dict[str, str]:
    """A MIME bundle of a turn: reasoning folded, steps with code, decision and result, the answer, what it took.

    Parameters
    ----------
    turn
        A turn that has ended.

    Returns
    -------
    dict of str to str
        ``text/html`` and ``text/plain``.
    """
    return {"text/html": "\n".join(_pages(turn)), "text/plain": "\n\n".join(_texts(turn))}


def _pages(turn: Turn) -> Iterator[str]:
    for step in turn.steps:
        if not step.reasoning.blank:
            yield html.reasoning(turn, step)
        if not step.text.blank:
            yield html.answer(str(step.text).strip("\n"))
        for call in step.calls:
            yield html.card(step, call, result=_result(call))
    if turn.notices:
        yield html.notices(words.notices(turn.notices))
    yield html.footer(turn)


def _texts(turn: Turn) -> Iterator[str]:
    for step in turn.steps:
        if not step.reasoning.blank:
            yield plain.reasoning(turn, step)
        if not step.text.blank:
            yield plain.answer(step)
        for call in step.calls:
            yield plain.card(step, call, result=_result(call))
    if turn.notices:
        yield plain.notices(words.notices(turn.notices))
    yield plain.footer(turn)


def _result(call: Call) -> str:
    """What the model was told: the record has no cell outputs beside it."""
    if call.status in ("ok", "error"):
        return words.cut(call.text.strip("\n"), words.RESULT_LENGTH)
    return words.result_of(call)
