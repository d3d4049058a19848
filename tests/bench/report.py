"""What a run found, by topic: tables of figures, and goals with whether they were met. Makes ``RESULTS.md`` of it.

Each topic is kept as JSON below ``build/bench``, so that a run of one topic leaves the others as they were; nothing in
``RESULTS.md`` is typed. Imports nothing of ours.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import plots
from .topics import TOPICS

__all__ = ["Limit", "Report", "Topic", "write_results"]

_ROOT = Path(__file__).parents[2]
_KEPT = _ROOT / "build" / "bench"
_RESULTS = Path(__file__).with_name("RESULTS.md")
_OURS = "kimi_jupyter"

Cell = str | float | int


@dataclass(frozen=True, slots=True)
class Limit:
    """A goal: at most so much, or at least."""

    bound: float
    unit: str
    least: bool = False

    def met(self, value: float) -> bool:
        """Whether a value keeps it."""
        return value >= self.bound if self.least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {_told(self.bound)} {self.unit}".rstrip()


@dataclass(slots=True)
class Topic:
    """What was found of one topic.

    Attributes
    ----------
    at
        When, UTC.
    load
        The most processes that wanted a core, over a minute.
    tables
        By title: rows by name, each with its cells by column.
    goals
        Each with what it is about, the goal, the figure, and whether it was met.
    notes
        What was left out, and why; versions.
    plots
        By file name: title, unit and bars.
    """

    at: str = ""
    load: float = 0.0
    tables: dict[str, dict[str, dict[str, Cell]]] = field(default_factory=dict)
    goals: list[tuple[str, str, str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plots: dict[str, tuple[str, list[tuple[str, float]]]] = field(default_factory=dict)


class Report:
    """Collects what a run finds."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}

    def _topic(self, topic: str) -> Topic:
        found = self.topics.setdefault(topic, Topic(time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())))
        found.load = max(found.load, os.getloadavg()[0])
        return found

    def row(self, topic: str, name: str, cells: Mapping[str, Cell], table: str = "") -> None:
        """Note a row of a topic's table, or more of its cells."""
        self._topic(topic).tables.setdefault(table, {}).setdefault(name, {}).update(cells)

    def goal(self, topic: str, what: str, value: float, limit: Limit) -> None:
        """Note a goal and the figure."""
        said = f"{_told(value)} {limit.unit}".rstrip()
        self._topic(topic).goals.append((what, str(limit), said, limit.met(value)))

    def note(self, topic: str, text: str) -> None:
        """Note what a reader has to know."""
        if text not in (notes := self._topic(topic).notes):
            notes.append(text)

    def bars(self, topic: str, title: str, unit: str, bars: list[tuple[str, float]]) -> None:
        """Note a plot of bars, on a scale of powers of ten."""
        self._topic(topic).plots[title] = (unit, bars)

    def keep(self) -> None:
        """Write each topic of this run down."""
        _KEPT.mkdir(parents=True, exist_ok=True)
        for name, topic in self.topics.items():
            (_KEPT / f"{name}.json").write_text(json.dumps(asdict(topic), ensure_ascii=False, indent=1))


def write_results(machine: list[str]) -> Path:
    """Write ``RESULTS.md`` and its plots of all that was kept; returns its path."""
    found = {name: kept for name in TOPICS if (kept := _kept(name)) is not None}
    goals = [
        (f"{TOPICS[name][0]}: {what}", goal, said, "yes" if met else "**no**")
        for name, topic in found.items()
        for what, goal, said, met in topic.goals
    ]
    held = sum(met == "yes" for *_, met in goals)
    lines = ["# Figures", "", "Written by `make bench`; `README.md` says how each is measured.", "", *machine, ""]
    lines += [f"## Goals: {held} of {len(goals)} met", "", *_grid([("", "goal", "here", "met"), *goals])]
    for name, topic in found.items():
        lines += ["", *_section(name, topic)]
    _RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return _RESULTS


def _kept(name: str) -> Topic | None:
    path = _KEPT / f"{name}.json"
    return Topic(**json.loads(path.read_text())) if path.exists() else None


def _section(name: str, topic: Topic) -> list[str]:
    title, about = TOPICS[name]
    lines = [f"## {title}", "", f"{about} Measured {topic.at}, load up to {topic.load:.1f}."]
    for heading, rows in topic.tables.items():
        lines += ["", *([f"**{heading}**", ""] if heading else []), *_grid(_cells(rows))]
    for place, (heading, (unit, bars)) in enumerate(topic.plots.items()):
        file = f"{name}-{place + 1}.svg"
        drawn = plots.bars(heading, unit, [(name, value) for name, value in bars], _OURS)
        _RESULTS.with_name(file).write_text(drawn, encoding="utf-8")
        lines += ["", f"![{heading}]({file})"]
    for before, note in itertools.pairwise(["", *topic.notes]):
        lines += [note] if note.startswith("- ") and before.startswith("- ") else ["", note]
    return lines


def _cells(rows: dict[str, dict[str, Cell]]) -> list[tuple[str, ...]]:
    columns = list(dict.fromkeys(column for cells in rows.values() for column in cells))
    table = [("", *columns)]
    for name, cells in rows.items():
        said = [_told(cells[column]) if column in cells else "" for column in columns]
        ours = name.startswith(_OURS)
        table.append(tuple(f"**{cell}**" if ours and cell else cell for cell in (name, *said)))
    return table


def _grid(rows: list[tuple[str, ...]]) -> list[str]:
    """A Markdown table; the first row is its head."""
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, "|" + "---|" * len(rows[0]), *body]


def _told(value: Any) -> str:
    """A number as a reader wants it: three figures, thousands apart."""
    if isinstance(value, str):
        return value
    size = abs(value)
    if size >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"
