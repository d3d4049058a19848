"""Finds columns, values and conditions in the words of a question.

Pure text: imports only what a table is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from .tables import Column, Table, quoted

__all__ = ["Condition", "Mention", "closest", "conditions", "fold", "mentions", "words_of"]

_WORD = re.compile(r"[A-Z]?[a-z\u00df-\u024f]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")
#: Words that are part of asking; alone they name a column only when they are its whole name.
_ASKING = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "average",
        "avg",
        "be",
        "between",
        "by",
        "can",
        "category",
        "chart",
        "clean",
        "column",
        "common",
        "compare",
        "correlation",
        "count",
        "data",
        "dataset",
        "describe",
        "different",
        "distribution",
        "do",
        "each",
        "every",
        "first",
        "for",
        "frame",
        "frequent",
        "from",
        "give",
        "graph",
        "group",
        "has",
        "have",
        "highest",
        "how",
        "i",
        "in",
        "is",
        "it",
        "last",
        "least",
        "many",
        "maximum",
        "mean",
        "median",
        "me",
        "minimum",
        "missing",
        "most",
        "much",
        "number",
        "numeric",
        "of",
        "on",
        "or",
        "over",
        "overview",
        "per",
        "please",
        "plot",
        "show",
        "size",
        "some",
        "std",
        "sum",
        "summarise",
        "summarize",
        "summary",
        "table",
        "than",
        "that",
        "the",
        "them",
        "there",
        "this",
        "to",
        "top",
        "total",
        "two",
        "type",
        "unique",
        "unit",
        "up",
        "value",
        "was",
        "were",
        "what",
        "where",
        "which",
        "with",
        "you",
        "your",
        "not",
        "no",
        "yes",
        "all",
        "other",
        "main",
        "against",
        "coloured",
        "colored",
        "rows",
        "row",
        "null",
        "nan",
        "who",
        "why",
        "name",
        "id",
        "high",
        "low",
        "max",
        "min",
        "values",
        "groups",
        "relate",
        "related",
        "relationship",
        "trend",
        "time",
        "plotted",
        "them",
        "these",
        "those",
        "now",
        "same",
        "using",
        "again",
        "show",
        "draw",
        "chart",
        "scatter",
        "histogram",
        "box",
        "bar",
        "line",
    ]
)
#: These may not name a column even when they are its whole name, unless quoted.
_NEVER = frozenset(
    [
        "a",
        "an",
        "the",
        "in",
        "is",
        "of",
        "to",
        "it",
        "by",
        "as",
        "at",
        "on",
        "or",
        "and",
        "for",
        "how",
        "many",
        "what",
        "which",
        "are",
        "there",
        "this",
        "that",
        "i",
        "me",
    ]
)
_UNITS = frozenset(
    [
        "mm",
        "cm",
        "m",
        "km",
        "g",
        "kg",
        "lb",
        "lbs",
        "oz",
        "in",
        "ft",
        "usd",
        "eur",
        "gbp",
        "pct",
        "percent",
        "percentage",
        "no",
        "num",
        "nr",
        "id",
        "s",
        "ms",
        "sec",
        "min",
        "hr",
    ]
)
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
class Mention:
    """Columns that a span of a question names: one, or several that fit it equally well."""

    start: int
    end: int
    columns: tuple[Column, ...]


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


def fold(word: str) -> str:
    """A word without case and plural."""
    word = word.lower()
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "ies")):
        return word[:-1]
    return word


def words_of(text: str) -> list[tuple[str, int, int]]:
    """The folded words of a text with their places; snake and camel case come apart."""
    return [(fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]


def closest(name: str, candidates: list[str]) -> str | None:
    """The candidate most like a name, or ``None`` where none is like it at all."""
    bare = re.sub(r"[\W_]+", "", name).lower()
    scored = [
        (SequenceMatcher(None, bare, re.sub(r"[\W_]+", "", other).lower()).ratio(), other) for other in candidates
    ]
    score, best = max(scored, default=(0.0, ""))
    return best if score >= 0.6 else None


def mentions(question: str, table: Table) -> list[Mention]:
    """The columns a question names, in the order it names them.

    Quoted names come first, then whole names, then runs of words that are part of a name ("bill length" for
    ``bill_length_mm``). A run that fits several columns equally well names them all.
    """
    found: list[Mention] = []
    free = list(question)
    for match in re.finditer(r"`([^`]+)`|\"([^\"]+)\"|'([^']+)'", question):
        quoted = next(group for group in match.groups() if group is not None)
        named = [c for c in table.columns if c.name == quoted] or [
            c for c in table.columns if c.name.lower() == quoted.lower()
        ]
        if named:
            _take(found, free, match.start(), match.end(), (named[0],))
    for column in sorted(table.columns, key=lambda column: -len(column.name)):
        if column.name.strip() and column.name.lower() not in _NEVER:
            _whole(found, free, column)
    _partial(found, free, table)
    return sorted(found, key=lambda mention: mention.start)


def _take(found: list[Mention], free: list[str], start: int, end: int, columns: tuple[Column, ...]) -> None:
    found.append(Mention(start, end, columns))
    free[start:end] = "\0" * (end - start)


def _whole(found: list[Mention], free: list[str], column: Column) -> None:
    name = column.name if len(column.name) < 3 else column.name.lower()
    text = "".join(free) if len(column.name) < 3 else "".join(free).lower()
    if len(text) != len(free):  # a few characters change their length with their case
        return
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if len(column.name) > 2 and text[end : end + 1] == "s" and not column.name.endswith("s"):
            end += 1
        if not (_joins(text, start) or _joins(text, end)):
            _take(found, free, start, end, (column,))
            text = text[:start] + "\0" * (end - start) + text[end:]
        start = text.find(name, end)


def _joins(text: str, place: int) -> bool:
    """Whether a word runs on across this place (Han text has no spaces between words)."""
    around = text[max(0, place - 1) : place + 1]
    return (
        len(around) == 2
        and place > 0
        and all(c.isalnum() or c == "_" for c in around)
        and not any("\u4e00" <= c <= "\u9fff" for c in around)
    )


def _partial(found: list[Mention], free: list[str], table: Table) -> None:
    words = words_of("".join(free))
    names = [(column, [word for word, _, _ in words_of(column.name)]) for column in table.columns]
    taken: set[int] = set()
    for length in range(min(5, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            span = range(first, first + length)
            run = [words[i][0] for i in span]
            if taken & set(span) or (length == 1 and (run[0] in _ASKING or len(run[0]) < 3)):
                continue
            columns = _best_fit(run, names)
            if columns:
                taken |= set(span)
                _take(found, free, words[first][1], words[first + length - 1][2], columns)


def _best_fit(run: list[str], names: list[tuple[Column, list[str]]]) -> tuple[Column, ...]:
    """The columns whose names hold this run of words with the fewest words left over; units do not count."""
    scored: list[tuple[int, Column]] = []
    for column, parts in names:
        if _holds(parts, run):
            left = [part for part in parts if part not in _UNITS and not any(_same(part, word) for word in run)]
            scored.append((len(left), column))
    best = min((score for score, _ in scored), default=0)
    fitting = tuple(column for score, column in scored if score == best)
    return fitting if len(fitting) <= 6 else fitting[:1]


def _holds(parts: list[str], run: list[str]) -> bool:
    """Whether the run's words stand in the name in this order."""
    rest = iter(parts)
    return all(any(_same(part, word) for part in rest) for word in run)


def _same(part: str, word: str) -> bool:
    if part == word:
        return True
    short, long = sorted((part, word), key=len)
    return len(short) >= 4 and long.startswith(short)


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
            if not match and len(value) > 2 and fold(value) not in _ASKING and not value.isdigit():
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
