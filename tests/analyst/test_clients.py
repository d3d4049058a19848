"""Other clients: their words for a table, their tools, or none."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest

from kimi_jupyter.offline.analyst import respond

from .driver import FOOTER, Client, digest, has
from .frames import FRAMES


def _info(frame: pd.DataFrame) -> str:
    out = io.StringIO()
    frame.info(buf=out)
    return out.getvalue()


def _markdown(frame: pd.DataFrame) -> str:
    rows = "\n".join(f"| `{name}` | {dtype} | something |" for name, dtype in frame.dtypes.items())
    return f"| column | type | description |\n|---|---|---|\n{rows}"


FORMS = {
    "prose": lambda f: (
        "I have a DataFrame `birds` with columns species (str), island (str), body_mass_g (float64) and year (int)."
    ),
    "untyped prose": lambda f: (
        "There's a pandas DataFrame called birds with columns species, island, body_mass_g and year."
    ),
    "info": lambda f: f"birds.info() prints\n{_info(f)}",
    "dtypes": lambda f: f"The dataframe birds has these dtypes:\n{f.dtypes.to_string()}\ndtype: object",
    "head": lambda f: f"birds.head() gives:\n```\n{f.iloc[:, [0, 1, 5, 7]].head().to_string()}\n```",
    "csv": lambda f: f"birds = pd.read_csv('birds.csv')\nIt starts with\n{f.head(3).to_csv(index=False)}",
    "markdown": lambda f: f"The DataFrame `birds`:\n\n{_markdown(f)}",
    "name only": lambda f: "I loaded the data into a DataFrame named birds.",
    "code": lambda f: "```python\nimport pandas as pd\nbirds = pd.read_csv('birds.csv')\n```",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", ["same message", "system"])
def test_a_table_described_in_words(form: str, place: str) -> None:
    frame = FRAMES["penguins"]()
    words = FORMS[form](frame)
    asked = Client({"birds": frame, "pd": pd})
    if place == "system":
        asked.messages.append({"role": "system", "content": f"You help with data.\n{words}"})
        answered = asked.ask("What is the average body mass by species?")
    else:
        answered = asked.ask(f"{words}\n\nWhat is the average body mass by species?")
    assert has(answered, 5076.02), (answered.codes, answered.outputs, answered.text)
    assert len(answered.codes) <= 3
    assert FOOTER in answered.text


def test_no_table_named_at_all() -> None:
    asked = Client({"birds": FRAMES["penguins"](), "little": pd.DataFrame({"a": [1]})})
    answered = asked.ask("Average body mass by species?")
    assert "globals()" in answered.codes[0]
    assert has(answered, 5076.02)
    assert has(asked.ask("and by island?"), 4716.02)


def test_no_frame_in_the_session() -> None:
    answered = Client({}).ask("How many rows are there?")
    assert "no DataFrame" in answered.text


def test_of_several_tables_the_one_whose_columns_are_named() -> None:
    frames = {"birds": FRAMES["penguins"](), "sales": FRAMES["sales"]()}
    asked = Client(frames, digest(frames))
    assert "birds.groupby" in asked.ask("average body mass by species").codes[0]
    assert "sales.groupby" in asked.ask("average unit price by region").codes[0]
    assert has(asked.ask("How many rows has sales?"), 123)
    assert has(asked.ask("How many rows has `birds`?"), 344)


def _tool(name: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def test_the_first_tool_with_code_is_called_with_what_it_requires() -> None:
    frame = FRAMES["penguins"]()
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": f"<context>\n{digest({'df': frame})}\n</context>\n\nHow many rows?"}],
        "tools": [
            _tool("search", {"query": {"type": "string"}}, ["query"]),
            _tool(
                "exec",
                {
                    "code": {"type": "string"},
                    "title": {"type": "string"},
                    "language": {"type": "string", "enum": ["r", "python"]},
                    "timeout": {"type": "integer"},
                    "fresh": {"type": "boolean"},
                    "note": {"type": "string"},
                },
                ["code", "title", "language", "timeout", "fresh"],
            ),
        ],
    }
    ((name, arguments),) = respond(body).calls
    assert name == "exec"
    assert arguments.keys() == {"code", "title", "language", "timeout", "fresh"}
    assert arguments["language"] == "python"
    assert arguments["fresh"] is False
    assert arguments["timeout"] > 0
    assert arguments["title"]


@pytest.mark.parametrize(
    "without", [{"tools": []}, {"tool_choice": "none"}, {"tools": [_tool("f", {"query": {"type": "string"}}, [])]}]
)
def test_without_a_code_tool_the_description_must_do(without: dict[str, Any]) -> None:
    frame = FRAMES["penguins"]()
    asked = Client({"df": frame}, digest({"df": frame}))

    def told(question: str) -> str:
        content = f"<context>\n{asked.context}\n</context>\n\n{question}"
        reply = respond({**asked.body(), "messages": [{"role": "user", "content": content}], **without})
        assert not reply.calls
        assert FOOTER in reply.text
        return reply.text

    assert "344 rows" in told("How many rows are there?")
    assert "`sex` (11)" in told("What is missing?")
    assert "| Adelie | 152 |" in told("What are the most common species?")
    assert "6300" in told("What is the maximum of body mass?")
    assert "| male | 168 |" in told("What are the most common values of the main category?")
    assert "no tool with a `code` argument" in told("average body mass by species")
    assert "no tool with a `code` argument" in told("how many rows for Adelie?")


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "system", "content": "hi"}],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}],
        [{"role": "user", "content": None}],
        [
            {"role": "user", "content": "x"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{"}}],
            },
        ],
        [{"role": "user", "content": "rows?"}, {"role": "tool", "tool_call_id": "nobody", "content": "3"}],
        "nothing",
        [None, 3],
    ],
)
def test_odd_requests_get_an_answer(messages: Any) -> None:
    reply = respond({"messages": messages})
    assert FOOTER in reply.text


def test_content_in_parts() -> None:
    frame = FRAMES["penguins"]()
    parts = [
        {"type": "text", "text": f"<context>\n{digest({'df': frame})}\n</context>"},
        {"type": "text", "text": "\nHow many rows are there?"},
    ]
    reply = respond({"messages": [{"role": "user", "content": parts}]})
    assert "344 rows" in reply.text


def test_context_and_question_in_two_messages() -> None:
    frame = FRAMES["penguins"]()
    messages = [
        {"role": "user", "content": "A DataFrame `df` with 344 rows and columns species, island."},
        {"role": "user", "content": "How many rows are there?"},
    ]
    reply = respond({"messages": messages})
    assert str(len(frame)) in reply.text
