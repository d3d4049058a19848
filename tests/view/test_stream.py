"""A turn's numbered messages: every front end can tell that it missed one, and gets the whole when it asks."""

from __future__ import annotations

import threading

from kimi_jupyter.chat.events import ReasoningDelta, TextDelta, TurnEnded, TurnStarted, event_from_dict
from kimi_jupyter.view.stream import TurnStream
from kimi_jupyter.view.turn import Turn

STARTED = TurnStarted("t", "c", "What?", "offline", "k2")


def numbers(messages):
    return [message["seq"] for message in messages if "seq" in message]


def fold(messages):
    """The turn as a front end that applies these messages has it."""
    turn = Turn()
    for message in messages:
        if message["kind"] == "snapshot":
            turn = Turn()
        for event in message.get("events", []):
            turn.apply(event_from_dict(event))
    return turn


def test_each_front_end_has_its_own_numbers_and_gets_what_comes_after_it_joined():
    first, late = [], []
    stream = TurnStream({"turn": "t"})
    stream.join(first.append)
    stream.feed(STARTED)
    stream.feed(TextDelta("a"))
    stream.feed(TextDelta("b"))
    stream.flush()
    stream.join(late.append)
    stream.feed(TextDelta("c"))
    stream.open("call", "nonce", "")
    stream.end()
    assert numbers(first) == [1, 2, 3, 4]
    assert numbers(late) == [1, 2, 3]
    assert [event["type"] for event in first[0]["events"]] == ["turn_started", "text_delta"]  # neighbours are one
    assert {message["turn"] for message in first} == {"t"}
    assert fold(first).reason == fold(late).reason == "interrupted"
    assert fold(first).answer == "abc"


def test_the_whole_replaces_what_was_missed_and_has_the_state():
    told = []
    stream = TurnStream()
    stream.join(told.append)
    stream.feed(STARTED)
    stream.open("call", "nonce", "Undo can put x back.")
    stream.undoable("Undo the last run: x")
    told.clear()
    stream.feed(TextDelta("more"))
    stream.snapshot([told.append, [].append])  # one that never joined gets nothing
    whole = told[-1]
    assert whole["open"] == {"call": "call", "nonce": "nonce", "undo": "Undo can put x back."}
    assert (whole["undo"], whole["live"]) == ("Undo the last run: x", True)
    assert fold([whole]).answer == "more"
    stream.settle()
    stream.feed(TurnEnded("complete"))
    stream.end()
    stream.snapshot()
    assert (told[-1]["live"], told[-1]["open"]) == (False, None)
    assert numbers(told) == list(range(4, 4 + len(told)))


def test_who_left_hears_no_more_and_ending_twice_is_ending_once():
    told = []
    stream = TurnStream()
    stream.join(told.append)
    stream.leave(told.append)
    stream.feed(STARTED)
    stream.say("hello")
    stream.end()
    stream.end()
    assert told == []
    assert len([event for event in stream.events() if isinstance(event, TurnEnded)]) == 1


def test_threads_that_feed_and_ask_leave_no_gap_and_lose_nothing():
    told = []
    stream = TurnStream()
    stream.join(told.append)
    stream.feed(STARTED)

    def feed():
        for _ in range(500):
            stream.feed(ReasoningDelta("x"))
            stream.flush()

    def ask():
        for _ in range(100):
            stream.snapshot()

    threads = [threading.Thread(target=work) for work in (feed, feed, ask)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(told) == list(range(1, len(told) + 1))
    assert len(str(fold(told).steps[0].reasoning)) == 1000
