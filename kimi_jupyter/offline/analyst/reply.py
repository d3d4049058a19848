"""From a request to a reply: finds the place in the work again, and takes one step."""

from __future__ import annotations

from typing import Any

from ..reply import Reply
from .calling import called
from .desk import Answer, Step
from .fallback import who_i_am
from .markdown import FOOTER, printed
from .plan import work
from .talk import Talk, read_talk

__all__ = ["reply_to"]

#: What our client says of a run that printed nothing.
_SILENT = "(it ran without output)"


def reply_to(body: dict[str, Any]) -> Reply:
    """The next step's call, or the answer."""
    talk = read_talk(body)
    if not talk.turns:
        return _said(Answer(who_i_am(), "There is no question."))
    own = called(body, talk.tool)
    if own is not None:
        return own
    done = _next(talk)
    if isinstance(done, Answer):
        return _said(done)
    assert talk.tool is not None
    return Reply(done.thought, "", ((talk.tool.name, talk.tool.arguments(done.code, done.purpose)),))


def _next(talk: Talk) -> Step | Answer:
    """What comes after the results that the turn has so far.

    After a result of edited code the figures may be others than the recipe looks for, so they are shown as they are.
    """
    course = work(talk)
    edited: str | None = None
    try:
        item = next(course)
        for result in talk.turns[-1].results:
            if result.edited and not result.error:
                edited = result.text
            item = course.send(result)
    except StopIteration as stop:
        answer: Answer = stop.value
        return answer if edited is None else _as_edited(edited, answer)
    return item


def _as_edited(text: str, answer: Answer) -> Answer:
    thought = f"The user edited the code; its output may mean something else than mine would. {answer.thought}"
    if not text.strip() or text.strip() == _SILENT:
        return Answer(f"You edited the code, and your version printed nothing. Besides that:\n\n{answer.text}", thought)
    return Answer(f"You edited the code, so I report what your version printed:\n\n{printed(text)}", thought)


def _said(answer: Answer) -> Reply:
    return Reply(answer.thought, f"{answer.text.strip()}\n\n{FOOTER}")
