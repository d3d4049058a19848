"""A reply comes out the same however an endpoint cut it: protocol §3.4, §3.5."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.chat.assemble import Assembly
from kimi_jupyter.chat.events import CallDrafted, ReasoningDelta, TextDelta
from kimi_jupyter.chat.messages import ToolCall
from kimi_jupyter.chat.wire import Delta, parse_chunk
from kimi_jupyter.errors import BadReply


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


def test_pro_20_no_reasoning_and_empty_reasoning_differ():
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


def test_pro_13_interleaved_calls_are_told_apart_by_index():
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


def test_pro_13_a_missing_id_is_made_up_and_counts_over_the_conversation():
    reply, _ = assemble({"tool_calls": [call(0, None, "aaa", "{}"), call(1, None, "aaa", "{}")]}, first_call=7)
    assert [c.id for c in reply.message.calls] == ["aaa:7", "aaa:8"]


def test_pro_13_an_id_that_was_taken_is_replaced():
    reply, _ = assemble(
        {"tool_calls": [call(0, "aaa:0", "aaa", "{}"), call(1, "aaa:0", "aaa", "{}")]}, taken={"aaa:0"}, first_call=1
    )
    assert len({c.id for c in reply.message.calls} | {"aaa:0"}) == 3


@pytest.mark.parametrize("raw", ["", "{", '{"a": "\n"', "[1]", "NaN", '{"a": NaN}', "[" * 100_000, '{"a":' * 100_000])
def test_pro_17_arguments_that_are_no_object_never_poison_the_history(raw):
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
        ("STOP", [{"content": "x"}], "stop"),
        ("tool-calls", [{"tool_calls": [call(0, "a:0", "aaa", "{}")]}], "tool_calls"),
        ("max_tokens", [{"content": "x"}], "length"),
        ("safety", [{"content": "x"}], "content_filter"),
        ("abort", [{"tool_calls": [call(0, "a:0", "aaa", "{}")]}], "error"),
    ],
)
def test_pro_12_19_how_a_reply_ended_is_judged_by_what_came(said, deltas, expected):
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


def test_bare_line_breaks_in_arguments_are_mended_for_the_history():
    raw = '{"code": "a\nb"}'
    reply, _ = assemble({"tool_calls": [call(0, "a:0", "aaa", raw)]})
    assert reply.message.calls[0].arguments == '{"code": "a\\nb"}'
    assert reply.raw_arguments["a:0"] == raw


# ---- text beside other things ----------------------------------------------------------------------------------------


def test_a_space_beside_reasoning_and_calls_is_no_answer():
    reply, events = assemble(
        {"content": " ", "reasoning_content": "Hm"}, {"content": " ", "tool_calls": [call(0, "a:0", "aaa", "{}")]}
    )
    assert reply.message.text == ""
    assert not any(isinstance(event, TextDelta) for event in events)
    assert assemble({"content": " ", "reasoning_content": "Hm"}, finish="stop")[0].thought_only


def test_spaces_of_an_answer_are_kept():
    reply, _ = assemble({"content": " 1", "reasoning_content": ""}, {"content": " ", "reasoning": ""}, {"content": "2"})
    assert reply.message.text == " 1 2"


def test_pro_22_content_before_reasoning_and_after_comes_in_order():
    _, events = assemble({"content": "a"}, {"reasoning_content": "b"}, {"content": "c"}, finish="stop")
    assert events == [TextDelta("a"), ReasoningDelta("b"), TextDelta("c")]


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([{"reasoning_content": "Hm"}], True),
        ([{"reasoning_content": "Hm"}, {"content": "\n"}], True),
        ([{"reasoning_content": ""}], False),
        ([], False),
        ([{"reasoning_content": "Hm"}, {"content": "x"}], False),
        ([{"reasoning_content": "Hm"}, {"tool_calls": [call(0, "a:0", "aaa", "{}")]}], False),
    ],
)
@pytest.mark.parametrize("finish", ["stop", "length", None])
def test_pro_22_a_reply_of_thinking_alone_is_known(deltas, expected, finish):
    assert assemble(*deltas, finish=finish)[0].thought_only == expected


def test_the_field_that_holds_the_reasoning_is_the_one_it_goes_back_under():
    reply, _ = assemble({"reasoning_content": ""}, {"reasoning_content": "", "reasoning": "a"}, {"reasoning": "b"})
    assert (reply.message.reasoning, reply.message.reasoning_field) == ("ab", "reasoning")


def test_reasoning_is_kept_byte_for_byte():
    pieces = [" <", "|x|>\u2028", "a<b\r\n", "\ud800", "`<think>`", "  "]
    reply, _ = assemble(*({"reasoning_content": piece} for piece in pieces))
    assert reply.message.reasoning == "".join(pieces)


# ---- calls -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", " ", None])
def test_a_call_without_a_name_is_told(name):
    reply, _ = assemble({"tool_calls": [call(0, "a:0", name, '{"x": 1}'), call(1, "b:1", "bbb", "{}")]})
    assert [c.name for c in reply.message.calls] == ["unnamed", "bbb"]
    assert reply.nameless == {"a:0"}


def test_pro_13_a_name_may_come_after_the_arguments():
    reply, events = assemble({"tool_calls": [call(0, "a:0", "", "{")]}, {"tool_calls": [call(0, None, "aaa", "}")]})
    assert reply.message.calls == (ToolCall("a:0", "aaa", "{}"),)
    assert reply.nameless == frozenset()
    assert events[-1] == CallDrafted(0, "aaa", "}")


def test_one_index_for_several_whole_calls():
    reply, _ = assemble(
        {"tool_calls": [call(0, "a:0", "aaa", '{"x": 1}')]}, {"tool_calls": [call(0, "b:1", "aaa", "")]},
        {"tool_calls": [call(0, arguments='{"x": 2}')]},
    )  # fmt: skip
    assert reply.message.calls == (ToolCall("a:0", "aaa", '{"x": 1}'), ToolCall("b:1", "aaa", '{"x": 2}'))


def test_pro_13_an_id_that_changes_in_the_middle_of_a_call_is_one_call():
    reply, _ = assemble(
        {"tool_calls": [call(0, "x1", "aaa", '{"x"')]}, {"tool_calls": [call(0, "x2", "aaa", ": 1")]},
        {"tool_calls": [call(0, "x3", None, "}")]},
    )  # fmt: skip
    assert reply.message.calls == (ToolCall("x1", "aaa", '{"x": 1}'),)


def test_a_call_sent_once_more_whole_is_one_call():
    whole = {"tool_calls": [call(0, "a:0", "aaa", '{"x": 1}')]}
    assert assemble(whole, whole)[0].message.calls == (ToolCall("a:0", "aaa", '{"x": 1}'),)


def test_one_id_for_two_calls():
    two = [call(0, "a:0", "aaa", '{"x": 1}'), call(1, "a:0", "aaa", '{"x": 2}')]
    for entries in (two, [{key: entry[key] for key in entry if key != "index"} for entry in two]):
        reply, _ = assemble({"tool_calls": entries})
        assert [c.arguments for c in reply.message.calls] == ['{"x": 1}', '{"x": 2}']
        assert len({c.id for c in reply.message.calls}) == 2


@pytest.mark.parametrize("keep", ["index", "id", "neither"])
def test_calls_apart_whatever_they_are_told_apart_by(keep):
    first, second = ({"aaa": ["", '{"x": ', "1}"]}, {"aaa": ['{"x": 2}']})
    deltas = []
    for number, wanted in enumerate((first, second)):
        for name, pieces in wanted.items():
            for place, piece in enumerate(pieces):
                entry = {"function": {"name": name if place == 0 else None, "arguments": piece}}
                entry |= {"index": number} if keep == "index" else {}
                entry |= {"id": f"i{number}"} if keep == "id" else {}
                deltas.append({"tool_calls": [entry]})
    assert [c.arguments for c in assemble(*deltas)[0].message.calls] == ['{"x": 1}', '{"x": 2}']


def test_a_fragment_of_nothing_begins_no_call():
    reply, events = assemble({"tool_calls": [call(3), {"index": 4}, {}, None]})
    assert (reply.message.calls, events, reply.finish) == ((), [], "stop")


@pytest.mark.parametrize("indexed", [True, False])
def test_pro_28_ten_thousand_calls_are_bounded(indexed):
    entries = [call(i if indexed else None, f"a:{i}", "aaa", '{"x": 1}') for i in range(10_000)]
    for deltas in ([{"tool_calls": entries}], [{"tool_calls": [entry]} for entry in entries]):
        reply, events = assemble(*deltas)
        assert len(reply.message.calls) == len(events) == 128
        assert reply.dropped == 10_000 - 128


def test_arguments_are_bounded():
    reply, _ = assemble(
        {"tool_calls": [call(0, "a:0", "aaa", '{"x": "')]}, *[{"tool_calls": [call(0, arguments="x" * 99_999)]}] * 40
    )
    assert 2_000_000 <= len(reply.raw_arguments["a:0"]) < 2_200_000
    assert reply.message.calls[0].arguments == "{}"


def test_names_and_ids_are_bounded():
    reply, _ = assemble({"tool_calls": [call(0, "i" * 10_000, "n" * 10_000, "{}")]})
    (made,) = reply.message.calls
    assert len(made.name) == 200
    assert len(made.id) < 250


@pytest.mark.parametrize("name", ["content", "reasoning_content"])
def test_a_reply_without_end_is_broken_off(name):
    assembly = Assembly()
    delta = parse_chunk({"choices": [{"index": 0, "delta": {name: "x" * 1_000_000}}]})
    for _ in range(8):
        assembly.feed(delta)
    with pytest.raises(BadReply, match="8,000,000"):
        assembly.feed(delta)
    assert assembly.reply().finish == "cut"


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_an_end_said_twice_is_the_worse_one():
    assert assemble({"content": "a"}, finish="stop")[0].finish == "stop"
    for words in (["length", "stop"], ["stop", "length"]):
        assembly = Assembly()
        for word in words:
            assembly.feed(Delta(text="a", finish=word))
        reply = assembly.reply()
        assert (reply.finish, reply.said, reply.message.text) == ("length", "length", "aa")


def test_usage_is_the_last_that_can_be():
    assembly = Assembly()
    for usage in ({"prompt_tokens": 9, "completion_tokens": 1}, {"prompt_tokens": 9, "completion_tokens": 5}, {}, None):
        assembly.feed(parse_chunk({"choices": [], "usage": usage}))
    for absurd in ({"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": -1, "completion_tokens": 1e12}):
        assembly.feed(parse_chunk({"choices": [], "usage": absurd}))
    assert assembly.reply().usage.completion == 5


def test_what_was_held_back_is_told_at_the_end():
    assembly = Assembly()
    assert assembly.feed(Delta(text="a <")) == [TextDelta("a ")]
    assert assembly.end() == [TextDelta("<")]
    assert assembly.end() == []
    assert assembly.reply().message.text == "a <"


def test_nothing_came_until_something_can_be_shown():
    assembly = Assembly()
    for delta in (Delta(), Delta(reasoning="", reasoning_field="reasoning"), Delta(finish="stop")):
        assembly.feed(delta)
        assert assembly.empty
    assembly.feed(Delta(text="x"))
    assert not assembly.empty


def test_a_hundred_thousand_deltas_of_details_are_joined_in_linear_time():
    assembly = Assembly()
    for _ in range(100_000):
        assembly.feed(Delta("ab", reasoning_details=({"type": "reasoning.text", "text": "ab", "index": 0},)))
    assert assembly.reply().message.reasoning_details == (
        {"type": "reasoning.text", "text": "ab" * 100_000, "index": 0},
    )
