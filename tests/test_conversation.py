"""A conversation can be sent at any moment: protocol §2.4."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.agent.conversation import HEALED, Conversation
from kimi_jupyter.chat.messages import Assistant, ToolCall, ToolResult, User


def calls(*ids):
    return tuple(ToolCall(id, "run_python", "{}") for id in ids)


def assert_legal(conversation):
    """The rules of protocol §2.4, checked independently."""
    open_calls, seen = [], set()
    for message in conversation.messages:
        match message:
            case ToolResult():
                assert message.call in open_calls
                open_calls.remove(message.call)
            case _:
                assert not open_calls
                assert message.text.strip() or getattr(message, "calls", ())
                for call in getattr(message, "calls", ()):
                    assert call.id not in seen
                    seen.add(call.id)
                    open_calls.append(call.id)


def test_open_calls_are_answered_before_anything_else_is_said():
    conversation = Conversation("c")
    conversation.ask("q")
    conversation.reply(Assistant("", "r", calls("a", "b")))
    conversation.answer(ToolResult("a", "run_python", "1"))
    assert conversation.open_calls == (("b", "run_python"),)
    conversation.ask("and now?")
    assert conversation.messages[-2:] == (ToolResult("b", "run_python", HEALED), User("and now?"))
    assert_legal(conversation)


def test_a_stored_conversation_that_broke_off_is_healed_when_it_goes_on():
    conversation = Conversation("c", [User("q"), Assistant("", "", calls("a"))])
    conversation.ask("go on")
    assert_legal(conversation)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_question_is_refused(text):
    with pytest.raises(ValueError, match="empty"):
        Conversation("c").ask(text)


def test_an_empty_reply_is_not_kept():
    conversation = Conversation("c")
    conversation.ask("q")
    assert not conversation.reply(Assistant("", "only thoughts"))
    assert conversation.messages == (User("q"),)


def test_a_result_for_no_call_is_refused():
    conversation = Conversation("c")
    conversation.ask("q")
    with pytest.raises(ValueError, match="no open call"):
        conversation.answer(ToolResult("x", "run_python", "1"))


def test_a_reply_over_open_calls_is_refused():
    conversation = Conversation("c", [User("q"), Assistant("", "", calls("a"))])
    with pytest.raises(ValueError, match="no results"):
        conversation.reply(Assistant("text"))


def test_what_cannot_be_stored_is_not_said():
    def refuse(message):
        raise OSError("disk full")

    conversation = Conversation("c", on_append=refuse)
    with pytest.raises(OSError, match="disk full"):
        conversation.ask("q")
    assert conversation.messages == ()


def test_tokens_follow_the_endpoints_own_count():
    conversation = Conversation("c")
    conversation.ask("word " * 100)
    assert conversation.tokens(50) > 100
    conversation.measure(1_000)
    assert conversation.tokens(50) == 1_000
    conversation.reply(Assistant("word " * 100))
    assert 1_050 < conversation.tokens(50) < 1_250


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["ask", "text", "calls", "answer", "heal", "empty"]), max_size=30))
def test_no_order_of_things_makes_it_illegal(steps):
    conversation, number = Conversation("c"), 0
    for step in steps:
        try:
            match step:
                case "ask":
                    conversation.ask("q")
                case "text":
                    conversation.reply(Assistant("t", "r"))
                case "empty":
                    conversation.reply(Assistant(" ", "r"))
                case "calls":
                    conversation.reply(Assistant("", "r", calls(f"c:{number}", f"c:{number + 1}")))
                    number += 2
                case "answer":
                    conversation.answer(ToolResult(f"c:{number - 1}", "run_python", "1"))
                case "heal":
                    conversation.heal()
        except ValueError:
            pass  # refused, as it should be
    conversation.heal()
    assert_legal(conversation)
