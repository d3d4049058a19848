"""A session of a script's own: its conversation and namespace, and a turn made of them. Imports no IPython."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, cast

from ..agent.budget import limits_of
from ..agent.loop import Agent
from ..agent.plan import Plan, plan_tool
from ..agent.recall import recall_tool
from ..agent.tools import INSPECT, RUN_PYTHON, Tool, Toolbox, tool_from_function
from ..chat.events import Event
from ..chat.messages import Usage
from ..context import build
from ..errors import KimiError, SettingsError
from ..kernel.bridge import Engine, LoopInbox, QueueInbox, Running, drive
from ..kernel.declared import declared_tools, tool_of
from ..kernel.inspecting import inspect_value
from ..kernel.journal import Journal
from ..kernel.reaching import Reaching
from ..kernel.recalling import passages
from ..kernel.sending import sent
from ..settings import DETAILS, Keys, Settings
from ..settings.files import read_settings
from ..store import Store
from ..view.turn import Turn
from .answer import Answer, answer_of
from .approval import Mode, gate_for
from .executor import NamespaceExecutor
from .remembered import Remembered, named

if TYPE_CHECKING:
    from ..context.terms import Detail

__all__ = ["OnEvent", "Session"]

#: What is called with each event.
OnEvent = Callable[[Event], object]

_NOTHING_RAN = (
    "Nothing that the model wanted to run was run. To allow it give approve='auto', or a function that decides on each."
)


class Session:
    """A conversation from a script: questions, one after another, about values in a namespace.

    What was said is remembered from one question to the next. Endpoint, model and limits are those of the user's
    configuration and environment, as in a notebook. Close it when done, or use it in a ``with`` statement.

    Parameters
    ----------
    namespace
        Where the model's code runs, on the thread that asks, and which values it is told of; what it defines stays
        there. ``globals()`` is the script's own. Left out: an empty one, of the values given to the questions.
    approve
        Who allows code and tools: ``"never"``, ``"auto"`` (everything runs, unseen), or a function that is given each
        proposed call (``.code``, ``.name``, ``.arguments``, ``.purpose``, ``.effects``) and returns ``True`` to run
        it, :class:`~kimi_jupyter.Edit` to run other code instead, or a text that refuses it and is told to the model
        as the reason. Anything else refuses it.
    on_event
        Called with each event of a turn (:mod:`kimi_jupyter.chat.events`), on the thread that asks.
    tools
        Functions for the model to call, beside those declared with :func:`~kimi_jupyter.tool`; each call has to be
        allowed.
    provider, model
        Endpoint and model, where other than set.
    settings
        All settings; left out, they are read from the configuration files and the environment.

    Attributes
    ----------
    namespace
        The namespace.
    usage
        Tokens and cost so far.

    Raises
    ------
    SettingsError
        A setting or a tool is not right.

    Examples
    --------
    >>> from kimi_jupyter import Session
    >>> prices = [3.0, 4.5, 6.0]
    >>> with Session({"prices": prices}, approve="auto", provider="offline") as session:
    ...     answer = session.ask("How many elements does prices have?")
    >>> answer.complete
    True
    """

    def __init__(
        self,
        namespace: dict[str, Any] | None = None,
        *,
        approve: Mode = "never",
        on_event: OnEvent | None = None,
        tools: Iterable[Callable[..., Any]] = (),
        provider: str = "",
        model: str = "",
        settings: Settings | None = None,
    ) -> None:
        self.namespace: dict[str, Any] = {} if namespace is None else namespace
        self.usage = Usage()
        self._keys = Keys(os.environ)
        self._settings = read_settings(self._keys.environ) if settings is None else settings
        self._approve = approve
        self._on_event = on_event
        self._chosen = provider, model
        self._plan = Plan()
        own = [plan_tool(lambda: self._plan), recall_tool(self._recall)]
        self._toolbox = Toolbox([RUN_PYTHON, replace(INSPECT, function=self._inspect), *own, *_tools(tools)])
        self._engine = Engine()
        self._reaching = Reaching(self._settings, self._keys, self._engine, watched=False)
        self._remembered = Remembered(self._settings, self._keys)
        self._busy = False

    # ---- asking ------------------------------------------------------------------------------------------------------

    def ask(self, prompt: str, *values: object) -> Answer:
        """Ask, and wait for the answer. Code runs on this thread.

        Parameters
        ----------
        prompt
            The question.
        values
            Values it is about, beside those it names. They go into the namespace, by the names they have where this is
            called.

        Returns
        -------
        Answer
            The text, what ran, and what it took.

        Raises
        ------
        KimiError
            There is no answer; why is said in one line.
        KeyboardInterrupt
            Ctrl-C was pressed; the session can go on.
        """
        return drive(self._ask(prompt, named(values, sys._getframe(1)), blocking=True))

    async def aask(self, prompt: str, *values: object) -> Answer:
        """:meth:`ask`, with the event loop free while the model thinks. Code runs on the loop's thread."""
        return await self._ask(prompt, named(values, sys._getframe(1)), blocking=False)

    def close(self) -> None:
        """Let go of connection, offline endpoint and store."""
        self._reaching.close_client()
        self._reaching.close_offline()
        self._remembered.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- a turn ------------------------------------------------------------------------------------------------------

    async def _ask(self, prompt: str, values: Mapping[str, object], *, blocking: bool) -> Answer:
        if not prompt.strip():
            raise SettingsError("There is no question.")
        if self._busy:
            raise SettingsError("This session is answering a question already; wait for it, or use another Session.")
        self._busy = True
        try:
            return await self._answer(prompt, values, blocking=blocking)
        finally:
            self._busy = False

    async def _answer(self, prompt: str, values: Mapping[str, object], *, blocking: bool) -> Answer:
        running = Running(self._engine, QueueInbox() if blocking else LoopInbox())
        watcher = _Watcher(self._on_event)
        self._start(running, prompt, values)
        ended = await running.follow(watcher, signals=blocking)
        if ended.reason == "interrupted":
            task = None if blocking else asyncio.current_task()
            raise asyncio.CancelledError if task is not None and task.cancelling() else KeyboardInterrupt
        if ended.reason == "failed":
            raise KimiError(ended.message)
        answer = answer_of(watcher.turn, watcher.events)
        if self._approve == "never" and any(call.status == "denied" for call in answer.calls):
            answer = replace(answer, notices=(*answer.notices, _NOTHING_RAN))
        return answer

    def _start(self, running: Running, prompt: str, values: Mapping[str, object]) -> None:
        settings, secrets = self._settings, tuple(self._keys.known())
        endpoint = self._reaching.endpoint(*self._chosen)
        gate = gate_for(self._approve, running)
        self.namespace.update(values)
        context = build(
            " ".join([prompt, *(f"@{name}" for name in values)]),
            namespace=self.namespace,
            cells=[],
            tokens=settings.context_tokens,
            detail=self._detail(),
            secrets=secrets,
            hide=tuple(settings.redact),
        )
        conversation, store = self._remembered.conversation, self.store
        executor = NamespaceExecutor(
            self.namespace,
            running,
            limit=settings.output_bytes,
            seconds=settings.code_seconds,
            secrets=secrets,
            hide=tuple(settings.redact),
        )
        agent = Agent(
            endpoint,
            self._reaching.client(endpoint),
            conversation,
            self._toolbox,
            gate,
            executor,
            limits_of(settings, steps=settings.max_steps),
            plan=self._plan,
            sent=sent(context),
            pacer=self._reaching.pacer(endpoint),
        )
        turn = store.begin_turn(conversation.key, prompt, endpoint.provider.name, endpoint.model_id)
        self._remembered.turn = turn
        events = agent.run_turn(turn, prompt, context.message(prompt))
        running.start(events, Journal(self, turn, endpoint.provider.name, endpoint.model_id))

    def _detail(self) -> Detail:
        return cast("Detail", min(self._settings.detail, self._settings.detail_cap, key=DETAILS.index))

    def _inspect(self, **asked: Any) -> str:
        known, hide = tuple(self._keys.known()), tuple(self._settings.redact)
        return inspect_value(self.namespace, self._detail(), **asked, secrets=known, hide=hide)

    def _recall(self, query: str) -> str:
        return passages(self.store.recall(self._remembered.conversation.key, query), query)

    # ---- a turn's keeper ---------------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """Where the conversation, decisions and runs are written down, as in a notebook."""
        return self._remembered.store

    def add_usage(self, usage: Usage) -> None:
        """Count a step's tokens."""
        self.usage = self.usage + usage


class _Watcher:
    """A view that draws nothing: it folds the turn, and tells the caller."""

    def __init__(self, on_event: OnEvent | None) -> None:
        self.turn = Turn()
        self.events: list[Event] = []
        self._on_event = on_event

    def feed(self, event: Event) -> None:
        self.turn.apply(event)
        self.events.append(event)
        if self._on_event is not None:
            self._on_event(event)

    def flush(self) -> None: ...

    def close(self) -> None: ...


def _tools(functions: Iterable[Callable[..., Any]]) -> list[Tool]:
    given = {tool.name: tool for tool in (tool_of(one) or tool_from_function(one) for one in functions)}
    return [*(tool for tool in declared_tools() if tool.name not in given), *given.values()]
