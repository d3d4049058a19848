"""Golden event files, a clock that is told the time, and a page that records what is published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kimi_jupyter.chat.events import CallDrafted, Event, ReasoningDelta, TextDelta, event_from_dict

GOLDEN = Path(__file__).parent.parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.jsonl"))


def golden(name: str) -> list[Event]:
    lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [event_from_dict(json.loads(line)) for line in lines]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Page:
    """Displays in order, as a front end holds them; an update changes one in place."""

    def __init__(self) -> None:
        self.displays: dict[str, dict[str, Any]] = {}
        self.published: list[dict[str, Any]] = []

    def __call__(self, data: dict[str, Any], *, display_id: str, update: bool) -> None:
        assert update == (display_id in self.displays), "a display is made once and updated ever after"
        assert data.get("text/plain"), "every display has plain text"
        self.displays[display_id] = data
        self.published.append(data)

    @property
    def bytes(self) -> int:
        return sum(len(text.encode()) for data in self.published for text in data.values())

    def texts(self, kind: str = "text/plain") -> list[str]:
        return [data[kind] for data in self.displays.values() if kind in data]

    def find(self, words: str, kind: str = "text/html") -> str:
        return next(text for text in self.texts(kind) if words in text)


def follow(view: Any, events: list[Event], clock: Clock, seconds: float = 0.02) -> Iterator[Event]:
    """Feed a view as the kernel's consumer does; yields each event after the view has seen it."""
    shown = clock.now
    for event in events:
        view.feed(event)
        delta = isinstance(event, ReasoningDelta | TextDelta | CallDrafted)
        if not delta or clock.now - shown >= 0.1:
            view.flush()
            shown = clock.now
        yield event
        clock.now += seconds


def play(view: Any, events: list[Event], clock: Clock, seconds: float = 0.02) -> None:
    """Follow to the end."""
    for _ in follow(view, events, clock, seconds):
        pass
    view.close()
