"""Whether a question is asked again, or its stored answer replayed.

A question is the same if its words, the model, its options and the questions before it in this kernel are; what goes
along with it is compared apart. Names of endpoint and model count as they are set, not as they turn out: a replay needs
neither key nor network.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from typing import TYPE_CHECKING, Any, Literal

from ..errors import SettingsError
from ..settings import Settings

if TYPE_CHECKING:
    from ..context import Context
    from ..store import AnsweredTurn, Store
    from .session import Options

__all__ = ["Asked", "Mode", "Rerunning", "day", "mode_of", "somebody_there"]

Mode = Literal["changed", "always", "never"]
#: How long a cell took, in its heading: no run takes as long as the one before.
_TIMES = re.compile(r"(?m)^(## Cell .*?)(?:, took [\d,]+ s(?=\)$)| \(took [\d,]+ s\)$)")
#: The number of a cell, in its heading: at the keyboard cells are run more than once.
_NUMBERS = re.compile(r"(?m)^(## \w+) \[\d+\]")
#: What did not run: only the notebook's file tells of it, and where nobody is there, nobody may say which file it is.
_NOT_RUN = ("## Markdown [ ]", "## Cell [ ]")


def somebody_there(shell: Any) -> bool:
    """Whether anybody can be asked: the front end of this cell takes input, or there is a terminal."""
    kernel = getattr(shell, "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False)) if kernel is not None else sys.stdin.isatty()


def mode_of(option: str, settings: Settings, shell: Any) -> Mode:
    """When this question is asked again: as its option says, else as set, else by whether anybody is there."""
    chosen: Any = option or settings.rerun or ("always" if somebody_there(shell) else "changed")
    mode: Mode = chosen
    return mode


class Asked:
    """What was asked, as digests.

    Attributes
    ----------
    question
        The words and the options, by themselves.
    asked
        The same behind the questions before it; what a stored turn is found by.
    sent
        What goes along.
    """

    def __init__(self, question: str, before: str, sent: str) -> None:
        self.question = question
        self.before = before
        self.asked = _digest(question, before)
        self.sent = sent


class Rerunning:
    """The questions of this kernel, as far as replay needs to know them."""

    def __init__(self) -> None:
        self._last: dict[str, Asked] = {}

    def asked(self, prompt: str, options: Options, settings: Settings, context: Context, conversation: str) -> Asked:
        """A question as it is to be found again.

        Parameters
        ----------
        prompt, options
            The question.
        settings
            What the user has set.
        context
            What goes along.
        conversation
            Its conversation, ``""`` for a new one.
        """
        question = _digest(
            prompt.strip(),
            options.provider or settings.provider,
            options.model or settings.model,
            settings.base_url,
            settings.thinking,
            settings.effort,
            options.max_steps,
            options.context,
            options.detail,
            options.cells,
        )
        last = self._last.get(conversation)
        before = "" if last is None else last.before if last.question == question else last.asked
        return Asked(question, before, _digest(*_what_counts(context)))

    def note(self, asked: Asked, conversation: str) -> None:
        """It was asked; what is asked next follows it. The same question again takes its own place."""
        self._last[conversation] = asked

    def find(self, asked: Asked, mode: Mode, store: Store) -> tuple[AnsweredTurn | None, str]:
        """The turn to replay, or ``None`` and in a line for the user why it is asked again.

        Raises
        ------
        SettingsError
            It is never to be asked again, and there is no stored answer.
        """
        if mode == "always":
            return None, ""
        known = store.answered(asked.asked)
        if mode == "never":
            if not known:
                raise SettingsError("There is no stored answer to this question here; --rerun always asks it.")
            return known[0], ""
        same = next((turn for turn in known if turn.sent == asked.sent), None)
        if same is None and known:
            return None, f"Asked again: what goes along with it has changed since {day(known[0].started)}."
        return same, ""


def _what_counts(context: Context) -> list[str]:
    """What goes along, as far as another run of the same notebook has the same."""
    ran = [part.text for part in context.parts if not part.text.startswith(_NOT_RUN)]
    return [_NUMBERS.sub(r"\1", _TIMES.sub(r"\1", text)) for text in ran]


def day(at: str) -> str:
    """A stored time for people: ``2026-11-24 12:30 UTC``."""
    return f"{at[:10]} {at[11:16]} UTC"


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
