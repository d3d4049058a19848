"""What a check-up found, as values that are filled in as it goes on. Imports settings' and chat's values."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from ..chat.messages import Usage
from .exchange import Exchange, Timing
from .facts import Facts

if TYPE_CHECKING:
    from ..settings import Endpoint
    from .probes import Probe

__all__ = ["EXIT_CODES", "Balance", "Level", "Loop", "Outcome", "Plan", "Report", "Verdict"]

Level = Literal["works", "problems", "unusable"]
EXIT_CODES: dict[Level, int] = {"works": 0, "problems": 1, "unusable": 2}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a check-up is expected to take."""

    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account."""

    available: float
    currency: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a probe.

    Attributes
    ----------
    called
        The tools called, in order.
    valid
        Whether all calls are of offered tools with arguments that fit; ``None`` without calls.
    fault
        What is wrong with the first that does not fit.
    error
        Why there is no reply.
    """

    probe: Probe
    called: tuple[str, ...] = ()
    valid: bool | None = None
    fault: str = ""
    error: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether a tool was called where one had to be, and none where not."""
        return bool(self.called) == bool(self.probe.expects)

    @property
    def right_tool(self) -> bool:
        """Whether, of the tools called, one is of those expected. Shown, not scored."""
        return not self.called or not self.probe.expects or any(name in self.probe.expects for name in self.called)


@dataclass(frozen=True, slots=True)
class Loop:
    """What came of the tool loop: call, result, answer."""

    exchanges: tuple[Exchange, ...]
    called: tuple[str, ...] = ()
    valid: bool | None = None
    answered: bool = False
    result_used: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sum of it.

    Attributes
    ----------
    level
        ``works``, ``problems`` or ``unusable``.
    text
        In plain words.
    problems, notes
        What is wrong, with what to do; what is worth knowing.
    """

    level: Level
    text: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class Report:
    """Everything found so far; filled in as the check-up goes on."""

    endpoint: Endpoint | None = None
    failure: str = ""
    stopped: bool = False
    plan: Plan | None = None
    listed: tuple[str, ...] | None = None
    thinking: Exchange | None = None
    broken_off: str = ""
    again: Exchange | None = None
    loop: Loop | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    asked: int = 0
    exchanges: list[Exchange] = field(default_factory=list)
    balance: Balance | None = None
    verdict: Verdict | None = None

    # ---- figures -----------------------------------------------------------------------------------------------------

    @property
    def facts(self) -> Facts:
        """What was seen in all replies."""
        facts = Facts()
        for exchange in self.exchanges:
            facts |= exchange.facts
        return facts

    @property
    def timing(self) -> Timing:
        """The thinking reply's times."""
        return self.thinking.timing if self.thinking else Timing()

    @property
    def answered(self) -> list[Outcome]:
        """The probes that got a reply."""
        return [outcome for outcome in self.outcomes if not outcome.error]

    @property
    def trigger_f1(self) -> float | None:
        """Agreement on when to call a tool, as F1; ``None`` if no probe got a reply."""
        if not self.answered:
            return None
        right = sum(bool(one.called) and bool(one.probe.expects) for one in self.answered)
        wrong = sum(not one.as_expected for one in self.answered)
        return 2 * right / (2 * right + wrong) if right + wrong else 1.0

    @property
    def schema_counts(self) -> tuple[int, int]:
        """Of the probes that called: how many did by the schema, and how many there are."""
        calling = [outcome for outcome in self.answered if outcome.called]
        return sum(outcome.valid is True for outcome in calling), len(calling)

    @property
    def usage(self) -> Usage:
        """All tokens the endpoint told of, with their cost."""
        total = Usage()
        for exchange in self.exchanges:
            if exchange.usage is not None:
                total += self._priced(exchange.usage)
        return total

    def _priced(self, usage: Usage) -> Usage:
        if usage.cost is not None or self.endpoint is None:
            return usage
        return replace(usage, cost=self.endpoint.model.price.cost(usage.prompt, usage.completion, usage.cached))

    @property
    def estimate_error(self) -> float | None:
        """How far our token estimate is off, as a share of ``prompt_tokens``; the median."""
        shares = [one.estimate / one.usage.prompt - 1 for one in self.exchanges if one.usage and one.usage.prompt]
        return statistics.median(shares) if shares else None
