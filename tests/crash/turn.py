"""One turn in a process that was forked for it: the kernel's session with its engine, store and executor, and a real
IPython shell. Only the person is played: an answer comes after a moment.

What the process can be held to is written to a pipe at once, so that it is known when the process is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kimi_jupyter.agent.gate import Answer
from kimi_jupyter.chat.events import CallDrafted, CallProposed, Event, ReasoningDelta, TextDelta
from kimi_jupyter.chat.messages import Message, message_to_dict
from kimi_jupyter.kernel.bridge import QueueInbox, Running, drive
from kimi_jupyter.kernel.executor import KernelExecutor
from kimi_jupyter.kernel.session import Host, Options, Question, Session
from kimi_jupyter.settings import Settings
from kimi_jupyter.view.turn import Turn

__all__ = ["Plan", "play"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A turn to play.

    Attributes
    ----------
    prompt
        The question.
    base_url, key
        The endpoint.
    notebook
        Whose conversation it is.
    statement
        The process kills itself before so many statements of SQLite; 0 for not.
    event, kind
        It kills itself at so many events of a kind, where each counts twice, before and after it was taken note of; 0
        for not. ``""`` is any kind that is no delta.
    """

    prompt: str
    base_url: str
    key: str
    notebook: str
    statement: int = 0
    event: int = 0
    kind: str = ""


class Silent:
    """A view that shows nothing."""

    def __init__(self) -> None:
        self.turn = Turn()

    def feed(self, event: Event) -> None:
        """Nothing is shown."""

    def flush(self) -> None:
        """Nothing is shown."""

    def close(self) -> None:
        """Nothing is shown."""


class _Countdown:
    """Kills the process when it has been called so often."""

    def __init__(self, calls: int) -> None:
        self._left = calls

    def __call__(self, counted: object = True) -> None:
        self._left -= bool(counted)
        if self._left == 0 and counted:
            os.kill(os.getpid(), signal.SIGKILL)


def play(shell: Any, plan: Plan, tell: int) -> None:
    """Play a turn and end the process. ``tell`` is the pipe's end to write to."""

    def acknowledge(**what: object) -> None:
        os.write(tell, json.dumps(what).encode() + b"\n")

    settings = Settings(base_url=plan.base_url, notebook=plan.notebook, context_tokens=0, approve="ask")
    session = Session(shell, settings, {"KIMI_JUPYTER_API_KEY": plan.key, **os.environ}, [])
    _watch(session, plan, acknowledge)
    running = Running(session.engine, QueueInbox())
    executor = KernelExecutor(shell, running, kernel=session.kernel, undo=session.undo, seconds=60.0, **session.telling)

    async def ask(_: CallProposed) -> Answer:
        await asyncio.sleep(random.uniform(0, 0.01))
        return Answer("run", seconds=0.01)

    session.claim("cell")
    begun = session.begin(Question(plan.prompt, Options(), session.context(plan.prompt)), Host(ask, executor))
    countdown = _Countdown(plan.event)

    def note(event: Event) -> None:
        kind = type(event).__name__
        counted = kind == plan.kind if plan.kind else not isinstance(event, ReasoningDelta | TextDelta | CallDrafted)
        countdown(counted)
        begun.note(event)
        acknowledge(event=kind, turn=begun.turn, call=getattr(event, "call", ""))
        countdown(counted)

    running.start(begun.events, note)
    ended = drive(running.follow(Silent(), signals=False))
    session.finished()
    session.close()
    acknowledge(ended=ended.reason, message=ended.message)
    sys.stdout.flush()


def _watch(session: Session, plan: Plan, acknowledge: Callable[..., None]) -> None:
    """Tell of every message that the store has taken, and be killed by its statements, if that is the plan."""
    store = session.store
    append = store.append

    def acknowledged(conversation: str, turn: str | None, message: Message) -> None:
        append(conversation, turn, message)
        acknowledge(conversation=conversation, message=message_to_dict(message))

    store.append = acknowledged
    if plan.statement:
        store._database._open.set_trace_callback(_Countdown(plan.statement))
