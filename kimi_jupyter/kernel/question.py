"""What is asked, and what the place of a question brings to its turn. Plain values; imports next to nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..agent.steering import Steering
from ..agent.tools import Toolbox
from ..chat.events import Event
from .live import Place

if TYPE_CHECKING:
    from ..agent.execution import Executor
    from ..agent.gate import Ask
    from ..context import Context

__all__ = ["AS_SET", "Begun", "Host", "Options", "Question"]


@dataclass(frozen=True, slots=True)
class Options:
    """What one question asks differently from the settings; empty means as set."""

    provider: str = ""
    model: str = ""
    approve: str = ""
    max_steps: int = 0
    new: bool = False
    context: bool = True
    detail: str = ""
    cells: int | None = None
    rerun: str = ""
    background: bool = False


#: Nothing is asked differently.
AS_SET = Options()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the user's words, what goes along, and where it was asked."""

    prompt: str
    options: Options
    context: Context
    place: Place = "cell"


@dataclass(frozen=True, slots=True)
class Host:
    """What the place of a question brings to its turn.

    Attributes
    ----------
    ask, executor, steering
        Who is asked, where code runs, where notes come from.
    tools
        Adds tools of its own.
    approved
        Fingerprints of code that may run where nobody can be asked.
    """

    ask: Ask
    executor: Executor
    steering: Steering = field(default_factory=Steering)
    tools: Callable[[Toolbox], Toolbox] = lambda toolbox: toolbox
    approved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that was begun: its id, its events, and what takes note of each before anyone else."""

    turn: str
    events: AsyncGenerator[Event]
    note: Callable[[Event], None]
