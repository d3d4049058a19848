"""Conversations and their turns, for the sidebar's list: each turn as the short list of events that draws it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...store import Store, StoredTurn
from ...view.words import cut
from ..session import Session
from .retelling import retold

__all__ = ["conversation", "conversations", "file_name", "found", "whole"]

#: Characters of a conversation's newest turns that are told in full, and then of older ones that are told in brief.
_FULL, _BRIEF = 2_000_000, 1_000_000
#: Characters of a question and of its answer in brief, and of those of turns that are older still.
_SOME, _LITTLE = 1_000, 60


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
    over = [turn for turn in session.store.turns(key) if not live or turn.id != live.turn]
    yield from _bounded(turn_now(session.store, key, turn) for turn in reversed(over))
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


def _bounded(newest_first: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Turns in their order, older ones in brief where there are many: a page asks for the whole of those it shows."""
    told: list[dict[str, Any]] = []
    full, brief = _FULL, _BRIEF
    for item in newest_first:
        if full > 0:
            full -= len(json.dumps(item))
            told.append(item)
        else:
            told.append(_brief(item, _SOME if brief > 0 else _LITTLE))
            brief -= len(json.dumps(told[-1]))
    return told[::-1]


def whole(session: Session, turn: str) -> dict[str, Any] | None:
    """A turn of the conversation that goes on, as a page is told of it; ``None`` where there is no such turn."""
    key = session.conversation.key
    known = next((one for one in session.store.turns(key) if one.id == turn), None)
    return turn_now(session.store, key, known) if known else None


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


def _brief(item: dict[str, Any], most: int) -> dict[str, Any]:
    """A turn by its question, its answer and how it ended, both texts cut."""
    events: list[dict[str, Any]] = item["events"]
    prompt = cut(item["prompt"], most)
    last = max((place for place, event in enumerate(events) if event["type"] == "step_started"), default=0)
    said = "".join(event["text"] for event in events[last:] if event["type"] == "text_delta")
    kept = [
        *(event | {"prompt": ""} for event in events if event["type"] == "turn_started"),
        *([{"type": "text_delta", "text": cut(said, most)}] if said else []),
        *(event | {"message": cut(event["message"], most)} for event in events if event["type"] == "turn_ended"),
    ]
    return item | {"prompt": prompt, "events": kept, "times": {}, "brief": True}


def file_name(title: str) -> str:
    """A file's name, without its end, made of a title."""
    words = re.findall(r"\w+", title)[:8]
    return "-".join(words)[:60].lower() or "conversation"
