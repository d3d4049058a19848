"""The one session of a kernel: its endpoint, conversation, tools and store, and the way a turn is made of them.

A cell's turn and a sidebar's are made here, by the same :meth:`Session.begin`; one goes on at a time, whoever asked.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..agent.plan import plan_tool
from ..agent.recall import recall_tool
from ..agent.steering import Steering
from ..agent.tools import INSPECT, RUN_PYTHON, Tool, Toolbox
from ..chat.events import CallProposed, Event
from ..chat.messages import Usage
from ..errors import KimiError, SettingsError
from ..settings import Endpoint, Keys, Settings
from ..settings.approved import approved_hashes
from .bridge import Engine, LoopInbox, QueueInbox, Running
from .extension import users_tools
from .journal import Journal
from .live import LiveTurn, Place
from .reaching import Reaching
from .remembering import Remembering
from .replay import Replay, stored_turn
from .rerun import Mode, Rerunning, mode_of, somebody_there
from .hooks import Hooks
from .runs import Runs
from .sending import Sending, sent

if TYPE_CHECKING:
    from ..agent.conversation import Conversation
    from ..agent.execution import Executor
    from ..agent.gate import Answer, Ask
    from ..chat.client import HttpClient
    from ..context import Context
    from ..context.terms import Detail
    from ..view.turn import Turn
    from .notebook import Notebook
    from .surface import Surface
    from .undo import Undo

__all__ = ["Begun", "Host", "Options", "Question", "Session"]

#: Seconds that a question waits for a conversation that is being opened or deleted.
_CHANGED = 1.0
_BUSY = {
    "cell": "A question is already being answered in a cell of this kernel; wait for it or stop it first.",
    "sidebar": "A question is already being answered in the sidebar; wait for it or stop it first.",
}

log = logging.getLogger("kimi_jupyter")


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


class Session:
    """Everything of this kernel that outlives a turn.

    Parameters
    ----------
    shell
        The IPython shell.
    settings
        What the user has set.
    environ
        The environment when the extension was loaded; later changes to it count for nothing.
    warnings
        Lines the user should see with the next question; more are added here.
    runs
        How the user's cells ended, as far as they were watched.

    Attributes
    ----------
    watchers
        Told of each turn when it begins and when it has ended, on the thread where that happens.
    live
        The turn that goes on, ``None`` between two.
    """

    def __init__(
        self, shell: Any, settings: Settings, environ: dict[str, str], warnings: list[str], runs: Runs | None = None
    ) -> None:
        self.shell = shell
        self.settings = settings
        self.keys = Keys(environ)
        self.engine = Engine()
        self.kernel = uuid.uuid4().hex
        self.toolbox = Toolbox()
        self.toolbox.add(RUN_PYTHON)
        self.toolbox.add(replace(INSPECT, function=self.inspect))
        self.toolbox.add(plan_tool(lambda: self._remembering.plan))
        self.toolbox.add(recall_tool(lambda query: self._remembering.recall(query)))
        for tool in users_tools():
            self.add_tool(tool)
        self.warnings = warnings
        self.watchers: list[Callable[[LiveTurn], None]] = []
        self.live: LiveTurn | None = None
        self.last_turn: Turn | None = None
        self.runs = runs or Runs()
        self._sending = Sending(shell, settings, self.keys, self.runs)
        self._reaching = Reaching(settings, self.keys, self.engine)
        self._remembering = Remembering(shell, settings, self.keys, warnings)
        self._detail: Detail | None = None
        self._claimed: Place | None = None
        self._claiming = threading.Condition()
        self._changing = 0
        self._allowed: set[str] = set()
        self._surface: Surface | None = None
        self._steering = Steering()
        self._rerunning = Rerunning()
        self._greeted = False
        self._undo: Undo | None = None
        self._hooks = Hooks(shell)

    # ---- what there is -----------------------------------------------------------------------------------------------

    def endpoint(self, options: Options = Options()) -> Endpoint:
        """The endpoint a question would go to.

        Raises
        ------
        SettingsError
            A name, address or key is missing or wrong.
        """
        return self._reaching.endpoint(options.provider, options.model)

    def client(self, endpoint: Endpoint) -> HttpClient:
        """The client of an endpoint; its connection is kept for as long as the endpoint stays the same."""
        return self._reaching.client(endpoint)

    @property
    def store(self) -> Any:
        """The store; one in memory where the file can't be used, with a line about it in :attr:`warnings`."""
        return self._remembering.store

    @property
    def notebook(self) -> str:
        """The notebook's path, or ``""`` where there is none or it can't be known."""
        return self._remembering.notebook

    @property
    def conversation(self) -> Conversation:
        """The notebook's conversation: the one it had before the kernel restarted, else a new one."""
        return self._remembering.conversation

    @property
    def usage(self) -> Usage:
        """Tokens and cost of the conversation."""
        return self._remembering.usage

    @property
    def busy(self) -> bool:
        """Whether a question is being answered."""
        return self._claimed is not None

    @property
    def busy_in(self) -> str:
        """Where a question is being answered, ``""`` where none is."""
        return self._claimed or ""

    @property
    def resumed(self) -> bool:
        """Whether the conversation has messages from before this question."""
        return bool(self.conversation.messages)

    def new_conversation(self) -> None:
        """Start afresh; what was said stays in the store."""
        self._remembering.new()
        self._forget_allowed()

    def open_conversation(self, key: str) -> None:
        """Go on with another conversation.

        Raises
        ------
        SettingsError
            There is no such conversation.
        """
        self._remembering.open(key)
        self._forget_allowed()

    def take_back(self, turn: str) -> None:
        """Take back the conversation's last turn; it stays in the store, and the model hears of it no more.

        Raises
        ------
        StoreError
            It is not the last one.
        """
        self.store.take_back(turn)
        self._remembering.open(self.conversation.key)

    def _forget_allowed(self) -> None:
        self._allowed.clear()
        self.undo.forget()

    @property
    def undo(self) -> Undo:
        """Undo of the last run."""
        from .undo import Undo

        if self._undo is None:
            self._undo = Undo(self.shell)
        return self._undo

    # ---- a turn ------------------------------------------------------------------------------------------------------

    def context(self, prompt: str, options: Options = Options(), seen: Notebook | None = None) -> Context:
        """What would be sent along with a question.

        Parameters
        ----------
        prompt
            The user's words.
        options
            What this question asks differently.
        seen
            What a front end has told of the notebook; else the saved file and the history are read.
        """
        return self._sending.context(prompt, options, seen or self._sending.seen(self.notebook), self._free(options))

    def _free(self, options: Options) -> int | None:
        """Tokens left in the model's window beside the conversation and a reply."""
        try:
            window = self.endpoint(options).model.context
        except KimiError:
            return None
        said = 0 if options.new else self.conversation.tokens(0)
        return window - said - min(self.settings.max_tokens, window // 4)

    def detail(self, options: Options = Options()) -> Detail:
        """How much of a value may be told: as asked or set, but no more than the cap."""
        return self._sending.detail(options)

    def claim(self, place: Place) -> None:
        """One question at a time; from here on it is this place's, until :meth:`finished`.

        Raises
        ------
        SettingsError
            A question is being answered.
        """
        with self._claiming:
            self._claiming.wait_for(lambda: not self._changing, _CHANGED)
            if self._claimed is not None:
                raise SettingsError(_BUSY[self._claimed])
            self._claimed = place

    @contextmanager
    def between_turns(self) -> Iterator[None]:
        """While conversations are changed nothing is asked.

        Raises
        ------
        SettingsError
            A question is being answered.
        """
        with self._claiming:
            if self._claimed is not None:
                raise SettingsError(_BUSY[self._claimed])
            self._changing += 1
        try:
            yield
        finally:
            with self._claiming:
                self._changing -= 1
                self._claiming.notify_all()

    def start(self, prompt: str, options: Options, *, blocking: bool) -> Running:
        """Start a cell's turn on the engine; the caller follows it.

        Parameters
        ----------
        prompt
            The user's words.
        options
            What this question asks differently.
        blocking
            Whether the caller blocks the main thread while it follows, rather than being awaited.

        Raises
        ------
        KimiError
            In one line why nothing was sent.
        """
        from .executor import KernelExecutor

        self.claim("cell")
        try:
            mode = mode_of(options.rerun, self.settings, self.shell)
            if mode == "always":
                self.endpoint(options)  # what is wrong with it is said before anything is read
            context = self.context(prompt, options)
            running = Running(self.engine, QueueInbox() if blocking else LoopInbox())
            self._steering = Steering()
            executor = KernelExecutor(
                self.shell,
                running,
                kernel=self.kernel,
                undo=self.undo,
                seconds=self.settings.code_seconds,
                mute=self._say_mute,
                **self.telling,
            )
            ask = lambda proposal: running.on_main(lambda: self._ask(proposal))  # noqa: E731
            host = Host(ask, executor, self._steering, approved=self._approved())
            begun = self._begin_or_replay(Question(prompt, options, context), host, mode)
        except BaseException:
            self.finished()
            raise
        running.start(begun.events, begun.note)
        return running

    def _begin_or_replay(self, question: Question, host: Host, mode: Mode) -> Begun:
        """Ask, or replay what was answered when the same was asked; see :mod:`.rerun`."""
        options = question.options
        key = "" if options.new else self.conversation.key
        asked = self._rerunning.asked(question.prompt, options, self.settings, question.context, key)
        found, why = self._rerunning.find(asked, mode, self.store)
        replay = stored_turn(found, self.store) if found is not None else None
        if why:
            self.warnings.append(why)
        if replay is not None:
            begun = self._begin_replay(question, host, replay)
        else:
            begun = self.begin(question, host)
            self.store.note_question(begun.turn, asked.asked, asked.sent)
        self._rerunning.note(asked, self.conversation.key)
        return begun

    def _approved(self) -> frozenset[str]:
        return frozenset() if somebody_there(self.shell) else approved_hashes(self.settings.approved)

    @property
    def telling(self) -> dict[str, Any]:
        """How much of a run's output the model is told, and what must not be in it."""
        settings = self.settings
        return {
            "limit": settings.output_bytes,
            "secrets": tuple(self.keys.known()),
            "hide": tuple(settings.redact),
        }

    def begin(self, question: Question, host: Host) -> Begun:
        """Make a turn of a question; nothing of it happens before its events are asked for. On any thread.

        Raises
        ------
        KimiError
            In one line why nothing was sent.
        """
        from ..agent.budget import Budget, limits_of
        from ..agent.gate import PolicyGate
        from ..agent.loop import Agent
        from .spending import spent_today

        options, prompt, context = question.options, question.prompt, question.context
        endpoint = self.endpoint(options)
        if options.new:
            self.new_conversation()
        conversation, missing = self.conversation, self._remembering.missing()
        approve: Any = options.approve or self.settings.approve
        limits = limits_of(self.settings, steps=options.max_steps)
        agent = Agent(
            endpoint,
            self.client(endpoint),
            conversation,
            host.tools(self.tools_for(endpoint)),
            PolicyGate(approve, host.ask, self._allowed, host.approved),
            host.executor,
            limits,
            Budget(limits, lambda: spent_today(self.store)),
            self._remembering.plan,
            sent=sent(context),
            notices=(*self._notices(endpoint, options, context), *filter(None, [missing])),
            pacer=self._reaching.pacer(endpoint),
            steering=host.steering,
        )
        told = context.message(f"[{missing}]\n\n{prompt}" if missing else prompt)
        return self._begun(
            question, endpoint.provider.name, endpoint.model_id, lambda turn: agent.run_turn(turn, prompt, told)
        )

    def _begin_replay(self, question: Question, host: Host, replay: Replay) -> Begun:
        if question.options.new:
            self.new_conversation()
        conversation, along = self.conversation, sent(question.context)
        return self._begun(
            question,
            replay.found.provider,
            replay.found.model,
            lambda turn: replay.run_turn(turn, question.prompt, along, conversation, host.executor),
        )

    def _begun(
        self, question: Question, provider: str, model: str, events: Callable[[str], AsyncGenerator[Event]]
    ) -> Begun:
        conversation = self.conversation
        turn = self.store.begin_turn(conversation.key, question.prompt, provider, model)
        self._remembering.turn, self._detail = turn, self.detail(question.options)
        self.undo.turn = turn
        self.live = live = LiveTurn(turn, question.prompt, question.place, conversation.key)
        journal = Journal(self, turn, provider, model, live.record)

        def note(event: Event) -> None:
            live.feed(event)
            journal(event)

        for told in self.watchers:
            told(live)
        return Begun(turn, events(turn), note)

    def finished(self) -> None:
        """The turn that was claimed is over, however it ended, or never began."""
        live, self.live, self._surface = self.live, None, None
        if live is not None:
            live.end()
            self.last_turn = live.stream.turn
        self._claimed = None
        if live is not None:
            for told in self.watchers:
                told(live)

    # ---- a cell's turn -----------------------------------------------------------------------------------------------

    def surface(self, running: Running) -> Surface:
        """Where a turn that was started is shown, and asks. Make it on the main thread, when it is followed."""
        from .surface import Surface

        settings = self.settings
        self._surface = Surface(
            self.shell,
            running,
            self._steering,
            undo=self._before,
            undoable=lambda: self.undo.line,
            actions={"undo": self._undo_now, "cell": self._make_cell},
            widget=settings.widget,
            reasoning=settings.save_reasoning,
        )
        return self._surface

    def undo_last(self, steering: Steering) -> str:
        """Undo while a turn goes on, on the main thread; the model has to know. In words what was done."""
        there_was = self.undo.line
        said = self.undo.back()
        if there_was:
            steering.add(f"I have undone the last run. {said}")
        return said

    def _before(self, code: str) -> str:
        """What who decides on code should know: that it would not run as it is written, and what Undo could put back."""
        return "\n".join(filter(None, (self._hooks.line, self.undo.before(code).line)))

    def _undo_now(self, _: dict[str, Any]) -> None:
        said = self.undo_last(self._steering)
        if self._surface is not None and self._surface.widget is not None:
            self._surface.widget.say(said)
            self._surface.widget.undoable("")

    def _make_cell(self, message: dict[str, Any]) -> None:
        """Put code of the turn into a new cell, asked for in the widget."""
        from .newcell import cell_source

        surface, calls = self._surface, message.get("calls")
        if surface is None or surface.widget is None:
            return
        wanted = [call for call in calls if isinstance(call, str)] if isinstance(calls, list) else []
        source = cell_source(surface.turn, calls=wanted)
        if source:
            self.shell.set_next_input(source)
            surface.widget.say("The code stands in a new cell below as soon as this cell is done.")
        else:
            surface.widget.refuse("cell", "No code has run to its end yet.")

    def _say_mute(self) -> None:
        if self._surface is not None:
            self._surface.say_mute()

    async def _ask(self, proposal: CallProposed) -> Answer | None:
        return await self._surface.ask(proposal) if self._surface is not None else None

    def _notices(self, endpoint: Endpoint, options: Options, context: Context) -> tuple[str, ...]:
        """What the user should know before this question goes out; each is said once where once is enough."""
        notices = list(self.warnings)
        self.warnings.clear()
        notices += self._sending.notices(endpoint, options, context, self.conversation)
        if not self._greeted and self.resumed:
            notices.append("Goes on with this notebook's earlier conversation; %kimi new starts afresh.")
        self._greeted = True
        if (options.approve or self.settings.approve) == "auto":
            notices.append("Code runs without asking (approve=auto).")
        return tuple(notices)

    # ---- tools -------------------------------------------------------------------------------------------------------

    def inspect(self, **asked: Any) -> str:
        """What the tool ``inspect`` tells of a value; no more than this turn may."""
        from .inspecting import inspect_value

        known, hide = tuple(self.keys.known()), tuple(self.settings.redact)
        return inspect_value(self.shell.user_ns, self._detail or self.detail(), **asked, secrets=known, hide=hide)

    def tools_for(self, endpoint: Endpoint) -> Toolbox:
        """The tools at an endpoint: the conversation's, and a web search where the endpoint offers one.

        Its place is behind our own, so that a tool the user adds changes none of the bytes before it.
        """
        if not (endpoint.provider.searches and self.settings.web_search):
            return self.toolbox
        from ..agent.search import search_tool

        search = search_tool(self.client(endpoint))
        if search.name in self.toolbox.names:  # the user's own goes first
            return self.toolbox
        tools = [tool for name in self.toolbox.names if (tool := self.toolbox.get(name)) is not None]
        return Toolbox([*tools[:2], search, *tools[2:]])

    def add_tool(self, tool: Tool) -> None:
        """Give the model a tool, in the place of one of the same name."""
        if tool.name in self.toolbox.names:
            self.toolbox.remove(tool.name)
        self.toolbox.add(tool)

    def add_usage(self, usage: Usage) -> None:
        """Count a step's tokens to the conversation."""
        self._remembering.usage = self._remembering.usage + usage

    def close(self) -> None:
        """Let go of connection, server and store."""
        for close in (self._reaching.close_client, self._reaching.close_offline, self._remembering.close):
            try:
                close()
            except (KimiError, OSError, TimeoutError):
                log.exception("closing")
