"""Each refusal of protocol §2 and §4.2, word for word, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from .client import ADD, REPLY, Client, Serve

HI = {"role": "user", "content": "Hi"}
BAD_SCHEMA = "Invalid request: tools.function.parameters is not a valid moonshot flavored json schema, details: "
BAD_FORMAT = "Invalid request: response_format.json_schema is not a valid moonshot flavored json schema, details: "
BAD_TYPE = "the {} field in the request (expected type {}) is illegal, and {} is not acceptable"
BAD_NAME = (
    "function name is invalid, must start with a letter and can contain letters, numbers, underscores, and dashes"
)
UNANSWERED = (
    "an assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
    "The following tool_call_ids did not have response messages: "
)


def call(call_id: str = "add:0", **fields: Any) -> dict[str, Any]:
    """An assistant message with one call."""
    function = {"name": "add", "arguments": "{}"}
    message = {"role": "assistant", "content": "", "reasoning_content": "", "tool_calls": []}
    return message | {"tool_calls": [{"id": call_id, "type": "function", "function": function}]} | fields


def result(call_id: str = "add:0") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": "5"}


def tool(name: str = "add", **parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", **parameters}}}


def without(message: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name not in names}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([], "Invalid request: messages must not be empty"),
        (
            [HI, {"role": "assistant", "content": ""}, HI],
            "Invalid request: message at position 1 with role 'assistant' must not be empty",
        ),
        (
            [{"role": "user", "content": ""}],
            "Invalid request: message at position 0 with role 'user' must not be empty",
        ),
        ([HI, call(content=[{"type": "text", "text": ""}]), result()], "text content is empty"),
        ([HI, call(), result("add:7")], "tool_call_id add:7 is not found"),
        ([HI, call(), result("")], "tool_call_id  is not found"),
        ([HI, {"role": "tool", "content": "5"}], "tool_call_id  is not found"),
        (
            [HI, call("Shell:58"), HI],
            UNANSWERED + "Shell:58",
        ),
        (
            [HI, call("a:0", tool_calls=[*call("a:0")["tool_calls"], *call("a:1")["tool_calls"]])],
            UNANSWERED + "a:0, a:1",
        ),
        (
            [HI, call("write:1"), result("write:1"), call("write:1")],
            "Invalid request: tool call id write:1 is duplicated",
        ),
        (
            [HI, call(), result(), without(call("add:1"), "reasoning_content"), result("add:1")],
            "thinking is enabled but reasoning_content is missing in assistant tool call message at index 3",
        ),
        (
            [HI, call(reasoning_content=None), result()],
            "thinking is enabled but reasoning_content is missing in assistant tool call message at index 1",
        ),
        ([{"role": "robot", "content": "Hi"}], "Invalid request: message at position 0 has an invalid role 'robot'"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}],
            "Invalid request: message at position 0 holds image_url, which this model does not take",
        ),
        (
            [HI, call(tool_calls=[{"id": "a", "type": "function", "function": {"name": "add", "arguments": "{"}}])],
            "Invalid request: arguments of tool call a are not valid JSON",
        ),
    ],
)
def test_illegal_history_is_refused_with_the_documented_message(client: Client, messages: Any, expected: str) -> None:
    assert client.chat(messages=messages).error == (400, "invalid_request_error", expected)


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "Be Kimi."}, HI, {"role": "assistant", "content": "Hello."}, HI],
        [HI, call(), result()],  # "" counts as reasoning
        [HI, without(call(), "content"), result()],
        [HI, call(content=None), result(), HI],
        [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        [HI, {"role": "assistant", "content": '{"a":', "partial": True}],
        [HI, call(tool_calls=call("a:0")["tool_calls"] + call("a:1")["tool_calls"]), result("a:1"), result("a:0")],
    ],
)
def test_legal_history_is_taken(client: Client, messages: Any) -> None:
    assert client.chat(messages=messages).status == 200


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"model": ...}, "Invalid request: model is required"),
        ({"temperature": 1.2}, "invalid temperature: must be between 0 and 1"),
        ({"temperature": "hot"}, BAD_TYPE.format("temperature", "number", "string")),
        ({"n": 6}, "invalid n: must be between 1 and 5"),
        ({"n": 2, "temperature": 0}, "invalid n: only 1 is allowed when temperature is close to 0"),
        ({"thinking": True}, BAD_TYPE.format("thinking", "object", "bool")),
        ({"stream": "yes"}, BAD_TYPE.format("stream", "bool", "string")),
        ({"max_tokens": 0}, "invalid max_tokens: must be a positive integer"),
        (
            {"max_tokens": 262_140},
            "Invalid request: Your request exceeded model token limit: 262144 (requested: 262148)",
        ),
        ({"stop": ["a"] * 6}, "Invalid request: stop takes at most 5 strings of at most 32 bytes each"),
        ({"tool_choice": "required", "tools": [ADD]}, "tool_choice 'required' is incompatible with thinking enabled"),
        (
            {"tool_choice": {"type": "function", "function": {"name": "add"}}, "tools": [ADD]},
            "tool_choice 'specified' is incompatible with thinking enabled",
        ),
        ({"tools": [ADD, ADD]}, "function name add is duplicated"),
        ({"tools": [ADD] * 129}, "Invalid request: at most 128 tools are allowed, got 129"),
        (
            {"tools": [tool("2add")]},
            BAD_NAME,
        ),
        (
            {"tools": [tool("ab")]},
            BAD_NAME,
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "add", "parameters": {}}}]},
            'Invalid request: tools.function.parameters.type is required and must be "object"',
        ),
        (
            {"tools": [tool(properties={"X": {"description": "no type"}})]},
            BAD_SCHEMA + "<At path 'properties.X': type is not defined>",
        ),
        (
            {"tools": [tool(properties={"pair": {"type": "array", "items": [{"type": "string"}]}})]},
            BAD_SCHEMA + "<At path 'properties.pair.items': items must be an object>",
        ),
        (
            {"tools": [tool(properties={"x": {"type": "string", "anyOf": [{"type": "string"}]}})]},
            BAD_SCHEMA + "<At path 'properties.x': when using anyOf, type should be defined in anyOf items instead of "
            "the parent schema>",
        ),
        (
            {"tools": [tool(anyOf=[{"type": "object"}])]},
            BAD_SCHEMA + "<At path 'root': when using anyOf, type should be defined in anyOf items instead of "
            "the parent schema>",
        ),
        (
            {"tools": [tool(properties={"x": True})]},
            BAD_SCHEMA + "<At path 'properties': property schema for 'x' must be an object>",
        ),
        (
            {"tools": [tool(properties={"x": {"type": "integer", "exclusiveMinimum": 0}})]},
            BAD_SCHEMA + "<At path 'properties.x': unsupported keywords: exclusiveMinimum>",
        ),
        (
            {"tools": [tool(required=["x"], properties={})]},
            BAD_SCHEMA + "<At path 'root': required property 'x' is not defined in properties>",
        ),
        (
            {"tools": [tool(properties={"x": {"$ref": "#/$defs/Y"}})]},
            BAD_SCHEMA + "<At path 'properties.x': $defs not found for reference #/$defs/Y>",
        ),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {
                        "schema": tool()["function"]["parameters"]
                        | {"properties": {"pair": {"type": "array", "items": False}}}
                    },
                }
            },
            BAD_FORMAT + "<At path 'properties.pair.items': items must be an object>",
        ),
    ],
)
def test_wrong_parameter_is_refused_with_the_documented_message(
    client: Client, fields: dict[str, Any], expected: str
) -> None:
    assert client.chat(**fields).error == (400, "invalid_request_error", expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"model": "kimi-k2.6", "temperature": 0.5}, "invalid temperature: only 1 is allowed for this model"),
        (
            {"model": "kimi-k2.6", "temperature": 1, "thinking": {"type": "disabled"}},
            "invalid temperature: only 0.6 is allowed for this model",
        ),
        ({"model": "kimi-k3", "top_p": 0.9}, "invalid top_p: only 0.95 is allowed for this model"),
        (
            {"model": "kimi-k2.7-code", "thinking": {"type": "disabled"}},
            "invalid thinking: only type=enabled is allowed for this model",
        ),
        (
            {"model": "kimi-k3", "thinking": {"type": "enabled"}, "reasoning_effort": "high"},
            "cannot specify both 'thinking' and 'reasoning_effort'",
        ),
        (
            {"model": "kimi-k2.6", "reasoning_effort": "none"},
            "invalid reasoning_effort: only minimal, low, medium, high are allowed for this model",
        ),
        ({"model": "kimi-k3", "tool_choice": "required"}, "Invalid request: tool_choice is set but there are no tools"),
    ],
)
def test_newer_models_have_refusals_of_their_own(client: Client, fields: dict[str, Any], expected: str) -> None:
    assert client.chat(**fields).error == (400, "invalid_request_error", expected)


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0.0},
        {"thinking": {"type": "disabled"}},  # pointless for K2 Thinking, not wrong
        {"tool_choice": "auto", "tools": [ADD]},
        {"tool_choice": "none", "tools": [ADD]},
        {"tools": [{"type": "function", "function": {"name": "now"}}]},
        {"tools": [tool(properties={"x": {"title": "X", "type": "string", "default": "a"}}, title="Add")]},
        {"tools": [tool(properties={"x": {"anyOf": [{"type": "string"}, {"type": "null"}]}})]},
        {"tools": [tool(properties={"x": {"$ref": "#/$defs/Y"}}, **{"$defs": {"Y": {"type": "string"}}})]},
        {"max_completion_tokens": 32_000, "max_tokens": None, "seed": 7, "user": "u", "logit_bias": {}},
        {"model": "kimi-k3", "tool_choice": "required", "tools": [ADD], "reasoning_effort": "max"},
        {"model": "kimi-k2.6", "temperature": 0.6, "thinking": {"type": "disabled"}},
        {"model": "kimi-k2.6", "tools": [tool("ab")]},
        {"response_format": {"type": "text"}},
    ],
)
def test_right_parameter_is_taken_and_unknown_ones_ignored(client: Client, fields: dict[str, Any]) -> None:
    assert client.chat(**fields).status == 200


def test_unknown_model_is_404_with_the_documented_message(client: Client) -> None:
    refused = client.chat(model="kimi-k2.5-thinking")
    message = "Not found the model kimi-k2.5-thinking or Permission denied"
    assert refused.error == (404, "resource_not_found_error", message)


def test_body_over_two_mebibytes_is_refused_with_its_size(client: Client) -> None:
    raw = b'{"model":"' + b"x" * 2_097_152 + b'"}'
    refused = client.request("POST", "/v1/chat/completions", raw)
    message = f"total message size {len(raw)} exceeds limit 2097152"
    assert refused.error == (400, "invalid_request_error", message)


def test_prompt_over_the_window_is_refused(client: Client) -> None:
    refused = client.chat(messages=[{"role": "user", "content": "1," * 140_000}])
    assert refused.error == (400, "invalid_request_error", "Input token length too long")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"temperature": NaN}', b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(client: Client, raw: bytes) -> None:
    status, kind, message = client.request("POST", "/v1/chat/completions", raw).error
    assert (status, kind) == (400, "invalid_request_error")
    assert message.startswith("Invalid request: the body")


def test_each_dialect_takes_the_reasoning_field_it_sends(serve: Serve) -> None:
    history = [HI, without(call(), "reasoning_content") | {"reasoning": "Add."}, result()]
    assert serve(dialect="vllm").chat(messages=history).status == 200
    assert serve(dialect="moonshot").chat(messages=history).status == 400


def test_ids_that_a_dialect_reuses_are_taken_back(serve: Serve) -> None:
    history = [HI, call("0"), result("0"), call("0"), result("0")]
    assert serve(dialect="deepinfra").chat(messages=history).status == 200
    assert serve(dialect="moonshot").chat(messages=history).status == 400


def test_thinking_switched_off_sends_no_reasoning_and_needs_none(client: Client) -> None:
    history = [HI, without(call(), "reasoning_content"), result()]
    answer = client.chat(model="kimi-k2.6", thinking={"type": "disabled"}, messages=history)
    assert answer.status == 200
    assert "reasoning_content" not in answer.body["choices"][0]["message"]
    assert REPLY.text == answer.body["choices"][0]["message"]["content"]
