"""The texts of a message as a search sees them, and a search as SQLite is to see it. Imports ``chat.messages``.

Nothing of what is searched for is syntax: words are quoted, and a character that stands for others is taken for itself
(hazards SEC-05). Scripts without spaces are split into their characters, in the index as in the search, so that words
of any length are found in them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from ..chat.messages import Assistant, Message, ToolResult, User

__all__ = ["PLACES", "as_kept", "best_place", "indexed", "like", "match", "passages", "snippet", "words"]

#: Where a text may stand, the most telling first.
PLACES = ("question", "answer", "code", "result", "reasoning", "context")
#: Characters of a snippet.
_SNIPPET = 160
#: Words of a search that count, and characters of each: SQLite takes no pattern of any length.
_MOST_WORDS, _LONGEST_WORD = 16, 200
#: Characters in which a word is looked for without its accents.
_BARED = 20_000
_UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])")


def passages(message: Message, prompt: str) -> dict[str, str]:
    """A message's texts by place, those that are not empty. ``prompt`` is what the user typed in this turn."""
    texts: dict[str, str] = {}
    match message:
        case User(text):
            asked = prompt if prompt and text.endswith(prompt) else ""
            texts = {"question": asked or text, "context": text[: -len(asked)] if asked else ""}
        case Assistant():
            code = "\n".join(_code(call.arguments) for call in message.calls)
            texts = {"answer": message.text, "code": code, "reasoning": message.reasoning or ""}
        case ToolResult():
            texts = {"result": message.text}
    return {place: text for place, text in texts.items() if text.strip()}


def _code(arguments: str) -> str:
    """What a call says: its texts, such as code, without JSON's escapes."""
    try:
        found = json.loads(arguments)
    except ValueError:
        return arguments
    return "\n".join(_texts(found))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []


def indexed(text: str) -> str:
    """A text as it goes into the index."""
    return text if text.isascii() else _UNSPACED.sub(r" \1 ", text)


def words(text: str) -> list[str]:
    """The words of a search, each once."""
    return list(dict.fromkeys(word[:_LONGEST_WORD] for word in text.replace("\0", " ").split()))[:_MOST_WORDS]


def match(wanted: list[str], *, any_of: bool = False) -> str:
    """A search for FTS5: beginnings of words, all of them or any; ``""`` if there is nothing to look up."""
    quoted = ['"' + indexed(word).replace('"', '""') + '"*' for word in wanted if any(map(str.isalnum, word))]
    return (" OR " if any_of else " AND ").join(quoted)


def like(word: str) -> str:
    """A word as a pattern for ``LIKE … ESCAPE '!'``."""
    escaped = re.sub(r"([!%_])", r"!\1", word)
    return f"%{escaped}%"


def as_kept(word: str) -> str:
    """A word as it stands in a message that is kept, which is JSON."""
    return json.dumps(word, ensure_ascii=False)[1:-1]


def best_place(texts: dict[str, str], wanted: list[str]) -> tuple[str, int]:
    """The place that has most of the words, and how many."""
    counts = {place: sum(_find(texts[place], word) >= 0 for word in wanted) for place in PLACES if place in texts}
    place = max(counts, key=lambda name: counts[name], default="")
    return place, counts.get(place, 0)


def _find(text: str, word: str) -> int:
    """Where a word stands; without its accents, where it stands nowhere with them."""
    found = re.search(re.escape(word), text, re.IGNORECASE)
    if found is None and not text.isascii():
        found = re.search(re.escape(_bare(word)), _bare(text[:_BARED]), re.IGNORECASE)
    return found.start() if found else -1


def _bare(text: str) -> str:
    """A text without accents, of the same length."""
    return "".join(unicodedata.normalize("NFKD", character)[0] for character in text)


def snippet(text: str, wanted: list[str]) -> str:
    """The passage around the first of the words, on one line."""
    places = [place for word in wanted if (place := _find(text, word)) >= 0]
    start = max(0, min(places, default=0) - _SNIPPET // 3)
    cut = " ".join(text[start : start + _SNIPPET].split())
    return f"{'…' if start else ''}{cut}{'…' if start + _SNIPPET < len(text) else ''}"
