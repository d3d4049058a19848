"""A conversation that can't become illegal.

The one place that knows which message may follow which (protocol §2.4). What it holds can be sent as it is, at any
moment: calls that got no answer are answered before anything else is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..chat.messages import Assistant, Message, System, ToolResult, User
from ..chat.salvage import echo_in
from ..chat.wire import estimate_message
from .memory import compact

__all__ = ["BROKEN_OFF", "HEALED", "Conversation"]

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
    """

    def __init__(
        self, key: str, messages: Iterable[Message] = (), *, on_append: Callable[[Message], None] | None = None
    ) -> None:
        self.key = key
        self._messages: list[Message] = list(messages)
        self._on_append = on_append
        self._tokens = sum(estimate_message(message) for message in self._messages)
        self._measured: tuple[int, int] | None = None

    @property
    def messages(self) -> Sequence[Message]:
        """What was said, oldest first."""
        return tuple(self._messages)

    @property
    def calls(self) -> int:
        """How many tool calls the conversation had."""
        return sum(len(message.calls) for message in self._messages if isinstance(message, Assistant))

    @property
    def call_ids(self) -> set[str]:
        """Ids of all calls so far."""
        return {call.id for message in self._messages if isinstance(message, Assistant) for call in message.calls}

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
            return overhead + self._tokens
        measured, estimate_then = self._measured
        return measured + self._tokens - estimate_then

    def measure(self, prompt_tokens: int) -> None:
        """Take the endpoint's count of the prompt just sent; call it before the reply is appended."""
        if prompt_tokens > 0:
            self._measured = (prompt_tokens, self._tokens)

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

    def compact(self, target: int) -> str:
        """Shorten what is sent to about so many tokens; in words what was left out. The store keeps everything."""
        self.heal()
        messages, left_out = compact(self._messages, target)
        if left_out:
            self._messages = messages
            self._tokens = sum(estimate_message(message) for message in messages)
            self._measured = None
        return left_out

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
        """All that is sent, system message first."""
        return (System(system), *self._messages)

    def _append(self, message: Message) -> None:
        if self._on_append is not None:
            self._on_append(message)
        self._messages.append(message)
        self._tokens += estimate_message(message)
