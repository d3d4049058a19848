"""What can't be seen is written out, and nothing else is touched (hazards INP-02 to INP-05, INP-12, INP-14)."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimi_jupyter.chat.visible import visible

WRITTEN_OUT = [
    ("\x1b[31mred", "\\x1b[31mred"),
    ("\x1b]8;;http://x\x07link", "\\x1b]8;;http://x\\x07link"),
    ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
    ("\x9b31m", "\\x9b31m"),
    ("safe\r   evil\b", "safe\\x0d   evil\\x08"),
    ("a\x00b\x7f", "a\\x00b\\x7f"),
    ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
    ("a\u200bb\u200c\u200d\ufeff", "a\\u200bb\\u200c\\u200d\\ufeff"),
    ("\U000e0041\U000e0142", "\\U000e0041\\U000e0142"),
    ("x\ufe0f", "x\\ufe0f"),
    ("\ud800", "\\ud800"),
    ("a\u2028b\u0085", "a\\u2028b\\x85"),
    ("so\u00adft", "so\\xadft"),
    ("\u3164", "\\u3164"),
    ("\U0001f600\u200d", "\U0001f600\\u200d"),
    ("\U0001f600\ufe0f\ufe0f", "\U0001f600\ufe0f\\ufe0f"),
    ("\U0001f3f4\U000e0061\U000e007f", "\U0001f3f4\\U000e0061\\U000e007f"),
]
UNTOUCHED = [
    "",
    "plain\n\ttext",
    "naïve café e\u0301",
    "数据框有 344 行",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family",
    "\u2764\ufe0f \U0001f44d\U0001f3fd 1\ufe0f\u20e3 \U0001f1eb\U0001f1f7",
    "\U0001f3f3\ufe0f\u200d\U0001f308 \U0001f469\U0001f3fd\u200d\u2695\ufe0f",
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbsct") + "\U000e007f",
    "שלום עולם",
    "می\u200cخواهم",
    "क्\u200dष",
    "ไทย ภาษา",
]


@pytest.mark.parametrize(("text", "shown"), WRITTEN_OUT)
def test_inp_02_03_04_05_unseen_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", UNTOUCHED)
def test_prose_and_emoji_are_not_damaged(text: str) -> None:
    assert visible(text) == text


@given(st.text(st.characters(), max_size=60))
def test_the_result_can_be_encoded_and_controls_no_terminal(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert visible(shown) == shown


def test_cost_is_linear() -> None:
    def seconds(text: str) -> float:
        start = time.perf_counter()
        visible(text)
        return time.perf_counter() - start

    for unit in ("\x1b[0m", "\U0001f468\u200d", "می\u200c", "1\ufe0f", "plain text\n"):
        assert seconds(unit * 100_000) < 2
