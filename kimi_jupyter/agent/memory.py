"""Making room: what of a history can be left out of the next request, and what the model is told of it.

Only what is sent becomes shorter; the store keeps everything, and ``recall`` finds it. First goes the reasoning of
earlier questions, which the model is not shown again (protocol §8.3); then old results become a line each, old and
large ones first; then the context blocks of old questions; then whole old questions with their answers; last, old steps
of the question that is being answered. What the user asked and added now stays, and so do the newest steps.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..chat.messages import Assistant, Message, ToolResult, User
from ..chat.wire import estimate_message
from .steering import NOTE

__all__ = ["LeftOut", "compact", "earlier"]

#: Characters of a tool result that are worth a line.
_WORTH = 400
#: Results at the end of a history that stay whole, and steps of the question being answered.
_RECENT = 6
#: Characters of a stub and of a question that tell which one it was; questions that are listed.
_HINT, _LISTED = 80, 40
_CONTEXT = re.compile(r"\A<context>.*?</context>\n*", re.DOTALL)
_CONTEXT_GONE = "[context left out to make room]\n\n"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a history was shortened by.

    Attributes
    ----------
    results
        Results that became one line.
    contexts
        Questions whose context went.
    questions
        The beginnings of questions that went with their answers, oldest first.
    steps
        Steps of the question being answered that went.
    thoughts
        Replies to earlier questions whose reasoning went; the model would not have been shown it.
    """

    results: int = 0
    contexts: int = 0
    questions: tuple[str, ...] = ()
    steps: int = 0
    thoughts: int = 0

    def __bool__(self) -> bool:
        return bool(self.results or self.contexts or self.questions or self.steps or self.thoughts)

    def __add__(self, other: LeftOut) -> LeftOut:
        return LeftOut(
            self.results + other.results,
            self.contexts + other.contexts,
            (*self.questions, *other.questions),
            self.steps + other.steps,
            self.thoughts + other.thoughts,
        )

    @property
    def words(self) -> str:
        """In words for the user: ``3 old tool results, 1 old question with its answer``."""
        counts = (
            (self.results, "old tool result", "old tool results"),
            (self.contexts, "old question's context", "old questions' contexts"),
            (len(self.questions), "old question with its answer", "old questions with their answers"),
            (self.steps, "old step of this question", "old steps of this question"),
        )
        said = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return ", ".join(said) or ("old reasoning" if self.thoughts else "")

    @property
    def note(self) -> str:
        """The message that tells the model, ``""`` where it misses nothing."""
        if not (self.results or self.contexts or self.questions or self.steps):
            return ""
        kept = "All of it is kept: recall(query) finds it again, by words that occur in it."
        lines = [f"[To make room, the conversation goes on without {self.words}. {kept}"]
        if self.questions:
            lines.append("Questions that were answered before:")
            if (more := len(self.questions) - _LISTED) > 0:
                lines.append(f"- … {more} earlier ones")
            lines += [f"- {question}" for question in self.questions[-_LISTED:]]
        return "\n".join(lines) + "]"


def compact(
    messages: Sequence[Message], target: int, sizes: Sequence[int] | None = None
) -> tuple[list[Message], LeftOut]:
    """Shorten a history to about a number of tokens.

    Parameters
    ----------
    messages
        A legal history; the result is one too.
    target
        Tokens it should take, estimated.
    sizes
        Tokens of each message, where they are known.

    Returns
    -------
    list of Message, LeftOut
        The shorter history, and what was left out: nothing, where nothing could be.
    """
    room = _Room(messages, target, sizes)
    for way in (
        room.forget_thoughts,
        room.stub_results,
        room.drop_contexts,
        room.drop_turns,
        room.drop_steps,
        room.stub_newest,
    ):
        if room.excess > 0:
            way()
    return [message for message in room.kept if message is not None], room.left_out


class _Room:
    """A history while it is made shorter; what goes is ``None`` in its place."""

    def __init__(self, messages: Sequence[Message], target: int, sizes: Sequence[int] | None) -> None:
        self.kept: list[Message | None] = list(messages)
        self.sizes = list(sizes) if sizes is not None else [estimate_message(message) for message in messages]
        self.excess = sum(self.sizes) - target
        self.left_out = LeftOut()
        starts = [
            place for place, message in enumerate(messages) if isinstance(message, User) and not _is_note(message)
        ]
        self._starts = starts or [0]

    @property
    def _last(self) -> int:
        """Where the question that is being answered stands."""
        return self._starts[-1]

    def _put(self, place: int, message: Message | None) -> None:
        size = 0 if message is None else estimate_message(message)
        self.excess -= self.sizes[place] - size
        self.kept[place], self.sizes[place] = message, size

    def _each(self, kind: type[Message], start: int, end: int) -> Iterator[tuple[int, Message]]:
        for place in range(start, end):
            message = self.kept[place]
            if isinstance(message, kind):
                yield place, message

    def forget_thoughts(self) -> None:
        for place, message in self._each(Assistant, 0, self._last):
            assert isinstance(message, Assistant)
            if message.reasoning or message.reasoning_details:
                empty = "" if message.calls else None  # beside calls the key has to be there (protocol §2.5)
                self._put(place, replace(message, reasoning=empty, reasoning_details=()))
                self.left_out += LeftOut(thoughts=1)

    def stub_results(self) -> None:
        results = [place for place, _ in self._each(ToolResult, 0, len(self.kept))]
        now = [place for place in results if place > self._last]
        self._stub([place for place in results if place not in now[-_RECENT:]])

    def stub_newest(self) -> None:
        """All that is left is the question being answered: of its results only those of the last step are needed."""
        last = max((place for place, _ in self._each(Assistant, 0, len(self.kept))), default=0)
        self._stub([place for place, _ in self._each(ToolResult, 0, last)])

    def _stub(self, places: Sequence[int]) -> None:
        """Old and large ones first."""
        for place in sorted(places, key=lambda place: self.sizes[place] * (place - len(self.kept))):
            message = self.kept[place]
            if self.excess > 0 and isinstance(message, ToolResult) and len(message.text) > _WORTH:
                self._put(place, replace(message, text=_one_line(message)))
                self.left_out += LeftOut(results=1)

    def drop_contexts(self) -> None:
        for place, message in self._each(User, 0, self._last):
            if self.excess <= 0:
                return
            if (shorter := _CONTEXT.sub("", message.text)) not in ("", message.text):
                self._put(place, User(_CONTEXT_GONE + shorter))
                self.left_out += LeftOut(contexts=1)

    def drop_turns(self) -> None:
        for start, end in itertools.pairwise(self._starts):
            if self.excess <= 0:
                return
            first = self.kept[start]
            assert isinstance(first, User)
            for place in range(start, end):
                self._put(place, None)
            self.left_out += LeftOut(questions=(_question(first),))

    def drop_steps(self) -> None:
        """A step is a reply with the results of its calls; notes of the user's between them stay."""
        steps = [place for place, message in self._each(Assistant, self._last, len(self.kept))]
        for start, end in itertools.pairwise(steps[: 1 - _RECENT]):
            if self.excess <= 0:
                return
            for place in range(start, end):
                if not isinstance(self.kept[place], User):
                    self._put(place, None)
            self.left_out += LeftOut(steps=1)


def earlier(prompts: Iterable[str]) -> LeftOut:
    """What a history lacks that begins after these questions."""
    return LeftOut(questions=tuple(_question(User(prompt)) for prompt in prompts))


def _is_note(message: User) -> bool:
    return message.text.startswith(NOTE)


def _one_line(result: ToolResult) -> str:
    hint = " ".join(result.text[: 4 * _HINT].split())[:_HINT]
    return f"[output of call {result.call}, {len(result.text):,} characters, kept; recall finds it. It began: {hint} …]"


def _question(message: User) -> str:
    words = " ".join(_CONTEXT.sub("", message.text).removeprefix(_CONTEXT_GONE)[: 4 * _HINT].split())
    return words if len(words) <= 2 * _HINT else f"{words[: 2 * _HINT]}…"
