"""A question that leaves something out ("and by island?", "now plot it") takes it from the question before."""

from __future__ import annotations

import re
from dataclasses import replace

from .conditions import Condition
from .kinds import STATISTICS, asks, kinds_of, statistic_of
from .question import Ask, pointed, read_question
from .tables import Table

__all__ = ["understand"]

_AGAIN = re.compile(
    r"^\W*(?:and|now|same|the same|also|what about|how about|but|then|only|just|ok|okay|please|use|instead|with|为)\b",
    re.IGNORECASE,
)


def understand(question: str, table: Table, before: Ask | None = None, answered: str = "") -> Ask:
    """What a question asks of a table.

    Parameters
    ----------
    question
        The user's words.
    table
        The table it is about, as far as it is known.
    before
        What the question before asked, if there was one.
    answered
        The answer to that: what "them" points at.
    """
    ask = read_question(question, table)
    if before is not None:
        ask = _plot_of(ask, before) if ask.kind == "plot" else _continued(ask, before)
    if ask.them and not ask.values and answered and ask.kind in ("plot", "stat", "summary", "trend"):
        ask = replace(ask, values=pointed(answered, table))
    return ask


def _plot_of(ask: Ask, before: Ask) -> Ask:
    """A plot of what the question before was about, unless this one says what to plot."""
    said = ask.values or ask.by or ask.main or ask.numeric
    if said and not ask.them and not _AGAIN.search(ask.plain):
        return ask
    base = before.base if before.kind == "plot" else before.kind
    keep = before.values if base != "correlation" or len(before.values) == 2 else ()
    return replace(
        ask,
        values=ask.values or keep,
        by=ask.by or (None if ask.main else before.by),
        statistic=before.statistic,
        where=ask.where or before.where,
        base=base,
        period=ask.period or before.period,
        numeric=ask.numeric or before.numeric,
        main=ask.main or (before.main and ask.by is None),
        them=True,
    )


def _continues(ask: Ask) -> bool:
    """Whether a question goes on from the one before: it begins so or asks nothing by itself, and adds something."""
    kinds = kinds_of(ask.plain)
    again = bool(_AGAIN.search(ask.plain)) or not kinds
    bare = not kinds or ask.kind in ("stat", "trend", "size", "columns")
    adds = (
        ask.values
        or ask.by
        or ask.where
        or ask.main
        or ask.period
        or asks(rf"{'|'.join(STATISTICS.values())}|\btop\b", ask.plain)
    )
    return again and bare and bool(adds)


def _continued(ask: Ask, before: Ask) -> Ask:
    """The question before with what this one changes."""
    if not _continues(ask):
        return ask
    values, by = ask.values, ask.by
    if by is None and before.by is not None and values and not any(c.role == "number" for c in values):
        by, values = values[0], ()
    counting = before.kind in ("top", "distinct")
    if counting and by is not None and not values:
        values, by = (by,), None
    said = statistic_of(ask.plain)
    return replace(
        before,
        question=ask.question,
        plain=ask.plain,
        values=values or before.values,
        by=by or before.by,
        statistic=said or before.statistic,
        where=_joined(before.where, ask.where),
        number=ask.number or before.number,
        period=ask.period or before.period,
        main=ask.main or (before.main and by is None and not (counting and values)),
        numeric=ask.numeric or (before.numeric and not values),
        kind="stat" if said and before.kind == "summary" else before.kind,
    )


def _joined(old: tuple[Condition, ...], new: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """New conditions take the place of old ones on the same column."""
    columns = {condition.column.name for condition in new}
    return (*(condition for condition in old if condition.column.name not in columns), *new)
