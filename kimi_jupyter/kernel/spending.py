"""What was spent today, by all kernels that share the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..agent.budget import Spent

if TYPE_CHECKING:
    from ..store import Store

__all__ = ["spent_today"]


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
