"""Conversations and their turns, for the sidebar's list: each turn as the short list of events that draws it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...store import Store, StoredTurn
from ..session import Session
from .retelling import retold

__all__ = ["conversation", "conversations", "file_name", "found"]

#: Characters of one conversation's events that are sent; of older turns the question and the answer.
_MOST = 6_000_000


def conversations(session: Session, chosen: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The notebook's conversations, last used first; of those chosen, in their order."""
    current = session.conversation.key
    known = {one.id: one for one in session.store.conversations(None if chosen is not None else session.notebook)}
    order = list(known) if chosen is None else [key for key in chosen if key in known]
    if current not in known and chosen is None and (here := session.store.conversation(current)):
        known[current], order = here, [current, *order]  # of a notebook that was renamed meanwhile
    return [
        {
            "id": key,
            "title": known[key].title,
            "updated": known[key].updated,
            "turns": known[key].turns,
            "current": key == current,
        }
        for key in order
        if known[key].turns or key == current
    ]


def found(session: Session, text: str) -> list[dict[str, Any]]:
    """The conversations in which something is said, the best first, each with the passage that was found."""
    notebook = session.notebook or None
    passages: dict[str, str] = {}
    for hit in session.store.search(text, notebook, 100):
        passages.setdefault(hit.conversation, hit.snippet)
    return [item | {"snippet": passages[item["id"]]} for item in conversations(session, list(passages))]


def conversation(session: Session) -> dict[str, Any]:
    """The message ``conversation``: the one that goes on, with all its turns."""
    key = session.conversation.key
    known = session.store.conversation(key)
    return {
        "kind": "conversation",
        "id": key,
        "title": known.title if known else "",
        "turns": list(_turns(session, key)),
    }


def _turns(session: Session, key: str) -> Iterator[dict[str, Any]]:
    live = session.live
    told = [turn_now(session.store, key, turn) for turn in session.store.turns(key) if not live or turn.id != live.turn]
    left = _MOST
    for item in reversed(told):
        size = len(json.dumps(item["events"]))
        if size > left:
            item["events"] = _brief(item["events"])
        left = max(0, left - size)
    yield from told
    if live is not None and live.conversation == key:
        yield {
            "turn": live.turn,
            "prompt": live.prompt,
            "place": live.place,
            "at": live.at,
            "events": live.stream.short(),
            "times": live.times(),
            "live": True,
        }


def turn_now(store: Store, key: str, turn: StoredTurn) -> dict[str, Any]:
    """A turn that is over, as the page is told of it."""
    record = store.record(turn.id) or {}
    events = record.get("events")
    place = record.get("place")
    return {
        "turn": turn.id,
        "prompt": turn.prompt,
        "place": place if place in ("cell", "sidebar") else "cell",
        "at": turn.started,
        "events": events if isinstance(events, list) else retold(store, key, turn),
        "times": {name: record[name] for name in ("seconds", "thought") if name in record},
        "live": False,
    }


def _brief(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a turn's events, those that say the question, the answer and how it ended."""
    last = max((place for place, event in enumerate(events) if event["type"] == "step_started"), default=0)
    kept = [event for event in events[last:] if event["type"] in ("step_started", "text_delta")]
    return [
        *(e for e in events if e["type"] == "turn_started"),
        *kept,
        *(e for e in events if e["type"] == "turn_ended"),
    ]


def file_name(title: str) -> str:
    """A file's name, without its end, made of a title."""
    words = re.findall(r"\w+", title)[:8]
    return "-".join(words)[:60].lower() or "conversation"
