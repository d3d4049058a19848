"""``%%kimi`` and ``%kimi``: what a user types, turned into questions and commands.

Everything a magic does is somewhere else; here are only the words, the options and the way in.
"""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from ..errors import KimiError
from ..settings import Settings
from .cells import AWAITED
from .runs import Runs

if TYPE_CHECKING:
    from .commands import Commands
    from .link import Link
    from .session import Options, Session

__all__ = ["KimiMagics", "TurnFailed", "TurnInterrupted"]

#: Characters of a question, some 50,000 tokens (hazards INP-16).
_LONGEST = 200_000


class TurnFailed(KimiError):
    """A question got no answer; the cell fails, so that Run All stops here."""

    def _render_traceback_(self) -> list[str]:
        return ["kimi: there is no answer; the reason is said above."]


class TurnInterrupted(KeyboardInterrupt):
    """The user stopped a question; like any interrupted cell this one fails."""

    def _render_traceback_(self) -> list[str]:
        return ["kimi: stopped by you. What was said so far is kept; ask on in a new cell."]


@magics_class
class KimiMagics(Magics, Settings):
    """The magics, and as traitlets the settings: ``%config KimiMagics`` shows them all."""

    def __init__(self, shell: Any, environ: dict[str, str]) -> None:
        super().__init__(shell=shell)
        self._environ = environ
        self._making = threading.RLock()
        self.warnings: list[str] = []
        self.transformers: tuple[Any, ...] = ()
        self.runs = Runs()

    @cached_property
    def session(self) -> Session:
        """The kernel's session; made, and its modules imported, with the first thing asked of it.

        A cell may ask on the main thread at the moment when the sidebar does on another.
        """
        from .session import Session

        with self._making:
            if "session" not in vars(self):
                vars(self)["session"] = Session(self.shell, self, self._environ, self.warnings, self.runs)
            made: Session = vars(self)["session"]
            return made

    @cached_property
    def link(self) -> Link:
        """The sidebar's end; made when it first opens a comm."""
        from .link import Link

        with self._making:
            if "link" not in vars(self):
                vars(self)["link"] = Link(self.session)
            made: Link = vars(self)["link"]
            return made

    @cached_property
    def commands(self) -> Commands:
        """The commands of ``%kimi``."""
        from .commands import Commands

        return Commands(self.session, self._question)

    # The options are declared once, on the magic a user knows; its awaited twin reads the same ones.
    @no_var_expand
    @cell_magic("kimi")
    @magic_arguments("%kimi")
    @argument("--provider", default="", metavar="NAME", help="endpoint for this question (%%kimi provider lists them)")
    @argument("--model", default="", metavar="NAME", help="model for this question (%%kimi model lists them)")
    @argument("--new", action="store_true", help="start a new conversation")
    @argument("--no-context", action="store_true", help="send the question alone: no cells, no values")
    @argument("--detail", choices=["schema", "stats", "sample"], default="", help="what is sent of a table")
    @argument("--cells", type=int, default=None, metavar="N", help="send at most N cells; @cell:3 names one")
    @argument("--approve", choices=["ask", "auto", "never"], default="", help="who allows code to run")
    @argument("--max-steps", type=int, default=0, metavar="N", help="requests to the model, at most")
    @argument(
        "--rerun", choices=["changed", "always", "never"], default="", help="ask again, or replay the stored answer"
    )
    @argument("--bg", action="store_true", help="let the cell return at once; the turn goes on below it")
    @argument("words", nargs="*", help="the question, or its beginning")
    def ask_cell(self, line: str, cell: str) -> None:
        """Ask Kimi about this notebook and the data in memory.

        The question is the cell's text, taken as it is: braces, $, %% and ! stand for themselves. Code that Kimi wants
        to run is shown first; it runs once you say yes.
        """
        self._ask_blocking(*self._question(line, cell))

    @no_var_expand
    @cell_magic(AWAITED)
    async def ask_cell_awaited(self, line: str, cell: str) -> None:
        """What ``%%kimi`` becomes in a cell of its own; not meant to be typed."""
        await self._ask(*self._question(line, cell), blocking=False)

    @no_var_expand
    @line_magic("kimi")
    def command(self, line: str) -> None:
        """Kimi's commands: ``%kimi help`` lists them; bare ``%kimi`` shows endpoint, model, conversation and cost."""
        question = self.commands.run(line)
        if question is not None:
            self._ask_blocking(*self._question("", question))

    @no_var_expand
    @line_magic(AWAITED)
    async def command_awaited(self, line: str) -> None:
        """What ``%kimi`` becomes in a cell of its own; not meant to be typed."""
        question = self.commands.run(line)
        if question is not None:
            await self._ask(*self._question("", question), blocking=False)

    def _question(self, line: str, cell: str) -> tuple[str, Options]:
        from .session import Options

        given = parse_argstring(self.ask_cell, line)
        if given.max_steps < 0:
            raise UsageError("--max-steps takes a number from 1 on.")
        if given.cells is not None and given.cells < 0:
            raise UsageError("--cells takes a number from 0 on.")
        prompt = "\n".join(part for part in (" ".join(given.words), cell.strip()) if part)
        options = Options(
            given.provider,
            given.model,
            given.approve,
            given.max_steps,
            given.new,
            not given.no_context,
            given.detail,
            given.cells,
            given.rerun,
            given.bg,
        )
        return prompt, options

    def _ask_blocking(self, prompt: str, options: Options) -> None:
        from .bridge import drive

        drive(self._ask(prompt, options, blocking=True))

    async def _ask(self, prompt: str, options: Options, *, blocking: bool) -> None:
        if not prompt.strip():
            raise UsageError("There is no question. Write it below %%kimi, or after %kimi ask.")
        if len(prompt) > _LONGEST:
            raise UsageError(
                f"The question has {len(prompt):,} characters, at most {_LONGEST:,} are sent. "
                "Put data into a variable and ask about that."
            )
        if options.background and self._may_go_on(blocking):
            self.session.cells.start_background(prompt, options)
            return
        running = self.session.cells.start(prompt, options, blocking=blocking)
        try:
            ended = await running.follow(self.session.cells.surface(running))
        finally:
            self.session.cells.finished()
            _forget_failed_display(self.shell)
        if ended.reason == "failed":
            raise TurnFailed(ended.message)
        if ended.reason == "interrupted":
            raise TurnInterrupted

    def _may_go_on(self, blocking: bool) -> bool:
        """Whether a turn can go on when its cell has returned."""
        from .surface import can_show_widgets

        if not blocking and self.widget and can_show_widgets(self.shell):
            return True
        self.warnings.append("--bg needs a notebook with widgets, ipykernel 7 and a cell of its own; this cell waits.")
        return False


def _forget_failed_display(shell: Any) -> None:
    """Let a result that could not be shown, of an earlier cell or of the model's code, not fail this cell.

    ipykernel remembers it until the next cell without ``await``.
    """
    if hasattr(shell, "_last_traceback_during_displayhook"):
        shell._last_traceback_during_displayhook = False
