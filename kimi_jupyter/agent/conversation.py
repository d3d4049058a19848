"""A conversation that can't become illegal.

The one place that knows which message may follow which (protocol §2.4). What it holds can be sent as it is, at any
moment: calls that got no answer are answered before anything else is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from ..chat.messages import Assistant, Message, System, ToolResult, User
from ..chat.salvage import echo_in
from ..chat.tokens import estimate_roughly
from ..chat.wire import estimate_message
from .memory import LeftOut, compact

__all__ = ["BROKEN_OFF", "HEALED", "Conversation"]

#: Of the window, how far it may fill before room is made, and how much of it is left then: rarely, but much at once, so
#: that the endpoint's prefix cache holds in between (hazards §3).
_FULL, _COMPACTED = 0.85, 0.5
#: By how much a history that could not be made shorter grows before that is tried again.
_AGAIN = 1.1
#: How far our estimate may be off the endpoint's own count, before that is no count (hazards BUD-06, PRO-24).
_LEAST, _MOST = 0.05, 4.0

#: At the end of a reply that did not come to its own.
BROKEN_OFF = "\n\n[This reply broke off here.]"
#: What a call is answered with when nobody can say how it ended.
HEALED = "Interrupted: this call has no result, and whether it had an effect is unknown. Check before relying on it."


class Conversation:
    """The messages so far, without the system message, which is the same for all.

    Parameters
    ----------
    key
        Stands for the conversation at the endpoint (prefix cache) and in the store.
    messages
        What was said before; healed if it ends in the middle of something.
    on_append
        Called with each message before it counts as said, so that it can be stored. What it raises is passed on, and
        the message is not appended.
    left_out
        What was said before those messages, and is only in the store.
    """

    def __init__(
        self,
        key: str,
        messages: Iterable[Message] = (),
        *,
        on_append: Callable[[Message], None] | None = None,
        left_out: LeftOut | None = None,
    ) -> None:
        self.key = key
        self._messages: list[Message] = list(messages)
        self._on_append = on_append
        self._sizes = [estimate_message(message, estimate_roughly) for message in self._messages]
        self._left_out = left_out or LeftOut()
        self._left: list[Message] = []
        self._tokens = sum(self._sizes) + self._note_size()
        self._measured: tuple[int, int] | None = None
        self._off = 1.0
        self._in_vain = 0
        ids = (call.id for message in self._messages if isinstance(message, Assistant) for call in message.calls)
        self._call_ids = dict.fromkeys(ids)

    @property
    def messages(self) -> Sequence[Message]:
        """What was said and is still sent, oldest first."""
        return tuple(self._messages)

    @property
    def left_out(self) -> Sequence[Message]:
        """What was said here and is not sent any more, as it was."""
        return tuple(self._left)

    @property
    def calls(self) -> int:
        """How many tool calls the conversation had, those included that are not sent any more."""
        return len(self._call_ids)

    @property
    def call_ids(self) -> AbstractSet[str]:
        """Ids of all calls so far; none may be used again, for a resumed conversation has them all."""
        return self._call_ids.keys()

    @property
    def open_calls(self) -> tuple[tuple[str, str], ...]:
        """Id and tool of each call that has no result yet."""
        waiting: dict[str, str] = {}
        for message in reversed(self._messages):
            if isinstance(message, ToolResult):
                waiting[message.call] = ""
            elif isinstance(message, Assistant):
                return tuple((call.id, call.name) for call in message.calls if call.id not in waiting)
            else:
                break
        return ()

    def tokens(self, overhead: int) -> int:
        """Tokens of the next prompt: the endpoint's last count, where there is one, and an estimate of the rest.

        Parameters
        ----------
        overhead
            Tokens of system message and tools, for as long as nothing was measured.
        """
        if self._measured is None:
            return round((overhead + self._tokens) * self._off)
        measured, estimate_then = self._measured
        return measured + round((self._tokens - estimate_then) * self._off)

    def measure(self, prompt_tokens: int, overhead: int = 0) -> bool:
        """Take the endpoint's count of the prompt just sent; call it before the reply is appended.

        Returns
        -------
        bool
            Whether it can be one. A count that can't is not used.
        """
        estimate = overhead + self._tokens
        if not estimate * _LEAST <= prompt_tokens <= estimate * _MOST + 1_000:
            return False
        self._measured = (prompt_tokens, self._tokens)
        # Reasoning that the endpoint does not count makes us guess too much, never too little (protocol §8.3).
        self._off = max(1.0, prompt_tokens / estimate) if estimate > 1_000 else 1.0
        return True

    def echo(self) -> Callable[[str], bool]:
        """Tells whether what was sent to the model has a leaked call in it: then the model only quotes it."""
        return echo_in([message.text for message in self._messages if not isinstance(message, Assistant)])

    def ask(self, text: str) -> None:
        """The user says something.

        Raises
        ------
        ValueError
            The text is empty; every endpoint refuses that.
        """
        if not text.strip():
            raise ValueError("a user message must not be empty")
        self.heal()
        self._append(User(text))

    def reply(self, message: Assistant) -> bool:
        """The model says something. Returns whether it was worth keeping: an empty message without calls is not."""
        if self.open_calls:
            raise ValueError("the last calls have no results yet")
        if not message.calls and not message.text.strip():
            return False
        self._append(message)
        return True

    def break_off(self, message: Assistant) -> None:
        """Keep what was said before a stop or a fault; half-written calls are not kept, and the rest is marked."""
        if message.text.strip() and not self.open_calls:
            self._append(replace(message, text=message.text + BROKEN_OFF, calls=()))

    def expected(self, window: int) -> int:
        """Tokens that what was said will take in the next prompt, where room is made for it first if need be."""
        tokens = self.tokens(0)
        return tokens if tokens <= _FULL * window else round(_COMPACTED * window)

    def make_room(self, window: int, overhead: int, *, refused: bool = False) -> str:
        """Shorten what is sent, where it nearly fills the window; the store keeps everything.

        Parameters
        ----------
        window
            Tokens the model can take.
        overhead
            Tokens of system message and tools.
        refused
            The endpoint found it too long, whatever we think.

        Returns
        -------
        str
            In words what is not sent any more, ``""`` for nothing.
        """
        tokens = self.tokens(overhead)
        if refused:
            self._off = max(self._off, window / max(1, overhead + self._tokens))
        elif tokens <= max(_FULL * window, _AGAIN * self._in_vain):
            return ""
        self.heal()
        target = round(_COMPACTED * window / self._off) - overhead
        messages, left_out = compact(self._messages, target, self._sizes)
        if left_out:
            kept = {id(message) for message in messages}
            self._left += [message for message in self._messages if id(message) not in kept]
            self._messages = messages
            self._left_out += left_out
            self._sizes = [estimate_message(message) for message in messages]
            self._tokens = sum(self._sizes) + self._note_size()
            self._measured = None
        after = self.tokens(overhead)
        self._in_vain = after if after > _FULL * window else 0
        return left_out.words

    def _note_size(self) -> int:
        return estimate_message(User(note)) if (note := self._left_out.note) else 0

    def answer(self, result: ToolResult) -> None:
        """A call came to an end.

        Raises
        ------
        ValueError
            No such call is open.
        """
        if result.call not in {call for call, _ in self.open_calls}:
            raise ValueError(f"no open call {result.call!r}")
        # No message may be empty (protocol §2.1).
        self._append(result if result.text.strip() else replace(result, text="(no output)"))

    def heal(self) -> tuple[str, ...]:
        """Answer every open call with :data:`HEALED`; returns their ids."""
        healed = self.open_calls
        for call, name in healed:
            self._append(ToolResult(call, name, HEALED))
        return tuple(call for call, _ in healed)

    def prompt(self, system: str) -> tuple[Message, ...]:
        """All that is sent: the system message, what was left out, and the rest."""
        note = self._left_out.note
        return (System(system), *([User(note)] if note else ()), *self._messages)

    def _append(self, message: Message) -> None:
        if self._on_append is not None:
            self._on_append(message)
        self._messages.append(message)
        self._sizes.append(estimate_message(message))
        self._tokens += self._sizes[-1]
        if isinstance(message, Assistant):
            self._call_ids.update(dict.fromkeys(call.id for call in message.calls))
