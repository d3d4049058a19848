"""The recipe for "clean this up": look, clean a copy of what was found, compare."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from ..desk import Answer, Desk, Work, cleaning_dialect
from ..markdown import are, code, counted, listed, plain, table
from ..results import figures
from ..source import Cleaning, Source
from ..tables import Column

__all__ = ["clean"]

_TEXT = re.compile(
    r"(?m)^(?P<name>.+): (?P<texts>\d+) texts, (?P<padded>\d+) padded, (?P<blank>\d+) blank, "
    r"(?P<numbers>\d+) numbers, (?P<dates>\d+) dates, (?P<distinct>\d+) distinct$"
)
_FRACTION = re.compile(r"(?m)^(?P<name>.+): (?P<values>\d+) fractions, (?P<whole>\d+) whole$")
_FEW = 50


def clean(desk: Desk) -> Work:
    """Three steps, or two where nothing is found; the user's frame stays as it is."""
    source = replace(desk.source, where=())
    texts = tuple(column for column in desk.table.of_role("text") if not column.categorical)
    fractions = tuple(column for column in desk.table.numbers if re.match(r"f", column.dtype, re.IGNORECASE))
    look = yield from desk.run(
        source,
        lambda s: cleaning_dialect(s.table).inspect(s, s.all(texts), s.all(fractions)),
        "Look for repeated rows, gaps and values that are not what their column's type says",
        "Cleaning starts with looking: repeated rows, empty columns, spaces, stand-ins for missing, "
        "numbers and dates kept as text.",
    )
    found = _read(look.text, look.source, texts, fractions)
    before = figures(look.text)
    name = source.fresh(f"{desk.table.name}_clean")
    todo = listed(_told(found, done=False))
    yield from desk.run(
        look.source,
        lambda s: cleaning_dialect(s.table).clean(s, found, name),
        f"Make {name}, a cleaned copy; {desk.table.name} stays as it is",
        f"The look found something to mend. On a copy I {todo}; nothing else."
        if found.anything
        else f"The look found nothing to mend. {name} is a plain copy then, so that what follows can use it.",
    )
    if not found.anything:
        return Answer(
            f"{_nothing(desk, before)} {code(name)} is a plain copy of it.{look.note}",
            "The look found nothing that can be cleaned without a decision of yours.",
        )
    check = yield from desk.run(
        look.source,
        lambda s: cleaning_dialect(s.table).compare(s, name),
        f"Compare {desk.table.name} with {name}",
        "I compare before and after, to be sure that nothing else changed.",
    )
    lines = _compared(check.text)
    left = lines[-1][-1] if lines else "?"
    rest = (
        ""
        if left == "0"
        else f"\n\n{are(left, 'missing cell')} left as found: whether to drop or to fill is yours to say."
    )
    body = table(["", "rows", "columns", "repeated rows", "missing cells"], lines) if lines else ""
    changes = "\n".join(f"- {part}" for part in _told(found, done=True))
    return Answer(
        f"{code(name)} is a cleaned copy of {code(look.source.table.name)}, which is unchanged. What I did:"
        f"\n\n{changes}\n\n{body}{rest}{look.note}",
        f"The comparison shows {len(lines)} lines; {counted(left, 'missing cell')} left.",
    )


def _compared(text: str) -> list[list[str]]:
    rows = []
    for label in ("before", "after"):
        match = re.search(rf"(?m)^{label} (rows: .*)$", text)
        if match:
            said = figures(match[1])
            rows.append([label, *(said.get(key, "?") for key in ("rows", "columns", "repeated rows", "missing cells"))])
    return rows


def _read(text: str, source: Source, texts: tuple[Column, ...], fractions: tuple[Column, ...]) -> Cleaning:
    """What the look found, by column; in a table without rows nothing can be told."""
    if figures(text).get("rows") == "0":
        return Cleaning()
    by_title = {column.title: column for column in source.table.columns}
    said = {name: match for match in _TEXT.finditer(text) if (name := _literal(match["name"])) in by_title}
    empty = re.search(r"(?m)^empty columns: (\[.*\])$", text)
    blanks = {by_title[name] for name in map(str, _literal_list(empty[1] if empty else "[]")) if name in by_title}
    usual = {
        name: match
        for name, match in said.items()
        if int(match["texts"]) > int(match["blank"]) and by_title[name] not in blanks
    }

    def all_of(name: str, kind: str) -> bool:
        match = usual[name]
        return int(match[kind]) == int(match["texts"]) - int(match["blank"])

    numbers = tuple(by_title[name] for name in usual if all_of(name, "numbers"))
    dates = tuple(by_title[name] for name in usual if all_of(name, "dates"))
    few = (name for name, match in usual.items() if 1 < int(match["distinct"]) <= min(_FEW, int(match["texts"]) // 3))
    whole = (m for m in _FRACTION.finditer(text) if m["values"] == m["whole"] != "0")
    return Cleaning(
        padded=tuple(by_title[name] for name, match in said.items() if int(match["padded"])),
        blank=tuple(
            by_title[name] for name, match in said.items() if int(match["blank"]) and by_title[name] not in blanks
        ),
        numbers=numbers,
        dates=dates,
        categories=tuple(by_title[name] for name in few if by_title[name] not in (*numbers, *dates)),
        whole=tuple(by_title[name] for match in whole if (name := _literal(match["name"])) in by_title),
        empty=tuple(column for column in source.table.columns if column in blanks),
        duplicates=int(figures(text).get("repeated rows", "0")),
    )


def _literal(text: str) -> str:
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text


def _literal_list(text: str) -> list[object]:
    try:
        return list(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return []


_DONE = {
    "padded": ("remove", "removed", "spaces around the values of"),
    "blank": ("turn", "turned", "blanks and stand-ins such as NA into missing values in"),
    "numbers": ("read", "read", "text as numbers in"),
    "dates": ("read", "read", "text as dates in"),
    "whole": ("store", "stored", "whole numbers as whole numbers, not fractions, in"),
    "categories": ("store", "stored", "repeated texts as categories in"),
    "empty": ("drop", "dropped", "the empty"),
}


def _told(found: Cleaning, *, done: bool) -> list[str]:
    """What is to do or was done, a phrase a kind."""
    told = []
    for kind, (now, past, rest) in _DONE.items():
        columns: tuple[Column, ...] = getattr(found, kind)
        if columns:
            told.append(f"{past if done else now} {rest} {_names(columns)}")
    if found.duplicates:
        told.append(f"{'dropped' if done else 'drop'} the repeated rows ({found.duplicates})")
    return told


def _names(columns: tuple[Column, ...]) -> str:
    shown = [code(column.name) for column in columns[:8]]
    return listed(shown) + (f" and {len(columns) - 8} more" if len(columns) > 8 else "")


def _nothing(desk: Desk, before: dict[str, str]) -> str:
    cells = before.get("missing cells", "0")
    gaps = (
        "and no missing cell"
        if cells == "0"
        else f"; {plain(cells)} cells are missing, and whether to drop or to fill them is yours to say"
    )
    return (
        f"{code(desk.table.name)} needs no cleaning that I could do without asking: {before.get('rows', '?')} rows, "
        f"no repeated row, no empty column, no stray spaces, no numbers or dates kept as text {gaps}."
    )
