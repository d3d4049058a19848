"""A function of the user's own is called where a question says its name, with what the question gives."""

from __future__ import annotations

import pytest

from kimi_jupyter.agent.tools import RUN_PYTHON, tool_from_function
from kimi_jupyter.offline.analyst import respond


def degree_days(base: float, year: int, season: str = "all") -> float:
    """Degrees."""
    return 1.0


def airport_name(code: str) -> str:
    """Name."""
    return "x"


TOOLS = [RUN_PYTHON.definition(), *(tool_from_function(tool).definition() for tool in (degree_days, airport_name))]


def reply(question, *messages):
    return respond({"messages": [{"role": "user", "content": question}, *messages], "tools": TOOLS})


@pytest.mark.parametrize(
    ("question", "call"),
    [
        ("What does degree_days give for 18.5 and 2014?", ("degree_days", {"base": 18.5, "year": 2014})),
        ('degree_days of -2 in 2013, "winter" only', ("degree_days", {"base": -2.0, "year": 2013, "season": "winter"})),
        ("What is airport_name of SEA?", ("airport_name", {"code": "SEA"})),
        (
            "<context>\n# Values in memory\n## x\n5\n</context>\n\nairport_name of 'JFK'?",
            ("airport_name", {"code": "JFK"}),
        ),
    ],
)
def test_it_is_called_with_what_the_question_gives(question, call):
    assert reply(question).calls == (call,)


def test_what_it_lacks_is_asked_for_and_nothing_is_called():
    asked = reply("What does degree_days give for 18?")
    assert asked.calls == ()
    assert "I need `year`" in asked.text


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("1.5", "`degree_days` gives **1.5**."),
        ("Seattle", "Seattle"),
        ("The user refused to run this, saying: not now", "was not called: not now"),
    ],
)
def test_its_result_is_reported(result, said):
    call = {"id": "c", "type": "function", "function": {"name": "degree_days", "arguments": "{}"}}
    answered = reply(
        "degree_days for 1 and 2?",
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": result},
    )
    assert answered.calls == ()
    assert said in answered.text
    assert "not a language model" in answered.text


def test_other_questions_are_none_of_its_business():
    assert all(name == "run_python" for name, _ in reply("How many rows are there?").calls)
    assert reply("What does run_python do with 1 and 2?").calls != (("run_python", {}),)
