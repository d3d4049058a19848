"""What a recipe works with: it yields steps of code, is sent their results, and returns an answer.

A recipe is a generator, so its course reads as a straight text, and an endpoint that remembers nothing finds its place
again by sending the results of the conversation so far.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from . import clean_pandas, clean_polars, code_dask, code_lazy, code_pandas, code_polars
from .conditions import Condition
from .markdown import code, counted
from .mend import Mended, Uses, mend, relabelled
from .question import Ask
from .results import Result
from .source import CleaningDialect, Dialect, Source
from .steps import Answer, Step
from .tables import Column, Table

__all__ = ["Answer", "Desk", "Outcome", "Refusal", "Step", "Stuck", "Work", "Writer"]

#: A recipe: yields steps, is sent results, returns the answer.
Work = Generator[Step, Result, Answer]
#: Writes code for a source.
Writer = Callable[[Source], str]

_REPAIRS = 3


class Refusal(Exception):
    """The user did not let a step run."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.partial = ""  # what the steps before it came to


class Stuck(Exception):
    """A step failed and could not be mended."""

    def __init__(self, result: Result, repairs: tuple[str, ...]) -> None:
        super().__init__(result.error)
        self.result = result
        self.repairs = repairs


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step that ran: its result, the source as it was in the end, and what had to be mended, in sentences."""

    result: Result
    source: Source
    repairs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.result.text

    @property
    def note(self) -> str:
        """What the answer says about repairs and about values that could not be read, ``""`` if there is nothing."""
        unread = [count for count in re.findall(r"(?m)^not readable: (\d+)$", self.text) if count != "0"]
        lost = [f"{' and '.join([*unread[:-1], counted(unread[-1], 'value')])} could not be read."] if unread else []
        return f"\n\n{' '.join([*self.repairs, *lost])}" if self.repairs or lost else ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One question with the table it is about.

    Attributes
    ----------
    ask
        What is asked.
    table
        The table, with all its columns known.
    taken
        Names that must not be rebound.
    learned
        What mending taught in this turn: the sources that ran after all.
    refused
        Code that the user did not let run in this turn, with the reason; it is not proposed again.
    """

    ask: Ask
    table: Table
    taken: frozenset[str] = field(default=frozenset())
    learned: list[Source] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        source = Source(self.table, where=self.ask.where, taken=self.taken)
        for condition in self.ask.where:
            source = _readable(source, condition)
        return source

    @property
    def rows(self) -> str:
        """The rows the answer is about, in words with a leading space; ``""`` if all."""
        said = [
            f"{code(c.column.name)}{' (year)' if c.year else ''} {_OPERATORS.get(c.operator, c.operator)} {c.literal}"
            for c in self.ask.where
        ]
        return f" where {' and '.join(said)}" if said else ""

    def run(
        self, source: Source, write: Writer, purpose: str, thought: str, uses: Uses | None = None
    ) -> Generator[Step, Result, Outcome]:
        """One step, mended where it fails.

        Raises
        ------
        Refusal
            The user did not let it run.
        Stuck
            It failed, and the mended versions too.
        """
        repairs: list[str] = []
        source = self._with_lessons(source)
        step = Step(write(source), purpose, thought)
        for attempt in range(_REPAIRS + 1):
            if step.code in self.refused:
                raise Refusal(self.refused[step.code])
            result = yield step
            if result.refused:
                self.refused[step.code] = result.message
                raise Refusal(result.message)
            if not result.error:
                if repairs:
                    self.learned.append(source)
                return Outcome(result, source, tuple(repairs))
            if attempt == _REPAIRS:
                break
            mended = yield from mend(source, result, uses or Uses())
            if not isinstance(mended, Mended) or write(mended.source) == step.code:
                break
            source = mended.source
            repairs.append(mended.told)
            step = Step(
                write(source),
                f"{purpose} (second attempt)" if attempt == 0 else f"{purpose} (once more)",
                mended.thought,
            )
        raise Stuck(result, tuple(repairs))

    def _with_lessons(self, source: Source) -> Source:
        """The source with the labels and readings that earlier steps of the turn had to learn."""
        if not self.learned:
            return source
        lesson = self.learned[-1]
        source = relabelled(source, lesson.table)
        for cast in lesson.casts:
            if cast.reading.startswith("lenient") and source.reading(cast.column):
                source = source.read_as(cast.column, cast.reading)
        return source


_OPERATORS = {"==": "is", "!=": "is not"}


def _readable(source: Source, condition: Condition) -> Source:
    """A year is asked of a date: text must be read as one first."""
    if condition.year and condition.column.role == "text":
        return source.read_as(condition.column, "date")
    return source


def dialect(table: Table) -> Dialect:
    """The code for the table's library; pandas where none is known."""
    if table.engine:
        return code_dask if table.engine == "dask" else code_lazy
    return code_polars if table.library == "polars" else code_pandas


def cleaning_dialect(table: Table) -> CleaningDialect:
    """The cleaning code for the table's library."""
    return clean_polars if table.library == "polars" else clean_pandas


def measured(source: Source, columns: tuple[Column, ...]) -> Source:
    """The source with text columns that are measured read as numbers, at the digest's word."""
    for column in columns:
        if column.role == "text":
            source = source.read_as(column, "number")
    return source


def timed(source: Source, column: Column) -> Source:
    """The source with a text column read as dates, at the digest's word."""
    return source.read_as(column, "date") if column.role in ("text", "unknown") else source
