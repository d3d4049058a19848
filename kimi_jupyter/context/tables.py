"""A table's digest: what it is, a line a column, three rows, within a budget that is never exceeded.

The least useful goes first when room is short: rows, long lists of categories, examples, facts, and last of all names.
What did not fit is named. Imports no data library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from ..chat.tokens import estimate_tokens
from .facts import SAMPLE, Facts, Study
from .frames import Frame, label_text
from .identity import type_name
from .numeric import array_facts
from .outline import KnownColumn, Outline
from .phrases import phrases
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
_TYPE_LENGTH = 60
_MISSES = 8  # lines that did not fit, after which no other is tried
_UNSEEN = Facts(1, notes=("not looked at: no time",))
_LEAST = 3  # tokens below which nothing more is said


def digest(frame: Frame, terms: Terms) -> str:
    """The text of a table within ``terms.tokens``; see the package's documentation for the format."""
    study = Study(frame.rows, len(frame.labels), terms)
    return _laid_out(frame, study, _head(frame, study, terms), terms)


def _laid_out(frame: Frame, study: Study, head: list[str], terms: Terms) -> str:
    """The head, then as much of each column as there is room for, then rows."""
    entries = arranged(frame.labels, frame.dtypes, terms)
    tell = _teller(frame, study, terms)
    room = terms.tokens - _cost(head) - _RESERVE
    if _LEAST * len(entries) > room:
        return fit([*head, *_narrow(frame, entries, tell, room, terms)], terms.tokens)
    lines = _all_told(entries, tell, 2, room) if 4 * _LEAST * len(entries) <= room else []
    told = bool(lines)
    if not told:
        lines = [tell(entry, 0) for entry in entries]
    room -= sum(line.cost for line in lines)
    if room < 0:
        room += sum(line.cost for line in lines)
        return fit([*head, *_narrow(frame, entries, tell, room, terms)], terms.tokens)
    rows: list[str] = []
    if terms.detail != "schema":
        all_places = range(len(entries))
        favoured = [place for place, entry in enumerate(entries) if _named(frame, entry, terms)]
        for places, level in ((favoured, 3), *(() if told else ((all_places, 1), (all_places, 2)))):
            room = _raise(lines, entries, tell, places, level, room)
    if terms.detail == "sample" and room > len(frame.labels) and not terms.late:
        rows, cost = _that_fit(first_rows(frame, terms), room)
        room = _raise(lines, entries, tell, range(len(entries)), 3, room - cost)
    return fit([*head, *(line.text for line in lines), *rows], terms.tokens)


def schema_digest(outline: Outline, terms: Terms) -> str:
    """The text of a table of which only the schema may be known, and what its library knows without looking."""
    fields = outline.fields or ()
    frame = Frame(
        outline.kind,
        0,
        [field.label for field in fields],
        [terms.plain(field.dtype, _TYPE_LENGTH) for field in fields],
        column=lambda place: KnownColumn(fields[place].facts),
        size=str,
        index=lambda study: "",
        single=outline.single,
    )
    head = [_outlined(outline, frame.dtypes), *outline.lines]
    if _cost(head) > terms.tokens // 2:
        del head[1:]
    return _laid_out(frame, Study(0, len(fields), terms), head, terms)


def _outlined(outline: Outline, dtypes: list[str]) -> str:
    """The first line of a table that is not computed."""
    size = [counted(outline.rows, "value" if outline.single else "row")] if outline.rows is not None else []
    if outline.fields is not None and not outline.single:
        types = f" ({by_type(dtypes)})" if len(dtypes) > _WIDE else ""
        size.append(counted(len(dtypes), "column") + types)
    return ", ".join(part for part in (outline.kind, " × ".join(size), *outline.said) if part)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with what it costs."""

    text: str
    cost: int


_Teller = Callable[[Entry, int], _Line]


def _teller(frame: Frame, study: Study, terms: Terms) -> _Teller:
    """A function that tells an entry at a level, finding its facts when they are first wanted."""
    known: dict[Entry, Facts] = {}
    titles: dict[Entry, str] = {}
    told: dict[str, _Line] = {}

    def tell(entry: Entry, level: int) -> _Line:
        if entry not in titles:
            titles[entry] = _title(frame, entry, terms)
        text = titles[entry]
        if level and terms.detail != "schema":
            if entry not in known:
                known[entry] = _seen(frame, entry, study)
            said = ", ".join(phrases(known[entry], terms, level))
            text = f"{text}: {said}" if said else text
        if text not in told:
            told[text] = _Line(text, _cost(text))
        return told[text]

    return tell


def _all_told(entries: list[Entry], tell: _Teller, level: int, room: int) -> list[_Line]:
    """Every entry at this level; nothing, and as soon as that is clear, if there is no room for it."""
    lines: list[_Line] = []
    for entry in entries:
        lines.append(tell(entry, level))
        room -= lines[-1].cost
        if room < 0:
            return []
    return lines


def _title(frame: Frame, entry: Entry, terms: Terms) -> str:
    first = entry.places[0]
    if frame.single and frame.labels[first] is None:
        return f"- values ({frame.dtypes[first]})"
    name, dtype = label_text(frame.labels[first], terms), frame.dtypes[first]
    if len(entry.places) == 1:
        return f"- {name} ({dtype})"
    return f"- {name} … {label_text(frame.labels[entry.places[-1]], terms)} ({dtype} × {len(entry.places):,})"


def _seen(frame: Frame, entry: Entry, study: Study) -> Facts:
    """The facts of an entry, or why there are none."""
    if study.terms.late:
        return _UNSEEN
    try:
        return _facts(frame, entry, study)
    except Exception as error:  # noqa: BLE001 - a border: a column of anyone's making costs its line, not the table
        return Facts(1, notes=(f"could not be described: {type_name(error)}",))


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
    facts = array_facts(array, study.part(cells))
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
    if not terms.late and (index := frame.index(study)):
        said.append(f"index {index}")
    head = [", ".join(said)]
    if _cost(head) > terms.tokens // 2:
        head = [", ".join(said[:2])]
    if not study.whole and terms.detail != "schema":
        head.append(f"≈ marks estimates from a sample of {SAMPLE:,} rows")
    return head


def _raise(
    lines: list[_Line], entries: list[Entry], tell: _Teller, places: Sequence[int], level: int, room: int
) -> int:
    """Tell the lines at these places at a level, as far as there is room; returns what is left of it."""
    misses = 0
    for place in places:
        if room < _LEAST or misses == _MISSES:
            break
        raised = tell(entries[place], level)
        if len(raised.text) <= len(lines[place].text):
            continue
        if (more := raised.cost - lines[place].cost) > room:
            misses += 1
            continue
        room, lines[place] = room - more, raised
    return room


def _that_fit(block: list[str], room: int) -> tuple[list[str], int]:
    """As many rows as fit with what they cost, at least one with its title and labels, else none."""
    costs = list(accumulate(map(_cost, block)))
    for length in range(len(block), 0 if len(block) == 1 else 2, -1):
        if costs[length - 1] <= room:
            return block[:length], costs[length - 1]
    return [], 0


def _narrow(frame: Frame, entries: list[Entry], tell: _Teller, room: int, terms: Terms) -> list[str]:
    """Full lines for some columns, for the others their names, and how many not even that."""
    order = sorted(range(len(entries)), key=lambda place: (not _named(frame, entries[place], terms), place))
    names = _names(frame, entries, room, terms)
    if room < _ROOMY:
        return names
    for_names = _cost(names)
    for_lines = int((room - for_names) * 0.8) if for_names < room * _NAMED else int(room * (1 - _NAMED))
    told: list[int] = []
    lines: list[str] = []
    for place in order:
        if max(room, for_lines) < _LEAST:
            break
        named = _named(frame, entries[place], terms)
        line = tell(entries[place], 3 if named else 1)
        if line.cost > (room if named else for_lines):
            break
        told.append(place)
        lines.append(line.text)
        room, for_lines = room - line.cost, for_lines - line.cost
    done = set(told)
    rest = [entry for place, entry in enumerate(entries) if place not in done]
    return [*lines, *_names(frame, rest, room, terms)]


def _names(frame: Frame, entries: list[Entry], room: int, terms: Terms) -> list[str]:
    """``… 12 more columns: a, b, c``, with as many names as there is room for."""
    total = sum(len(entry.places) for entry in entries)
    if not total:
        return []
    title = f"… {counted(total, 'more column')}" if total < len(frame.labels) else "columns"
    room -= _cost(title) + (8 if room > _ROOMY else 3)
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
    return bool(terms.focus) and len(entry.places) == 1 and named_in_question(frame.labels[entry.places[0]], terms)


def _cost(lines: list[str] | str) -> int:
    """Tokens of a line or lines with their line ends, rounded up."""
    if isinstance(lines, str):
        return estimate_tokens(lines + "\n") + (1 if len(lines) > 60 else 0)
    return sum(map(_cost, lines))
