"""A turn in a terminal: text that is only ever added to.

What the model, data or a tool wrote has its controls written out, so nothing of it reaches the terminal as a command;
the only escape sequences are our own colours, and those only where they are wanted. Imports no IPython.
"""

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING, TextIO

from ..agent.plan import PLAN
from ..chat.events import (
    CallDrafted,
    CallFinished,
    CallProposed,
    Decided,
    Notice,
    ReasoningDelta,
    StepStarted,
    TextDelta,
    TurnEnded,
    Waiting,
)
from ..chat.visible import visible
from . import plain, words
from .highlight import highlight_terminal
from .turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..chat.events import Event
    from .turn import Call, Step

__all__ = ["TerminalView"]

_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
_COLOURS = {"waits": _BOLD, "runs": _DIM, "ok": _GREEN, "bad": _RED, "no": _YELLOW}
# An end that the next piece may still change: parts of an emoji, a letter before a joiner, blank lines.
_UNFINISHED = re.compile(
    "[\n0-9#*\u00a9\u00ae\u0600-\u0dff\u200c\u200d\u203c-\u21ff\u2300-\u2bff\u3030-\u3299\ufe0e\ufe0f"
    "\U0001f000-\U0001faff\U000e0020-\U000e007f]{1,32}\\Z"
)


class TerminalView:
    """Writes a turn to a stream as it comes.

    Parameters
    ----------
    stream
        Where to; by default what ``sys.stdout`` is now.
    color
        Whether to use colours; by default on a terminal where ``NO_COLOR`` is not set.
    clock
        Seconds that only go forward.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        color: bool | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.turn = Turn(clock)
        self._stream = stream or sys.stdout
        self._color = _wants_color(self._stream) if color is None else color
        self._events: list[Event] = []
        self._out: list[str] = []
        self._speaker = ""
        self._held = ""
        self._closed = False

    def feed(self, event: Event) -> None:
        """Take an event in; nothing is written yet."""
        if not self._closed and self.turn.reason is None:
            self.turn.apply(event)
            self._events.append(event)

    def flush(self) -> None:
        """Write what came."""
        events, self._events = self._events, []
        for event in events:
            self._write(event)
        text = "".join(self._out)
        self._out.clear()
        if text:
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()

    def close(self) -> None:
        """Write how it ended, once."""
        if self._closed:
            return
        for event in self.turn.broken_off():
            self.feed(event)
        self.flush()
        self._closed = True

    def _write(self, event: Event) -> None:
        match event:
            case ReasoningDelta(text=text):
                self._say("Thinking", text, _DIM)
            case TextDelta(text=text):
                self._say("", text, "")
            case CallDrafted():
                self._note_draft()
            case StepStarted():
                self._end_paragraph()
            case CallProposed() | Decided() | CallFinished() if found := self.turn.find(event.call):
                self._call(event, *found)
            case Notice():
                self._line(plain.notices([(event.level, event.text)]), _YELLOW if event.level == "warning" else _DIM)
            case Waiting():
                self._line(plain.notices([("warning", words.waiting(self.turn) or words.waited(event))]), _YELLOW)
            case TurnEnded():
                self._footer()
            case _:
                pass

    # ---- what is said ------------------------------------------------------------------------------------------------

    def _say(self, heading: str, text: str, colour: str) -> None:
        """Go on with the reasoning or the answer; blank beginnings are not shown."""
        speaker = heading or "answer"
        if self._speaker != speaker:
            self._end_paragraph()
            text = text.lstrip("\n") if text.strip() else ""
            if not text:
                return
            self._speaker = speaker
            if heading:
                self._out.append(self._paint(heading, _BOLD) + "\n")
        text = self._held + text
        unfinished = _UNFINISHED.search(text)
        self._held = unfinished[0] if unfinished else ""
        self._out.append(self._paint(visible(text[: len(text) - len(self._held)]), colour))

    def _end_paragraph(self) -> None:
        if self._speaker:
            self._out.append(self._paint(visible(self._held.rstrip("\n")), _DIM if self._speaker == "Thinking" else ""))
            self._out.append("\n\n" if self._speaker in ("Thinking", "answer") else "\n")
        self._speaker, self._held = "", ""

    def _line(self, text: str, colour: str = "") -> None:
        self._end_paragraph()
        self._out.append(self._paint(text, colour) + "\n")

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._color and colour and text else text

    # ---- calls -------------------------------------------------------------------------------------------------------

    def _note_draft(self) -> None:
        if self._speaker != "draft":
            self._end_paragraph()
            self._speaker = "draft"
            self._out.append(self._paint("Writing code…", _DIM))

    def _call(self, event: CallProposed | Decided | CallFinished, step: Step, call: Call) -> None:
        match event:
            case CallProposed():
                head, *rest = plain.card_head(step, call, proposed=True).split("\n")
                self._line(head, _BOLD)
                for line in rest:
                    self._line(line)
                if event.name != PLAN:  # what it is after the call is said below
                    self._code(words.arguments(call) if event.code is None else event.code)
            case Decided(verdict="edit", code=code):
                self._line("Edited by you; this runs:", _BOLD)
                self._code(code or "")
            case CallFinished():
                self._line(f"→ {plain.card_state(call)}", _COLOURS[words.state(call)[0]])
                if result := words.result_of(call) or words.checklist(call):
                    self._line(visible(result), _DIM)

    def _code(self, code: str) -> None:
        shown = highlight_terminal(code) if self._color else visible(code)
        lines = shown.strip("\n").split("\n") if shown.strip("\n") else []
        self._out.extend(f"    {line}\n" for line in lines)

    def _footer(self) -> None:
        said = words.ending(self.turn)
        self._end_paragraph()
        if said:
            self._line(visible(said), _RED if self.turn.reason == "failed" else _YELLOW)
        self._line(visible(words.footer(self.turn)), _DIM)


def _wants_color(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
