"""What is asked in a check-up: data only. Imports the tools' definitions.

The schema probes are made in the way of K2-Vendor-Verifier (protocol §10): small requests with several tools each, of
which is known whether a tool has to be called. None of what the model writes is ever run; results are made up here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..agent.tools import INSPECT, RUN_PYTHON, Tool

__all__ = ["LOOP_QUESTION", "LOOP_RESULT", "PROBES", "RESULT", "SYSTEM", "THINKING_QUESTION", "Probe"]

#: Longer than the 256 tokens below which prompts are not cached (protocol §5.5).
SYSTEM = """\
You are an assistant in a Jupyter notebook, used by people who analyse data. Answer in at most two short sentences, in
plain words. Call a tool when the answer depends on the data, on the notebook's files or on the world outside, and only
then; when general knowledge or the text of the question is enough, answer at once, without a tool. Never guess a number
that a tool could give. Give every argument that a tool requires, and no argument that its schema does not have.

The notebook is about a chain of bicycle shops. Its kernel holds two pandas DataFrames. The DataFrame `sales` has the
columns day (datetime64), shop (str), product (str), units (int64), price (float64) and discount (float64, with missing
values): one row for each receipt line since January. The DataFrame `shops` has columns shop (str), city (str), opened
(datetime64), area (int64, in square metres) and staff (int64): one row for each shop. The two go together by the column
shop. Prices are in euros, without tax; returns are rows with negative units. The files sales-2024.csv, sales-2025.csv
and targets.xlsx lie beside the notebook. Nothing has been plotted so far. The user knows Python, but not the shops: say
what a figure means, and name the column it comes from. Dates are written like 2025-03-14, weeks begin on Mondays, and
the fiscal year begins on the first of April. Shops that opened within the last ninety days are left out of comparisons.
"""

THINKING_QUESTION = "Three pens cost 2 euros. What do 24 pens cost? Think it through, then answer in one sentence."

LOOP_QUESTION = "How many rows has sales? Find out with run_python, then tell me the number."
#: What any call is told to have come to, and what of it the answer should repeat.
LOOP_RESULT, RESULT = "rows: 1207 columns: 6\n", "1207"

# ---- tools -----------------------------------------------------------------------------------------------------------


def _tool(name: str, description: str, properties: dict[str, Any], *optional: str) -> Tool:
    required = [key for key in properties if key not in optional]
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return Tool(name, description, schema)


def _text(description: str, *values: str) -> dict[str, Any]:
    return {"type": "string", "description": description} | ({"enum": list(values)} if values else {})


_WEATHER = _tool(
    "get_weather",
    "Weather forecast for a city.",
    {
        "city": _text("City and country, such as Lyon, France."),
        "unit": _text("Unit of temperatures.", "celsius", "fahrenheit"),
        "days": {"type": "integer", "description": "Days ahead, from 1 to 7.", "minimum": 1, "maximum": 7},
    },
    "days",
)
_CURRENCY = _tool(
    "convert_currency",
    "Convert an amount of money at today's rate.",
    {
        "amount": {"type": "number", "description": "The amount."},
        "source": _text("Three-letter code, such as EUR."),
        "target": _text("Three-letter code, such as USD."),
    },
)
_FILTER = _tool(
    "filter_rows",
    "Select rows of a table by conditions that must all hold, and show the first of them.",
    {
        "table": _text("Name of the table.", "sales", "shops"),
        "conditions": {
            "type": "array",
            "description": "The conditions.",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "column": _text("The column."),
                    "operator": _text("How to compare.", "==", "!=", "<", "<=", ">", ">="),
                    "value": _text("What to compare with, as text."),
                },
                "required": ["column", "operator", "value"],
                "additionalProperties": False,
            },
        },
        "limit": {"type": "integer", "description": "Rows to show, at most 100.", "minimum": 1, "maximum": 100},
    },
    "limit",
)
_CHART = _tool(
    "draw_chart",
    "Draw a chart of a table's columns in the notebook.",
    {
        "table": _text("Name of the table.", "sales", "shops"),
        "kind": _text("Kind of chart.", "line", "bar", "scatter", "histogram"),
        "x": _text("Column of the x axis."),
        "y": {"type": "array", "description": "Columns of the y axis.", "items": {"type": "string"}},
        "options": {
            "type": "object",
            "properties": {
                "title": _text("The title."),
                "log": {"type": "boolean", "description": "Whether the y axis is logarithmic."},
            },
            "additionalProperties": False,
        },
    },
    "options",
)
_FILES = _tool(
    "read_file",
    "Read the first lines of a file beside the notebook.",
    {"path": _text("The file's name."), "lines": {"type": "integer", "description": "How many lines.", "minimum": 1}},
    "lines",
)
_REMIND = _tool(
    "add_reminder",
    "Put a reminder into the user's calendar.",
    {
        "title": _text("What about."),
        "date": _text("The day, as 2025-03-14."),
        "people": {
            "type": "array",
            "description": "Who is reminded.",
            "items": {
                "type": "object",
                "properties": {"name": _text("First name."), "role": _text("Role.", "host", "guest")},
                "required": ["name", "role"],
                "additionalProperties": False,
            },
        },
    },
)

# ---- probes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Probe:
    """One small request.

    Attributes
    ----------
    name
        What the report calls it.
    prompt
        What is asked.
    tools
        What is offered.
    expects
        The tools of which one has to be called; none: the model has to answer by itself.
    """

    name: str
    prompt: str
    tools: tuple[Tool, ...]
    expects: tuple[str, ...] = ()


_NOTEBOOK = (RUN_PYTHON, INSPECT)

#: The probes, in the order in which they are tried: of the first few some need a call and some do not.
PROBES: tuple[Probe, ...] = (
    Probe("mean of a column", "What is the mean of price in sales?", _NOTEBOOK, ("run_python", "inspect")),
    Probe("small talk", "Hello! What can you do for me here?", (*_NOTEBOOK, _WEATHER)),
    Probe(
        "weather, closed list",
        "What will the weather be in Lyon tomorrow, in degrees Celsius?",
        (_WEATHER, _CURRENCY, *_NOTEBOOK),
        ("get_weather",),
    ),
    Probe("general knowledge", "What does the median tell that the mean does not?", (*_NOTEBOOK, _CHART)),
    Probe(
        "conditions in a list",
        "Show me the rows of sales with more than 10 units at a price below 5, with filter_rows.",
        (_FILTER, _CHART, RUN_PYTHON),
        ("filter_rows",),
    ),
    Probe("code to explain", "What does sales.groupby('shop').units.sum() do? Do not run it.", (*_NOTEBOOK, _FILTER)),
    Probe(
        "numbers and codes",
        "How much are 129.90 euros in Swiss francs today?",
        (_CURRENCY, _WEATHER, RUN_PYTHON),
        ("convert_currency",),
    ),
    Probe("in the prompt already", "Which columns does the DataFrame shops have, from what you were told?", _NOTEBOOK),
    Probe(
        "missing values",
        "How many values of discount are missing in sales?",
        (RUN_PYTHON, INSPECT, _FILES),
        ("run_python", "inspect"),
    ),
    Probe("translation", "Translate into French: the shop is closed on Mondays.", (_WEATHER, _CURRENCY, RUN_PYTHON)),
    Probe(
        "nested options",
        "Draw a bar chart of staff by shop from shops with draw_chart, titled Staff.",
        (_CHART, _FILTER, RUN_PYTHON),
        ("draw_chart",),
    ),
    Probe("thanks", "Thank you, that was all for today.", (*_NOTEBOOK, _REMIND)),
    Probe("a file", "What are the column names in sales-2024.csv? Look.", (_FILES, INSPECT, _WEATHER), ("read_file",)),
    Probe("definition", "What is a left join? One sentence, please.", (*_NOTEBOOK, _FILTER)),
    Probe(
        "objects in a list",
        "Remind Ana (host) and Bo (guest) of the stocktaking on 2025-06-30.",
        (_REMIND, _WEATHER, INSPECT),
        ("add_reminder",),
    ),
    Probe("opinion", "Is a pie chart a good choice for twelve shops? Just your opinion.", (_CHART, RUN_PYTHON)),
    Probe(
        "one variable", "What type is the variable rates, and how large is it?", _NOTEBOOK, ("run_python", "inspect")
    ),
    Probe("no tool fits", "Please book me a table for two at eight.", (_WEATHER, _CURRENCY)),
    Probe(
        "quotes and newlines",
        'Run exactly these two lines for me:\nname = "O\'Brien"\nprint(f"{name}\\t\'done\'")',
        _NOTEBOOK,
        ("run_python",),
    ),
    Probe("arithmetic in the head", "What is 7 plus 5? Answer without a tool.", (RUN_PYTHON, _CURRENCY)),
    Probe(
        "best seller",
        "Which product sold the most units in sales?",
        (RUN_PYTHON, INSPECT, _CHART),
        ("run_python", "inspect"),
    ),
    Probe("spelling", "Is it 'separate' or 'seperate'?", (_FILES, RUN_PYTHON)),
    Probe(
        "other units",
        "Will it freeze in Chicago within the next three days? In Fahrenheit.",
        (_WEATHER, _FILES, RUN_PYTHON),
        ("get_weather",),
    ),
    Probe("rewrite", "Make this shorter: We are pleased to inform you that the shop is open.", (*_NOTEBOOK, _REMIND)),
)
