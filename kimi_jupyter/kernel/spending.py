"""What a question may use up, and what was used up today by all kernels that share the store."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..agent.budget import Spent, amount, limits_of

if TYPE_CHECKING:
    from ..settings import Settings
    from ..store import Store

__all__ = ["budget_in_words", "spent_today", "today_in_words"]


def spent_today(store: Store) -> Spent:
    """Requests, tokens and money since midnight, and the working time of the turns that have ended since.

    Parameters
    ----------
    store
        Where every kernel's requests are counted.
    """
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    since = midnight.isoformat(timespec="milliseconds")
    usage, (requests, seconds) = store.usage_since(since), store.work_since(since)
    return Spent(requests, usage.prompt + usage.completion, usage.cost or 0.0, seconds)


def budget_in_words(settings: Settings) -> str:
    """``a question asks after 50 steps or 2.00 USD, and ends at 300 steps``."""
    limits = limits_of(settings)
    bounds = {"steps": limits.asked_at, "tokens": limits.tokens, "cost": limits.cost, "seconds": limits.seconds}
    asks = " or ".join(amount(name, limit) for name, limit in bounds.items() if limit)
    return f"a question {f'asks after {asks}, and ' if asks else ''}ends at {amount('steps', limits.steps)}"


def today_in_words(settings: Settings, store: Store) -> str:
    """``12 steps of 100, 0.40 USD of 5.00 USD``, or ``""`` where the day has no limit."""
    bounds = {name: limit for name, limit in asdict(limits_of(settings).day).items() if limit}
    spent = asdict(spent_today(store)) if bounds else {}
    return ", ".join(f"{amount(name, spent[name])} of {amount(name, limit)}" for name, limit in bounds.items())
