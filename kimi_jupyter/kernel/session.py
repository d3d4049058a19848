"""The one session of a kernel: its endpoint, conversation, tools and store, and the way a turn is made of them.

A cell's turn and a sidebar's are made here, by the same :meth:`Session.begin`; one goes on at a time, whoever asked.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..agent.steering import Steering
from ..agent.tools import Tool, Toolbox
from ..chat.events import Event
from ..chat.messages import Usage
from ..errors import KimiError
from ..settings import Endpoint, Keys, Settings
from .bridge import Engine
from .cellturns import CellTurns
from .claims import Claims
from .extension import users_tools
from .hooks import Hooks
from .journal import Journal
from .live import LiveTurn, Place
from .question import AS_SET, Begun, Host, Options, Question
from .reaching import Reaching
from .remembering import Remembering
from .replay import Replay
from .rerun import somebody_there
from .runs import Runs
from .sending import Sending, sent
from .tooling import own_tools, put, with_search

if TYPE_CHECKING:
    from ..agent.conversation import Conversation
    from ..chat.client import HttpClient
    from ..context import Context
    from ..context.terms import Detail
    from ..view.turn import Turn
    from .notebook import Notebook
    from .undo import Undo

__all__ = ["Begun", "Host", "Options", "Question", "Session"]

log = logging.getLogger("kimi_jupyter")


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
    followers
        Told when another conversation goes on, or the same without its last turn.
    live
        The turn that goes on, ``None`` between two.
    cells
        The turns that are asked in cells.
    """

    def __init__(
        self, shell: Any, settings: Settings, environ: dict[str, str], warnings: list[str], runs: Runs | None = None
    ) -> None:
        self.shell = shell
        self.settings = settings
        self.keys = Keys(environ)
        self.engine = Engine()
        self.kernel = uuid.uuid4().hex
        self.warnings = warnings
        self.watchers: list[Callable[[LiveTurn], None]] = []
        self.followers: list[Callable[[], None]] = []
        self.live: LiveTurn | None = None
        self.last_turn: Turn | None = None
        self.runs = runs or Runs()
        self._sending = Sending(shell, settings, self.keys, self.runs)
        self._reaching = Reaching(settings, self.keys, self.engine, watched=somebody_there(shell))
        self._remembering = Remembering(shell, settings, self.keys, warnings)
        self.toolbox = own_tools(self.inspect, self._remembering, users_tools())
        self._detail: Detail | None = None
        self._claims = Claims()
        self._allowed: set[str] = set()
        self._greeted = False
        self._undo: Undo | None = None
        self._hooks = Hooks(shell)
        self.cells = CellTurns(self)

    # ---- what there is -----------------------------------------------------------------------------------------------

    def endpoint(self, options: Options = AS_SET) -> Endpoint:
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

    def told_notebook(self, path: str) -> None:
        """A front end tells the notebook's path: it may have been renamed or moved since."""
        self._remembering.told(path)

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
        return self._claims.claimed is not None

    @property
    def busy_in(self) -> str:
        """Where a question is being answered, ``""`` where none is."""
        return self._claims.claimed or ""

    def new_conversation(self) -> None:
        """Start afresh; what was said stays in the store."""
        self._remembering.new()
        self._forget_allowed()
        self._follow()

    def open_conversation(self, key: str) -> None:
        """Go on with another conversation.

        Raises
        ------
        SettingsError
            There is no such conversation.
        """
        self._remembering.open(key)
        self._forget_allowed()
        self._follow()

    def take_back(self, turn: str) -> None:
        """Take back the conversation's last turn; it stays in the store, and the model hears of it no more.

        Raises
        ------
        StoreError
            It is not the last one.
        """
        self.store.take_back(turn)
        self._remembering.open(self.conversation.key)
        self._follow()

    def _follow(self) -> None:
        for told in self.followers:
            told()

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

    def context(self, prompt: str, options: Options = AS_SET, seen: Notebook | None = None) -> Context:
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
        said = 0 if options.new else self.conversation.expected(window)
        return window - said - min(self.settings.max_tokens, window // 4)

    def detail(self, options: Options = AS_SET) -> Detail:
        """How much of a value may be told: as asked or set, but no more than the cap."""
        return self._sending.detail(options)

    def claim(self, place: Place) -> None:
        """One question at a time; from here on it is this place's, until :meth:`finished`.

        Raises
        ------
        SettingsError
            A question is being answered.
        """
        self._claims.claim(place)

    def between_turns(self) -> AbstractContextManager[None]:
        """While conversations are changed nothing is asked; :meth:`.Claims.between` tells what is raised."""
        return self._claims.between()

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

    def begin_replay(self, question: Question, host: Host, replay: Replay) -> Begun:
        """Make a turn of what was answered when the same was asked."""
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
        live, self.live = self.live, None
        if live is not None:
            live.end()
            self.last_turn = live.stream.turn
        self._claims.release()
        if live is not None:
            for told in self.watchers:
                told(live)

    def _notices(self, endpoint: Endpoint, options: Options, context: Context) -> tuple[str, ...]:
        """What the user should know before this question goes out; each is said once where once is enough."""
        notices = list(self.warnings)
        self.warnings.clear()
        notices += self._sending.notices(endpoint, options, context, self.conversation)
        if not self._greeted and self.conversation.messages:
            notices.append("Goes on with this notebook's earlier conversation; %kimi new starts afresh.")
        self._greeted = True
        if (options.approve or self.settings.approve) == "auto":
            notices.append("Code runs without asking (approve=auto).")
        return tuple(notices)

    # ---- undo --------------------------------------------------------------------------------------------------------

    def before(self, code: str) -> str:
        """What who decides on code should know: what has changed how code runs, and what Undo could put back."""
        return "\n".join(filter(None, (self._hooks.line, self.undo.before(code).line)))

    def before_aside(self, code: str) -> str:
        """The same as :meth:`before`, on a thread of its own: ``""`` where the user's code changes what is read."""
        try:
            return self.before(code)
        except Exception:  # of values that change while they are read; the line is a hint, and the run sees anew
            log.debug("what undo could do", exc_info=True)
            return ""

    def undo_last(self, steering: Steering) -> str:
        """Undo while a turn goes on, on the main thread; the model has to know. In words what was done."""
        there_was = self.undo.line
        said = self.undo.back()
        if there_was:
            steering.add(f"I have undone the last run. {said}")
        return said

    # ---- tools -------------------------------------------------------------------------------------------------------

    def inspect(self, **asked: Any) -> str:
        """What the tool ``inspect`` tells of a value; no more than this turn may."""
        from .inspecting import inspect_value

        known, hide = tuple(self.keys.known()), tuple(self.settings.redact)
        return inspect_value(self.shell.user_ns, self._detail or self.detail(), **asked, secrets=known, hide=hide)

    def tools_for(self, endpoint: Endpoint) -> Toolbox:
        """The tools at an endpoint: the conversation's, and a web search where the endpoint offers one."""
        return with_search(self.toolbox, endpoint, self.client) if self.settings.web_search else self.toolbox

    def add_tool(self, tool: Tool) -> None:
        """Give the model a tool, in the place of one of the same name."""
        put(self.toolbox, tool)

    def add_usage(self, usage: Usage) -> None:
        """Count a step's tokens to the conversation."""
        self._remembering.usage = self._remembering.usage + usage

    def close(self) -> None:
        """Let go of connection, server and store."""
        self.cells.stop()
        for close in (self._reaching.close_client, self._reaching.close_offline, self._remembering.close):
            try:
                close()
            except (KimiError, OSError, TimeoutError):
                log.exception("closing")
