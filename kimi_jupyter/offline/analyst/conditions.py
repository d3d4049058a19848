"""Finds the rows that a question is about: "over 50", "for Adelie", "in 2015"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .naming import Mention
from .tables import Column, Table, quoted
from .words import ASKING, fold

__all__ = ["Condition", "conditions"]

_NUMBER = r"-?\d+(?:\.\d+)?"
_OPERATORS: tuple[tuple[str, str], ...] = (
    (r">=|at least|no less than", ">="),
    (r"<=|at most|no more than|up to", "<="),
    (r">|above|over|greater than|more than|larger than|higher than|bigger than|longer than|exceed(?:s|ing)?", ">"),
    (r"<|below|under|less than|smaller than|lower than|shorter than|fewer than", "<"),
    (r"!=|is not|not equal to", "!="),
    (r"==?|equals?|equal to|is|of|was", "=="),
)


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows to keep: ``column operator value``; ``year`` compares the year of a date."""

    column: Column
    operator: str
    value: str | float | bool
    year: bool = False

    @property
    def literal(self) -> str:
        """The value as source code."""
        if isinstance(self.value, float) and self.value.is_integer():
            return repr(int(self.value))
        return quoted(self.value) if isinstance(self.value, str) else repr(self.value)


def conditions(question: str, table: Table, named: list[Mention]) -> tuple[list[Condition], list[tuple[int, int]]]:
    """The rows a question is about, and the spans of it that say so."""
    found: list[Condition] = []
    spans: list[tuple[int, int]] = []
    for mention in named:
        rest = question[mention.end :]
        for pattern, operator in _OPERATORS:
            match = re.match(
                rf"[`'\"]?\s*(?:was |is |are |were )?(?:{pattern})\s+[$€£]?({_NUMBER})\b(?!\s*(?:rows|most))",
                rest,
                re.IGNORECASE,
            )
            if match and mention.columns[0].role in ("number", "unknown"):
                found.append(Condition(mention.columns[0], operator, float(match[1])))
                spans.append((mention.start, mention.end + match.end()))
                break
    _values(question, table, named, found, spans)
    _year(question, table, found, spans)
    return found, spans


def _values(
    question: str, table: Table, named: list[Mention], found: list[Condition], spans: list[tuple[int, int]]
) -> None:
    """Values of categories that the question uses: "for Adelie", "where sex is female"."""
    busy = [(mention.start, mention.end) for mention in named] + spans
    for column in table.of_role("text", "bool"):
        if any(condition.column == column for condition in found):
            continue
        for value, _ in sorted(column.top, key=lambda pair: -len(pair[0])):
            bare = re.escape(value)
            sure = rf"{re.escape(column.name)}[`'\"]?\s*(?:is|=|==|equals|:)\s*[`'\"]?({bare})(?!\w)"
            loose = rf"(?<![\w-])[`'\"]?({bare})(?:s\b)?[`'\"]?(?![\w-])"
            match = re.search(sure, question, re.IGNORECASE)
            if not match and len(value) > 2 and fold(value) not in ASKING and not value.isdigit():
                match = re.search(loose, question, re.IGNORECASE)
            if match and not any(start <= match.start(1) < end for start, end in busy):
                found.append(Condition(column, "==", value if column.role == "text" else value.lower() == "true"))
                spans.append(match.span())
                busy.append(match.span())
                break


def _year(question: str, table: Table, found: list[Condition], spans: list[tuple[int, int]]) -> None:
    match = re.search(
        r"\b(?:in|for|during|of|from|year|about|and|only)\s+((?:18|19|20|21)\d\d)\b", question, re.IGNORECASE
    )
    if not match or any(start <= match.start(1) < end for start, end in spans):
        return
    years = [
        column
        for column in table.numbers
        if re.search(r"(^|[\W_])(year|yr|jahr|année)s?([\W_]|$)", column.name, re.IGNORECASE)
    ]
    dates = [*table.of_role("time"), *(column for column in table.of_role("text") if column.holds_dates)]
    if years:
        found.append(Condition(years[0], "==", float(match[1])))
    elif dates:
        found.append(Condition(dates[0], "==", float(match[1]), year=True))
    else:
        return
    spans.append(match.span())
