"""Which names of a conversation's work are gone from a kernel, told to user and model when it goes on."""

from __future__ import annotations

import pytest

from kimi_jupyter.kernel.remains import gone, in_words


@pytest.mark.parametrize(
    ("codes", "there", "names"),
    [
        (["x = 1", "y = x + 1"], [], ["y", "x"]),
        (["x = 1", "y = x + 1"], ["x", "y"], []),
        (["x = 1", "y = x + 1"], ["x"], ["y"]),
        (["x = 1", "y = 2", "x += 1"], [], ["x", "y"]),
        (["x = 1", "del x"], [], []),
        (["x = 1", "del x", "x = 2"], [], ["x"]),
        (["print(len(df))"], [], ["df"]),
        (["import pandas as pd", "df = pd.DataFrame()"], ["pd"], ["df"]),
        (["for row in rows: total = row"], ["rows"], ["row", "total"]),
        (["def mean(values):\n    return sum(values)"], [], ["mean"]),
        (["x = [", "!ls"], [], []),
        ([], [], []),
    ],
)
def test_names_that_code_made_or_used_and_that_are_not_there(
    codes: list[str], there: list[str], names: list[str]
) -> None:
    assert sorted(gone(codes, there)) == sorted(names)


def test_those_that_were_used_last_come_first() -> None:
    assert gone(["old = 1", "mid = 1", "new = 1", "old += 1"], ()) == ["old", "new", "mid"]


def test_many_names_are_counted_and_none_is_no_line() -> None:
    assert in_words([]) == ""
    assert in_words(["a", "b"]).endswith("These names do not exist: a, b.")
    told = in_words([f"n{number}" for number in range(30)])
    assert "n19 and 10 more." in told
    assert "n20" not in told
