"""The plan that the model keeps of long work, and the user may change: a list of items, open, done or dropped.

The model changes it with the tool ``plan`` and reads it in the tool's result. The result, and the note that tells of a
user's change, hold the whole list: so it is found again in the messages of a conversation that is resumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from ..chat.events import Planned
from ..chat.messages import Message, ToolResult, User
from .steering import NOTE
from .tools import Tool

__all__ = ["PLAN", "Item", "Plan", "items_from", "plan_tool"]

State = Literal["open", "done", "dropped"]

#: The tool's name.
PLAN = "plan"
#: Items of a plan, characters of one.
_MOST, _LONGEST = 30, 200
_CHANGED = f"{NOTE} I have changed the plan. Go on by it:"
_MARKS: dict[str, State] = {" ": "open", "x": "done", "-": "dropped"}
_LINE = re.compile(r"\[([ x-])\] \d+\. (.+)")


@dataclass(frozen=True, slots=True)
class Item:
    """One item; its text is one line."""

    text: str
    state: State = "open"


class Plan:
    """The plan of a conversation.

    Parameters
    ----------
    messages
        Of the conversation, where it is resumed.
    """

    def __init__(self, messages: Sequence[Message] = ()) -> None:
        self.items: tuple[Item, ...] = next((found for message in reversed(messages) if (found := _read(message))), ())
        self._told = self.items

    def change(self, add: Sequence[str] = (), done: Sequence[int] = (), drop: Sequence[int] = ()) -> str:
        """Change it; returns it as text, with what could not be done."""
        items, wrong = list(self.items), []
        for state, numbers in (("done", done), ("dropped", drop)):
            for number in numbers:
                if 1 <= number <= len(items):
                    items[number - 1] = replace(items[number - 1], state=cast("State", state))
                else:
                    wrong.append(f"There is no item {number}.")
        if len(items) + len(add) > _MOST:
            wrong.append(f"A plan has at most {_MOST} items; the rest was not added.")
        items += [Item(text) for line in add if (text := _one_line(line))]
        self.items = tuple(items[:_MOST])
        return "\n".join([self.text, *wrong])

    def replace(self, items: Iterable[Item]) -> str:
        """The user's plan instead; returns the note that tells the model."""
        self.items = tuple(items)[:_MOST]
        return f"{_CHANGED}\n{self.text}"

    def begin(self) -> None:
        """A new question begins: a plan that was carried out is over."""
        if all(item.state != "open" for item in self.items):
            self.items = self._told = ()

    def news(self) -> Planned | None:
        """The plan for views, if it is another than they were told."""
        if self.items == self._told:
            return None
        self._told = self.items
        return self.shown()

    def shown(self) -> Planned:
        """The plan for views."""
        return Planned(tuple((item.text, item.state) for item in self.items))

    @property
    def text(self) -> str:
        """The list, as the model reads it."""
        marks = {state: mark for mark, state in _MARKS.items()}
        lines = (f"[{marks[item.state]}] {number}. {item.text}" for number, item in enumerate(self.items, 1))
        return "\n".join(lines) or "The plan is empty."


def plan_tool(plan: Callable[[], Plan]) -> Tool:
    """The tool by which the model keeps a plan; ``plan`` gives that of the conversation that goes on."""

    async def change(**asked: Any) -> str:
        return plan().change(**asked)

    numbers = {"type": "array", "items": {"type": "integer"}}
    return Tool(
        name=PLAN,
        description=(
            "Keep a plan of work that takes many steps; the user sees it as a checklist and may change it. Add items "
            "before you begin, mark them done as you go, drop what turned out needless. Short work needs none."
        ),
        parameters={
            "type": "object",
            "properties": {
                "add": {"type": "array", "items": {"type": "string"}, "description": "New items, a short line each."},
                "done": {**numbers, "description": "Numbers of items that are done."},
                "drop": {**numbers, "description": "Numbers of items to drop."},
            },
            "additionalProperties": False,
        },
        gated=False,
        function=change,
        place="engine",
    )


def items_from(data: object) -> tuple[Item, ...] | None:
    """The items in what a view sent, ``[{"text": …, "state": …}, …]``; ``None`` where it is no plan."""
    if not isinstance(data, list) or len(data) > _MOST:
        return None
    items = []
    for row in data:
        text, state = (row.get("text"), row.get("state")) if isinstance(row, dict) else (None, None)
        if not isinstance(text, str) or not (line := _one_line(text)) or state not in _MARKS.values():
            return None
        items.append(Item(line, cast("State", state)))
    return tuple(items)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]


def _read(message: Message) -> tuple[Item, ...]:
    """The plan in a message that has one."""
    told = isinstance(message, User) and message.text.startswith(_CHANGED)
    if not told and not (isinstance(message, ToolResult) and message.name == PLAN):
        return ()
    found = filter(None, map(_LINE.fullmatch, message.text.splitlines()))
    return tuple(Item(line[2], _MARKS[line[1]]) for line in found)
