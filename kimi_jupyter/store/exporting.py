"""A conversation as a file of its own: JSON lines for programs, Markdown to read, a notebook to run again.

Imports ``chat.messages`` and store modules; ``nbformat`` when a notebook is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..chat.messages import Assistant, Message, ToolResult, User, message_to_dict

if TYPE_CHECKING:
    from .records import Store
    from .rows import AllowedCode, StoredConversation

__all__ = ["FORMATS", "export"]

#: The formats, with what their files end in.
FORMATS = {"jsonl": ".jsonl", "markdown": ".md", "notebook": ".ipynb"}
_CONTEXT = re.compile(r"\A<context>.*?</context>\n*", re.DOTALL)


def export(store: Store, conversation: StoredConversation, form: str) -> str:
    """A conversation as text.

    Parameters
    ----------
    store
        Where it is.
    conversation
        Which one.
    form
        One of :data:`FORMATS`.
    """
    messages = store.messages(conversation.id)
    if form == "jsonl":
        return "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in _lines(store, conversation, messages))
    if form == "markdown":
        return "\n\n".join(_markdown(conversation, messages)) + "\n"
    import nbformat

    return str(nbformat.writes(_notebook(store, conversation)) + "\n")


def _lines(store: Store, conversation: StoredConversation, messages: list[Message]) -> Iterator[dict[str, Any]]:
    """What the conversation is, then every message with all that is known of it."""
    turns = store.turns(conversation.id)
    yield {
        "conversation": conversation.id,
        "title": conversation.title,
        "notebook": conversation.notebook,
        "created": conversation.created,
        "turns": [
            {"prompt": turn.prompt, "provider": turn.provider, "model": turn.model, "started": turn.started,
             "ended": turn.ended, "reason": turn.reason} for turn in turns
        ],
    }  # fmt: skip
    yield from map(message_to_dict, messages)


def _markdown(conversation: StoredConversation, messages: list[Message]) -> Iterator[str]:
    yield f"# {conversation.title or 'Conversation'}"
    for message in messages:
        match message:
            case User(text):
                yield "## Question\n\n" + _quoted(_CONTEXT.sub("", text))
            case Assistant():
                if message.reasoning:
                    yield f"### Reasoning\n\n{_quoted(message.reasoning.strip())}"
                yield from ([message.text.strip()] if message.text.strip() else [])
                yield from (_fenced(_code(call.arguments), "python") for call in message.calls)
            case ToolResult():
                yield "Result:\n\n" + _fenced(message.text)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _fenced(text: str, language: str = "") -> str:
    """A block that what is in it can't end."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _code(arguments: str) -> str:
    try:
        found = json.loads(arguments)
    except ValueError:
        return arguments
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, str) else arguments


def _notebook(store: Store, conversation: StoredConversation) -> Any:
    """Questions and answers as text, and as code cells what ran, as it ran, with what it came to."""
    from nbformat import v4

    cells = [v4.new_markdown_cell(f"# {conversation.title or 'Conversation'}")]
    for turn in store.turns(conversation.id):
        allowed = store.allowed_in_turn(turn.id)
        for message in store.messages_of_turn(turn.id):
            if isinstance(message, User):
                cells.append(v4.new_markdown_cell(_quoted(_CONTEXT.sub("", message.text))))
            elif isinstance(message, Assistant):
                if message.text.strip():
                    cells.append(v4.new_markdown_cell(message.text.strip()))
                cells += [_cell(allowed[call.id]) for call in message.calls if call.id in allowed]
    for number, cell in enumerate(cells):
        cell["id"] = f"kimi-{number}"  # else each export differs
    return v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def _cell(allowed: AllowedCode) -> Any:
    from nbformat import v4

    outputs = [v4.new_output("stream", name="stdout", text=allowed.result)] if allowed.result else []
    return v4.new_code_cell(allowed.code, outputs=outputs, metadata={"kimi": {"status": allowed.status or "not run"}})
