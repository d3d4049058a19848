"""What goes out and what comes in: protocol §2, §3.4."""

from __future__ import annotations

import json

import pytest

from kimi_jupyter.chat.messages import Assistant, System, ToolCall, ToolResult, Usage, User
from kimi_jupyter.chat.wire import error_in, parse_chunk, reply_limit, request_body
from kimi_jupyter.errors import BadReply
from kimi_jupyter.providers import MODELS

THINKING = MODELS["kimi-k2-thinking"]
TOOL = {"type": "function", "function": {"name": "run_python", "parameters": {"type": "object", "properties": {}}}}
CALL = ToolCall("run_python:0", "run_python", '{"code": "1"}')


def body(*messages, tools=(TOOL,), model=THINKING):
    return request_body(messages, tools, model=model, model_id=model.id, max_tokens=32_768, cache_key="nb-1")


def test_request_is_what_k2_thinking_wants():
    sent = body(System("s"), User("q"))
    assert sent["temperature"] == 1.0
    assert sent["max_tokens"] == 32_768
    assert sent["stream"] is True
    assert sent["stream_options"] == {"include_usage": True}
    assert sent["prompt_cache_key"] == "nb-1"
    assert "tool_choice" not in sent
    assert "thinking" not in sent


def test_models_with_fixed_sampling_get_no_temperature():
    assert "temperature" not in body(User("q"), model=MODELS["kimi-k2.7-code"])


def test_reasoning_is_replayed_beside_tool_calls_byte_for_byte():
    sent = body(User("q"), Assistant("", " thinking\u2028…", (CALL,)), ToolResult("run_python:0", "run_python", "1"))
    assistant = sent["messages"][1]
    assert assistant["reasoning_content"] == " thinking\u2028…"
    assert assistant["content"] == ""
    assert assistant["tool_calls"][0]["function"]["arguments"] == '{"code": "1"}'
    assert sent["messages"][2] == {
        "role": "tool",
        "tool_call_id": "run_python:0",
        "name": "run_python",
        "content": "1",
    }


@pytest.mark.parametrize("reasoning", [None, ""])
def test_reasoning_key_is_never_missing_beside_tool_calls(reasoning):
    assert body(Assistant("", reasoning, (CALL,)))["messages"][0]["reasoning_content"] == ""


def test_reasoning_goes_back_under_the_name_it_came_with():
    details = ({"type": "reasoning.text", "text": "hm", "index": 0},)
    sent = body(Assistant("", "hm", (CALL,), "reasoning", details))["messages"][0]
    assert sent["reasoning"] == "hm"
    assert sent["reasoning_details"] == list(details)
    assert "reasoning_content" not in sent


def test_a_longer_history_has_the_same_bytes_first():
    first = json.dumps(body(System("s"), User("q"))["messages"])
    longer = json.dumps(body(System("s"), User("q"), Assistant("a"), User("q2"))["messages"])
    assert longer.startswith(first[:-1])


@pytest.mark.parametrize(
    ("wanted", "context", "prompt", "expected"),
    [(32_768, 262_144, 1_000, 32_768), (32_768, 262_144, 250_000, 11_120), (32_768, 4_096, 9_000, 1)],
)
def test_reply_limit_stays_within_the_window(wanted, context, prompt, expected):
    assert reply_limit(wanted, context=context, prompt=prompt) == expected


def chunk(delta, **rest):
    return {"choices": [{"index": 0, "delta": delta, **rest}]}


@pytest.mark.parametrize(
    ("delta", "text", "field"),
    [
        ({"reasoning_content": "a"}, "a", "reasoning_content"),
        ({"reasoning": "a"}, "a", "reasoning"),
        ({"reasoning": "a", "reasoning_details": [{"type": "reasoning.text", "text": "a"}]}, "a", "reasoning"),
        ({"reasoning_content": "a", "reasoning": "a"}, "a", "reasoning_content"),
        ({"reasoning_details": [{"text": "a"}, {"text": "b"}]}, "ab", "reasoning"),
        ({"reasoning_content": ""}, "", "reasoning_content"),
        ({"reasoning": None, "content": "x"}, None, None),
    ],
)
def test_reasoning_is_read_from_one_field_only(delta, text, field):
    parsed = parse_chunk(chunk(delta))
    assert (parsed.reasoning, parsed.reasoning_field) == (text, field)


USAGE = {"prompt_tokens": 213, "completion_tokens": 99, "cached_tokens": 128}


@pytest.mark.parametrize(
    "payload",
    [
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": USAGE}]},
        {"choices": [], "usage": USAGE},
        {"choices": [{"index": 0, "delta": {}}], "usage": USAGE},
        {"choices": [], "x_groq": {"usage": USAGE}},
        {
            "choices": [],
            "usage": {"prompt_tokens": 213, "completion_tokens": 99, "prompt_tokens_details": {"cached_tokens": 128}},
        },
    ],
)
def test_usage_is_found_wherever_it_sits(payload):
    assert parse_chunk(payload).usage == Usage(prompt=213, completion=99, cached=128)


def test_absurd_usage_is_clamped():
    usage = parse_chunk(
        {
            "choices": [],
            "usage": {
                "prompt_tokens": -5,
                "completion_tokens": 6000,
                "completion_tokens_details": {"reasoning_tokens": 6001},
                "cached_tokens": 1e12,
            },
        }
    ).usage
    assert usage == Usage(prompt=0, completion=6000, reasoning=6000, cached=0)


@pytest.mark.parametrize(
    "payload",
    [
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 1, "delta": {"content": "other choice"}}]},
        {"unknown": 1},
    ],
)
def test_chunks_that_say_nothing_are_tolerated(payload):
    parsed = parse_chunk(payload)
    assert (parsed.text, parsed.reasoning, parsed.calls) == (None, None, ())


def test_a_reply_in_one_piece_reads_like_a_stream():
    parsed = parse_chunk(
        {
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": "",
                        "reasoning_content": "r",
                        "tool_calls": [{"index": 0, "id": "a:0", "function": {"name": "a", "arguments": "{}"}}],
                    },
                    "finish_reason": "tool_calls",
                }
            ]
        }
    )
    assert parsed.reasoning == "r"
    assert parsed.calls[0].name == "a"
    assert parsed.finish == "tool_calls"


@pytest.mark.parametrize("payload", [[], "text", 3, None])
def test_what_is_no_object_is_refused(payload):
    with pytest.raises(BadReply, match="base URL"):
        parse_chunk(payload)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"error": {"message": "m", "type": "t"}}, ("m", "t")),
        ({"error": {"message": "m", "code": 429}}, ("m", "429")),
        ({"error": "m"}, ("m", "")),
        ({"object": "error", "message": "m", "type": "t", "code": 400}, ("m", "t")),
        ({"choices": [{"index": 0, "error": {"message": "m", "code": 502}}]}, ("m", "502")),
        ({"choices": []}, None),
        ({"error": None, "choices": []}, None),
        ([], None),
    ],
)
def test_errors_are_known_in_all_their_forms(payload, expected):
    assert error_in(payload) == expected
