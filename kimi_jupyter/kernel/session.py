"""The one session of a kernel: its endpoint, conversation, tools and store, and the way a turn is made of them."""

from __future__ import annotations

import logging
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..agent.conversation import Conversation
from ..agent.steering import Steering
from ..agent.tools import INSPECT, RUN_PYTHON, Tool, Toolbox
from ..chat.events import CallProposed
from ..chat.messages import Message, Usage
from ..errors import KimiError, SettingsError, StoreError
from ..settings import Endpoint, Keys, Settings, resolve
from ..store import open_store
from .bridge import Engine, LoopInbox, QueueInbox, Running
from .extension import users_tools
from .journal import Journal
from .runs import Runs
from .sending import Sending, sent

if TYPE_CHECKING:
    from ..agent.gate import Answer
    from ..chat.client import HttpClient
    from ..chat.retry import Pacer
    from ..context import Context
    from ..context.terms import Detail
    from ..offline.server import OfflineServer
    from ..view.turn import Turn
    from .surface import Surface
    from .undo import Undo

__all__ = ["Options", "Session"]

#: Seconds a chunk: the offline endpoint streams at a pace one can watch, some 400 tokens a second.
_OFFLINE_PACE = 0.0025

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
        self.toolbox.add(replace(INSPECT, function=self._inspect))
        for tool in users_tools():
            self.add_tool(tool)
        self.usage = Usage()
        self.warnings = warnings
        self._sending = Sending(shell, settings, self.keys, runs or Runs())
        self._store: Any = None
        self._conversation: Conversation | None = None
        self._client: tuple[Endpoint, HttpClient] | None = None
        self._offline: OfflineServer | None = None
        self._turn = ""
        self._detail: Detail | None = None
        self._busy = False
        self._pacers: dict[str, Pacer] = {}
        self._allowed: set[str] = set()
        self._surface: Surface | None = None
        self._steering = Steering()
        self._greeted = False
        self._undo: Undo | None = None
        self.last_turn: Turn | None = None

    # ---- what there is -----------------------------------------------------------------------------------------------

    def endpoint(self, options: Options = Options()) -> Endpoint:
        """The endpoint a question would go to.

        Raises
        ------
        SettingsError
            A name, address or key is missing or wrong.
        """
        return resolve(
            self.settings, self.keys, provider=options.provider, model=options.model, offline=self._offline_address
        )

    def _offline_address(self) -> tuple[str, str]:
        if self._offline is None:
            from ..offline.server import OfflineServer

            self._offline = OfflineServer(delay=_OFFLINE_PACE)
            self._offline.start()
        return self._offline.base_url, self._offline.key

    def client(self, endpoint: Endpoint) -> HttpClient:
        """The client of an endpoint; its connection is kept for as long as the endpoint stays the same."""
        from ..chat.client import HttpClient

        if self._client is None or self._client[0] != endpoint:
            if self._client is not None:
                self.engine.call(self._client[1].close(), 5)
            self._client = (endpoint, HttpClient(endpoint))
        return self._client[1]

    def _pacer(self, endpoint: Endpoint) -> Pacer:
        """What was learnt of an account's limits, kept for as long as the kernel lives."""
        from ..chat.retry import Pacer

        return self._pacers.setdefault(endpoint.base_url, Pacer())

    @property
    def store(self) -> Any:
        """The store; one in memory where the file can't be used, with a line about it in :attr:`warnings`."""
        if self._store is None:
            path = None if self.settings.store else Path(":memory:")
            self._store, warning = open_store(path, secrets=self.keys.known)
            if warning:
                self.warnings.append(warning)
        return self._store

    @property
    def notebook(self) -> str:
        """The notebook's path, or ``""`` where there is none or it can't be known."""
        candidates = (
            self.settings.notebook,
            self.shell.user_ns.get("__vsc_ipynb_file__", ""),
            self.keys.environ.get("JPY_SESSION_NAME", ""),
        )
        return next((os.fspath(path) for path in candidates if path and isinstance(path, str)), "")

    @property
    def conversation(self) -> Conversation:
        """The notebook's conversation: the one it had before the kernel restarted, else a new one."""
        if self._conversation is None:
            known = self.store.latest(self.notebook) if self.notebook else None
            try:
                messages = self.store.messages(known) if known else []
            except StoreError as error:
                self.warnings.append(f"{error} A new conversation starts instead.")
                known, messages = None, []
            self._conversation = self._open(known or self.store.begin_conversation(self.notebook), messages)
            self.usage = self.store.usage(self._conversation.key) if known else Usage()
        return self._conversation

    @property
    def busy(self) -> bool:
        """Whether a question is being answered."""
        return self._busy

    @property
    def resumed(self) -> bool:
        """Whether the conversation has messages from before this question."""
        return bool(self.conversation.messages)

    def new_conversation(self) -> None:
        """Start afresh; what was said stays in the store."""
        self._conversation = self._open(self.store.begin_conversation(self.notebook), [])
        self._allowed.clear()
        self.undo.forget()
        self.usage = Usage()

    def _open(self, key: str, messages: list[Message]) -> Conversation:
        return Conversation(key, messages, on_append=lambda message: self.store.append(key, self._turn, message))

    @property
    def undo(self) -> Undo:
        """Undo of the last run."""
        from .undo import Undo

        if self._undo is None:
            self._undo = Undo(self.shell)
        return self._undo

    # ---- a turn ------------------------------------------------------------------------------------------------------

    def context(self, prompt: str, options: Options = Options()) -> Context:
        """What would be sent along with a question."""
        return self._sending.context(prompt, options, self.notebook, self._free(options))

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

    def start(self, prompt: str, options: Options, *, blocking: bool) -> Running:
        """Start a turn on the engine; the caller follows it.

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
        from ..agent.gate import PolicyGate
        from ..agent.loop import Agent, Limits
        from .executor import KernelExecutor

        if self._busy:
            raise SettingsError("A question is already being answered in this kernel; wait for it or stop it first.")
        endpoint = self.endpoint(options)
        context = self.context(prompt, options)
        if options.new:
            self.new_conversation()
        conversation = self.conversation
        running = Running(self.engine, QueueInbox() if blocking else LoopInbox())
        self._steering = Steering()
        agent = Agent(
            endpoint,
            self.client(endpoint),
            conversation,
            self.tools_for(endpoint),
            PolicyGate(
                options.approve or self.settings.approve,  # type: ignore[arg-type]
                lambda proposal: running.on_main(lambda: self._ask(proposal)),
                self._allowed,
            ),
            KernelExecutor(
                self.shell,
                running,
                kernel=self.kernel,
                limit=self.settings.output_bytes,
                seconds=self.settings.code_seconds,
                secrets=tuple(self.keys.known()),
                hide=tuple(self.settings.redact),
                undo=self.undo,
            ),
            Limits(options.max_steps or self.settings.max_steps, self.settings.max_tokens),
            sent=sent(context),
            notices=self._notices(endpoint, options, context),
            pacer=self._pacer(endpoint),
            steering=self._steering,
        )
        turn = self.store.begin_turn(conversation.key, prompt, endpoint.provider.name, endpoint.model_id)
        self._turn, self._detail, self._busy = turn, self.detail(options), True
        self.undo.turn = turn
        running.start(agent.run_turn(turn, prompt, context.message(prompt)), Journal(self, turn, endpoint))
        return running

    def surface(self, running: Running) -> Surface:
        """Where a turn that was started is shown, and asks. Make it on the main thread, when it is followed."""
        from .surface import Surface

        settings = self.settings
        self._surface = Surface(
            self.shell,
            running,
            self._steering,
            undo=lambda code: self.undo.before(code).line,
            undoable=lambda: self.undo.line,
            actions={"undo": self._undo_now, "cell": self._make_cell},
            widget=settings.widget,
            reasoning=settings.save_reasoning,
        )
        return self._surface

    def _undo_now(self, _: dict[str, Any]) -> None:
        """Undo, asked for in the widget while the turn goes on; the model has to know."""
        there_was = self.undo.line
        said = self.undo.back()
        if there_was:
            self._steering.add(f"I have undone the last run. {said}")
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

    def finished(self) -> None:
        """The turn that was started is over, however it ended."""
        if self._surface is not None:
            self.last_turn = self._surface.turn
        self._busy, self._surface = False, None

    def _inspect(self, **asked: Any) -> str:
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
        self.usage = self.usage + usage

    def close(self) -> None:
        """Let go of connection, server and store."""
        for close in (self._close_client, self._close_offline, self._close_store):
            try:
                close()
            except (KimiError, OSError, TimeoutError):
                log.exception("closing")

    def _close_client(self) -> None:
        if self._client is not None:
            self.engine.call(self._client[1].close(), 5)
            self._client = None

    def _close_offline(self) -> None:
        if self._offline is not None:
            self._offline.stop()
            self._offline = None

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
