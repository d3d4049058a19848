"""A finished turn as static bundles, readable with no kernel and no widget (design §5.6).

A notebook keeps them: HTML for everyone, the turn's events for the labextension, which draws them with the live view,
and the answer as Markdown of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import html, plain, words
from .markdown import safe_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .transcript import Transcript
    from .turn import Call, Step, Turn

__all__ = ["MIME", "record", "saved", "times"]

MIME = "application/vnd.kimi-jupyter.turn+json"
#: Characters of all reasoning that a notebook keeps; the conversation's store has the rest.
_REASONING = 200_000
_NOT_SAVED = "[not saved in the notebook]"


def record(turn: Turn, *, thoughts: int = _REASONING, answer: bool = True) -> dict[str, str]:
    """A MIME bundle of a turn: reasoning folded, steps with code, decision and result, the answer, what it took.

    Parameters
    ----------
    turn
        A turn that has ended.
    thoughts
        Characters of reasoning that are told, over all steps.
    answer
        Whether the answer is told; ``False`` where it is shown apart.

    Returns
    -------
    dict of str to str
        ``text/html`` and ``text/plain``.
    """
    said = [step for step in turn.steps if answer or step is not _answering(turn)]
    return {
        "text/html": "\n".join(_pages(turn, said, _shares(turn, thoughts))),
        "text/plain": "\n\n".join(_texts(turn, said, _shares(turn, thoughts))),
    }


def saved(
    turn: Turn, transcript: Transcript, *, reasoning: bool = True
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What a notebook keeps of a turn: the record, and below it the answer.

    Parameters
    ----------
    turn
        A turn that has ended.
    transcript
        Its events.
    reasoning
        Whether the reasoning is kept.

    Returns
    -------
    tuple of dict and (dict or None)
        Two MIME bundles; ``None`` in place of the second where there is no answer.
    """
    thoughts = _REASONING if reasoning else 0
    bundle: dict[str, Any] = dict(record(turn, thoughts=thoughts, answer=False))
    events = [_kept(event) for event in transcript.events()]
    bundle[MIME] = {
        "version": 1,
        "events": list(_with_thoughts(events, _shares(turn, thoughts))),
        **times(turn),
    }
    json.dumps(bundle[MIME])  # what can't be saved should fail here and not when the notebook is saved
    step = _answering(turn)
    if step is None:
        return bundle, None
    text = str(step.text)
    return bundle, {"text/markdown": safe_markdown(text), "text/plain": plain.answer(step)}


def times(turn: Turn) -> dict[str, Any]:
    """How long a turn took so far, in seconds: in all, and thinking in each step. Its events don't tell."""
    return {
        "seconds": round(turn.seconds, 3),
        "thought": {str(step.number): round(turn.thought_seconds(step), 3) for step in turn.steps},
    }


def _answering(turn: Turn) -> Step | None:
    """The step whose text is the answer: the last one, if it said something and called nothing."""
    last = turn.steps[-1] if turn.steps else None
    return last if last is not None and not last.text.blank and not last.calls else None


def _shares(turn: Turn, thoughts: int) -> dict[int, int]:
    """Characters of reasoning for each step: all of it, or of too much the same share of each."""
    total = sum(len(step.reasoning) for step in turn.steps)
    part = 1.0 if total <= thoughts else thoughts / total
    return {step.number: int(len(step.reasoning) * part) for step in turn.steps}


def _kept(event: dict[str, Any]) -> dict[str, Any]:
    """An event as it is saved: what was sent by its parts only, the notebook and the data are there to be read."""
    return event | {"text": ""} if event["type"] == "sent" else event


def _with_thoughts(events: list[dict[str, Any]], shares: dict[int, int]) -> Iterator[dict[str, Any]]:
    """The events with each step's reasoning cut to its share."""
    step, left = 1, shares.get(1, 0)
    for event in events:
        if event["type"] == "step_started":
            step = event["step"]
            left = shares.get(step, 0)
        if event["type"] == "reasoning_delta":
            text = event["text"]
            yield event | {"text": text if len(text) <= left else f"{text[:left]} {_NOT_SAVED}".strip()}
            left = max(0, left - len(text))
        else:
            yield event


def _thought(step: Step, share: int) -> str:
    text = str(step.reasoning)
    return text if len(text) <= share else f"{text[:share]} {_NOT_SAVED}".strip()


def _pages(turn: Turn, said: list[Step], shares: dict[int, int]) -> Iterator[str]:
    for step in turn.steps:
        if step.notes:
            yield html.notices([("info", words.added(note)) for note in step.notes])
        if not step.reasoning.blank:
            yield html.reasoning(turn, step, _thought(step, shares[step.number]))
        if step in said and not step.text.blank:
            yield html.answer(str(step.text).strip("\n"))
        for call in step.calls:
            yield html.card(step, call, result=_result(call))
    if turn.notices:
        yield html.notices(words.notices(turn.notices))
    yield html.footer(turn)


def _texts(turn: Turn, said: list[Step], shares: dict[int, int]) -> Iterator[str]:
    for step in turn.steps:
        yield from (plain.notices([("info", words.added(note))]) for note in step.notes)
        if not step.reasoning.blank:
            yield plain.reasoning(turn, step, _thought(step, shares[step.number]))
        if step in said and not step.text.blank:
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
