"""A reply comes out the same however an endpoint cut it: protocol §3.4, §3.5."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.chat.assemble import Assembly
from kimi_jupyter.chat.events import CallDrafted, ReasoningDelta, TextDelta
from kimi_jupyter.chat.messages import ToolCall
from kimi_jupyter.chat.wire import parse_chunk


def assemble(*deltas, finish="tool_calls", **options):
    assembly = Assembly(**options)
    events = []
    for delta in deltas:
        events += assembly.feed(parse_chunk({"choices": [{"index": 0, "delta": delta}]}))
    if finish:
        assembly.feed(parse_chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}))
    return assembly.reply(), events


def call(index, id=None, name=None, arguments=None):
    return {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_deltas_concatenate_to_the_message():
    reply, events = assemble(
        {"reasoning_content": " The"}, {"reasoning_content": " user"}, {"content": "Hi"}, {"content": "!"}
    )
    assert reply.message.reasoning == "".join(e.text for e in events if isinstance(e, ReasoningDelta)) == " The user"
    assert reply.message.text == "".join(e.text for e in events if isinstance(e, TextDelta)) == "Hi!"


def test_no_reasoning_and_empty_reasoning_differ():
    assert assemble({"content": "a"})[0].message.reasoning is None
    assert assemble({"reasoning_content": ""}, {"content": "a"})[0].message.reasoning == ""


def test_two_calls_one_after_the_other():
    reply, events = assemble(
        {"tool_calls": [call(0, "a:0", "aaa", "")]},
        {"tool_calls": [call(0, arguments='{"x": ')]},
        {"tool_calls": [call(0, arguments="1}")]},
        {"tool_calls": [call(1, "b:1", "bbb", "{}")]},
    )
    assert reply.message.calls == (ToolCall("a:0", "aaa", '{"x": 1}'), ToolCall("b:1", "bbb", "{}"))
    assert [e.arguments for e in events if isinstance(e, CallDrafted)] == ["", '{"x": ', "1}", "{}"]


def test_interleaved_calls_are_told_apart_by_index():
    reply, _ = assemble(
        {"tool_calls": [call(1, "b:1", "bbb", "{"), call(0, "a:0", "aaa", "{")]},
        {"tool_calls": [call(0, arguments="}"), call(1, arguments="}")]},
    )
    assert [(c.name, c.arguments) for c in reply.message.calls] == [("aaa", "{}"), ("bbb", "{}")]


def test_calls_without_index_are_told_apart_by_place_or_id():
    def bare(id, name, arguments):
        return {"id": id, "function": {"name": name, "arguments": arguments}}

    together, _ = assemble({"tool_calls": [bare("a:0", "aaa", "{}"), bare("b:1", "bbb", "{}")]})
    apart, _ = assemble(
        {"tool_calls": [bare("a:0", "aaa", "")]}, {"tool_calls": [bare(None, None, "{}")]},
        {"tool_calls": [bare("b:1", "bbb", "")]}, {"tool_calls": [bare("b:1", "", "{}")]},
    )  # fmt: skip
    assert together.message.calls == apart.message.calls == (ToolCall("a:0", "aaa", "{}"), ToolCall("b:1", "bbb", "{}"))


@pytest.mark.parametrize("garbage", ["0", -1, True, None, 1.5])
def test_an_index_of_garbage_is_no_index(garbage):
    reply, _ = assemble(
        {"tool_calls": [call(garbage, "a:0", "aaa", "")]}, {"tool_calls": [call(garbage, arguments="{}")]}
    )
    assert reply.message.calls == (ToolCall("a:0", "aaa", "{}"),)


def test_null_and_empty_repeats_change_nothing():
    reply, _ = assemble(
        {"tool_calls": [call(0, "a:0", "aaa", "")]},
        {"tool_calls": [call(0, "a:0", "", '{"x": 1}')]},
        {"tool_calls": [call(0, None, None, "")]},
    )
    assert reply.message.calls == (ToolCall("a:0", "aaa", '{"x": 1}'),)


def test_a_missing_id_is_made_up_and_counts_over_the_conversation():
    reply, _ = assemble({"tool_calls": [call(0, None, "aaa", "{}"), call(1, None, "aaa", "{}")]}, first_call=7)
    assert [c.id for c in reply.message.calls] == ["aaa:7", "aaa:8"]


def test_an_id_that_was_taken_is_replaced():
    reply, _ = assemble(
        {"tool_calls": [call(0, "aaa:0", "aaa", "{}"), call(1, "aaa:0", "aaa", "{}")]}, taken={"aaa:0"}, first_call=1
    )
    assert len({c.id for c in reply.message.calls} | {"aaa:0"}) == 3


@pytest.mark.parametrize("raw", ["", "{", '{"a": "\n"', "[1]", "NaN", "[" * 100_000])
def test_arguments_that_are_no_object_never_poison_the_history(raw):
    reply, _ = assemble({"tool_calls": [call(0, "a:0", "aaa", raw)]})
    assert reply.message.calls[0].arguments == "{}"
    assert reply.raw_arguments["a:0"] == raw


@pytest.mark.parametrize(
    ("said", "deltas", "expected"),
    [
        ("stop", [{"tool_calls": [call(0, "a:0", "aaa", "{}")]}], "tool_calls"),
        ("tool_calls", [{"content": "x"}], "stop"),
        ("length", [{"tool_calls": [call(0, "a:0", "aaa", "{")]}], "length"),
        ("content_filter", [{"content": "x"}], "content_filter"),
        (None, [{"content": "x"}], "cut"),
        ("something new", [{"content": "x"}], "error"),
    ],
)
def test_how_a_reply_ended_is_judged_by_what_came(said, deltas, expected):
    assert assemble(*deltas, finish=said)[0].finish == expected


def test_reasoning_details_are_replayed_whole():
    reply, _ = assemble(
        {
            "reasoning": "a",
            "reasoning_details": [{"type": "reasoning.text", "text": "a", "index": 0, "format": "unknown"}],
        },
        {
            "reasoning": "b",
            "reasoning_details": [{"type": "reasoning.text", "text": "b", "index": 0, "signature": "s"}],
        },
    )
    assert reply.message.reasoning_details == (
        {"type": "reasoning.text", "text": "ab", "index": 0, "format": "unknown", "signature": "s"},
    )


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_cut_of_arguments_gives_the_same_call(data):
    arguments = json.dumps({"code": data.draw(st.text(max_size=40)), "purpose": "p"})
    cuts = sorted(data.draw(st.sets(st.integers(0, len(arguments)), max_size=8)))
    pieces = [arguments[a:b] for a, b in zip([0, *cuts], [*cuts, len(arguments)], strict=True)]
    reply, _ = assemble(
        {"tool_calls": [call(0, "run_python:0", "run_python", "")]},
        *({"tool_calls": [call(0, arguments=piece)]} for piece in pieces),
    )
    assert reply.message.calls == (ToolCall("run_python:0", "run_python", arguments),)
