"""Turns without a notebook: a host with its own gate and executor, asking a scripted endpoint over real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import io
import traceback
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, cast

from kimi_jupyter.agent.budget import Limits
from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.execution import Execution
from kimi_jupyter.agent.gate import Answer, PolicyGate
from kimi_jupyter.agent.loop import Agent
from kimi_jupyter.agent.steering import Steering
from kimi_jupyter.agent.tools import RUN_PYTHON, Toolbox
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.deadlines import Deadlines
from kimi_jupyter.chat.events import CallFinished, CallProposed, CallStarted, Decided, Event, TurnEnded, TurnStarted
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings import Keys, Settings, resolve

__all__ = ["Host", "Python", "assert_laws", "of", "run"]

DEFAULTS = Limits()
#: What is done at an event.
Act = Callable[[Event, Steering], object]


class Python:
    """An executor in this process: a namespace and nothing else."""

    place = ("this process", 0)

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self.ran: list[str] = []

    def names(self) -> dict[str, str]:
        return dict.fromkeys(self.namespace, "")

    async def run(self, code: str) -> Execution:
        self.ran.append(code)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(code, self.namespace)
        except Exception:  # noqa: BLE001 - whatever the code raises is its result
            return Execution("error", (), traceback.format_exc(limit=1), 0.0)
        return Execution("ok", (), printed.getvalue(), 0.0)

    async def call(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Execution:
        return Execution("ok", (), str(function(**arguments)), 0.0)


class Host:
    """Runs turns and keeps what they said."""

    def __init__(self, server: OfflineServer) -> None:
        settings = Settings(base_url=server.base_url)
        self.server, self.endpoint = (
            server,
            resolve(settings, Keys({"KIMI_JUPYTER_API_KEY": server.key}), offline=_no_address),
        )
        self.conversation, self.executor, self.toolbox = Conversation("c"), Python(), Toolbox([RUN_PYTHON])
        self.deadlines = Deadlines()

    def script(self, *steps: Any) -> None:
        """What the endpoint does with the next requests."""
        self.before = {id(request): request for request in self.server.requests}
        self.server.script(list(steps))

    @property
    def requests(self) -> list[Any]:
        """Those since the script was set, as far as the endpoint remembers them."""
        return [request for request in self.server.requests if id(request) not in self.before]

    def turn(
        self,
        question: str = "q",
        *,
        mode: Any = "auto",
        answers: Iterable[Any] = (),
        limits: Limits = DEFAULTS,
        stop_at: Any = None,
        note_at: Mapping[type, str] = MappingProxyType({}),
        at: Mapping[type, Act] = MappingProxyType({}),
        note: Callable[[Event], object] = lambda event: None,
        **more: Any,
    ) -> list[Event]:
        """Run a turn.

        Parameters
        ----------
        question, mode, limits, more
            As in the agent.
        answers
            What a person answers, one after another; then nobody is there. A callable is called with the proposal.
        stop_at
            The turn is stopped at the first such event.
        note_at
            Kinds of events, and the note that the user adds at the first such event.
        at
            Kinds of events, and what is called with the event and the turn's steering at the first such event.
        note
            Called with each event before the turn goes on.
        """
        remaining, steering = list(answers), Steering()
        acts = {kind: _note(note) for kind, note in note_at.items()} | dict(at)

        async def ask(proposal: CallProposed) -> Answer | None:
            answer = remaining.pop(0) if remaining else None
            if callable(answer):
                answer = answer(proposal)
                await asyncio.sleep(0)
            return cast("Answer | None", answer)

        async def main() -> list[Event]:
            client = HttpClient(self.endpoint, self.deadlines)
            agent = Agent(
                self.endpoint,
                client,
                self.conversation,
                self.toolbox,
                PolicyGate(mode, ask),
                self.executor,
                limits,
                steering=steering,
                **more,
            )
            events: list[Event] = []

            async def collect() -> None:
                async for event in agent.run_turn("t", question, question):
                    note(event)
                    events.append(event)
                    if act := acts.pop(type(event), None):
                        act(event, steering)
                    if stop_at and isinstance(event, stop_at):
                        task = asyncio.current_task()
                        assert task is not None
                        task.cancel()

            try:
                with contextlib.suppress(asyncio.CancelledError):  # a stop that came as the turn had ended
                    await asyncio.ensure_future(collect())
            finally:
                await client.close()
            return events

        events = asyncio.run(main())
        assert_laws(events, self.conversation)
        return events


def _note(note: str) -> Act:
    return lambda event, steering: steering.add(note)


def _no_address() -> tuple[str, str]:
    raise AssertionError("the address is given")


def assert_laws(events: list[Event], conversation: Conversation) -> None:
    """What holds of any turn (:mod:`kimi_jupyter.chat.events`)."""
    assert isinstance(events[0], TurnStarted)
    assert [type(event) for event in events].count(TurnEnded) == 1
    assert isinstance(events[-1], TurnEnded)
    proposed = [event.call for event in events if isinstance(event, CallProposed)]
    assert [event.call for event in events if isinstance(event, CallFinished)] == proposed
    started = {event.call for event in events if isinstance(event, CallStarted)}
    allowed = {event.call for event in events if isinstance(event, Decided) and event.verdict != "deny"}
    ungated = {event.call for event in events if isinstance(event, CallProposed) and not event.gated}
    assert started <= allowed | ungated
    assert conversation.open_calls == ()


def run(code: str, reasoning: str = "Let me see.") -> Reply:
    """A reply that wants to run code."""
    return Reply(reasoning, "", (("run_python", {"code": code, "purpose": "p"}),))


def of(kind: Any, events: list[Event]) -> list[Any]:
    """The events of a kind."""
    return [event for event in events if isinstance(event, kind)]
