"""A cell that failed because of a misspelt column or name is run again with the one that is there."""

from __future__ import annotations

import json

import pytest

from kimi_jupyter.agent.tools import RUN_PYTHON
from kimi_jupyter.offline.analyst import respond


def question(source, error, kind="KeyError"):
    return f"""<context>
# Notebook
## Cell [2]
days = pd.read_csv("w.csv")
## Cell [3] (failed: {kind})
{source}
## Output [3]
Traceback (most recent call last):
{error}
# Values in memory
## days
pandas.DataFrame, 5 rows × 2 columns, 1 KB, index RangeIndex 0 … 4
- temp_max (float64): 5 distinct, 0 … 9
- wind (float64): 5 distinct, 0 … 9
</context>

@cell:3 failed with {kind}. Find out why and fix it."""


def reply(text, *messages):
    return respond({"messages": [{"role": "user", "content": text}, *messages], "tools": [RUN_PYTHON.definition()]})


@pytest.mark.parametrize(
    ("source", "error", "kind", "mended"),
    [
        ("days['temp_maximum'].max()", "KeyError: 'temp_maximum'", "KeyError", "days['temp_max'].max()"),
        ("dais.head()", "NameError: name 'dais' is not defined. Did you mean: 'days'?", "NameError", "days.head()"),
    ],
)
def test_the_cell_runs_again_with_what_is_there_and_its_result_is_told(source, error, kind, mended):
    asked = question(source, error, kind)
    ((tool, arguments),) = reply(asked).calls
    assert (tool, arguments["code"]) == ("run_python", mended)
    call = {"id": "c", "type": "function", "function": {"name": tool, "arguments": json.dumps(arguments)}}
    done = ({"role": "assistant", "content": "", "tool_calls": [call]}, {"role": "tool", "tool_call_id": "c"})
    for result, said in [
        ("9.0", "With that the cell gives"),
        ("Not run. The user refused to run this, saying: no", "was not run"),
        ("Traceback (most recent call last):\nTypeError: bad", "still fails: TypeError"),
    ]:
        assert said in reply(asked, done[0], done[1] | {"content": result}).text


@pytest.mark.parametrize(
    ("source", "error", "kind"),
    [
        ("days['humidity']", "KeyError: 'humidity'", "KeyError"),  # nothing like it is there
        ("1 / 0", "ZeroDivisionError: division by zero", "ZeroDivisionError"),
    ],
)
def test_other_mistakes_are_beyond_it_and_it_says_so(source, error, kind):
    answered = reply(question(source, error, kind))
    assert answered.calls == ()
    assert "not a language model" in answered.text
