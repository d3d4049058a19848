"""A list of dicts, told as the table that it is: a line for each key with types, gaps and values.

Imports no data library.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Any

from .containers import kinds, literal
from .facts import Study
from .frames import label_text
from .phrases import phrases
from .scalars import is_missing
from .terms import Terms
from .wording import object_facts

__all__ = ["record_lines"]

_KEYS = 60
_WIDEST = 2_000  # keys of one record that are counted
_CELLS = 20_000  # values that are looked at
_LEVEL = 4
_PROBE = "a1b2c3d4"  # stands for a value
_FIRST = 200  # characters of the record that is shown


def record_lines(records: list[dict[str, Any]], terms: Terms) -> list[str]:
    """The description of dicts, all of whose keys are texts, without their number.

    Where no rows may show, only keys that most of them have are told: a rarer one may be a value itself.
    """
    looked_at = records[: max(2, _CELLS // max(map(len, records)))]
    names = Counter(key for record in looked_at for key in islice(record, _WIDEST) if type(key) is str)
    told = [name for name, count in names.items() if terms.detail == "sample" or 2 * count > len(looked_at)]
    study = Study(len(looked_at), len(told), terms)
    plain = [record if all(type(key) is str for key in record) else _texts_only(record) for record in looked_at]
    lines = [_line(name, plain, study) for name in told[:_KEYS]]
    if len(told) > _KEYS:
        lines.append(f"… {len(told) - _KEYS:,} more keys")
    if terms.detail == "sample":
        lines.append(f"first: {terms.screened(literal(records[0], terms, _FIRST))}")
    return lines


def _line(name: str, records: list[dict[str, Any]], study: Study) -> str:
    """One key as a column: a record without it counts as one where it is missing."""
    probe = f'"{name}": "{_PROBE}"'
    if _PROBE not in study.terms.screened(probe):  # it goes by a name such as "password"
        return study.terms.screened(f"- {probe}")
    values = [record.get(name) for record in records]
    facts = object_facts(values, study, exact=True)
    facts = replace(facts, notes=tuple(note for note in facts.notes if not note.startswith("holds ")))
    said = phrases(facts, study.terms, _LEVEL)
    kind = kinds([value for value in values if not is_missing(value)]) or "None"
    return study.terms.screened(f"- {label_text(name, study.terms)} ({kind}){': ' if said else ''}{', '.join(said)}")


def _texts_only(record: dict[Any, Any]) -> dict[str, Any]:
    """The record without keys of other classes, to which a name would be compared when it is looked up."""
    return {key: value for key, value in record.items() if type(key) is str}
