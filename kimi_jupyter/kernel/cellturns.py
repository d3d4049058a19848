"""A cell's turn: started on the engine, followed and shown where the cell is, its code run on the main thread.

Here too is what is particular to cells: a stored answer may be replayed in place of asking, and code may be allowed
beforehand where nobody is there to be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..agent.steering import Steering
from ..chat.events import CallProposed
from ..settings.approved import approved_hashes
from .bridge import LoopInbox, QueueInbox, Running
from .question import Begun, Host, Options, Question
from .replay import stored_turn
from .rerun import Mode, Rerunning, mode_of, somebody_there

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..agent.gate import Answer
    from ..view.widget import WidgetView
    from .background import BackgroundTurn
    from .session import Session
    from .surface import Surface

__all__ = ["CellTurns"]


class CellTurns:
    """The turns that are asked in cells of a kernel, one at a time.

    Parameters
    ----------
    session
        The kernel's session.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rerunning = Rerunning()
        self._steering = Steering()
        self._surface: Surface | None = None
        self._background: BackgroundTurn | None = None

    def start(self, prompt: str, options: Options, *, blocking: bool) -> Running:
        """Start a cell's turn on the engine; the caller follows it, and says when it has :meth:`finished`.

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
        session = self._session
        session.claim("cell")
        try:
            mode = mode_of(options.rerun, session.settings, session.shell)
            if mode == "always":
                session.endpoint(options)  # what is wrong with it is said before anything is read
            context = session.context(prompt, options)
            running = Running(session.engine, QueueInbox() if blocking else LoopInbox())
            begun = self._begin_or_replay(Question(prompt, options, context), self._host(running), mode)
        except BaseException:
            self.finished()
            raise
        running.start(begun.events, begun.note)
        return running

    def start_background(self, prompt: str, options: Options) -> None:
        """Start a turn that goes on when its cell has returned; on the main thread, in an awaited cell.

        Raises
        ------
        KimiError
            In one line why nothing was sent.
        """
        from .background import BackgroundTurn

        self._session.claim("cell")
        try:
            self._background = BackgroundTurn(self._session, self._actions)
            self._background.start(prompt, options)
        except BaseException:
            self.finished()
            raise

    def stop(self) -> bool:
        """Stop the turn that goes on in the background; whether there is one."""
        if self._background is None:
            return False
        self._background.halt()
        return True

    def finished(self) -> None:
        """The turn that was started is over, however it ended."""
        self._surface = self._background = None
        self._session.finished()

    def _host(self, running: Running) -> Host:
        from .executor import KernelExecutor

        session = self._session
        self._steering = Steering()
        executor = KernelExecutor(
            session.shell,
            running,
            kernel=session.kernel,
            undo=session.undo,
            seconds=session.settings.code_seconds,
            mute=self._say_mute,
            **session.telling,
        )
        approved = frozenset() if somebody_there(session.shell) else approved_hashes(session.settings.approved)
        return Host(
            lambda proposal: running.on_main(lambda: self._ask(proposal)), executor, self._steering, approved=approved
        )

    def _begin_or_replay(self, question: Question, host: Host, mode: Mode) -> Begun:
        """Ask, or replay what was answered when the same was asked; see :mod:`.rerun`."""
        session, options = self._session, question.options
        key = "" if options.new else session.conversation.key
        asked = self._rerunning.asked(question.prompt, options, session.settings, question.context, key)
        found, why = self._rerunning.find(asked, mode, session.store)
        runs = (options.approve or session.settings.approve) != "never"
        replay = stored_turn(found, session.store, runs=runs) if found is not None else None
        if why:
            session.warnings.append(why)
        if replay is not None:
            begun = session.begin_replay(question, host, replay)
        else:
            begun = session.begin(question, host)
            session.store.note_question(begun.turn, asked.asked, asked.sent)
        self._rerunning.note(asked, session.conversation.key)
        return begun

    # ---- where it is shown -------------------------------------------------------------------------------------------

    def surface(self, running: Running) -> Surface:
        """Where a turn that was started is shown, and asks. Make it on the main thread, when it is followed."""
        from .surface import Surface

        session = self._session
        self._surface = Surface(
            session.shell,
            running,
            self._steering,
            undo=session.before,
            undoable=lambda: session.undo.line,
            actions=self._actions,
            widget=session.settings.widget,
            reasoning=session.settings.save_reasoning,
        )
        return self._surface

    async def _ask(self, proposal: CallProposed) -> Answer | None:
        return await self._surface.ask(proposal) if self._surface is not None else None

    def _say_mute(self) -> None:
        if self._surface is not None:
            self._surface.say_mute()

    @property
    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {"undo": self._undo_now, "cell": self._make_cell}

    @property
    def _widget(self) -> WidgetView | None:
        """The widget of the turn that goes on."""
        if self._background is not None:
            return self._background.view
        return self._surface.widget if self._surface is not None else None

    def _undo_now(self, _: dict[str, Any]) -> None:
        said = self._session.undo_last(self._steering if self._background is None else self._background.steering)
        if (widget := self._widget) is not None:
            widget.say(said)
            widget.undoable("")

    def _make_cell(self, message: dict[str, Any]) -> None:
        """Put code of the turn into a new cell, asked for in the widget."""
        from .newcell import cell_source

        widget, calls = self._widget, message.get("calls")
        if widget is None:
            return
        wanted = [call for call in calls if isinstance(call, str)] if isinstance(calls, list) else []
        source = cell_source(widget.turn, calls=wanted)
        if source:
            self._session.shell.set_next_input(source)
            when = "this cell is done" if self._background is None else "the next cell is run"
            widget.say(f"The code stands in a new cell below as soon as {when}.")
        else:
            widget.refuse("cell", "No code has run to its end yet.")
