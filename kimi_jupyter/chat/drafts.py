"""Fragments to calls: which call a fragment belongs to, and what the calls add up to.

The rules are those of protocol §3.5.3: by index, else by id, else by place in the delta, else the call that is open.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .events import CallDrafted
from .wire import CallDelta

__all__ = ["MOST_CALLS", "Draft", "Drafts", "read_lenient", "replayable"]

#: Calls of one reply that are kept (hazards PRO-28).
MOST_CALLS = 128
#: Characters of one call's arguments, of an id, of a name.
_MOST_ARGUMENTS, _MOST_ID, _MOST_NAME = 2_000_000, 200, 200


@dataclass(slots=True)
class Draft:
    """A call as far as it came; ``key`` is its place among the calls, ``id`` and ``name`` may be missing."""

    key: int
    id: str | None = None
    name: str = ""
    parts: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def arguments(self) -> str:
        """The arguments as the model wrote them."""
        return "".join(self.parts)

    @property
    def complete(self) -> bool:
        """Whether the arguments are a whole JSON object already."""
        return bool(self.parts) and self.parts[-1].rstrip()[-1:] == "}" and read_lenient(self.arguments) is not None


class Drafts:
    """The calls of one reply.

    Attributes
    ----------
    dropped
        How many calls came beyond the most that are kept.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._all: dict[int, Draft] = {}
        self._by_label: dict[int, Draft] = {}  # an index, or for a place its complement
        self._by_id: dict[str, Draft] = {}
        self._open: Draft | None = None
        self._next = 0

    def __bool__(self) -> bool:
        return bool(self._all)

    def ordered(self) -> list[Draft]:
        """The calls in the order of their indices."""
        return [self._all[key] for key in sorted(self._all)]

    def feed(self, fragment: CallDelta) -> CallDrafted | None:
        """Take a fragment in; returns what a view shows of it."""
        found = self._find(fragment)
        draft = found or self._begin(fragment)
        if draft is None:
            return None
        self._open = draft
        if fragment.id and draft.id is None and len(fragment.id) <= _MOST_ID:
            draft.id = fragment.id
            self._by_id.setdefault(fragment.id, draft)
        named = bool(fragment.name) and not draft.name
        if named and fragment.name:
            draft.name = fragment.name[:_MOST_NAME]
        added = self._add(draft, fragment)
        return CallDrafted(draft.key, draft.name, added) if named or added or not found else None

    def _add(self, draft: Draft, fragment: CallDelta) -> str:
        arguments = fragment.arguments or ""
        again = fragment.id and fragment.name and draft.size == len(arguments) and draft.arguments == arguments
        if draft.size > _MOST_ARGUMENTS or not arguments or (again and draft.complete):
            return ""
        draft.parts.append(arguments)
        draft.size += len(arguments)
        return arguments

    def _find(self, fragment: CallDelta) -> Draft | None:
        """The call that a fragment goes on with, or ``None`` if it begins another."""
        label = _label(fragment)
        known: Draft | None
        if fragment.index is None and fragment.id and fragment.id in self._by_id:
            known = self._by_id[fragment.id]
        elif label is not None:
            known = self._by_label.get(label)
        else:
            known = self._open
        return None if known is None or _another(known, fragment, labelled=fragment.index is not None) else known

    def _begin(self, fragment: CallDelta) -> Draft | None:
        if not (fragment.id or fragment.name or fragment.arguments):
            return None
        if len(self._all) >= MOST_CALLS:
            self._open = None
            self.dropped += bool(fragment.id or fragment.name)
            return None
        key = self._next if fragment.index is None or fragment.index in self._all else fragment.index
        self._next = max(self._next, key + 1)
        draft = self._all[key] = Draft(key)
        label = _label(fragment)
        if label is not None:
            self._by_label[label] = draft
        return draft


def _label(fragment: CallDelta) -> int | None:
    if fragment.index is not None:
        return fragment.index
    return None if fragment.place is None else ~fragment.place


def _another(known: Draft, fragment: CallDelta, *, labelled: bool) -> bool:
    """Whether a fragment that could go on with a call begins another instead."""
    if fragment.id and known.id == fragment.id:  # an id for two calls is seen too, each whole
        whole = fragment.name and fragment.arguments and not labelled and known.complete
        return bool(whole) and known.arguments != fragment.arguments
    going_on = fragment.name == known.name and known.size > 0 and not known.complete
    if fragment.id and known.id:  # some change the id in the middle of a call
        return bool(fragment.name or (fragment.arguments and not labelled and known.complete)) and not going_on
    return bool(fragment.name and known.name) and not labelled and not going_on


# ---- arguments -------------------------------------------------------------------------------------------------------


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def read_lenient(arguments: str) -> dict[str, Any] | None:
    """The JSON object of a call's arguments, also with bare line breaks in its strings; ``None`` if it is none."""
    try:
        value = json.loads(arguments, strict=False, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def replayable(arguments: str) -> str:
    """Arguments that every server takes in a history: the text itself if it is a JSON object, else one mended.

    What can't be read as an object becomes ``{}`` (protocol §3.5.6).
    """
    value = read_lenient(arguments)
    if value is None:
        return "{}"
    try:
        json.loads(arguments)
    except ValueError:  # bare control characters, which servers refuse
        return json.dumps(value, ensure_ascii=False)
    return arguments
