"""A cell that failed because of a misspelt column or name: run again with the one that is there.

One rule for one kind of mistake. Pure text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Generator

from .desk import Answer, Step
from .digest import names_in
from .known import tables_of
from .markdown import code, plain, printed
from .results import Result
from .talk import Talk

__all__ = ["fixing"]

_ASKED = re.compile(r"@cell:(?P<number>\d+) failed with (?P<error>\w+)")
_MISSING = re.compile(r"(?m)^(?:KeyError: ['\"](?P<key>.+)['\"]|NameError: name '(?P<name>\w+)' is not defined.*)$")
_ALIKE = 0.6

Course = Generator[Step, Result, Answer]


def fixing(talk: Talk) -> Course | None:
    """The course of a question about a failed cell; ``None`` if it is no such question, or no such mistake."""
    turn = talk.turns[-1]
    asked = _ASKED.search(turn.question)
    cell = _cell(turn.context, asked["number"]) if asked and talk.tool is not None else None
    missing = list(_MISSING.finditer(cell[1])) if cell is not None else []
    if cell is None or not missing:
        return None
    source, wrong = cell[0], missing[-1]["key"] or missing[-1]["name"]
    known = _columns(talk) if missing[-1]["key"] else sorted(names_in(turn.context) - {wrong})
    close = difflib.get_close_matches(wrong, known, 1, _ALIKE)
    word = re.compile(rf"(?<!\w){re.escape(wrong)}(?!\w)")
    return _course(source, wrong, close[0], word) if close and word.search(source) else None


def _course(source: str, wrong: str, right: str, word: re.Pattern[str]) -> Course:
    mended = word.sub(lambda _: right, source)
    result = yield Step(
        mended,
        f"Run the cell with {right} in place of {wrong}",
        f"The cell failed because there is no {wrong}; the closest that is there is {right}.",
    )
    told = f"There is no {code(wrong)}; what is there is {code(right)}."
    if result.refused:
        return Answer(f"{told} The mended cell was not run{_because(result)}.", "It was refused.")
    if result.error:
        return Answer(f"{told} With that it still fails: {plain(f'{result.error}: {result.message}')}", "It failed.")
    return Answer(f"{told} With that the cell gives:\n\n{printed(result.text)}", "It works now.")


def _because(result: Result) -> str:
    return f": {plain(result.message)}" if result.message else ""


def _cell(context: str, number: str) -> tuple[str, str] | None:
    """A failed cell's source and what it put out."""
    heading = re.search(rf"(?m)^## Cell \[{number}\] \((?:id: [^,)\n]*, )?failed[^\n]*\n", context)
    if heading is None:
        return None
    block = re.split(r"(?m)^(?:## Cell \[|# Values in memory$)", context[heading.end() :])[0]
    source, _, output = block.partition(f"## Output [{number}]\n")
    return source.strip("\n"), output


def _columns(talk: Talk) -> list[str]:
    return [column.name for table in tables_of(talk) for column in table.columns]
