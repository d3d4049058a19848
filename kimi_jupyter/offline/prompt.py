"""Prompt tokens, and what of a prompt is in the prefix cache (protocol §5.5, §8.2, §9, §12).

Messages are rendered the way K2 Thinking's template does, as far as it matters for counting: reasoning stays only after
the last assistant message without calls. Imports ``chat.tokens`` and ``history``.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ..chat.tokens import MESSAGE_OVERHEAD, PROMPT_OVERHEAD, estimate_tokens
from .history import text_of

__all__ = ["PrefixCache", "Prompt", "Tokens"]

#: Characters of a block: what is compared with earlier prompts, about 16 tokens.
_BLOCK = 64
#: Tokens: shorter prefixes are not kept, longer ones in multiples (protocol §5.5, §12).
_SHORTEST, _MULTIPLE = 256, 64
#: Tokens an image counts (protocol §9, kimi-cli's figure).
_IMAGE = 2_000


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's size, and its blocks as (digest of everything up to here, tokens up to here)."""

    tokens: int
    blocks: tuple[tuple[bytes, float], ...]


class Tokens:
    """Counts tokens of prompts. A message that comes again, as in every loop, is not counted again."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, int] = OrderedDict()

    def prompt(self, body: dict[str, Any], *, keep_reasoning: bool = False) -> Prompt:
        """The prompt of a request that passed validation."""
        digest = blake2b(digest_size=12)
        blocks: list[tuple[bytes, float]] = []
        total = 0.0
        for text, extra in _parts(body, keep_reasoning):
            tokens = self._count(text) + extra
            share = _BLOCK / len(text) if len(text) > _BLOCK else 1.0
            for start in range(0, len(text), _BLOCK):
                digest.update(text[start : start + _BLOCK].encode("utf-8", "surrogatepass"))
                so_far = min(total + tokens, total + tokens * share * (start // _BLOCK + 1))
                blocks.append((digest.digest(), so_far))
            total += tokens
        return Prompt(round(total) + PROMPT_OVERHEAD, tuple(blocks))

    def _count(self, text: str) -> int:
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = estimate_tokens(text)
            if len(self._known) > 20_000:
                self._known.popitem(last=False)
        return known


class PrefixCache:
    """Earlier prompts by ``prompt_cache_key``, bounded; answers how much of a new one they hold."""

    def __init__(self, keys: int = 32, prompts: int = 4) -> None:
        self._keys, self._prompts = keys, prompts
        self._earlier: OrderedDict[str, deque[Prompt]] = OrderedDict()

    def look_up(self, prompt: Prompt, key: str) -> int:
        """Tokens of the prompt that are cached; the prompt is kept for the next one."""
        earlier = self._earlier.setdefault(key, deque(maxlen=self._prompts))
        self._earlier.move_to_end(key)
        if len(self._earlier) > self._keys:
            self._earlier.popitem(last=False)
        common = max((_common(prompt.blocks, one.blocks) for one in earlier), default=0.0)
        earlier.append(prompt)
        return int(common) // _MULTIPLE * _MULTIPLE if common > _SHORTEST else 0


def _common(new: Sequence[tuple[bytes, float]], old: Sequence[tuple[bytes, float]]) -> float:
    # Digests are of everything up to the block, so the prefixes agree up to the last equal pair: bisect for it.
    low, high = 0, min(len(new), len(old))
    while low < high:
        middle = (low + high + 1) // 2
        if new[middle - 1][0] == old[middle - 1][0]:
            low = middle
        else:
            high = middle - 1
    return new[low - 1][1] if low else 0.0


def _parts(body: dict[str, Any], keep_reasoning: bool) -> Iterator[tuple[str, int]]:
    """Each part's text, and the tokens that come on top of it."""
    tools = body.get("tools")
    if tools:  # recorded counts match compact JSON (protocol §8.2)
        yield json.dumps(tools, separators=(",", ":"), ensure_ascii=False), MESSAGE_OVERHEAD
    messages = body["messages"]
    plain = [place for place, one in enumerate(messages) if one["role"] == "assistant" and not one.get("tool_calls")]
    last_plain = plain[-1] if plain else -1
    for place, message in enumerate(messages):
        yield _render(message, keep_reasoning or place > last_plain), MESSAGE_OVERHEAD + _image_tokens(message)


def _render(message: dict[str, Any], with_reasoning: bool) -> str:
    text = text_of(message.get("content"))
    if message["role"] == "tool":
        return f"## Return of {message.get('tool_call_id')}\n{text}"
    if message["role"] != "assistant":
        return text
    thought = (message.get("reasoning_content") or message.get("reasoning") or "") if with_reasoning else ""
    calls = [f"{call['id']}{call['function'].get('arguments', '')}" for call in message.get("tool_calls") or ()]
    return "".join([str(thought), text, *calls])


def _image_tokens(message: dict[str, Any]) -> int:
    content = message.get("content")
    if not isinstance(content, list):
        return 0
    return _IMAGE * len([part for part in content if isinstance(part, dict) and part.get("type") != "text"])
