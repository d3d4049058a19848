"""A turn in a notebook, drawn with displays that are updated in place.

Per step a panel with the reasoning, the text as Markdown, and per call a card; what the code prints or plots appears
between them by itself, as from a cell of the user's own. What is published grows with what is shown, not with its
square: while the reasoning streams only its end is sent, and a streaming answer is sent again when it has grown by a
tenth.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..chat.events import Notice, Waiting
from . import html, plain
from .markdown import safe_markdown
from .publishing import Publish
from .publishing import publish as published
from .turn import Turn
from .words import notices, state, waited, waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..chat.events import Event
    from .turn import Call, Step

__all__ = ["NotebookView"]

#: Seconds between two updates of what streams.
_FRAME = 0.1
#: Seconds after which a streaming panel is drawn again even if little came, for its clock.
_TICK = 1.0
#: Characters of new reasoning that are worth an update: an update's size over this is what each one costs.
_WORTH = 150
#: By how much an answer grows between two updates; with g the sum of all updates is (1 + g) / g times the answer.
_GROWTH = 0.1


@dataclass(slots=True)
class _Display:
    """One display of ours: its id, and what of its subject has been shown."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    shown: bool = False
    at: float = -1e9
    length: int = 0
    final: bool = False
    state: Any = None


@dataclass(slots=True)
class _StepDisplays:
    reasoning: _Display = field(default_factory=_Display)
    text: _Display = field(default_factory=_Display)
    draft: _Display | None = None
    cards: list[_Display] = field(default_factory=list)


class NotebookView:
    """Draws a turn below a notebook's cell.

    Parameters
    ----------
    publish
        Shows a MIME bundle; by default IPython's display machinery.
    clock
        Seconds that only go forward.
    """

    def __init__(self, publish: Publish | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.turn = Turn(clock)
        self._publish = publish or published
        self._clock = clock
        self._steps: list[_StepDisplays] = []
        self._settled = 0
        self._notices: list[Notice] = []
        self._notice_display = _Display()
        self._wait: tuple[Waiting, _Display] | None = None
        self._closed = False

    def feed(self, event: Event) -> None:
        """Take an event in; nothing is displayed yet."""
        if self._closed:
            return
        self.turn.apply(event)
        if isinstance(event, Notice):
            self._notices.append(event)

    def flush(self) -> None:
        """Display what changed."""
        if self._closed:
            return
        while len(self._steps) < len(self.turn.steps):
            self._steps.append(_StepDisplays())
        for index in range(self._settled, len(self._steps)):
            self._step(self.turn.steps[index], self._steps[index], newest=index == len(self._steps) - 1)
        self._settled = max(0, len(self._steps) - 1)  # only the newest step still changes
        self._show_notices()
        self._show_wait()

    def close(self) -> None:
        """Display the final state, once."""
        if self._closed:
            return
        for event in self.turn.broken_off():
            self.feed(event)
        self.flush()
        self._show(_Display(), html.footer(self.turn), plain.footer(self.turn))
        self._closed = True

    # ---- a step ------------------------------------------------------------------------------------------------------

    def _step(self, step: Step, displays: _StepDisplays, *, newest: bool) -> None:
        over = not newest or self.turn.reason is not None or step.usage is not None
        self._reasoning(step, displays.reasoning, over=over)
        self._text(step, displays.text, over=over, paused=bool(step.calls or step.drafts))
        for index, call in enumerate(step.calls):
            if index == len(displays.cards):
                displays.cards.append(displays.draft or _Display())
                displays.draft = None
            self._card(step, call, displays.cards[index])
        self._draft(step, displays, over=over)

    def _reasoning(self, step: Step, display: _Display, *, over: bool) -> None:
        """Live while the model thinks; whole when it goes on to something else, and once more if it came back to it."""
        length = len(step.reasoning)
        if step.reasoning.blank:
            return
        if step.thinking and not over:
            if not display.final and self._due(display, length - display.length >= _WORTH):
                self._show(display, html.thinking(self.turn, step), plain.thinking(self.turn, step))
                display.length = length
        elif not display.final or (over and length != display.length):
            self._show(display, html.reasoning(self.turn, step), plain.reasoning(self.turn, step))
            display.final, display.length = True, length

    def _due(self, display: _Display, worth: bool) -> bool:
        passed = self._clock() - display.at
        return not display.shown or (worth and passed >= _FRAME) or passed >= _TICK

    def _text(self, step: Step, display: _Display, *, over: bool, paused: bool) -> None:
        """Now and then while it grows; whole when a call begins or the step is over."""
        length = len(step.text)
        if step.text.blank:
            return
        final = over or paused
        if final and display.final and (length == display.length or not over):
            return
        grown = length >= display.length * (1 + _GROWTH) and self._clock() - display.at >= _FRAME
        if not final and display.shown and not grown:
            return
        # While it streams nobody saves the plain text; it is only sent when it is final.
        said = plain.answer(step) if final else "…"
        self._send(display, {"text/markdown": safe_markdown(str(step.text)), "text/plain": said})
        display.final, display.length = final, length

    def _card(self, step: Step, call: Call, display: _Display) -> None:
        now = (call.status, call.decision, call.started, state(call))
        if display.state != now:
            display.state = now
            self._show(display, html.card(step, call), plain.card(step, call))

    def _draft(self, step: Step, displays: _StepDisplays, *, over: bool) -> None:
        if step.drafts and not (over or step.calls):  # else it would stand above the output of the call before
            displays.draft = displays.draft or _Display()
            length = sum(len(draft.arguments) for draft in step.drafts.values())
            if self._due(displays.draft, length - displays.draft.length >= _WORTH):
                self._show(displays.draft, html.draft(step), plain.draft(step))
                displays.draft.length = length
        elif displays.draft is not None and self._gone(step):
            self._show(displays.draft, html.abandoned(step), plain.abandoned(step))
            displays.draft = None

    def _gone(self, step: Step) -> bool:
        """Whether a step is past the point where its drafts could still become calls."""
        return self.turn.reason is not None or step is not self.turn.steps[-1]

    # ---- the rest ----------------------------------------------------------------------------------------------------

    def _show_notices(self) -> None:
        if self._notices and len(self._notices) > self._notice_display.length:
            lines = notices(self._notices)
            self._show(self._notice_display, html.notices(lines), plain.notices(lines))
            self._notice_display.length = len(self._notices)

    def _show_wait(self) -> None:
        """A countdown while nothing goes on; one line of it stays."""
        if self._wait is not None and self._wait[0] is not self.turn.waiting:
            event, display = self._wait
            lines = [("warning", waited(event))]
            self._show(display, html.notices(lines), plain.notices(lines))
            self._wait = None
        if self.turn.waiting is not None:
            self._wait = self._wait or (self.turn.waiting, _Display())
            said = waiting(self.turn)
            if self._wait[1].state != said:
                self._wait[1].state = said
                self._show(self._wait[1], html.notices([("warning", said)]), plain.notices([("warning", said)]))

    def _show(self, display: _Display, page: str, text: str) -> None:
        self._send(display, {"text/html": page, "text/plain": text})

    def _send(self, display: _Display, bundle: dict[str, Any]) -> None:
        self._publish(bundle, display_id=display.id, update=display.shown)
        if not display.shown and display is not self._notice_display:
            # Later notices go below what is shown now.
            self._notices = self._notices[self._notice_display.length :]
            self._notice_display = _Display()
        display.shown, display.at = True, self._clock()
