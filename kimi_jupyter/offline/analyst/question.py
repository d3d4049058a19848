"""Turns the words of a question into what is asked: its kind, its columns, its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .conditions import Condition, conditions
from .kinds import asks, kinds_of, number_of, period_of, shape_of, statistic_of
from .naming import Mention, mentions
from .tables import Column, Table

__all__ = ["Ask", "pointed", "read_question"]

_BY = re.compile(
    r"(?:\bby|\bper|\bfor (?:each|every)|\bacross|\b(?:in|within|of|at|on) each|\beach|\bamong|\bbetween|\bover|"
    r"\bgrouped on|\bcompare|\bhue)\s+(?:the |all |different |various |groups of |groups in |groups by )*[`'\"]?$",
    re.IGNORECASE,
)
_WHICH = re.compile(r"\b(?:which|what)\s+(?:of the |is the |the )?[`'\"]?$", re.IGNORECASE)
_MAIN = re.compile(r"\b(?:the )?(?:main|biggest|most important) categor(?:y|ies)\b|主要类别", re.IGNORECASE)
_NUMERIC = re.compile(r"\b(?:numeric(?:al)?|number) (?:columns?|variables?|fields?|values?)|数值列", re.IGNORECASE)
_THEM = re.compile(
    r"\b(?:them|they|these|those|both|the two|(?:it|this)(?! (?:table|data\w*|frame|csv|file|sheet|up\b)))\b",
    re.IGNORECASE,
)


_LOW = r"\b(?:lowest|smallest|least|bottom|fewest|min(?:imum)?|worst|shortest|lightest|youngest)\b"
_COUNTING = r"\bhow many\b|\bnumber of\b|\bcount\b|多少"
_EXTREME = r"\b(?:top|bottom) (?:\d+|\w+)\b|\b\d+ (?:\w+est|\w+est \w+)\b|\bwhich rows?\b"
_SIZED = r"\bhow (?:many|big|large)\b[^?]*\b(?:rows|columns|records)\b|\bshape\b|\bsize\b|几行|多少行"
#: "Between a and b" names two measures here, not groups.
_PAIRS = r"\b(?:correlation|relationship|difference) between\s+(?:the )?[`'\"]?$"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked.

    Attributes
    ----------
    kind
        ``size``, ``missing``, ``columns``, ``head``, ``summary``, ``top``, ``distinct``, ``duplicates``, ``stat``,
        ``extreme``, ``correlation``, ``trend``, ``plot``, ``clean``, ``help``, ``cannot`` or ``unknown``.
    question
        The words.
    values
        Columns that are measured or counted.
    by
        The column that makes groups, or that is time.
    statistic
        A key of :data:`STATISTICS`.
    where
        Conditions on the rows.
    number
        "top 5"; ``None`` if not said.
    descending
        Whether the high end is asked for.
    period
        ``year``, ``quarter``, ``month``, ``week``, ``day`` or ``""``.
    also
        Further kinds that the same question asks for.
    base
        The kind of the question before, for a plot of its result.
    main
        Whether the main category is meant, whatever it is called.
    numeric
        Whether all numeric columns are meant.
    them
        Whether it points back ("plot them").
    shape
        ``histogram``, ``scatter``, ``box``, ``line``, ``bar`` or ``""``.
    plain
        The words without columns and conditions.
    beside
        Those of the columns that are named after the grouping one, and may be meant as further groups.
    """

    kind: str
    question: str
    values: tuple[Column, ...] = ()
    by: Column | None = None
    statistic: str = "mean"
    where: tuple[Condition, ...] = ()
    number: int | None = None
    descending: bool = True
    period: str = ""
    also: tuple[str, ...] = ()
    base: str = ""
    main: bool = False
    numeric: bool = False
    them: bool = False
    shape: str = ""
    plain: str = ""
    beside: tuple[Column, ...] = ()


def read_question(question: str, table: Table) -> Ask:
    """What a question says by itself about a table.

    Parameters
    ----------
    question
        The user's words.
    table
        The table it is about, as far as it is known.
    """
    named = mentions(question, table)
    where, spans = conditions(question, table, named)
    spans += [match.span() for match in re.finditer(rf"`?\b{re.escape(table.name)}\b`?", question)]
    rest = _blanked(question, spans)
    named = [mention for mention in named if not any(start <= mention.start < end for start, end in spans)]
    plain = _blanked(rest, [(mention.start, mention.end) for mention in named])
    by, values, beside = _roles(rest, named)
    kind, by, values = _kind(plain, by, values)
    return Ask(
        kind,
        question,
        values,
        by,
        statistic_of(plain) or "mean",
        tuple(where),
        number_of(plain),
        not asks(_LOW, plain),
        period_of(plain),
        _also(kind, plain),
        main=bool(_MAIN.search(plain)),
        numeric=bool(_NUMERIC.search(plain)),
        them=bool(_THEM.search(plain)),
        shape=shape_of(plain),
        plain=plain,
        beside=beside,
    )


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def pointed(answer: str, table: Table) -> tuple[Column, ...]:
    """The numeric columns that the first line of an answer names, in its order."""
    first = next((line for line in answer.split("\n") if line.strip()), "")
    seen = [column for mention in mentions(first, table) for column in mention.columns[:1] if column.role == "number"]
    return tuple(dict.fromkeys(seen))[:2]


def _kind(plain: str, by: Column | None, values: tuple[Column, ...]) -> tuple[str, Column | None, tuple[Column, ...]]:
    """The kind, with the columns in the roles they have in it."""
    kinds = kinds_of(plain)
    kind = kinds[0] if kinds else ("summary" if values or by else "unknown")
    if kind in ("stat", "summary", "extreme", "trend") and by is None and any(c.role == "number" for c in values):
        groups = [column for column in values if column.role == "text" and not column.holds_numbers]
        if len(groups) == 1 and len(values) > 1:
            by, values = groups[0], tuple(column for column in values if column != groups[0])
    if kind == "top" and by is not None and not values:
        values, by = (by,), None
    if kind == "size" and asks(_COUNTING, plain):
        kind, by, values = _counted(by, values, plain)
    if kind in ("stat", "size") and values and asks(_EXTREME, plain):
        kind = "extreme"
    return kind, by, values


def _also(kind: str, plain: str) -> tuple[str, ...]:
    """Size and missing values are asked in one breath."""
    others = (other for other in kinds_of(plain) if {kind, other} == {"size", "missing"})
    return tuple(other for other in others if other != "size" or asks(_SIZED, plain))


def _roles(rest: str, named: list[Mention]) -> tuple[Column | None, tuple[Column, ...], tuple[Column, ...]]:
    """Which of the columns makes the groups, which are measured, and which of those are named beside the group."""
    by: Column | None = None
    values: list[Column] = []
    beside: list[Column] = []
    for mention in named:
        before = rest[: mention.start]
        groups = [column for column in mention.columns if column.role != "number"] or list(mention.columns)
        asked = _WHICH.search(before) and groups[0].role in ("text", "bool", "unknown") and len(named) > 1
        if by is None and ((_BY.search(before) and not asks(_PAIRS, before)) or asked):
            by = groups[0]
        else:
            values.extend(column for column in mention.columns if column not in values)
            beside.extend(column for column in mention.columns if by is not None and column not in beside)
    return by, tuple(values), tuple(beside)


def _counted(
    by: Column | None, values: tuple[Column, ...], plain: str
) -> tuple[str, Column | None, tuple[Column, ...]]:
    """ "How many species" counts values, "how many birds per species" counts rows, "how many rows" is the size."""
    if by is not None and not values:
        return "top", None, (by,)
    if asks(r"\brows\b|\brecords\b|\bobservations\b", plain) or not values:
        return "size", by, values
    return ("top", None, (by,)) if by is not None else ("distinct", None, values)
