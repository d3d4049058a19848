"""The context of a question: cells and values, as the one message that is sent.

Nothing else is ever sent about the notebook: what :attr:`Context.text` says is all. It never exceeds its budgets of
tokens and time, and one bad value costs one line. Imports no data library and no IPython.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ..chat.tokens import estimate_tokens
from .attached import Attached, attached_texts
from .cells import Cell, cell_text
from .choosing import asked_for, choose
from .describe import describe_value
from .frames import frame_of
from .keys import relations
from .labels import spoken
from .names import Candidate, candidates, mentioned, snapshot, unknown
from .redact import KINDS, count_hidden, hidden_in_words
from .sizes import dimensions, is_table
from .terms import Detail, Terms
from .text import clean

__all__ = ["Context", "Part", "build"]

_OPEN, _CLOSE = "<context>", "</context>"
_CELLS, _VALUES, _ATTACHED = "# Notebook", "# Values in memory", "# Sent along"
_ENVELOPE = 24  # tokens of the tags and the two titles
_VALUES_SHARE = 0.6  # of the budget, before the cells; what values leave, cells may use
_VALUES_TIME = 0.85  # of the time
_LEAST = 24  # tokens below which a description is not worth its heading
_SCALAR = 200
#: Tokens of one table by its number of columns; a mentioned one may have twice as many.
_TABLE = ((20, 500), (60, 1_000))
_WIDE_TABLE = 600
_TOP_SHARE = 0.5  # of what is left, for one mentioned value among others
_READ, _PATHS = 4_000, 8  # characters of a question, and paths in it that are followed
_PATH = re.compile(r"""(?<![\w.])([^\W\d]\w*)(?:\.[^\W\d]\w*|\[(?:'[^'\n]{1,80}'|"[^"\n]{1,80}"|\d{1,6})\])+""")
_TABLES, _LABELS = 50, 2_000  # tables, and columns of one, whose names may stand in code that is told without values


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a context.

    Attributes
    ----------
    kind
        ``"cell"``, ``"value"`` or ``"attached"``.
    title
        ``[3]``, or the value's name.
    text
        The part as it is sent, with its heading.
    tokens
        Estimated tokens of the text.
    """

    kind: str
    title: str
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Context:
    """What is sent along with a question.

    Attributes
    ----------
    parts
        Cells, then values, as they are sent.
    hidden
        Values that look like credentials, or are known secrets, and were replaced.
    skipped
        What was left out, and why: ``"big_df (no room)"``.
    unknown
        What the question asks for by ``@name`` and does not exist, in a line each for the user.
    """

    parts: tuple[Part, ...] = ()
    hidden: int = 0
    skipped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The block as it is sent, ``""`` if there is nothing to say."""
        if not self.parts:
            return ""
        lines = [_OPEN]
        for kind, title in (("cell", _CELLS), ("value", _VALUES), ("attached", _ATTACHED)):
            texts = [part.text for part in self.parts if part.kind == kind]
            lines += [title, *texts] if texts else []
        return "\n".join([*lines, _CLOSE])

    @property
    def tokens(self) -> int:
        """Estimated tokens of the block."""
        return estimate_tokens(self.text)

    @property
    def hidden_in_words(self) -> str:
        """``3 values hidden (2 e-mails, 1 card number)``, or ``""``."""
        return hidden_in_words(self.text)

    def message(self, prompt: str) -> str:
        """The user's message: the block, a blank line, the prompt; without a context the prompt alone."""
        return f"{self.text}\n\n{prompt}" if self.parts else prompt


def build(
    prompt: str,
    *,
    namespace: Mapping[str, object],
    cells: Sequence[Cell],
    tokens: int = 8_000,
    detail: Detail = "sample",
    secrets: Sequence[str] = (),
    seconds: float = 1.0,
    here: int | None = None,
    most_cells: int | None = None,
    hide: Sequence[str] = KINDS,
    attached: Sequence[Attached] = (),
) -> Context:
    """Gather what a question needs to be answered.

    Parameters
    ----------
    prompt
        The user's words; names in it are described first.
    namespace
        The user's variables. Read only, at one moment.
    cells
        The notebook's cells in order.
    tokens
        Most tokens of the whole block. 0: no context.
    detail
        ``"schema"``, ``"stats"`` or ``"sample"``, as in :func:`describe`; outputs of cells, and literals in their
        code, hold values and rows, so only ``"sample"`` shows them.
    secrets
        Texts that must not appear anywhere.
    seconds
        When this much time is used up, the values not yet described are left out and named as such.
    here
        How many of the cells stand above the question; all of them if not given.
    most_cells
        At most so many cells are sent.
    hide
        Kinds of personal data that must not appear, of :data:`.redact.KINDS`.
    attached
        What the user sends along; it takes no tokens from the rest.

    Raises
    ------
    NoSuchCell
        The question asks for a cell that is not there.
    """
    along, missing = _attached(attached, Terms(tokens, detail, tuple(secrets), tuple(hide)))
    if tokens <= _ENVELOPE:
        return Context(along, sum(count_hidden(part.text) for part in along), missing)
    start = time.monotonic()
    terms = Terms(tokens, detail, tuple(secrets), tuple(hide), spoken(prompt))
    names = snapshot(namespace)
    above = len(cells) if here is None else here
    wanted = _Wanted(above, most_cells, asked_for(prompt, cells), mentioned(prompt, names))
    values, skipped = _values(prompt, names, cells, terms, start + _VALUES_TIME * seconds)
    room = tokens - _ENVELOPE - sum(part.tokens + 1 for part in values)
    keep = _labels(names.values(), terms) if detail != "sample" else frozenset()
    told, left_out = _cells(cells, room, terms.within(tokens, start + seconds), wanted, keep)
    parts = (*told, *values, *along)
    tokens += sum(part.tokens + 1 for part in along)
    hidden = sum(count_hidden(part.text) for part in parts)
    context = Context(parts, hidden, (*left_out, *skipped, *missing), tuple(unknown(prompt, names)))
    while context.parts and context.tokens > tokens:  # estimates of parts don't add up to the last token
        dropped = context.parts[0]
        skipped = [*context.skipped, f"{dropped.kind} {dropped.title} (no room)"]
        context = replace(context, parts=context.parts[1:], skipped=tuple(skipped))
    return context


def _attached(attached: Sequence[Attached], terms: Terms) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """What is sent along as parts, and what of it is not sent."""
    found = list(attached_texts(attached, terms)) if attached else []
    parts = tuple(Part("attached", title, text, estimate_tokens(text)) for title, text in found if text)
    why = f"detail is {terms.detail}" if terms.detail != "sample" else "no room"
    return parts, tuple(f"{title} ({why})" for title, text in found if not text)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which cells: how many stand above the question, how many at most, those asked for, and names to define."""

    here: int
    most: int | None
    asked: list[int]
    names: list[str]


def _cells(
    cells: Sequence[Cell], room: int, terms: Terms, wanted: _Wanted, keep: frozenset[str]
) -> tuple[list[Part], list[str]]:
    """The cells that matter most as parts, in the notebook's order."""
    chosen = choose(
        cells,
        lambda cell: cell_text(cell, terms, keep),
        wanted.here,
        room,
        names=wanted.names,
        asked=wanted.asked,
        most=wanted.most,
    )
    parts = [Part("cell", _title(text), text, estimate_tokens(text)) for _, text in chosen]
    skipped = []
    if len(chosen) < len(cells):
        number = len(cells) - len(chosen)
        why = "no room" if wanted.most is None or len(chosen) < wanted.most else f"--cells {wanted.most}"
        skipped.append(f"{number} more cell{'s' if number > 1 else ''} ({why})")
    if terms.detail != "sample" and chosen:
        skipped.append(f"outputs of cells, and literals in code that may be data (detail is {terms.detail})")
    return parts, skipped


def _labels(values: Iterable[object], terms: Terms) -> frozenset[str]:
    """Names of the columns of the session's tables."""
    tables = islice((value for value in values if is_table(value)), _TABLES)
    frames = [frame for frame in (frame_of(value, terms) for value in tables) if frame is not None]
    return frozenset(label for frame in frames for label in frame.labels[:_LABELS] if type(label) is str)


def _values(
    prompt: str, namespace: Mapping[str, object], cells: Sequence[Cell], terms: Terms, deadline: float
) -> tuple[list[Part], list[str]]:
    """The values that matter as parts, the most useful first, each within its share of what is left."""
    within = _within(prompt, namespace, terms)
    namespace = {**namespace, **within}
    wanted = [*(Candidate(path, True) for path in within), *candidates(prompt, namespace, cells)]
    room = int((terms.tokens - _ENVELOPE) * (_VALUES_SHARE if cells else 1))
    joins = relations({one.name: value for one in wanted if is_table(value := namespace[one.name])}, terms)
    parts: list[Part] = []
    skipped: list[str] = []
    seen: dict[int, str] = {}
    for place, candidate in enumerate(wanted):
        value = namespace[candidate.name]
        share = _share(candidate, value, wanted[place + 1 :], room)
        heading = f"## {clean(candidate.name)}\n"
        allowed = share - estimate_tokens(heading) - 1
        if time.monotonic() > deadline:
            skipped.append(f"{candidate.name} (no time)")
            continue
        if allowed < _LEAST // 2:
            skipped.append(f"{candidate.name} (no room)")
            continue
        if is_table(value) and id(value) in seen:
            text = f"the same object as {seen[id(value)]}"
        else:
            now = time.monotonic()
            share_ends = deadline if place + 1 == len(wanted) else now + (deadline - now) / 2  # some is always left
            text = describe_value(
                value, candidate.name, terms.within(allowed, share_ends, joins.get(candidate.name, ()))
            )
        if not text:
            skipped.append(f"{candidate.name} (no room)")
            continue
        seen.setdefault(id(value), candidate.name)
        part = Part("value", candidate.name, heading + text, estimate_tokens(heading + text))
        room -= part.tokens + 1
        parts.append(part)
    return parts, skipped


def _within(prompt: str, namespace: Mapping[str, object], terms: Terms) -> dict[str, object]:
    """What the question names within a value that is no table: ``cfg["lr"]``, ``model.coef_``; by no code of theirs."""
    named = dict.fromkeys(match[0] for match in _PATH.finditer(prompt[:_READ]) if match[1] in namespace)
    held: dict[str, object] = {}
    for path in list(named)[:_PATHS]:
        from .look.paths import find

        found = find(path, namespace, terms)
        if not isinstance(found, str) and found.place < 0:
            held[found.path] = found.value
    return held


def _share(candidate: Candidate, value: object, after: Sequence[Candidate], room: int) -> int:
    """Tokens that a value may have: a mentioned one up to half of what is left, others an equal share of it."""
    most = _most(value)
    if candidate.mentioned:
        rivals = sum(other.mentioned for other in after)
        return min(2 * most, room // (rivals + 1) if rivals > 1 else int(room * _TOP_SHARE) if rivals else room)
    return min(most, max(_LEAST, room // (len(after) + 1)), room)


def _most(value: object) -> int:
    if not is_table(value):
        return _SCALAR
    size = dimensions(value)
    columns = size[1] if size is not None and len(size) == 2 else 1
    return next((tokens for bound, tokens in _TABLE if columns <= bound), _WIDE_TABLE)


def _title(text: str) -> str:
    return text.partition("\n")[0].partition(" ")[2].partition(" ")[2]
