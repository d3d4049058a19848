"""A turn as it stands: the fold of its events.

Every view draws this state and nothing else, and the front end's view folds the same events by the same rules; the
golden files under ``tests/golden`` hold both to it. Imports no front end.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..chat.events import (
    CallDrafted,
    CallFinished,
    CallOutput,
    CallProposed,
    CallStarted,
    CallStatus,
    Decided,
    EndReason,
    Event,
    Notice,
    Planned,
    ReasoningDelta,
    Sent,
    Steered,
    StepStarted,
    TextDelta,
    TurnEnded,
    TurnStarted,
    UsageReported,
    Waiting,
)
from .growing import GrowingText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..chat.messages import Usage

__all__ = ["Call", "Draft", "Step", "Turn"]


@dataclass(slots=True)
class Draft:
    """A call that is being written: its name and the JSON text so far."""

    name: str = ""
    arguments: GrowingText = field(default_factory=GrowingText)


@dataclass(slots=True)
class Call:
    """A call and what became of it.

    Attributes
    ----------
    decision
        ``None`` as long as nobody decided, or where nobody has to.
    status
        ``None`` until it finished.
    error
        ``KeyError: 'x'`` of the last error among its outputs, or ``""``.
    text
        What the model was told.
    seconds
        How long it ran.
    """

    proposal: CallProposed
    decision: Decided | None = None
    started: bool = False
    status: CallStatus | None = None
    error: str = ""
    text: str = ""
    seconds: float = 0.0

    @property
    def waiting(self) -> bool:
        """Whether somebody has to decide."""
        return self.proposal.gated and self.decision is None and self.status is None

    @property
    def code(self) -> str | None:
        """The code that ran or would run: after an edit the user's."""
        if self.decision is not None and self.decision.verdict == "edit" and self.decision.code is not None:
            return self.decision.code
        return self.proposal.code

    @property
    def effects(self) -> dict[str, list[str]]:
        """What that code seems to do."""
        return self.decision.effects if self.decision is not None and self.edited else self.proposal.effects

    @property
    def edited(self) -> bool:
        """Whether the user's version ran."""
        return self.decision is not None and self.decision.verdict == "edit"


@dataclass(slots=True)
class Step:
    """One request and what came of it.

    Attributes
    ----------
    notes
        What the user added before this step.
    thinking
        Whether the newest thing of the step is reasoning.
    thought_seconds
        How long it reasoned, until it went on to something else.
    """

    number: int
    notes: list[str] = field(default_factory=list)
    reasoning: GrowingText = field(default_factory=GrowingText)
    text: GrowingText = field(default_factory=GrowingText)
    drafts: dict[int, Draft] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    usage: Usage | None = None
    thinking: bool = False
    thought_seconds: float = 0.0
    thinking_since: float = 0.0


class Turn:
    """The state of a turn.

    Parameters
    ----------
    clock
        Seconds that only go forward. A turn read from a file has no times of its own but those of its events.

    Attributes
    ----------
    started
        The first event, or ``None`` before it.
    sent
        What went out with the question, or ``None`` where that was not told.
    steps
        In order, numbered from 1.
    plan
        Text and state of each item of the model's plan; ``()`` without one.
    limits
        What the turn may use up before somebody is asked: :attr:`.StepStarted.limits`.
    notices
        In order.
    waiting
        What it waits for, or ``None`` while it goes on.
    usage
        The sum over the steps, ``None`` as long as none was told.
    context
        Size of the model's window in tokens, 0 where it is not known.
    reason, message
        How it ended, or ``None`` and ``""`` while it goes on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = self._ended_at = clock()
        self._calls: dict[str, tuple[Step, Call]] = {}
        self.started: TurnStarted | None = None
        self.sent: Sent | None = None
        self.steps: list[Step] = []
        self.plan: tuple[tuple[str, str], ...] = ()
        self.limits: dict[str, float] = {}
        self.notices: list[Notice] = []
        self.waiting: Waiting | None = None
        self._waiting_until = 0.0
        self.usage: Usage | None = None
        self.context = 0
        self.reason: EndReason | None = None
        self.message = ""

    def apply(self, event: Event) -> None:
        """Take the next event in. What comes after the end changes nothing."""
        if self.reason is not None:
            return
        self.waiting = None
        match event:
            case ReasoningDelta(text=text):
                self._reason(text)
            case TextDelta(text=text):
                step = self._writing(text)
                step.text.append(text)
            case CallDrafted(index=index, name=name, arguments=arguments):
                draft = self._writing().drafts.setdefault(index, Draft())
                draft.name = name or draft.name
                draft.arguments.append(arguments)
            case TurnStarted():
                self.started, self._begun = event, self._clock()
            case StepStarted():
                self._begin_step(event)
            case UsageReported(usage=usage, context=context):
                self._count(usage, context)
            case TurnEnded(reason=reason, message=message):
                self._end(reason, message)
            case Sent() | Steered() | Planned() | Notice() | Waiting():
                self._tell(event)
            case _:
                self._call(event)

    def _tell(self, event: Sent | Steered | Planned | Notice | Waiting) -> None:
        match event:
            case Sent():
                self.sent = event
            case Steered(text=text):
                self.step.notes.append(text)
            case Planned(items=items):
                self.plan = items
            case Notice():
                self.notices.append(event)
            case Waiting():
                self.waiting, self._waiting_until = event, self._clock() + event.seconds

    def _call(self, event: CallProposed | Decided | CallStarted | CallOutput | CallFinished) -> None:
        if isinstance(event, CallProposed):
            step = self._writing()
            if step.drafts:  # calls are proposed in the order in which they were written
                del step.drafts[min(step.drafts)]
            step.calls.append(Call(event))
            self._calls[event.call] = step, step.calls[-1]
            return
        found = self.find(event.call)
        if found is None:
            return
        call = found[1]
        match event:
            case Decided():
                call.decision = event
            case CallStarted():
                call.started = True
            case CallOutput(output=output):
                call.error = _error_of(output) or call.error
            case CallFinished(status=status, text=text, seconds=seconds):
                call.status, call.text, call.seconds = status, text, seconds

    def find(self, call: str) -> tuple[Step, Call] | None:
        """A call by its id, and its step; ``None`` if no such call was proposed."""
        return self._calls.get(call)

    def broken_off(self) -> list[Event]:
        """The events that end a turn whose producer broke off: none if it has ended."""
        if self.reason is not None:
            return []
        unfinished = [call.proposal.call for call in self.calls if call.status is None]
        return [*(CallFinished(call, "interrupted", "") for call in unfinished), TurnEnded("interrupted")]

    @property
    def step(self) -> Step:
        """The newest step; there is one as soon as anybody asks."""
        if not self.steps:
            self.steps.append(Step(1))
        return self.steps[-1]

    @property
    def calls(self) -> Iterator[Call]:
        """All calls, in order."""
        return (call for step in self.steps for call in step.calls)

    @property
    def seconds(self) -> float:
        """How long the turn took, or takes so far."""
        return (self._clock() if self.reason is None else self._ended_at) - self._begun

    def thought_seconds(self, step: Step) -> float:
        """How long a step reasoned, or reasons so far."""
        return step.thought_seconds + (self._clock() - step.thinking_since if step.thinking else 0.0)

    @property
    def waits_for(self) -> float:
        """Seconds until it goes on, where it waits."""
        return max(0.0, self._waiting_until - self._clock()) if self.waiting else 0.0

    @property
    def answer(self) -> str:
        """The text of the last step that said something."""
        texts = (str(step.text) for step in reversed(self.steps) if not step.text.blank)
        return next(texts, "")

    def _reason(self, text: str) -> None:
        step = self.step
        if not step.thinking:
            step.thinking, step.thinking_since = True, self._clock()
        step.reasoning.append(text)

    def _writing(self, text: str = "x") -> Step:
        """The step, which from now on writes; white space alone is no answer yet."""
        step = self.step
        if step.thinking and not (text.isspace() and step.text.blank):
            self._stop_thinking(step)
        return step

    def _stop_thinking(self, step: Step) -> None:
        step.thought_seconds = self.thought_seconds(step)
        step.thinking = False

    def _begin_step(self, event: StepStarted) -> None:
        self._close_step()
        self.limits = event.limits
        if self.step.number != event.step:  # the first one is there where something was said before it
            self.steps.append(Step(event.step))

    def _close_step(self) -> None:
        if self.steps:
            self._stop_thinking(self.steps[-1])
            self.steps[-1].drafts.clear()

    def _count(self, usage: Usage, context: int) -> None:
        self._stop_thinking(self.step)
        self.step.usage = usage
        self.usage = usage if self.usage is None else self.usage + usage
        self.context = context

    def _end(self, reason: EndReason, message: str) -> None:
        self._close_step()
        self.reason, self.message, self._ended_at = reason, message, self._clock()


def _error_of(output: dict[str, Any]) -> str:
    if output.get("output_type") != "error":
        return ""
    name, value = str(output.get("ename", "")), str(output.get("evalue", ""))
    return f"{name}: {value}" if value else name
