"""Text that grows: its pieces add up, and its tokens are counted once."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.view.growing import GrowingText


@given(st.lists(st.text(max_size=20), max_size=30), st.integers(1, 50))
def test_it_is_the_sum_of_its_pieces(pieces: list[str], count: int) -> None:
    text = GrowingText()
    for piece in pieces:
        text.append(piece)
    whole = "".join(pieces)
    assert (len(text), text.tail(count), text.head(count)) == (len(whole), whole[-count:], whole[:count])
    assert text.blank == (not whole or whole.isspace())
    assert str(text) == whole
    assert (text.tail(count), text.head(count)) == (whole[-count:], whole[:count])


def test_the_running_token_count_is_close_to_the_count_of_the_whole() -> None:
    words = "The mean of body_mass_g is 4,201.75 g (n = 342).\nGentoo 数据 are heaviest; check `df.isna()`.\n"
    text = GrowingText()
    for start in range(0, len(words) * 200, 3):
        text.append((words * 200)[start : start + 3])
    assert abs(text.tokens - estimate_tokens(words * 200)) <= 0.01 * text.tokens


def test_a_word_without_end_is_counted_too() -> None:
    text = GrowingText("x" * 50_000)
    assert text.tokens == estimate_tokens("x" * 50_000)


def test_many_small_pieces_cost_little() -> None:
    text = GrowingText()
    start = time.perf_counter()
    for index in range(200_000):
        text.append("word ")
        if index % 100 == 0:
            assert len(text.tail(800)) <= 800
            assert text.tokens > 0
    assert time.perf_counter() - start < 10
