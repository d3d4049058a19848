"""The commands of ``%kimi``: small, and each says in its answer what it did."""

from __future__ import annotations

import difflib
import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from ..errors import KimiError
from ..providers import PROVIDERS, Provider, find_provider, provider_from_environment
from ..settings import DETAILS, check_url
from ..view import words
from .past import Past
from .programs import outliving
from .spending import budget_in_words, today_in_words

if TYPE_CHECKING:
    from .session import Options, Session

__all__ = ["Commands"]


_DETAIL = {
    "schema": "names, types and sizes are sent, no values, outputs or literals",
    "stats": "ranges, counts and categories are sent too, no rows, outputs or literals",
    "sample": "values, at most three rows of a table, and outputs of cells are sent too",
}
_APPROVE = {
    "ask": "you decide each time what runs",
    "auto": "everything runs, without asking",
    "never": "nothing runs",
}


def _address(row: Provider) -> str:
    return row.base_url or ("on this machine" if row.local else "give its URL")


class Commands:
    """Carries out ``%kimi …`` for a session."""

    def __init__(self, session: Session, read: Callable[[str, str], tuple[str, Options]]) -> None:
        self._session = session
        self._read = read
        self._past = Past(session)
        self._commands: dict[str, Callable[[str], str]] = {
            "model": self.model,
            "provider": self.provider,
            "key": self.key,
            "new": self.new,
            "context": self.context,
            "detail": self.detail,
            "tools": self.tools,
            "undo": self.undo,
            "stop": self.stop,
            "cell": self.cell,
            "doctor": self.doctor,
            "history": self._past.history,
            "export": self._past.export,
            "forget": self._past.forget,
            "audit": self._past.audit,
            "resume": self.resume,
            "help": self.help,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """All commands."""
        return ("ask", "fix", *self._commands)

    def run(self, line: str) -> str | None:
        """Carry a command out and print its answer; returns the question if the command is to ask one.

        Raises
        ------
        UsageError
            There is no such command.
        """
        word, _, rest = line.strip().partition(" ")
        if word == "ask":
            return rest.strip()
        if word == "fix":
            return self.fix(rest.strip())
        command = self._commands.get(word) if word else self.status
        if command is None:
            close = difflib.get_close_matches(word, self.names, 1)
            guess = f"Did you mean %kimi {close[0]}?" if close else f"To ask a question: %kimi ask {line.strip()[:60]}"
            raise UsageError(f"%kimi has no command {word!r}. {guess} (%kimi help lists all.)")
        answer = command(rest.strip())
        if word == "resume":
            return answer
        if answer:
            print(answer)  # noqa: T201 - the answer to a command
        return None

    def fix(self, more: str) -> str:
        """``%kimi fix [WORDS]``: ask about the cell that failed last; returns the question.

        Raises
        ------
        UsageError
            None failed.
        """
        failure = self._session.runs.failure()
        if failure is None:
            raise UsageError("No cell has failed since kimi_jupyter was loaded. To ask about an error: %kimi ask …")
        number, run = failure
        question = f"@cell:{number} failed with {run.failed}. Find out why and fix it."
        return f"{question}\n{more}" if more else question

    def status(self, _: str = "") -> str:
        """Endpoint, model, key's source (never the key), conversation, tokens and cost so far."""
        session, settings = self._session, self._session.settings
        try:
            endpoint = session.endpoint()
            rows = [
                ("endpoint", f"{endpoint.provider.title} ({endpoint.provider.name}), {endpoint.base_url}"),
                ("model", endpoint.model_id),
                ("key", endpoint.key_source),
            ]
            if endpoint.provider.note:
                rows.append(("note", endpoint.provider.note))
        except KimiError as error:
            rows = [("endpoint", str(error))]
        conversation, usage = session.conversation, session.usage
        asked = sum(type(message).__name__ == "User" for message in conversation.messages)
        spent = "unknown" if usage.cost is None else words.cost(usage.cost)
        rows += [
            ("conversation", f"{asked} question{'s' if asked != 1 else ''}, {conversation.calls} tool calls"),
            ("tokens", f"{usage.prompt:,} in ({usage.cached:,} cached), {usage.completion:,} out"),
            ("window", self._window()),
            ("cost", spent if usage.prompt else "none yet"),
            ("approve", f"{settings.approve}: {_APPROVE[settings.approve]}"),
            ("budget", budget_in_words(settings)),
        ]
        if today := today_in_words(settings, session.store):
            rows.append(("today", today))
        rows += [("left running", f"{program} (a restart does not end it)") for program in outliving()]
        rows += [("warning", warning) for warning in session.warnings]
        return "\n".join(f"{name:<13} {text}" for name, text in rows)

    def _window(self) -> str:
        """How full the model's window is with what was said so far."""
        tokens = self._session.conversation.tokens(0)
        try:
            size = self._session.endpoint().model.context
        except KimiError:
            return f"{tokens:,} tokens so far"
        return f"{tokens:,} of {size:,} tokens ({tokens / size:.0%})"

    def model(self, name: str) -> str:
        """``%kimi model [NAME]``: show the models, or choose one."""
        session = self._session
        if not name:
            endpoint = session.endpoint()
            names = ", ".join(dict.fromkeys([*endpoint.provider.models.values(), endpoint.model_id]))
            return f"{endpoint.model_id} at {endpoint.provider.title}. Known there: {names}; any other id may be given."
        session.settings.model = name
        endpoint = session.endpoint()
        return f"Now asking {endpoint.model_id} at {endpoint.provider.title}."

    def provider(self, line: str) -> str:
        """``%kimi provider [NAME [URL]]``: show the endpoints, or choose one, at an address of your own if need be."""
        session, settings = self._session, self._session.settings
        name, _, url = line.partition(" ")
        if not name:
            return "\n".join(f"{row.name:<14} {row.title:<28} {_address(row)}" for row in PROVIDERS.values())
        row = find_provider(name)
        if url.strip():
            check_url(url.strip(), settings.allow_http)
        # Headers may hold credentials, and were meant for the endpoint there was (hazards KEY).
        dropped = " extra_headers were for the endpoint before, and are dropped." if settings.extra_headers else ""
        settings.provider, settings.base_url, settings.model = row.name, url.strip(), ""
        settings.extra_headers = {}
        endpoint = session.endpoint()
        note = (f" {row.note}" if row.note else "") + dropped
        return f"Now asking {endpoint.model_id} at {row.title} ({endpoint.base_url}), key: {endpoint.key_source}.{note}"

    def key(self, name: str) -> str:
        """``%kimi key [PROVIDER]``: type a key in; it is never shown and never written into the notebook."""
        session, settings = self._session, self._session.settings
        row = find_provider(name) if name else self._provider_in_use()
        typed = getpass.getpass(f"Key for {row.title} (not shown; empty forgets it): ").strip()
        if not typed:
            session.keys.forget(row)
            return f"No key is kept for {row.title}."
        place = session.keys.keep(row, typed)
        if not settings.provider and not settings.base_url:  # a key goes to no address it was not given for
            settings.provider = row.name
        return f"Key for {row.title} kept {place}."

    def _provider_in_use(self) -> Provider:
        """Whose key is meant where none is named."""
        session, settings = self._session, self._session.settings
        if settings.provider or settings.base_url:
            return find_provider(settings.provider or "custom")
        return provider_from_environment(session.keys.environ) or find_provider("moonshot")

    def new(self, _: str) -> str:
        """``%kimi new``: start a new conversation; the old one stays in the store."""
        with self._session.between_turns():
            self._session.new_conversation()
        return "A new conversation starts with your next question."

    def context(self, line: str) -> str:
        """``%kimi context [OPTIONS] [QUESTION]``: exactly what would be sent with a question, by part, with sizes."""
        question, options = self._asked(line)
        context = self._session.context(question, options)
        if not context.parts:
            return "Nothing but the question would be sent."
        lines = [f"{part.tokens:>7,} tokens  {part.kind} {part.title}" for part in context.parts]
        lines.append(f"{sum(part.tokens for part in context.parts):>7,} tokens  in all, to {self._where()}")
        if context.hidden:
            lines.append(context.hidden_in_words)
        lines += [f"left out: {reason}" for reason in context.skipped]
        lines += context.unknown
        return "\n".join([*lines, "", context.text])

    def detail(self, name: str) -> str:
        """``%kimi detail [schema|stats|sample]``: show or set how much of a value is sent."""
        session, settings = self._session, self._session.settings
        if name:
            if name not in DETAILS:
                raise UsageError(f"%kimi detail takes {', '.join(DETAILS)}, not {name!r}.")
            settings.detail = name
        detail = session.detail()
        capped = (
            f" More is not allowed here (detail_cap is {settings.detail_cap})." if detail != settings.detail else ""
        )
        return f"{detail}: {_DETAIL[detail]}.{capped}"

    def _asked(self, line: str) -> tuple[str, Options]:
        """A question with the options before it, if it begins with one."""
        from .session import Options

        return self._read(line, "") if line.startswith("--") else (line, Options())

    def _where(self) -> str:
        try:
            endpoint = self._session.endpoint()
        except KimiError:
            return "no endpoint yet"
        return f"{endpoint.provider.title} ({endpoint.base_url})"

    def tools(self, _: str) -> str:
        """``%kimi tools``: what the model may call, and whether it needs your yes."""
        rows = []
        try:
            toolbox = self._session.tools_for(self._session.endpoint())
        except KimiError:
            toolbox = self._session.toolbox
        for name in toolbox.names:
            tool = toolbox.get(name)
            assert tool is not None
            gate = "asks first" if tool.gated else "read-only"
            rows.append(f"{name:<20} {gate:<11} {tool.description.strip().splitlines()[0][:100]}")
        return "\n".join(rows)

    def undo(self, key: str) -> str:
        """``%kimi undo``: put back what the last run changed, as far as that can be."""
        return self._session.undo.back(key)  # a button names the run that it was offered for

    def stop(self, _: str) -> str:
        """``%kimi stop``: stop the question that goes on in the background (``--bg``)."""
        return "Stopping." if self._session.cells.stop() else "No question goes on in the background."

    def cell(self, number: str) -> str:
        """``%kimi cell [N]``: put the last question's code that worked, or that of step N, into a new cell."""
        from .newcell import cell_source, steps_that_ran

        turn = self._session.last_turn
        ran = steps_that_ran(turn) if turn is not None else []
        if turn is None or not ran:
            raise UsageError("No code of the last question has run to its end in this kernel.")
        if number and (not number.isdecimal() or int(number) not in ran):
            raise UsageError(
                f"Code ran in step {', '.join(map(str, ran))}: %kimi cell {ran[-1]}, or %kimi cell for all."
            )
        self._session.shell.set_next_input(cell_source(turn, step=int(number or 0)))
        return ""

    def doctor(self, line: str) -> str:
        """``%kimi doctor [--probes N …]``: check the endpoint: what works, and what to set if something does not."""
        from .checking import check_endpoint

        check_endpoint(self._session, line)
        return ""

    def resume(self, _: str) -> str:
        """``%kimi resume``: go on with a question that was interrupted, also by the kernel's end."""
        return self._past.resume()

    def help(self, _: str) -> str:
        """``%kimi help``: this list."""
        lines = ["%%kimi           Ask: the cell's text is the question (%%kimi? lists the options).",
                 "%kimi            Show endpoint, model, conversation, tokens and cost.",
                 "%kimi ask …      Ask in one line.",
                 "%kimi fix …      Ask about the cell that failed last."]  # fmt: skip
        for name, command in self._commands.items():
            text = (command.__doc__ or "").split(": ", 1)
            usage = text[0].strip("` ").removeprefix("%kimi ")
            lines.append(f"%kimi {usage if ' ' in usage else name:<22} {text[-1][:1].upper()}{text[-1][1:]}")
        return "\n".join(lines)
