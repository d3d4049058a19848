"""From ``sales['unit price']`` or ``model.coef_`` to the value, by steps that run no code of anybody's.

Steps go to a table's column, to what an exact dict, list or tuple holds, and to attributes that an object itself holds;
never through properties, ``__getattr__``, modules or private names, since what they lead to was not put there to be
looked at. Imports no data library.
"""

from __future__ import annotations

import collections
import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from ..attributes import attributes, named_fields
from ..frames import Frame, frame_of, label_text
from ..identity import is_a, mro, type_name
from ..names import snapshot
from ..scalars import scalar
from ..sizes import is_plain_index, is_table, lazy_library
from ..terms import Terms

__all__ = ["Found", "column_of", "find"]

_NAME = re.compile(r"[^\W\d]\w*")
_DOTTED = re.compile(r"\.\s*(?:`(?P<quoted>[^`]+)`|(?P<name>\w+))")
_QUOTED = re.compile(r"""\[\s*(?P<mark>['"])(?P<text>(?:\\.|(?!(?P=mark)).)*)(?P=mark)\s*\]""", re.DOTALL)
_BARE = re.compile(r"\[(?P<text>[^\[\]]*)\]")
_ESCAPE = re.compile(r"\\(['\"\\])")
_MAPPINGS = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)
_SEQUENCES = (list, tuple, collections.deque)
_STEPS = 12
_LISTED = 40
_GIVEN = 60  # characters of a name that is given back
_KEYS = 1_000_000  # keys of a dict that are gone through
_NOT_THEIRS = frozenset(("In", "Out", "get_ipython", "exit", "quit", "open", "display"))
_PLAIN_LABELS = frozenset(map(id, (str, int, float, bool)))


@dataclass(frozen=True, slots=True)
class Found:
    """A value that was found.

    Attributes
    ----------
    path
        How it is told, screened: ``sales['unit price']``.
    value
        The value; of a column its table.
    frame
        The value as a table, if it is one.
    place
        The column that is meant, -1 for the whole value.
    last
        The last step's name: what the value is called where it was found.
    """

    path: str
    value: Any
    frame: Frame | None
    place: int = -1
    last: str = ""


def find(name: str, namespace: Mapping[str, object], terms: Terms) -> Found | str:
    """What a name leads to, or in one line what there is instead.

    Parameters
    ----------
    name
        A variable, with steps after dots or in brackets: ``sales.price``, ``results[0]``, ``cfg['lr']``.
    namespace
        The user's variables.
    terms
        What is hidden, and whether keys may be told.
    """
    wanted = name.strip().lstrip("@").strip()
    values = snapshot(namespace)
    if wanted in values:
        return _found(terms.plain(wanted, _GIVEN), values[wanted], wanted, terms)
    match = _NAME.match(wanted)
    variable = match[0] if match else ""
    if variable not in values:
        return _no_variable(variable or wanted, values, terms)
    found: Found | str = _found(variable, values[variable], variable, terms)
    rest = wanted[len(variable) :].strip()
    for _ in range(_STEPS):
        if isinstance(found, str) or not rest:
            return found
        found, rest = _step(found, rest, terms)
    return f"{terms.plain(wanted, _GIVEN)!r} has too many steps; at most {_STEPS} are gone."


def column_of(frame: Frame, name: str, path: str, terms: Terms) -> int | str:
    """The place of a column by its name, or in one line which columns there are."""
    bare = name.strip()
    for place, label in enumerate(frame.labels):
        if _spelt(label, terms) in (name, bare):
            return place
    names = [label_text(label, terms) for label in frame.labels]
    hint = _hint(bare, names)
    more = f", … {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return f"{path} has no column {terms.plain(bare, _GIVEN)!r}.{hint} It has: {', '.join(names[:_LISTED])}{more}."


def _found(path: str, value: Any, last: str, terms: Terms) -> Found:
    return Found(path, value, frame_of(value, terms) if is_table(value) else None, last=last)


def _step(found: Found, rest: str, terms: Terms) -> tuple[Found | str, str]:
    """One step on, and what of the name is left."""
    if (found.frame is not None and found.frame.single) or found.place >= 0:
        return f"{found.path} is a column, and there is nothing within it to inspect; leave out {rest[:_GIVEN]!r}.", ""
    if found.frame is not None:
        return _into_table(found, found.frame, rest, terms)
    parsed = _parsed(rest)
    if parsed is None:
        return f"{rest[:_GIVEN]!r} can't be read; write {found.path}.name, {found.path}['name'] or {found.path}[0].", ""
    key, rest = parsed
    return _into_value(found, key, terms), rest


def _parsed(rest: str) -> tuple[str | int, str] | None:
    """The name or number of the next step, and what comes after it."""
    if match := _DOTTED.match(rest):
        return match["quoted"] or match["name"], rest[match.end() :].strip()
    if match := _QUOTED.match(rest):
        return _ESCAPE.sub(r"\1", match["text"]), rest[match.end() :].strip()
    if match := _BARE.match(rest):
        text = match["text"].strip()
        return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text, rest[match.end() :].strip()
    return None


def _into_table(found: Found, frame: Frame, rest: str, terms: Terms) -> tuple[Found | str, str]:
    """A column; after a dot the longest label that the text begins with, since labels hold dots and blanks too."""
    if rest.startswith("."):
        spelt = [(_spelt(label, terms), place) for place, label in enumerate(frame.labels)]
        fitting = [(label, place) for label, place in spelt if label and _begins(rest[1:].strip("`"), label)]
        if fitting:
            label, place = max(fitting, key=lambda pair: (len(pair[0]), -pair[1]))
            return _column(found, frame, place, terms), rest[1:].strip("`")[len(label) :].strip()
    parsed = _parsed(rest)
    key, left = parsed if parsed is not None else (rest.strip(".[]'\" "), "")
    place_or_not = column_of(frame, str(key), found.path, terms)
    if isinstance(place_or_not, int):
        return _column(found, frame, place_or_not, terms), left
    if key == "index" and (index := _index_frame(found.value, terms)) is not None:
        return Found(f"{found.path}.index", found.value, index, last="index"), left
    return place_or_not, ""


def _begins(text: str, label: str) -> bool:
    return text == label or (text.startswith(label) and text[len(label) :].lstrip()[:1] in (".", "["))


def _column(found: Found, frame: Frame, place: int, terms: Terms) -> Found:
    label = frame.labels[place]
    return replace(found, path=f"{found.path}{_bracketed(label, terms)}", place=place, last=_spelt(label, terms))


def _bracketed(label: Any, terms: Terms) -> str:
    if type(label) is str and label.isidentifier():
        return f".{terms.plain(label, _GIVEN)}"
    return f"[{terms.quoted(label, _GIVEN) if type(label) is str else label_text(label, terms)}]"


def _spelt(label: Any, terms: Terms) -> str:
    """A label as a name may spell it; ``""`` for one of a type that is not looked at."""
    if id(type(label)) in _PLAIN_LABELS:
        return str(label)
    if type(label) is tuple:
        return str(label) if all(id(type(part)) in _PLAIN_LABELS for part in label) else ""
    return scalar(label, terms, _GIVEN) or ""


def _index_frame(table: Any, terms: Terms) -> Frame | None:
    """The row labels of a pandas table as a column."""
    if not is_a(table, "pandas.DataFrame") or not is_plain_index(table.index) or is_a(table.index, "pandas.MultiIndex"):
        return None
    from ..pandas_frame import dtype_text, pandas_column

    index = table.index
    return Frame(
        type_name(index).rpartition(".")[2],
        len(index),
        [index.name],
        [dtype_text(index.dtype)],
        column=lambda place: pandas_column(index),
        size=str,
        index=lambda study: "",
        single=True,
    )


def _into_value(found: Found, key: str | int, terms: Terms) -> Found | str:
    """What a container or an object holds under a key, at a place, or as an attribute."""
    value, path = found.value, found.path
    if lazy_library(value):
        return f"{path} is a {type_name(value)}, which is not computed; inspect {path} itself for its schema."
    if any(type(value) is kind for kind in _MAPPINGS):
        return _into_dict(found, key, terms)
    if any(type(value) is kind for kind in _SEQUENCES) and type(key) is int:
        if not -len(value) <= key < len(value):
            return f"{path} has {len(value):,} items, so there is no {path}[{key}]."
        return _found(f"{path}[{key}]", value[key], str(key), terms)
    if _is_open_to_all(value):
        return f"{path} is a {type_name(value)}, and such are not looked into; inspect a variable of the user's."
    fields = [pair for pair in named_fields(value) or attributes(value) if not pair[0].startswith("_")]
    names = [name for name, _ in fields]
    if type(key) is str and key in names:
        return _found(f"{path}.{terms.plain(key, _GIVEN)}", dict(fields)[key], key, terms)
    return f"{path} is a {type_name(value)} and {_lacks(key, names, terms)}"


def _is_open_to_all(value: Any) -> bool:
    """Whether this is a module, through which everything can be reached, the environment's keys too."""
    return any(base is ModuleType for base in mro(type(value)))


def _lacks(key: str | int, names: list[str], terms: Terms) -> str:
    told = terms.plain(str(key), _GIVEN)
    if not names:
        return f"holds no attribute {told!r} that can be read without running code; inspect it as a whole."
    listed = ", ".join(terms.plain(name, _GIVEN) for name in names[:_LISTED])
    return f"holds no attribute {told!r}.{_hint(told, names)} It holds: {listed}."


def _into_dict(found: Found, key: str | int, terms: Terms) -> Found | str:
    """What a dict holds under this key, found without a hash or a comparison of a foreign key's."""
    held, path = list(dict.items(found.value))[:_KEYS], found.path
    for name, value in held:
        if type(name) is type(key) and name == key:
            step = json.dumps(key, ensure_ascii=False) if type(key) is str else str(key)
            return _found(f"{path}[{terms.plain(step, _GIVEN)}]", value, str(key), terms)
    for name, value in held:  # a number written as a name, or the other way round
        if id(type(name)) in _PLAIN_LABELS and str(name) == str(key):
            return _found(f"{path}[{scalar(name, terms, _GIVEN)}]", value, str(key), terms)
    told = terms.plain(str(key), _GIVEN)
    if terms.detail != "sample":
        return f"{path} has no key {told!r}; its keys are not told with detail {terms.detail}."
    names = [name for name, _ in held if type(name) is str]
    listed = ", ".join(text for name, _ in held[:_LISTED] if (text := scalar(name, terms, _GIVEN)))
    return f"{path} has no key {told!r}.{_hint(told, names)} It has {len(held):,}: {listed or 'none that can be told'}."


def _hint(wanted: str, names: list[str]) -> str:
    low = {name.lower(): name for name in reversed(names)}
    close = difflib.get_close_matches(wanted.lower(), low, n=1)
    return f" Did you mean {low[close[0]]!r}?" if close else ""


def _no_variable(name: str, values: Mapping[str, object], terms: Terms) -> str:
    names = [known for known in values if not known.startswith("_") and known not in _NOT_THEIRS]
    names.sort(key=lambda known: (not is_table(values[known]), known))
    listed = ", ".join(names[:_LISTED])
    return f"There is no variable {terms.plain(name, _GIVEN)!r}.{_hint(name, names)} There are: {listed or 'none'}."
