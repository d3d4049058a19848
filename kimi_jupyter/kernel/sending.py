"""What of notebook and data goes out with a question, and what the user is told of that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from ..chat.events import Sent
from ..errors import SettingsError
from ..settings import DETAILS, Endpoint, Keys, Settings, is_loopback
from .rerun import somebody_there

if TYPE_CHECKING:
    from ..agent.conversation import Conversation
    from ..context import Context
    from ..context.terms import Detail
    from .notebook import Notebook
    from .runs import Runs
    from .session import Options

__all__ = ["Sending", "sent"]

#: Of the context's tokens, by detail: what says less needs less.
_SHARE = {"schema": 0.5, "stats": 0.75, "sample": 1.0}
#: Of what a model's window has left, at most one part in so many; but at least so many tokens.
_PART, _LEAST = 4, 1_000
#: Seconds for gathering it: while somebody waits, and where the same must come out on a slow day, for replay.
_AWAITED, _UNATTENDED = 1.0, 20.0
_RECEIVES = {
    "schema": "nearby cells without their outputs, and names and types of the values they use, but no values",
    "stats": "nearby cells without their outputs, and ranges and categories of the values they use, but no rows",
    "sample": "nearby cells with their outputs, and a digest of the values they use, with up to three rows of a table",
}


class Sending:
    """Gathers what goes out with a question.

    Parameters
    ----------
    shell
        The IPython shell.
    settings
        What the user has set.
    keys
        Known secrets.
    runs
        How the user's cells ended.
    """

    def __init__(self, shell: Any, settings: Settings, keys: Keys, runs: Runs) -> None:
        self._shell = shell
        self._settings = settings
        self._keys = keys
        self._runs = runs
        self._told: set[str] = set()
        self._most: dict[str, Detail] = {}

    def detail(self, options: Options) -> Detail:
        """How much of a value may be told: as asked or set, but no more than the cap."""
        asked = options.detail or self._settings.detail
        return cast("Detail", min(asked, self._settings.detail_cap, key=DETAILS.index))

    def seen(self, notebook: str) -> Notebook:
        """The notebook as far as the kernel can see it: the saved file at a path (or ``""``), and what was run."""
        from .notebook import notebook_cells

        return notebook_cells(self._shell, notebook, self._runs)

    def context(self, prompt: str, options: Options, seen: Notebook, free: int | None) -> Context:
        """What would be sent along with a question. Reads values on any thread, and runs no code of theirs.

        Parameters
        ----------
        prompt
            The user's words.
        options
            What this question asks differently.
        seen
            The notebook's cells, and what the user sends along.
        free
            Tokens that the model's window has left, ``None`` where that is not known.

        Raises
        ------
        SettingsError
            The question asks for a cell that is not there.
        """
        from ..context import build
        from ..context.choosing import NoSuchCell

        try:
            return build(
                prompt,
                namespace=self._shell.user_ns,
                cells=seen.cells,
                here=seen.here,
                most_cells=options.cells,
                tokens=self._room(options, free) if options.context else 0,
                detail=self.detail(options),
                secrets=tuple(self._keys.known()),
                hide=tuple(self._settings.redact),
                seconds=_AWAITED if somebody_there(self._shell) else _UNATTENDED,
                attached=seen.attached,
            )
        except NoSuchCell as error:
            raise SettingsError(str(error)) from None

    def _room(self, options: Options, free: int | None) -> int:
        """Tokens of a context: as set, less with less detail, and less in a window that is nearly full."""
        wanted = int(self._settings.context_tokens * _SHARE[self.detail(options)])
        return wanted if free is None else min(wanted, max(_LEAST, free // _PART))

    def notices(
        self, endpoint: Endpoint, options: Options, context: Context, conversation: Conversation
    ) -> Iterator[str]:
        """What the user should know of what goes out now; what an endpoint receives is said once."""
        detail = self.detail(options)
        if endpoint.base_url not in self._told and not is_loopback(endpoint.base_url) and options.context:
            self._told.add(endpoint.base_url)
            yield (
                f"{endpoint.provider.title} receives the question, {_RECEIVES[detail]} (detail {detail}"
                f"{self._cap()}). %kimi context shows it; %kimi detail changes how much; --no-context sends none of "
                "it. Results of code that you let run go there too, in any detail."
            )
        if options.detail and options.detail != detail:
            yield f"Sent with detail {detail}: more is not allowed here (detail_cap)."
        before = self._most.get(conversation.key, "sample" if conversation.messages else "schema")
        if options.context and DETAILS.index(detail) < DETAILS.index(before):
            yield "What was sent before in this conversation goes along again, in more detail; %kimi new leaves it out."
        if options.context:
            self._most[conversation.key] = max(before, detail, key=DETAILS.index)
        if context.hidden:
            yield f"{context.hidden_in_words}."
        yield from context.unknown

    def _cap(self) -> str:
        cap = self._settings.detail_cap
        return "" if cap == DETAILS[-1] else f", more than {cap} is not allowed here"


def sent(context: Context) -> Sent:
    """What went out with the question, for who watches."""
    parts = tuple((part.kind, part.title, part.tokens) for part in context.parts)
    return Sent(parts, context.text, context.hidden, context.skipped)
