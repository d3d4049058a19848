"""Searching what was said: in any language, and nothing in a search is syntax (hazards SEC-05)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_jupyter.chat.messages import Assistant, ToolCall, ToolResult, User
from kimi_jupyter.store import Store
from tests.support.stores import begin, said


@pytest.fixture
def talked(store: Store) -> tuple[Store, str]:
    """A store in which much was said, and the conversation in which it was."""
    prompt = "Which species is heaviest? Wie groß? 価格は?"
    conversation, turn = begin(store, prompt=prompt)
    call = ToolCall("c:1", "run_python", '{"code": "df.groupby(\\"species\\").mean()", "purpose": "average masses"}')
    for message in (
        User(f"<context>\npenguins: 344 rows, flipper_length_mm\n</context>\n\n{prompt}"),
        Assistant("", "I should look at the Flügellänge first.", (call,)),
        ToolResult("c:1", "run_python", "Gentoo 5076.0\nAdelie 3700.7 naïve café"),
        Assistant("Gentoo is heaviest, at 5,076 g. 最も高い価格です。", None),
    ):
        store.append(conversation, turn, message)
    said(store, *begin(store, "b.ipynb", "Something else"), ["alpha", "beta"])
    return store, conversation


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ("heaviest", ["title", "question", "answer"]),
        ("GENTOO", ["answer", "result"]),
        ("gent", ["answer", "result"]),
        ("groupby species", ["code"]),
        ("flügellänge", ["reasoning"]),
        ("flugellange", ["reasoning"]),
        ("naive cafe", ["result"]),
        ("価格", ["title", "question", "answer"]),
        ("格", ["title", "question", "answer"]),
        ("flipper_length_mm", ["context"]),
        ("average", ["code"]),
        ("eavies", ["title", "question", "answer"]),
        ("Gentoo nowhere", []),
        ("", []),
        ("  \n ", []),
        ("???", []),
    ],
)
def test_what_was_said_is_found_where_it_was_said(wanted: str, places: list[str], talked: tuple[Store, str]) -> None:
    store, conversation = talked
    hits = store.search(wanted)
    assert [hit.place for hit in hits][: len(places)] == places or sorted(h.place for h in hits) == sorted(places)
    for hit in hits:
        assert hit.conversation == conversation
        assert (hit.number, hit.notebook) == (0 if hit.place == "title" else 1, "a.ipynb")
        assert "\n" not in hit.snippet
        assert len(hit.snippet) <= 165
    assert store.search(wanted, "b.ipynb") == []
    assert store.search(wanted, limit=1) == hits[:1]


SYNTAX = [
    '"', "'", '""', "AND", "OR NOT", "NEAR(gentoo adelie)", "answer:gentoo", "-gentoo", "^gentoo", "gentoo*", "*", "(",
    "gentoo)", "{answer question}: x", "%", "_", "!", "!%", "\\", "gentoo'; DROP TABLE messages; --", "\x00", "a\x00b",
    "\udc80", "x" * 100_000, " ".join(map(str, range(500))), "🐧", "\u202e", "SELECT * FROM search", ":a ?1 @b $c",
]  # fmt: skip


@pytest.mark.parametrize("without_fts5", [False, True])
def test_sec_05_nothing_in_a_search_is_syntax(without_fts5: bool, talked: tuple[Store, str]) -> None:
    store, conversation = talked
    if without_fts5:  # as where SQLite was built without it
        denied = {True: sqlite3.SQLITE_DENY, False: sqlite3.SQLITE_OK}
        store._database._open.set_authorizer(lambda action, *_: denied[action == sqlite3.SQLITE_CREATE_VTABLE])
    turn = store.begin_turn(conversation, "q", "p", "m")
    for text in SYNTAX:
        store.append(conversation, turn, User(f"so {text} is"))
        hits = store.search(text)
        if (
            len(text) < 1000
            and text not in ("\x00", "a\x00b", "\udc80")
            and (without_fts5 or text.strip("*%_!\\()'\""))
        ):
            assert any(text in hit.text for hit in hits), text
        store.recall(conversation, text)
        store.rename(conversation, text)
    assert len(store.conversations()) == 2
    assert store.search("Gentoo")


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_sec_05_any_text_can_be_looked_for(text: str) -> None:
    store = Store(":memory:")
    conversation, turn = begin(store, prompt=text)
    store.append(conversation, turn, Assistant(f"Then {text} was said", None))
    store.search(text)
    store.recall(conversation, text)
    assert [hit.place for hit in store.search("then said")] == ["answer"]
    store.close()


def test_a_title_is_found_with_its_marks_and_nothing_in_it_is_syntax(store: Store) -> None:
    for title in ('say "yes"', "100 %", "a_b", "back\\slash", "it's"):
        conversation = store.begin_conversation("a.ipynb", title)
        store.begin_conversation("a.ipynb", "100 b axb")
        for word in title.split():
            if not word.isalnum():
                assert [hit.conversation for hit in store.search(word)] == [conversation], word


def test_what_was_said_since_is_found_and_what_was_taken_back_is_not(talked: tuple[Store, str], path: Path) -> None:
    store, conversation = talked
    assert store.search("ptarmigan") == []
    turn = store.begin_turn(conversation, "A ptarmigan?", "p", "m")
    store.append(conversation, turn, User("A ptarmigan?"))
    other = Store(path)
    other.append(conversation, turn, Assistant("One ptarmigan.", None))
    other.close()
    assert [(hit.place, hit.number) for hit in store.search("ptarmigan")] == [("question", 2), ("answer", 2)]
    store.take_back(turn)
    assert store.search("ptarmigan") == []
    assert len(store.messages(conversation)) == 4


def test_recall_gives_the_whole_passage_those_with_all_words_first(talked: tuple[Store, str]) -> None:
    store, conversation = talked
    hits = store.recall(conversation, "Adelie walrus Gentoo")
    assert [hit.place for hit in hits] == ["result", "answer"]
    assert hits[0].text == "Gentoo 5076.0\nAdelie 3700.7 naïve café"
    assert store.recall(conversation, "alpha") == [], "of this conversation only"
    assert len(store.recall(conversation, "gentoo the is at first", limit=1)) == 1
