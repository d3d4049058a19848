"""Which columns of two tables look like keys to each other, and how far their values overlap. numpy is handed in.

Values of plain types are compared, never objects. Imports no data library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..frames import Frame, label_text
from ..labels import canonical, is_id
from ..numbers import share
from ..terms import Terms
from .values import Values, places_of, read
from .words import text_label

__all__ = ["overlap_lines"]

_COLUMNS = 24  # of each table that are compared
_SHOWN = 6
_LEAST = 0.05  # overlap below which two columns of different names are no pair
_FEWEST = 3  # different values that keys have
_MISSED = 3


@dataclass(frozen=True, slots=True)
class _Key:
    """A column that may be a key."""

    name: str
    label: str
    kind: str
    keys: frozenset[Any]
    counts: dict[Any, int]
    rows: int  # that were looked at and have a value

    @property
    def unique(self) -> bool:
        return len(self.keys) == self.rows


def overlap_lines(np: Any, one: tuple[str, Frame], other: tuple[str, Frame], terms: Terms) -> list[str]:
    """Lines on the pairs of columns that may join two tables, the likeliest first.

    Parameters
    ----------
    one, other
        Each table with its path as it is told.
    """
    (path, frame), (second, others) = one, other
    left, whole = _keys(np, frame, terms)
    right, also_whole = _keys(np, others, terms)
    pairs = [pair for a in left for b in right if (pair := _pair(a, b)) is not None]
    pairs.sort(key=lambda pair: -pair[0])
    if not pairs:
        return [f"no column of {path} shares enough values with one of {second} to look like a key"]
    mark = "" if whole and also_whole else "≈"
    title = f"columns of {path} that may join {second}, by how many different values they share"
    lines = [f"{title}{'' if not mark else ' (≈ from samples, which share less than the tables do)'}:"]
    for _, a, b in pairs[:_SHOWN]:
        lines.append(f"- {_told(a, b, path, second, mark, terms)}")
    more = len(pairs) - _SHOWN
    return [*lines, f"… {more:,} less likely pairs"] if more > 0 else lines


def _keys(np: Any, frame: Frame, terms: Terms) -> tuple[list[_Key], bool]:
    """The columns of texts and whole numbers, and whether all their rows are looked at."""
    columns = sorted(range(len(frame.labels)), key=lambda place: (not is_id(text_label(frame, place)), place))[
        :_COLUMNS
    ]
    found, whole = [], True
    for place in columns:
        if terms.late:
            break
        if "float" in frame.dtypes[place].lower() and not is_id(text_label(frame, place)):
            continue
        places = places_of(np, frame, [place], terms)
        values = read(np, frame.column(place), places, terms)
        key = _key(np, frame, place, values, terms)
        if key is not None:
            found.append(key)
            whole = whole and places is None
    return found, whole


def _key(np: Any, frame: Frame, place: int, values: Values, terms: Terms) -> _Key | None:
    if values.array is None or not len(present := values.present):
        return None
    if values.kind == "label" and all(type(name) is str or type(name) is int for name in values.names):
        tally = np.bincount(present, minlength=len(values.names)).tolist()
        counts = dict(zip(values.names, tally, strict=True))
    elif values.kind == "number":
        finite = present[np.isfinite(present)] if present.dtype.kind == "f" else present
        if present.dtype.kind == "f" and not bool((finite == np.floor(finite)).all()):
            return None
        found, often = np.unique(finite, return_counts=True)
        counts = dict(zip(map(int, found.tolist()), often.tolist(), strict=True))
    else:
        return None
    if len(counts) < _FEWEST:
        return None
    kind = "number" if values.kind == "number" else "text"
    name = label_text(frame.labels[place], terms)
    return _Key(name, canonical(text_label(frame, place)), kind, frozenset(counts), counts, sum(counts.values()))


def _pair(one: _Key, other: _Key) -> tuple[float, _Key, _Key] | None:
    """Two columns that may join, and how likely."""
    if one.kind != other.kind:
        return None
    shared = len(one.keys & other.keys)
    same = bool(one.label) and (one.label == other.label or (one.label.endswith(other.label) and is_id(other.label)))
    if not shared or (not same and shared < _LEAST * min(len(one.keys), len(other.keys))):
        return None
    if not same and one.kind == "number" and not (is_id(one.name) and is_id(other.name)):
        return None
    likely = shared / min(len(one.keys), len(other.keys))
    return 2.0 * same + likely + 0.5 * (one.unique or other.unique), one, other


def _told(one: _Key, other: _Key, path: str, second: str, mark: str, terms: Terms) -> str:
    shared = one.keys & other.keys
    rows = sum(one.counts[key] for key in shared)
    many = f"{'one' if one.unique else 'many'} to {'one' if other.unique else 'many'}"
    said = [
        f"{one.name} ↔ {other.name}: {many}",
        f"{mark}{share(len(shared), len(one.keys))} of the {mark}{len(one.keys):,} values in {path} are in {second}",
        f"{mark}{share(len(shared), len(other.keys))} of the {mark}{len(other.keys):,} in {second} are in {path}",
        f"{mark}{share(rows, one.rows)} of the rows of {path} match",
    ]
    missed = [key for key in one.keys if key not in shared]
    if missed and terms.detail == "sample" and not mark:
        chosen = sorted(missed, key=lambda key: (-one.counts[key], str(key)))[:_MISSED]
        said.append(f"without a match e.g. {', '.join(_key_text(key, terms) for key in chosen)}")
    return ", ".join(said)


def _key_text(key: Any, terms: Terms) -> str:
    return terms.quoted(key, 40) if type(key) is str else str(key)
