"""How far a turn may go: requests, tokens, money and working time, for itself and within the day.

A budget watches the turn's events and says when it is reached. Then somebody is asked, and with nobody to ask the turn
ends; no limit is passed by more than the request that reached it (hazards §3). Imports nothing of a kernel.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from ..chat.events import CallProposed, Event, StepStarted, UsageReported, Waiting
from ..settings import Settings
from .source import digest

__all__ = ["GO_ON", "Budget", "Limits", "Spent", "amount", "limits_of"]

#: The name of the question whether to go on; no tool can have it.
GO_ON = "go on"


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used up, or may be: requests, tokens read and written, USD, seconds of work without waits."""

    steps: int = 0
    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a turn; 0 is none.

    Attributes
    ----------
    steps
        Requests to the model at which a turn ends.
    max_tokens
        Tokens of one reply.
    asked_at
        Requests after which somebody is asked, once, whether it may go on to ``steps``.
    tokens, cost, seconds
        What a turn may use up before somebody is asked; a yes allows as much again.
    day
        What all turns of a day may; a yes lets this turn go on.
    """

    steps: int = 300
    max_tokens: int = 32_768
    asked_at: int = 0
    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    day: Spent = field(default_factory=Spent)


def limits_of(settings: Settings, *, steps: int = 0) -> Limits:
    """The limits a user has set.

    Parameters
    ----------
    settings
        What is set.
    steps
        How many requests this question may take, by the user's word for it; 0 is as set. Then nobody is asked before.
    """
    return Limits(
        steps or settings.max_steps,
        settings.max_tokens,
        0 if steps else settings.ask_steps,
        settings.turn_tokens,
        settings.max_cost,
        settings.turn_seconds,
        Spent(settings.day_steps, settings.day_tokens, settings.day_cost, settings.day_seconds),
    )


class Budget:
    """What one turn has used up of its limits.

    Parameters
    ----------
    limits
        Its limits.
    today
        What the day's requests have used up, those of this turn included, and the day's other turns' time. It is asked
        before each request, and only where the day has a limit: so two kernels know of each other.
    clock
        Seconds that only go forward.
    """

    def __init__(
        self, limits: Limits, today: Callable[[], Spent] = Spent, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._today = today
        self._clock = clock
        self._steps, self._tokens, self._cost = 0, 0, 0.0
        self._worked, self._since, self._waits = 0.0, clock(), False
        self._questions = 0
        self._granted = {"steps": 0, "tokens": 0, "cost": 0, "seconds": 0}
        self._free_of_day: set[str] = set()

    def watch(self, event: Event) -> None:
        """Take an event of the turn in."""
        if isinstance(event, StepStarted):
            self._steps = event.step
        elif isinstance(event, UsageReported):
            self._tokens += event.usage.prompt + event.usage.completion
            self._cost += event.usage.cost or 0.0
        waits = isinstance(event, Waiting) or (isinstance(event, CallProposed) and event.gated)
        if waits != self._waits:
            self._worked = self.spent.seconds
            self._since, self._waits = self._clock(), waits

    @property
    def spent(self) -> Spent:
        """What the turn has used up."""
        working = 0.0 if self._waits else self._clock() - self._since
        return Spent(self._steps, self._tokens, self._cost, self._worked + working)

    @property
    def over(self) -> str:
        """Why the turn ends here without a question, or ``""``."""
        most = self._limits.steps
        return f"Paused after {most} steps; ask on to continue, or raise --max-steps." if self._steps >= most else ""

    def reached(self) -> str:
        """What is used up, in words, or ``""`` if the next request may go out."""
        turn, day = self._used_up()
        words = [amount(name, limit) for name, limit in turn]
        return " and ".join([*words, *(f"today's {amount(name, limit)}" for name, limit in day)])

    def question(self) -> CallProposed:
        """The question whether to go on, as a call that somebody has to allow."""
        self._questions += 1
        spent = self.spent
        arguments = {
            "reached": self.reached(),
            "so far": ", ".join(amount(name, much) for name, much in asdict(spent).items() if much),
            "yes allows": self._on_a_yes(spent),
        }
        bound = digest(json.dumps([self._questions, arguments]), kernel="", epoch=0)
        return CallProposed(f"{GO_ON} {self._questions}", GO_ON, arguments, None, "", bound, gated=True)

    def grant(self) -> None:
        """Somebody said yes."""
        turn, day = self._used_up()
        for name, _ in turn:
            self._granted[name] += 1
        self._free_of_day.update(name for name, _ in day)

    @property
    def limits(self) -> dict[str, float]:
        """The turn's own limits as they stand, by the names of :class:`Spent`; for views."""
        limits = self._limits
        asked = limits.asked_at if limits.asked_at and not self._granted["steps"] else limits.steps
        bounds = {name: getattr(limits, name) * (1.0 + self._granted[name]) for name in ("tokens", "cost", "seconds")}
        return {name: limit for name, limit in ({"steps": min(asked, limits.steps)} | bounds).items() if limit}

    def _used_up(self) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
        """The limits that are reached: the turn's, and the day's."""
        spent = asdict(self.spent)
        turn = [(name, limit) for name, limit in self.limits.items() if spent[name] >= limit]
        bounds = {name: limit for name, limit in asdict(self._limits.day).items() if limit}
        if not bounds.keys() - self._free_of_day:
            return turn, []
        today = asdict(self._today())
        today["seconds"] += spent["seconds"]
        day = [(name, bounds[name]) for name in bounds.keys() - self._free_of_day if today[name] >= bounds[name]]
        return turn, day

    def _on_a_yes(self, spent: Spent) -> str:
        more = []
        for name, _ in self._used_up()[0]:
            again = self._limits.steps - spent.steps if name == "steps" else getattr(self._limits, name)
            more.append(f"{amount(name, again)} more")
        return " and ".join(more) or "this question to go on"


def amount(name: str, much: float) -> str:
    """So much of a field of :class:`Spent`, in words: ``3 steps``, ``2.00 USD``."""
    match name:
        case "steps":
            return f"{much:.0f} step{'' if much == 1 else 's'}"
        case "tokens":
            return f"{much:,.0f} tokens"
        case "cost":
            return f"{much:.2f} USD"
        case _:
            return f"{much:.0f} s of work" if much < 120 else f"{much / 60:.0f} min of work"
