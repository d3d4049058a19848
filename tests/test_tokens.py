"""Estimates of tokens: a long text by pieces of it comes near the estimate of all of it, and takes far less."""

from __future__ import annotations

import base64
import inspect
import json
import random

import pytest

from kimi_jupyter.agent import conversation
from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.chat.messages import Assistant, ToolCall, ToolResult, User
from kimi_jupyter.chat.tokens import estimate_roughly, estimate_tokens
from kimi_jupyter.chat.wire import estimate_message

_RANDOM = random.Random(0)
_WORDS = ["the", "mean", "of", "units", "per", "city", "was", "higher", "in", "summer", "than", "we", "thought"]
_ROWS = [f"{n},{_RANDOM.random():.4f},{_RANDOM.choice(['Paris', 'Oslo'])},2024-01-{n % 28 + 1:02}" for n in range(300)]
_TEXTS = {
    "source": inspect.getsource(conversation),
    "rows": "\n".join(_ROWS),
    "json": json.dumps([{"id": n, "name": f"item {n}", "price": n * 1.25, "tags": ["a", "b"]} for n in range(200)]),
    "prose": " ".join(_RANDOM.choices(_WORDS, k=2_000)),
    "chinese": "每个城市的平均销量在夏天高于冬天，这和我们之前的想法不同。" * 100,
    "base64": base64.b64encode(_RANDOM.randbytes(6_000)).decode(),
}


@pytest.mark.parametrize("kind", _TEXTS)
def test_a_long_text_by_pieces_of_it(kind: str) -> None:
    whole = estimate_tokens(_TEXTS[kind])
    assert abs(estimate_roughly(_TEXTS[kind]) - whole) <= 0.1 * whole


def test_a_short_text_is_counted_whole() -> None:
    assert estimate_roughly(_TEXTS["source"][:1_200]) == estimate_tokens(_TEXTS["source"][:1_200])
    assert estimate_roughly("") == 0


def test_a_conversation_that_is_opened_again_knows_its_size() -> None:
    said = Conversation("c")
    said.ask("What is in the table?")
    for step, text in enumerate(_TEXTS.values()):
        said.reply(Assistant("", "I look at it. " * 30, (ToolCall(f"c:{step}", "run_python", '{"code": "show()"}'),)))
        said.answer(ToolResult(f"c:{step}", "run_python", text))
    assert said.tokens(0) == sum(map(estimate_message, said.messages))
    again = Conversation("c", said.messages)
    assert abs(again.tokens(0) - said.tokens(0)) <= 0.05 * said.tokens(0)
    again.ask("And now?")
    assert again.tokens(0) == Conversation("c", said.messages).tokens(0) + estimate_message(User("And now?"))
