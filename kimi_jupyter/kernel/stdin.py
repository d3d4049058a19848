"""Asking on stdin whether code may run: wherever there is somebody at a keyboard and no widget.

The code itself is shown by the view before; here is only the question. Nothing but an exact answer runs anything.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from ..agent.budget import GO_ON
from ..agent.gate import Answer
from ..agent.source import Refusal, canonical
from ..chat.events import CallProposed
from ..chat.visible import visible
from .interrupts import Interrupts

__all__ = ["StdinAsker", "parse_answer"]

_QUESTION = "Run this? [y]es, [e]dit, [n]o (and why), [a]ll the rest of this turn: "
_GO_ON = "Go on? [y]es, [n]o: "
_AGAIN = "Please answer y, e, n or a: "
#: Answers that are none of these, before it counts as a no.
_TRIES = 3


def parse_answer(text: str) -> Answer | None:
    """What an answer means; ``None`` where it means nothing, which is never a yes."""
    word, _, rest = text.strip().partition(" ")
    match word.lower().rstrip(".,:;!"):
        case "y" | "yes" | "run" if not rest.strip():
            return Answer("run")
        case "a" | "rest" | "all" if not rest.strip():
            return Answer("rest")
        case "e" | "edit" if not rest.strip():
            return Answer("edit")
        case "n" | "no":
            return Answer("deny", reason=rest.strip())
        case _:
            return None


class StdinAsker:
    """Asks one question at a time with ``input()``.

    Parameters
    ----------
    shell
        The IPython shell.
    interrupts
        The turn's, so that ■ gets a waiting question off the screen.
    undo
        Tells, for a call's code, what Undo could put back, in one line.
    """

    def __init__(self, shell: Any, interrupts: Interrupts, undo: Callable[[str], str] = lambda _: "") -> None:
        self._shell = shell
        self._interrupts = interrupts
        self._undo = undo

    async def ask(self, proposal: CallProposed) -> Answer | None:
        """Ask about a call, on the main thread. ``None`` where nobody can be asked."""
        started = time.monotonic()
        with self._interrupts.raising():
            answer = self._ask(proposal)
        if answer is None:
            return None
        return Answer(answer.verdict, answer.code, answer.reason, round(time.monotonic() - started, 3))

    def _ask(self, proposal: CallProposed) -> Answer | None:
        question = _GO_ON if proposal.name == GO_ON else _QUESTION.replace("[e]dit, ", "")
        if proposal.code is not None:
            undo = visible(self._undo(proposal.code))
            question = f"{undo}\n{_QUESTION}" if undo else _QUESTION
        for _ in range(_TRIES):
            text = self._input(question)
            if text is None:
                return None
            answer = parse_answer(text)
            if answer is not None and answer.verdict == "edit":
                answer = self._edit(proposal.code) if proposal.code is not None else None
            if answer is not None:
                return answer
            question = _AGAIN
        return Answer("deny", reason="No clear answer was given.")

    def _input(self, prompt: str) -> str | None:
        from IPython.core.error import StdinNotImplementedError

        if not hasattr(self._shell, "kernel") and not sys.stdin.isatty():
            return None  # piped input is a script, not a person; none of its lines may count as an answer
        try:
            return input(prompt)
        except (StdinNotImplementedError, EOFError):
            return None

    # ---- editing -----------------------------------------------------------------------------------------------------

    def _edit(self, code: str) -> Answer | None:
        """The user's version of the code, or ``None`` to go back to the question."""
        text = self._edit_in_terminal(code) if _has_editor(self._shell) else self._edit_by_lines(code)
        if text is None:
            return None
        if not text.strip():
            self._shell.set_next_input(code)
            return Answer("deny", reason="The user takes the code into a cell of their own, to edit and run it there.")
        source = canonical(text)
        if isinstance(source, Refusal):
            print(f"That can't run: {visible(source.message)}")  # noqa: T201 - said to the user at the prompt
            return None
        return Answer("edit", source.text)

    def _edit_in_terminal(self, code: str) -> str | None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.lexers import PygmentsLexer
        from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

        session: PromptSession[str] = PromptSession(
            "edit> ", multiline=True, lexer=PygmentsLexer(PythonLexer), bottom_toolbar="Alt+Enter or Esc Enter: run it"
        )
        try:
            return session.prompt(default=code.rstrip("\n"), in_thread=True)
        except EOFError:
            return None

    def _edit_by_lines(self, code: str) -> str | None:
        """A line box can't hold code to edit, so the new code is typed in; several lines may be pasted or typed on."""
        lines: list[str] = []
        prompt = "New code (empty: put this code into a cell below): "
        while True:
            text = self._input(prompt)
            if text is None:
                return None
            if not text.strip():
                return "\n".join(lines)
            lines.append(text)
            status, _ = self._shell.check_complete("\n".join(lines))
            if status != "incomplete":
                return "\n".join(lines)
            prompt = "… "


def _has_editor(shell: Any) -> bool:
    return not hasattr(shell, "kernel") and getattr(shell, "pt_app", None) is not None and sys.stdin.isatty()
