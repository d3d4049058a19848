"""A table's digest: what it is, a line a column, three rows, within a budget that is never exceeded.

The least useful goes first when room is short: rows, long lists of categories, examples, facts, and last of all names.
What did not fit is named. Imports no data library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..chat.tokens import estimate_tokens
from .facts import Facts, Study, phrases
from .frames import Frame, label_text
from .numeric import array_facts
from .rows import first_rows
from .sizes import counted
from .terms import Terms, fit
from .wide import Entry, arranged, by_type, named_in_question

__all__ = ["digest", "schema_digest"]

_ROOMY = 60  # tokens from which there is room for memory and index
_WIDE = 24  # columns from which the head counts types
_RESERVE = 2  # tokens kept back for what lines cost when they are joined
_NAMED = 0.55  # share of the budget that names get when not every column can have a line
_NAME_LENGTH = 40


def digest(frame: Frame, terms: Terms) -> str:
    """The text of a table within ``terms.tokens``; see the package's documentation for the format."""
    study = Study(frame.rows, len(frame.labels), terms)
    entries = arranged(frame.labels, frame.dtypes, terms)
    line = _teller(frame, study, terms)
    head = _head(frame, study, terms)
    room = terms.tokens - _cost(head) - _RESERVE
    names = [line(entry, 0) for entry in entries[: 2 * max(room, 0) + 1]]
    if len(names) < len(entries) or sum(map(_cost, names)) > room:
        return fit([*head, *_narrow(frame, entries, line, room, terms)], terms.tokens)
    favoured = [place for place, entry in enumerate(entries) if _named(frame, entry, terms)]
    chosen, room = _raised(entries, line, names, favoured, room, terms)
    rows: list[str] = []
    if terms.detail == "sample" and room > 0:
        block = first_rows(frame, terms) if len(frame.labels) <= room else []
        rows = _that_fit(block, room)
        room -= _cost(rows)
        if room > 0:
            chosen, room = _lift(chosen, entries, line, range(len(entries)), 3, room)
    return fit([*head, *chosen, *rows], terms.tokens)


def schema_digest(head: str, columns: list[tuple[str, str]], terms: Terms) -> str:
    """The text of a table of which only the schema may be known."""
    lines = [f"- {label_text(name, terms)} ({dtype})" for name, dtype in columns]
    return fit([head, *lines], terms.tokens)


def _teller(frame: Frame, study: Study, terms: Terms) -> Callable[[Entry, int], str]:
    """A function that tells an entry at a level, finding its facts when they are first wanted."""
    known: dict[Entry, Facts] = {}

    def line(entry: Entry, level: int) -> str:
        first = entry.places[0]
        name, dtype = label_text(frame.labels[first], terms), frame.dtypes[first]
        if len(entry.places) > 1:
            name = f"{name} … {label_text(frame.labels[entry.places[-1]], terms)}"
            dtype = f"{dtype} × {len(entry.places):,}"
        said: list[str] = []
        if level and terms.detail != "schema":
            if entry not in known:
                known[entry] = _facts(frame, entry, study)
            said = phrases(known[entry], terms, level)
        title = f"- {name} ({dtype})" if not frame.single or frame.labels[first] is not None else f"- values ({dtype})"
        return f"{title}: {', '.join(said)}" if said else title

    return line


def _facts(frame: Frame, entry: Entry, study: Study) -> Facts:
    places = entry.places
    if len(places) == 1:
        return frame.column(places[0]).facts(study)
    together = places[-1] - places[0] == len(places) - 1
    cells = frame.rows * len(places)
    if frame.block is None or not together or not cells or not study.affords(cells):
        return Facts(0)
    array = frame.block(places[0], places[-1])
    if array is None:
        return Facts(0)
    facts = array_facts(array, Study(cells, 1, study.terms))
    return replace(facts, distinct=None, counts=(), complete=False, quartiles=())


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
    if index := frame.index(study):
        said.append(f"index {index}")
    head = [", ".join(said)]
    if _cost(head) > terms.tokens // 2:
        head = [", ".join(said[:2])]
    if not study.whole and terms.detail != "schema":
        head.append(f"≈ marks estimates from a sample of {len(study.positions):,} rows")
    return head


def _raised(
    entries: list[Entry],
    line: Callable[[Entry, int], str],
    lines: list[str],
    favoured: list[int],
    room: int,
    terms: Terms,
) -> tuple[list[str], int]:
    """All lines raised level by level as far as there is room; those the question names before the others."""
    room -= sum(map(_cost, lines))
    if terms.detail == "schema":
        return lines, room
    for places, levels in ((favoured, (1, 2, 3)), (range(len(entries)), (1, 2))):
        for level in levels:
            lines, room = _lift(lines, entries, line, places, level, room)
    return lines, room


def _lift(
    lines: list[str],
    entries: list[Entry],
    line: Callable[[Entry, int], str],
    places: list[int] | range,
    level: int,
    room: int,
) -> tuple[list[str], int]:
    """The lines at these places told at a level, as far as there is room."""
    lines = list(lines)
    for place in places:
        if room < 2:
            break
        raised = line(entries[place], level)
        if len(raised) > len(lines[place]):
            more = _cost(raised) - _cost(lines[place])
            if more <= room:
                lines[place], room = raised, room - more
    return lines, room


def _that_fit(block: list[str], room: int) -> list[str]:
    """As many rows as fit, at least one with its title and labels, else none."""
    for length in range(len(block), 0 if len(block) == 1 else 2, -1):
        if _cost(block[:length]) <= room:
            return block[:length]
    return []


def _narrow(
    frame: Frame, entries: list[Entry], line: Callable[[Entry, int], str], room: int, terms: Terms
) -> list[str]:
    """Full lines for some columns, for the others their names, and how many not even that."""
    order = sorted(range(len(entries)), key=lambda place: (not _named(frame, entries[place], terms), place))
    for_names = _cost(_names(frame, entries, room, terms))
    for_lines = int((room - for_names) * 0.8) if for_names < room * _NAMED else int(room * (1 - _NAMED))
    if room < _ROOMY:
        for_lines = 0
    told: list[int] = []
    lines: list[str] = []
    for place in order:
        named = _named(frame, entries[place], terms)
        text = line(entries[place], 3 if named else 1)
        cost = _cost(text)
        if cost > (room if named else for_lines):
            break
        told.append(place)
        lines.append(text)
        room, for_lines = room - cost, for_lines - cost
    rest = [entry for place, entry in enumerate(entries) if place not in set(told)]
    return [*lines, *_names(frame, rest, room, terms)]


def _names(frame: Frame, entries: list[Entry], room: int, terms: Terms) -> list[str]:
    """``… 12 more columns: a, b, c``, with as many names as there is room for."""
    total = sum(len(entry.places) for entry in entries)
    if not total:
        return []
    title = f"… {counted(total, 'more column')}"
    room -= _cost(title) + 8
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
        return [title]
    return [f"{title}: {', '.join(names)}{f', … and {left:,} not named' if left else ''}"]


def _named(frame: Frame, entry: Entry, terms: Terms) -> bool:
    return bool(terms.focus) and len(entry.places) == 1 and named_in_question(frame.labels[entry.places[0]], terms)


def _cost(lines: list[str] | str) -> int:
    """Tokens of a line or lines with their line ends, rounded up."""
    if isinstance(lines, str):
        return estimate_tokens(lines + "\n") + (1 if len(lines) > 60 else 0)
    return sum(map(_cost, lines))
