"""A table's digest: what it is, a line a column, three rows, within a budget that is never exceeded.

The least useful goes first when room is short: rows, long lists of categories, examples, facts, and last of all names.
What did not fit is named. Imports no data library.
"""

from __future__ import annotations

from itertools import accumulate

from ..chat.tokens import estimate_tokens
from .facts import SAMPLE, Study
from .frames import Frame, label_text
from .labels import named
from .lines import Lines, cost_of
from .outline import KnownColumn, Outline
from .phrases import DEEPEST
from .repeats import table_notes
from .rows import first_rows
from .sizes import counted
from .terms import Terms, fit
from .wide import Entry, arranged, by_type

__all__ = ["digest", "schema_digest"]

_ROOMY = 60  # tokens from which there is room for memory and index
_WIDE = 24  # columns from which the head counts types
_RESERVE = 2  # tokens kept back for what lines cost when they are joined
_NAMED = 0.55  # share of the budget that names get when not every column can have a line
_NAME_LENGTH = 40
_TYPE_LENGTH = 60
_NOTED = 60  # columns up to which rows are compared
_LEAST = 3  # tokens below which nothing more is said


def digest(frame: Frame, terms: Terms) -> str:
    """The text of a table within ``terms.tokens``; see the package's documentation for the format."""
    study = Study(frame.rows, len(frame.labels), terms)
    return _laid_out(frame, study, _head(frame, study, terms), terms)


def _laid_out(frame: Frame, study: Study, head: list[str], terms: Terms) -> str:
    """The head, then as much of each column as there is room for, then rows."""
    entries = arranged(frame.labels, frame.dtypes, terms)
    lines = Lines(frame, study, entries)
    room = terms.tokens - cost_of(head) - _RESERVE
    if _LEAST * len(entries) > room:
        return fit([*head, *_narrow(frame, entries, lines, room, terms)], terms.tokens)
    if not (4 * _LEAST * len(entries) <= room and lines.tell_all(2, room)) and not lines.tell_all(0, room):
        return fit([*head, *_narrow(frame, entries, lines, room, terms)], terms.tokens)
    about, rest = _filled(frame, entries, lines, room - lines.cost, terms) if terms.detail != "schema" else ([], [])
    return fit([*head, *about, *(line.text for line in lines.told if line.text), *rest], terms.tokens)


def _filled(frame: Frame, entries: list[Entry], lines: Lines, room: int, terms: Terms) -> tuple[list[str], list[str]]:
    """Spend the room on what helps most: first what each column is, then what the table is, small sets of values, some
    rows, larger sets, more rows. Returns the lines before and after those of the columns."""
    every = range(len(entries))
    favoured = [place for place, entry in enumerate(entries) if _named(frame, entry, terms)]
    for level in (1, 4):
        room = lines.deepen(favoured, level, room)
    room = lines.deepen(every, 1, room)
    gathered, freed = lines.gather(favoured)
    about = _Block(_about_rows(frame, lines, terms), least=1)
    room = lines.deepen(every, 2, room + freed - about.fit(room + freed))
    shown = terms.detail == "sample" and room > len(frame.labels)
    rows = _Block(first_rows(frame, terms) if shown else [], least=3)
    cost = rows.fit(room // 2)
    room = lines.deepen(every, 3, room - cost) + cost
    room = lines.deepen(every, 4, room - rows.fit(room))
    lines.deepen(every, DEEPEST, lines.deepen(favoured, DEEPEST, room))
    return about.lines, [*gathered, *rows.lines]


def _about_rows(frame: Frame, lines: Lines, terms: Terms) -> list[str]:
    """Lines about the rows as a whole: how they join other tables, what identifies one, whether some come twice."""
    if terms.late or len(frame.labels) > _NOTED:
        return [*terms.joins]
    return [*terms.joins, *table_notes(frame, lines.known, terms)]


def schema_digest(outline: Outline, terms: Terms) -> str:
    """The text of a table of which only the schema may be known, and what its library knows without looking."""
    fields = outline.fields or ()
    types = {dtype: terms.plain(dtype, _TYPE_LENGTH) for dtype in {field.dtype for field in fields}}
    frame = Frame(
        outline.kind,
        0,
        [field.label for field in fields],
        [types[field.dtype] for field in fields],
        column=lambda place: KnownColumn(fields[place].facts),
        size=str,
        index=lambda study: "",
        single=outline.single,
    )
    head = [_outlined(outline, frame.dtypes), *outline.lines]
    if cost_of(head) > terms.tokens // 2:
        del head[1:]
    return _laid_out(frame, Study(0, len(fields), terms), head, terms)


def _outlined(outline: Outline, dtypes: list[str]) -> str:
    """The first line of a table that is not computed."""
    size = [counted(outline.rows, "value" if outline.single else "row")] if outline.rows is not None else []
    if outline.fields is not None and not outline.single:
        types = f" ({by_type(dtypes)})" if len(dtypes) > _WIDE else ""
        size.append(counted(len(dtypes), "column") + types)
    return ", ".join(part for part in (outline.kind, " × ".join(size), *outline.said) if part)


def _head(frame: Frame, study: Study, terms: Terms) -> list[str]:
    rows = counted(frame.rows, "value" if frame.single else "row")
    size = rows if frame.single else f"{rows} × {counted(len(frame.labels), 'column')}"
    said = [frame.kind, size]
    if len(frame.labels) > _WIDE:
        said[-1] += f" ({by_type(frame.dtypes)})"
    if terms.tokens < _ROOMY:
        return [", ".join(said)]
    if memory := frame.size():
        said.append(memory)
    if not terms.late and (index := frame.index(study)):
        said.append(f"index {index}")
    head = [", ".join(said)]
    if cost_of(head) > terms.tokens // 2:
        head = [", ".join(said[:2])]
    if not study.whole and terms.detail != "schema":
        head.append(f"≈ marks estimates from a sample of {SAMPLE:,} rows")
    return head


class _Block:
    """Lines that belong together, of which as many are told as fit, or none if those are less than make sense."""

    def __init__(self, lines: list[str], least: int) -> None:
        self._all = lines
        self._least = min(least, len(lines))
        self._costs = list(accumulate(map(cost_of, lines)))
        self.lines: list[str] = []

    def fit(self, room: int) -> int:
        """Choose the lines; returns what they cost."""
        length = sum(cost <= room for cost in self._costs)
        self.lines = self._all[:length] if length >= self._least else []
        return self._costs[length - 1] if self.lines else 0


def _narrow(frame: Frame, entries: list[Entry], lines: Lines, room: int, terms: Terms) -> list[str]:
    """Full lines for some columns, for the others their names, and how many not even that."""
    order = sorted(range(len(entries)), key=lambda place: (not _named(frame, entries[place], terms), place))
    names = _names(frame, entries, room, terms)
    if room < _ROOMY:
        return names
    for_names = cost_of(names)
    for_lines = int((room - for_names) * 0.8) if for_names < room * _NAMED else int(room * (1 - _NAMED))
    told: list[int] = []
    texts: list[str] = []
    for place in order:
        if max(room, for_lines) < _LEAST:
            break
        favoured = _named(frame, entries[place], terms)
        line = lines.line(place, 4 if favoured else 1)
        if line.cost > (room if favoured else for_lines):
            break
        told.append(place)
        texts.append(line.text)
        room, for_lines = room - line.cost, for_lines - line.cost
    done = set(told)
    rest = [entry for place, entry in enumerate(entries) if place not in done]
    return [*texts, *_names(frame, rest, room, terms)]


def _names(frame: Frame, entries: list[Entry], room: int, terms: Terms) -> list[str]:
    """``… 12 more columns: a, b, c``, with as many names as there is room for."""
    total = sum(len(entry.places) for entry in entries)
    if not total:
        return []
    title = f"… {counted(total, 'more column')}" if total < len(frame.labels) else "columns"
    room -= cost_of(title) + (8 if room > _ROOMY else 3)
    names: list[str] = []
    left = total
    for entry in entries:
        name = label_text(frame.labels[entry.places[0]], terms)[:_NAME_LENGTH]
        if len(entry.places) > 1:
            name += f" … {label_text(frame.labels[entry.places[-1]], terms)[:_NAME_LENGTH]}"
        cost = estimate_tokens(f", {name}") + 1
        if cost > room:
            break
        names.append(name)
        room, left = room - cost, left - len(entry.places)
    if not names:
        return [title] if total < len(frame.labels) else []
    return [f"{title}: {', '.join(names)}{f', … {left:,} more' if left else ''}"]


def _named(frame: Frame, entry: Entry, terms: Terms) -> bool:
    return bool(terms.focus) and len(entry.places) == 1 and named(frame.labels[entry.places[0]], terms.focus)
