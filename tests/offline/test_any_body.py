"""Whatever a client sends, it is answered or refused with a reason; the endpoint itself never fails."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.offline.chat import Chat
from kimi_jupyter.offline.dialects import DIALECTS
from kimi_jupyter.offline.problem import Problem

from .client import ADD, REPLY

WORDS = st.sampled_from(
    ["", "add", "add:0", "auto", "required", "text", "object", "string", "enabled", "\ud800", "#/$defs/a"]
)
KEYS = st.sampled_from(
    [
        *(
            "type",
            "function",
            "name",
            "parameters",
            "properties",
            "items",
            "anyOf",
            "$ref",
            "$defs",
            "enum",
            "required",
        ),
        *("role", "content", "tool_calls", "tool_call_id", "reasoning_content", "id", "arguments", "text", "partial"),
        *("keep", "include_usage", "json_schema", "schema", "additionalProperties"),
    ]
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 300_000) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
CALL = {"id": "add:0", "type": "function", "function": {"name": "add", "arguments": "{}"}}
GOOD: dict[str, Any] = {
    "model": "kimi-k2-thinking",
    "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "", "reasoning_content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "add:0", "content": "5"},
    ],
    "tools": [ADD],
}
PARAMETERS = st.sampled_from(
    [
        *("model", "messages", "tools", "temperature", "top_p", "n", "max_tokens", "max_completion_tokens", "stop"),
        *("stream", "stream_options", "response_format", "tool_choice", "thinking", "reasoning_effort"),
        *("prompt_cache_key", "presence_penalty", "frequency_penalty", "logprobs", "user"),
    ]
)


def status(body: Any) -> int:
    """What the body is answered with; an exception other than a refusal is the test's failure."""
    chat = Chat(DIALECTS["moonshot"], lambda _: REPLY, 0.0)
    try:
        delivery = chat.answer(json.dumps(body).encode(), (), None)
    except Problem as problem:
        return problem.status
    return delivery.status if b"".join(delivery.parts) else 0


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(PARAMETERS, ANY, max_size=3))
def test_any_parameters(changes: dict[str, Any]) -> None:
    assert status(GOOD | changes) in (200, 400, 404)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(GOOD["messages"]) | st.dictionaries(KEYS, ANY, max_size=5) | ANY, max_size=5))
def test_any_messages(messages: list[Any]) -> None:
    assert status(GOOD | {"messages": messages}) in (200, 400, 404)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, ANY, max_size=4))
def test_any_schema(schema: dict[str, Any]) -> None:
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", **schema}}}
    assert status(GOOD | {"tools": [tool]}) in (200, 400, 404)


@settings(max_examples=100, deadline=None)
@given(ANY)
def test_any_json(body: Any) -> None:
    assert status(body) == 400


def test_the_good_body_is_answered() -> None:
    assert status(GOOD) == 200
