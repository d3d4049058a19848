"""Columns of Python objects, looked at closely: lengths and keys of containers, and the few that are of another type.

Only exact types are looked into. Imports no data library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..containers import is_container, kinds, literal
from ..identity import class_name
from ..numbers import share
from ..scalars import is_missing, scalar
from ..terms import Terms

__all__ = ["held_lines"]

_KEYS = 40
_MOST_KEYS = 100  # of one dict
_SHOWN = 6
_WIDTH = 40


def held_lines(items: Sequence[Any], terms: Terms, *, whole: bool) -> list[str]:
    """Lines on objects, missing ones among them."""
    kept = [item for item in items if type(item) is str or not is_missing(item)]
    if not kept:
        return []
    lines = [f"holds {kinds(kept, most=8)}{'' if whole else f' in a sample of {len(kept):,}'}"]
    containers = [item for item in kept if is_container(item)]
    if containers:
        lines.append(_lengths([len(item) for item in containers]))
        lines += _keys([item for item in containers if type(item) is dict], terms)
        lines += _inside([item for item in containers if type(item) is list], terms)
    return [*lines, *_odd_ones(kept, terms)]


def _lengths(lengths: list[int]) -> str:
    ordered = sorted(lengths)
    empty = ordered.count(0)
    said = f"{empty:,} empty" if empty else "none empty"
    return f"lengths: {ordered[0]:,} to {ordered[-1]:,}, median {ordered[len(ordered) // 2]:,}, {said}"


def _keys(dicts: list[dict[Any, Any]], terms: Terms) -> list[str]:
    """The keys, with the share of dicts that have each and the types of what stands behind them."""
    tally: Counter[str] = Counter()
    types: dict[str, dict[int, type]] = {}
    for held in dicts:
        for key, value in list(dict.items(held))[:_MOST_KEYS]:
            if type(key) is str:
                tally[key] += 1
                types.setdefault(key, {})[id(type(value))] = type(value)
    told = [(key, count) for key, count in tally.most_common() if terms.detail == "sample" or count > 1]
    if not told:
        return []
    said = [
        f"{terms.plain(key, _WIDTH)} ({'/'.join(map(class_name, list(types[key].values())[:3]))}"
        f"{'' if count == len(dicts) else f', in {share(count, len(dicts))}'})"
        for key, count in told[:_KEYS]
    ]
    more = f", {len(told) - _KEYS:,} more" if len(told) > _KEYS else ""
    return [f"keys: {', '.join(said)}{more}"]


def _inside(lists: list[list[Any]], terms: Terms) -> list[str]:
    """What the lists hold, and which plain values they hold most often."""
    inner = [item for held in lists for item in held[:_MOST_KEYS]]
    if not inner:
        return []
    lines = [f"elements: {kinds(inner)}"]
    texts = Counter(item for item in inner if type(item) is str)
    often = [(text, count) for text, count in texts.most_common(2 * _SHOWN) if count > 1]
    if often:
        lines.append(f"elements most often: {', '.join(f'{terms.quoted(text, _WIDTH)} ({n:,})' for text, n in often)}")
    return lines


def _odd_ones(kept: list[Any], terms: Terms) -> list[str]:
    """Values of the types that are not the column's main one: what makes numbers a column of objects."""
    by_type: dict[int, list[Any]] = {}
    for item in kept:
        by_type.setdefault(id(type(item)), []).append(item)
    groups = sorted(by_type.values(), key=len, reverse=True)[1:5]
    return [line for group in groups if (line := _told(group, terms))]


def _told(group: list[Any], terms: Terms) -> str:
    known = [scalar(item, terms, _WIDTH) or literal(item, terms, _WIDTH) for item in group[:2_000]]
    often = [pair for pair in Counter(known).most_common() if terms.detail == "sample" or pair[1] > 1]
    if not often:
        return ""
    more = f", {len(often) - _SHOWN:,} more" if len(often) > _SHOWN else ""
    values = ", ".join(f"{text} ({count:,})" for text, count in often[:_SHOWN])
    return f"{class_name(type(group[0]))} values: {values}{more}"
