"""The bytes of a stream in each dialect (protocol §3.1, §3.4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kimi_jupyter.offline.dialects import DIALECTS
from kimi_jupyter.offline.draft import pieces
from kimi_jupyter.offline.reply import Reply

from .client import REPLY, Response, Serve

#: One token of each kind, so that a stream can be written down whole.
SHORT = Reply("Add", "Sum", (("add", {"a": 2}),))
USAGE = {"prompt_tokens": 8, "completion_tokens": 13, "total_tokens": 21}
NESTED = USAGE | {
    "completion_tokens_details": {"reasoning_tokens": 1},
    "prompt_tokens_details": {"cached_tokens": 0},
}
ARGUMENTS = ['{"', "a", '":', " ", "2", "}"]


def tokens(later: dict[str, Any] | None = None, function: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The deltas of the arguments, one a token."""
    return [{"index": 0, **(later or {}), "function": {**(function or {}), "arguments": one}} for one in ARGUMENTS]


def opened(call_id: str, arguments: str = "") -> dict[str, Any]:
    return {"index": 0, "id": call_id, "type": "function", "function": {"name": "add", "arguments": arguments}}


ROLE = {"role": "assistant", "content": ""}
DETAIL = [{"type": "reasoning.text", "text": "Add", "format": "unknown", "index": 0}]
SPACED = [{"type": "reasoning.text", "text": " Add", "format": "unknown", "index": 0}]

#: Every delta but the last, by dialect.
DELTAS: dict[str, list[dict[str, Any]]] = {
    "moonshot": [ROLE, {"reasoning_content": "Add"}, {"content": "Sum"}]
    + [{"tool_calls": [call]} for call in [opened("add:0"), *tokens()]],
    "moonshot-k3": [ROLE, {"reasoning_content": "Add"}, {"reasoning_content": ""}, {"content": "Sum"}]
    + [{"tool_calls": [call]} for call in [opened("add_0"), {"index": 0, "function": {"arguments": '{"a": 2}'}}]],
    "openrouter": [
        {"content": "", "role": "assistant", "reasoning": " Add", "reasoning_details": SPACED},
        {"content": " Sum", "role": "assistant"},
        *(
            {"content": None, "role": "assistant", "tool_calls": [call]}
            for call in [opened("functions.add:0"), *tokens()]
        ),
    ],
    "vllm": [ROLE, {"reasoning": " Add"}, {"content": " Sum"}]
    + [{"tool_calls": [call]} for call in [opened("functions.add:0"), *tokens()]],
    "sglang": [ROLE, {"content": None, "reasoning_content": " Add"}, {"content": " Sum"}]
    + [{"content": None, "tool_calls": [call]} for call in [opened("functions.add:0"), *tokens()]],
    "together": [ROLE, {"content": "", "reasoning": "Add"}, {"content": "Sum"}]
    + [{"content": "", "tool_calls": [call]} for call in [opened("call_ID"), *tokens()]],
    "chutes": [ROLE, {"content": "", "reasoning_content": "Add"}, {"content": "Sum"}]
    + [{"tool_calls": [call]} for call in [opened("functions.add:0"), *tokens({"id": None}, {"name": None})]],
    "deepinfra": [ROLE, {"reasoning_content": "Add"}, {"content": "Sum"}, {"tool_calls": [opened("0", '{"a": 2}')]}],
    "groq": [ROLE, {"reasoning": "Add"}, {"content": "Sum"}, {"tool_calls": [opened("functions.add:0", '{"a": 2}')]}],
    "avian": [ROLE, {"content": " ", "reasoning_content": "Add", "reasoning_details": DETAIL}, {"content": "Sum"}]
    + [{"content": " ", "tool_calls": [call]} for call in [opened("functions.add:0"), *tokens()]],
}


def asked(serve: Serve, dialect: str, *, usage: bool = True) -> Response:
    options = {"stream_options": {"include_usage": True}} if usage else {}
    return serve(SHORT, dialect=dialect).stream(**options)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_deltas_are_those_of_the_table(serve: Serve, dialect: str) -> None:
    answer = asked(serve, dialect)
    deltas = [event["choices"][0]["delta"] for event in answer.events if event["choices"]]
    text = json.dumps(deltas[: len(DELTAS[dialect])])
    if dialect == "together":
        call_id = deltas[3]["tool_calls"][0]["id"]
        assert len(call_id) == len("call_") + 24
        text = text.replace(call_id, "call_ID")
    assert json.loads(text) == DELTAS[dialect]
    assert all(not delta.get("tool_calls") and not delta.get("content") for delta in deltas[len(DELTAS[dialect]) :])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_stream_is_events_then_done(serve: Serve, dialect: str) -> None:
    answer = asked(serve, dialect)
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.raw.endswith(b"\n\ndata: [DONE]\n\n")
    assert answer.raw.startswith(b": OPENROUTER PROCESSING\n\ndata: {" if dialect == "openrouter" else b"data: {")
    assert all(event["object"] == "chat.completion.chunk" for event in answer.events)
    assert all(event["model"] == "kimi-k2-thinking" for event in answer.events)


def test_moonshot_stream_byte_for_byte(serve: Serve) -> None:
    answer = serve(Reply("", "OK")).stream(stream_options={"include_usage": True})
    first = answer.events[0]
    frame = f'{{"id":"{first["id"]}","object":"chat.completion.chunk","created":{first["created"]},'
    frame += '"model":"kimi-k2-thinking","system_fingerprint":"fpv0_10a6da87",'
    usage = '"usage":{"prompt_tokens":8,"completion_tokens":1,"total_tokens":9,"cached_tokens":0}'
    assert answer.raw.decode() == (
        f'data: {frame}"choices":[{{"index":0,"delta":{{"role":"assistant","content":""}},"finish_reason":null}}]}}\n\n'
        f'data: {frame}"choices":[{{"index":0,"delta":{{"content":"OK"}},"finish_reason":null}}]}}\n\n'
        f'data: {frame}"choices":[{{"index":0,"delta":{{}},"finish_reason":"stop",{usage}}}]}}\n\n'
        f'data: {frame}"choices":[],{usage}}}\n\n'
        "data: [DONE]\n\n"
    )


@pytest.mark.parametrize("dialect", ["moonshot", "moonshot-k3"])
def test_moonshot_puts_usage_in_the_choice_and_on_a_chunk_if_asked(serve: Serve, dialect: str) -> None:
    expected = USAGE | {"cached_tokens": 0} if dialect == "moonshot" else NESTED | {"cached_tokens": 0}
    with_chunk, without = asked(serve, dialect).events, asked(serve, dialect, usage=False).events
    assert with_chunk[-2]["choices"][0]["usage"] == without[-1]["choices"][0]["usage"] == expected
    assert (with_chunk[-1]["choices"], with_chunk[-1]["usage"]) == ([], expected)
    assert not any("usage" in event for event in without)


@pytest.mark.parametrize("dialect", ["vllm", "sglang", "together", "chutes", "deepinfra", "avian"])
def test_others_send_usage_only_on_a_chunk_if_asked(serve: Serve, dialect: str) -> None:
    events = asked(serve, dialect).events
    assert (events[-1]["choices"], events[-1]["usage"]) == ([], NESTED)
    assert "usage" not in asked(serve, dialect, usage=False).raw.decode()


def test_openrouter_repeats_the_finish_with_usage_and_cost(serve: Serve) -> None:
    events = asked(serve, "openrouter", usage=False).events
    assert [event["choices"][0]["finish_reason"] for event in events[-2:]] == ["tool_calls", "tool_calls"]
    assert [event["choices"][0]["native_finish_reason"] for event in events[-2:]] == ["tool_calls", "tool_calls"]
    assert "usage" not in events[-2]
    assert events[-1]["usage"]["cost"] == pytest.approx((8 * 0.60 + 13 * 2.50) / 1e6)
    assert events[0]["id"].startswith(f"gen-{events[0]['created']}-")


def test_groq_hides_usage_under_its_own_name(serve: Serve) -> None:
    events = asked(serve, "groq").events
    assert events[-1]["x_groq"]["usage"] == NESTED
    assert not any("usage" in event for event in events)


def test_deepinfra_finishes_twice(serve: Serve) -> None:
    assert asked(serve, "deepinfra").finishes == ["tool_calls", "tool_calls"]


def test_avian_changes_the_id_after_the_first_chunk(serve: Serve) -> None:
    first, *rest = [event["id"] for event in asked(serve, "avian").events]
    assert first.startswith("chatcmpl-")
    assert {one[:4] for one in rest} == {"gen-"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_whole_reply_has_the_same_fields(serve: Serve, dialect: str) -> None:
    answer = serve(SHORT, dialect=dialect).chat()
    assert answer.raw.startswith(b"\n  " if dialect == "openrouter" else b"{")
    message = answer.body["choices"][0]["message"]
    assert message["content"] == "Sum"
    for field in DIALECTS[dialect].reasoning:
        assert message[field] == (DETAIL if field == "reasoning_details" else "Add")
    assert message["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": 2}'}
    assert message["tool_calls"][0]["index"] == 0
    assert answer.body["usage"]["total_tokens"] == 21


def test_other_endpoints_know_the_model_with_its_publisher(serve: Serve) -> None:
    assert serve(dialect="openrouter").chat(model="moonshotai/kimi-k2-thinking").status == 200
    answer = serve(dialect="vllm").chat(model="moonshotai/Kimi-K2-Thinking")
    assert answer.body["model"] == "moonshotai/Kimi-K2-Thinking"
    assert serve(dialect="moonshot").chat(model="moonshotai/kimi-k2-thinking").status == 404


def test_k3_speaks_its_own_grammar_at_moonshot(serve: Serve) -> None:
    answer = serve(SHORT).stream(model="kimi-k3")
    assert answer.deltas[4]["tool_calls"][0]["id"] == "add_0"
    assert "system_fingerprint" not in answer.events[0]


def test_argument_fragments_are_the_recorded_ones() -> None:
    assert pieces('{"a": 2, "b": 3}') == ['{"', "a", '":', " ", "2", ",", ' "', "b", '":', " ", "3", "}"]


@pytest.mark.parametrize(
    "text", ["I'll add 12345 rows.\r\n\n  Ok\t", "数据分析很好 é😀\u2028x\x85", "aX" * 99, "=" * 40, ""]
)
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_call_numbers_count_over_the_conversation(serve: Serve) -> None:
    client = serve(REPLY, Reply("", "", (("add", {}), ("add", {}))))
    first = client.chat().body["choices"][0]["message"]
    assert first["tool_calls"][0]["id"] == "add:0"
    history = [
        {"role": "user", "content": "Hi"},
        first,
        {"role": "tool", "tool_call_id": "add:0", "content": "5"},
    ]
    second = client.chat(messages=history).body["choices"][0]["message"]
    assert [call["id"] for call in second["tool_calls"]] == ["add:1", "add:2"]


def test_numbers_go_on_where_earlier_messages_were_dropped(serve: Serve) -> None:
    call = {"id": "add:7", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    history = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "", "reasoning_content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "add:7", "content": "5"},
    ]
    answer = serve().chat(messages=history)
    assert answer.body["choices"][0]["message"]["tool_calls"][0]["id"] == "add:8"


@pytest.mark.parametrize(
    ("limit", "reasoning", "text"), [(2, "I should", ""), (5, "I should add them.", ""), (7, None, "Here it")]
)
def test_max_tokens_cuts_the_reply(serve: Serve, limit: int, reasoning: str | None, text: str) -> None:
    answer = serve(Reply("I should add them.", "Here it is.")).chat(max_tokens=limit).body
    message = answer["choices"][0]["message"]
    assert message["reasoning_content"] == (reasoning or "I should add them.")
    assert message["content"] == text
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == limit


def test_max_tokens_leaves_a_call_half_written(serve: Serve) -> None:
    answer = serve(SHORT).chat(max_completion_tokens=10).body["choices"][0]
    assert answer["finish_reason"] == "length"
    assert answer["message"]["tool_calls"][0]["function"]["arguments"] == '{"a":'


def test_stop_ends_the_answer_before_it(serve: Serve) -> None:
    answer = serve(Reply("", "one two three")).chat(stop=["three", " two"]).body["choices"][0]
    assert (answer["message"]["content"], answer["finish_reason"]) == ("one", "stop")


def test_json_mode_answers_with_an_object(serve: Serve) -> None:
    answer = serve(Reply("", 'It is "5".')).chat(response_format={"type": "json_object"}).body
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"answer": 'It is "5".'}


def test_the_same_requests_get_the_same_bytes(serve: Serve) -> None:
    one, other = serve().stream(), serve().stream()
    assert [event | {"created": 0} for event in one.events] == [event | {"created": 0} for event in other.events]


def test_text_is_sent_as_utf8_unescaped(serve: Serve) -> None:
    text = "数 é 😀\u2028\x85 <b>"
    answer = serve(Reply("", text)).stream()
    assert answer.joined("content") == text
    assert all(one.encode() in answer.raw for one in ("数", "😀", "\u2028", "\x85"))
