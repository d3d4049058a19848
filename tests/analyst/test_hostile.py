"""Names and values that would break out of code, Markdown or the text they are printed in."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kimi_jupyter.offline.analyst import respond

from .driver import FOOTER, RUN_PYTHON, Client, digest, has

NAMES = [
    "a'b",
    'a"b',
    "line\nbreak",
    "tab\tbed",
    "back\\slash",
    "`tick`",
    "pipe|d",
    "$x^2$",
    "{brace}",
    "%s",
    "ünïcode 数",
    "__import__('os').abort()",
    "x (y)",
    "1 and 2",
    "' and '",
    "a,b",
    "</context>",
    "<b>bold</b>",
    "mean",
    "print",
    "df",
    "👩‍🚀",
]


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("name", NAMES)
def test_hostile_column_names(name: str, library: str) -> None:
    data = {name: [1.5, 2.5, 8.0, None], "other": [2, 1, 9, 4], "kind": ["p", "q", "p", "q"]}
    frame = pd.DataFrame(data) if library == "pandas" else pl.DataFrame(data)
    asked = Client({"df": frame}, digest({"df": frame}))
    for question, figure in (
        ("How many rows and columns are there, and what is missing?", 4),
        ("Summarise the numeric columns", 8),
        ("Compare the average of every numeric column between the groups of the main category", 4.75),
        ("Which two numeric columns are most strongly correlated?", None),
        ("Plot them against each other, coloured by the main category", None),
        ("Clean this table up", None),
    ):
        answered = asked.ask(question)
        # A tag can't stand in a context as it is, so there the label is learned from the frame after a failure.
        assert name == "</context>" or not any("Traceback" in output for output in answered.outputs), answered.outputs
        assert figure is None or has(answered, figure), (question, answered.outputs, answered.text)
        assert "could not" not in answered.text


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("name", NAMES)
def test_hostile_values_and_category_names(name: str, library: str) -> None:
    data = {name: [name, "plain", name, "Area 51  3"], "v": [1.0, 2.0, 4.0, 8.0]}
    frame = pd.DataFrame(data) if library == "pandas" else pl.DataFrame(data)
    asked = Client({"df": frame}, digest({"df": frame}))
    for question, figure in (
        ("What are the most common values of the main category?", 2),
        ("Compare the average of every numeric column between the groups of the main category", 2.5),
        ("now plot it", 2.5),
        ("Clean this table up", None),
    ):
        answered = asked.ask(question)
        assert name == "</context>" or not any("Traceback" in output for output in answered.outputs), answered.outputs
        assert figure is None or has(answered, figure), (question, answered.outputs, answered.text)
        assert tables_are_whole(answered.text), answered.text


def tables_are_whole(text: str) -> bool:
    """Whether every row of a Markdown table has as many cells as its header."""
    lines = [line.count("|") - line.count("\\|") if line.startswith("|") else 0 for line in text.split("\n")]
    return all(not before or not after or before == after for before, after in pairwise(lines))


_text = st.text(st.characters(exclude_categories=("Cs",)), min_size=0, max_size=12)
_asking = st.sampled_from(
    [
        "average {a} by {b}",
        "plot {a} against {b}",
        "clean this up",
        "most common {a}",
        "correlation between {a} and {b}",
        "summarise {a}",
        "how many rows where {b} is {c}",
        "trend of {a} per month",
        "top 5 rows by {a}",
        "what is missing in {b}?",
        "{c}",
        "median {a} in 2015",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    names=st.lists(_text, min_size=2, max_size=4, unique=True),
    value=_text,
    question=_asking,
    extra=_text,
    library=st.sampled_from(["pandas", "polars"]),
    results=st.lists(
        _text
        | st.sampled_from(
            ["Traceback (most recent call last):\nKeyError: 'x'", "The user refused to run this, saying: no"]
        ),
        max_size=4,
    ),
)
def test_all_code_compiles_and_every_turn_ends(
    names: list[str], value: str, question: str, extra: str, library: str, results: list[str]
) -> None:
    frame = pd.DataFrame({name: [value, "b"] if i % 2 else [1.5, 2.5] for i, name in enumerate(names)})
    shown = frame if library == "pandas" else pl.from_pandas(frame.rename(columns=lambda name: name or "_"))
    asked = f"<context>\n{digest({'df': shown})}\n</context>\n\n{question.format(a=names[0], b=names[1], c=extra)}"
    messages: list[dict[str, object]] = [{"role": "user", "content": asked}]
    for step in range(12):
        reply = respond({"messages": messages, "tools": [RUN_PYTHON]})
        if not reply.calls:
            assert FOOTER in reply.text
            return
        ((_, arguments),) = reply.calls
        compile(arguments["code"], "<code>", "exec")
        call = {"id": str(step), "type": "function", "function": {"name": "run_python", "arguments": '{"code": "x"}'}}
        text = results[step] if step < len(results) else "nothing of use"
        messages += [
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": str(step), "content": text},
        ]
    raise AssertionError("the turn does not end")


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200), question=st.text(max_size=60))
def test_any_context_is_survived(text: str, question: str) -> None:
    for content in (f"<context>\n{text}\n</context>\n\n{question}", f"{text}\n{question}", f"DataFrame `x`: {text}"):
        reply = respond({"messages": [{"role": "user", "content": content}], "tools": [RUN_PYTHON]})
        assert reply.calls or FOOTER in reply.text
