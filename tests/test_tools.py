"""Functions of many shapes as tools, and whatever a model writes as a valid call or told what is wrong with it."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import enum
import functools
import inspect
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict, Union

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from kimi_jupyter.agent.arguments import faults
from kimi_jupyter.agent.docstring import parse
from kimi_jupyter.agent.tools import (
    INSPECT,
    MAX_TOOLS,
    RUN_PYTHON,
    Accepted,
    Rejected,
    Tool,
    Toolbox,
    tool_from_function,
)
from kimi_jupyter.chat.schema import normalise
from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.errors import SettingsError

from .test_schema import WILD, mfjs_faults

TEXT = {"type": "string"}
NUMBERS = {"type": "array", "items": {"type": "number"}}


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Place(enum.Enum):
    HERE = (0, 0)
    THERE = (9, 9)


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0
    colour: Colour = Colour.RED


@dataclasses.dataclass
class Node:
    value: int
    next: Node | None = None


class Row(TypedDict, total=False):
    name: str
    when: datetime.date


class Query(BaseModel):
    text: str = Field(description="what to look for", min_length=1)
    limit: int | None = Field(default=None, ge=1)
    point: Point | None = None


UserId = NewType("UserId", int)


def schema_of(function: Callable[..., Any]) -> dict[str, Any]:
    return tool_from_function(function, name="tool").parameters


def call(function: Callable[..., Any], **arguments: Any) -> Any:
    """What the function comes to when the model writes these arguments."""
    parsed = Toolbox([tool_from_function(function, name="tool")]).parse("tool", json.dumps(arguments))
    assert isinstance(parsed, Accepted), parsed
    assert parsed.tool.function is not None
    return parsed.tool.function(**parsed.arguments)


def one(hint: Any) -> Callable[..., Any]:
    """A function of one parameter ``a`` of that hint, which returns what it is given."""

    def function(a):  # type: ignore[no-untyped-def]
        return a

    function.__annotations__ = {"a": hint}
    return function


# ---- hints -----------------------------------------------------------------------------------------------------------

HINTS: list[tuple[str, Any, dict[str, Any], Any, Any]] = [
    ("str", str, TEXT, "x", "x"),
    ("int", int, {"type": "integer"}, 3, 3),
    ("int_as_float", int, {"type": "integer"}, 3.0, 3),
    ("float", float, {"type": "number"}, 3, 3.0),
    ("bool", bool, {"type": "boolean"}, True, True),
    ("list", list, {"type": "array"}, [1, "x"], [1, "x"]),
    ("list_of", list[float], NUMBERS, [1, 2.5], [1.0, 2.5]),
    ("nested", list[list[str]], {"type": "array", "items": {"type": "array", "items": TEXT}}, [["x"]], [["x"]]),
    ("sequence", Sequence[str], {"type": "array", "items": TEXT}, ["x"], ["x"]),
    ("iterable", Iterable[int], {"type": "array", "items": {"type": "integer"}}, [1], [1]),
    ("set", set[str], {"type": "array", "items": TEXT}, ["x", "x"], {"x"}),
    ("tuple", tuple, {"type": "array"}, [1], (1,)),
    ("tuple_of", tuple[float, ...], NUMBERS, [1], (1.0,)),
    ("pair", tuple[float, float], NUMBERS | {"minItems": 2, "maxItems": 2}, [1, 2], (1.0, 2.0)),
    ("dict", dict, {"type": "object", "additionalProperties": True}, {"x": 1}, {"x": 1}),
    ("dict_of", dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}, {"x": 1.0}, {"x": 1}),
    ("mapping", Mapping[str, str], {"type": "object", "additionalProperties": TEXT}, {"x": "y"}, {"x": "y"}),
    ("literal", Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}, "b", "b"),
    ("literal_int", Literal[1, 2], {"type": "integer", "enum": [1, 2]}, 2, 2),
    ("enum", Colour, {"type": "string", "enum": ["red", "blue"]}, "blue", Colour.BLUE),
    ("int_enum", Size, {"type": "integer", "enum": [1, 2]}, 2, Size.LARGE),
    ("enum_by_name", Place, {"type": "string", "enum": ["HERE", "THERE"]}, "THERE", Place.THERE),
    (
        "enums",
        list[Colour],
        {"type": "array", "items": {"type": "string", "enum": ["red", "blue"]}},
        ["red"],
        [Colour.RED],
    ),
    ("union", int | str, {"anyOf": [{"type": "integer"}, TEXT]}, "3", "3"),
    ("union_of_numbers", Union[int, float], {"anyOf": [{"type": "integer"}, {"type": "number"}]}, 3.5, 3.5),  # noqa: UP007
    ("union_in_order", datetime.date | str, {"anyOf": [TEXT | {"description": "date, YYYY-MM-DD"}, TEXT]}, "no", "no"),
    ("path", Path, TEXT, "a/b", Path("a/b")),
    ("date", datetime.date, TEXT | {"description": "date, YYYY-MM-DD"}, "2026-11-24", datetime.date(2026, 11, 24)),
    ("newtype", UserId, {"type": "integer"}, 7, 7),
    ("annotated", Annotated[str, 3, "the name"], TEXT | {"description": "the name"}, "x", "x"),
    ("annotated_oddly", Annotated[str, []], TEXT, "x", "x"),
    (
        "dataclass",
        Point,
        {
            "type": "object",
            "properties": {
                "x": {"type": "number"},
                "y": {"type": "number"},
                "colour": {"type": "string", "enum": ["red", "blue"]},
            },
            "required": ["x"],
            "additionalProperties": False,
        },
        {"x": 1, "colour": "blue"},
        Point(1.0, 0.0, Colour.BLUE),
    ),
    (
        "recursive",
        Node,
        {
            "type": "object",
            "properties": {"value": {"type": "integer"}, "next": {"type": "object"}},
            "required": ["value"],
            "additionalProperties": False,
        },
        {"value": 1, "next": {"value": 2.0, "next": {"value": 3}}},
        Node(1, Node(2, Node(3))),
    ),
    (
        "typed_dict",
        Row,
        {
            "type": "object",
            "properties": {"name": TEXT, "when": TEXT | {"description": "date, YYYY-MM-DD"}},
            "additionalProperties": False,
        },
        {"when": "2026-01-02"},
        {"when": datetime.date(2026, 1, 2)},
    ),
]


@pytest.mark.parametrize(
    ("hint", "schema", "given_value", "value"), [row[1:] for row in HINTS], ids=[row[0] for row in HINTS]
)
def test_knows_a_hint_from_both_sides(hint: Any, schema: dict[str, Any], given_value: Any, value: Any) -> None:
    parameters = schema_of(one(hint))
    wanted = {"type": "object", "properties": {"a": schema}, "required": ["a"], "additionalProperties": False}
    assert parameters == wanted
    assert mfjs_faults(parameters) == []
    Draft202012Validator.check_schema(parameters)
    made = call(one(hint), a=given_value)
    assert made == value
    assert type(made) is type(value)


def test_takes_anything_where_nothing_is_hinted() -> None:
    for hint in (Any, object):
        assert mfjs_faults(schema_of(one(hint))) == []
        for value in (None, 1, "x", [1], {"a": 1}, True):
            assert call(one(hint), a=value) == value
    assert schema_of(lambda a, b=3, c="x", d=True, e=None: 0)["properties"] | {"a": 0, "e": 0} == {
        "a": 0,
        "b": {"type": "integer", "default": 3},
        "c": {"type": "string", "default": "x"},
        "d": {"type": "boolean", "default": True},
        "e": 0,
    }


def test_a_pydantic_model_describes_itself() -> None:
    parameters = schema_of(one(Query))
    assert mfjs_faults(parameters) == []
    assert parameters["properties"]["a"]["properties"]["text"] == TEXT | {
        "description": "what to look for",
        "minLength": 1,
    }
    made = call(one(Query), a={"text": "x", "limit": None, "point": {"x": 2}})
    assert made == Query(text="x", point=Point(2.0))


# ---- parameters ------------------------------------------------------------------------------------------------------


def test_a_default_makes_a_parameter_optional_and_is_told() -> None:
    def function(a: int, b: str = "x", *, c: Colour = Colour.BLUE, d: list[str] | None = None, e: float = 1e-9) -> None:
        pass

    parameters = schema_of(function)
    assert parameters["required"] == ["a"]
    assert parameters["properties"] == {
        "a": {"type": "integer"},
        "b": TEXT | {"default": "x"},
        "c": {"type": "string", "enum": ["red", "blue"], "default": "blue"},
        "d": {"type": "array", "items": TEXT},
        "e": {"type": "number"},
    }


def test_what_may_be_none_need_not_be_given() -> None:
    def function(a: int | None, b: Optional[Colour], c: str = "x") -> tuple[Any, ...]:  # noqa: UP045
        return a, b, c

    assert "required" not in schema_of(function)
    assert call(function) == (None, None, "x")
    assert call(function, a=None, b=None, c=None) == (None, None, "x")
    assert call(function, a=1, b="red", c="y") == (1, Colour.RED, "y")


def test_none_stays_sayable_where_leaving_out_means_something_else() -> None:
    def function(limit: int | None = 10) -> int | None:
        return limit

    assert call(function) == 10
    assert call(function, limit=None) is None
    assert call(function, limit=3) == 3


def test_takes_every_kind_of_callable() -> None:
    class Shop:
        """Sells."""

        def price(self, item: str) -> str:
            """The price of an item."""
            return item * 2

        def __call__(self, item: str) -> str:
            return item * 3

        @staticmethod
        def static(item: str) -> str:
            return item

        @classmethod
        def made(cls, item: str) -> str:
            return item

    def two(first: int, second: int) -> int:
        """Adds."""
        return first + second

    shop = Shop()
    wanted = {"type": "object", "properties": {"item": TEXT}, "required": ["item"], "additionalProperties": False}
    for function in (shop.price, Shop.static, Shop.made):
        assert tool_from_function(function).parameters == wanted
    assert tool_from_function(shop.price).name == "price"
    assert tool_from_function(shop.price).description == "The price of an item."
    called = tool_from_function(shop, name="shop")
    assert (called.parameters, called.description) == (wanted, "Sells.")
    partial = tool_from_function(functools.partial(two, second=3), name="add_three")
    assert partial.description == "Adds."
    assert partial.parameters["required"] == ["first"]
    assert call(functools.partial(two, second=3), first=4) == 7
    assert tool_from_function(Node).parameters["required"] == ["value"]
    assert call(Node, value=1) == Node(1)


def test_an_async_function_is_awaited_by_who_calls_it() -> None:
    async def twice(a: int) -> int:
        return 2 * a

    async def same(a: str) -> str:
        return a

    for function, value, result in ((twice, 4.0, 8), (same, "x", "x")):
        found = call(function, a=value)
        assert inspect.isawaitable(found)
        assert asyncio.run(found) == result  # type: ignore[arg-type]


def test_a_value_that_the_type_refuses_is_an_error_of_the_call() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        call(one(datetime.date), a="tomorrow")


BAD: list[tuple[Callable[..., Any], str]] = [
    (lambda *args: 0, "*args"),
    (lambda **options: 0, "**options"),
    (lambda a, /: 0, "positional-only"),
    (one(complex), "'a' is a complex"),
    (one(dict[int, str]), "use dict[str, …]"),
    (one(Callable[[], None]), "can't write as JSON"),
    (one(list[bytes]), "'a' is a bytes"),
    (one("Nowhere"), "'Nowhere', which is not defined"),
    (one("not a type"), "type hints can't be read"),
    (lambda required: 0, "'required'"),
    (print, "*args"),
    (dict, "can't be read"),
]


@pytest.mark.parametrize(("function", "words"), BAD)
def test_says_in_one_line_what_to_change(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        tool_from_function(function, name="my_tool")
    assert str(caught.value).startswith("The tool 'my_tool': ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wants_a_good_name() -> None:
    def go(a: int) -> None:
        pass

    with pytest.raises(SettingsError, match="3 to 64"):
        tool_from_function(go)
    assert tool_from_function(go, name="go_there").name == "go_there"
    for nameless in (lambda a: 0, functools.partial(lambda a: 0)):
        with pytest.raises(SettingsError, match="name="):
            tool_from_function(nameless)
    with pytest.raises(SettingsError, match="this is a int"):
        tool_from_function(3)  # type: ignore[arg-type]


def test_is_gated_unless_declared_otherwise() -> None:
    assert tool_from_function(one(str), name="tool").gated
    assert not tool_from_function(one(str), name="tool", gated=False).gated


# ---- docstrings ------------------------------------------------------------------------------------------------------

NUMPY = """Look a customer up.

    Reads the register only.

    Parameters
    ----------
    name : str
        The customer's name,
        as in the register.
    a, b : int, optional
        Two numbers.
    *more
        Others.

    Returns
    -------
    dict
        name: not a parameter
    """
GOOGLE = """Look a customer up.

    Reads the register only.

    Args:
        name (str): The customer's name,
            as in the register.
        a: Two numbers.
        b (int, optional): Two numbers.
        **more: Others.

    Returns:
        dict: not a parameter
    """
SPHINX = """Look a customer up.

    Reads the register only.

    :param str name: The customer's name,
        as in the register.
    :param a: Two numbers.
    :type a: int
    :param b: Two numbers.
    :param more: Others.
    :returns: name: not a parameter
    """


@pytest.mark.parametrize("text", [NUMPY, GOOGLE, SPHINX], ids=["numpy", "google", "sphinx"])
def test_reads_docstrings_of_every_style(text: str) -> None:
    found = parse(text)
    assert found.prose == "Look a customer up.\n\nReads the register only."
    numbers = "Two numbers."
    described = {"name": "The customer's name, as in the register.", "a": numbers, "b": numbers, "more": "Others."}
    assert found.parameters == described


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        (None, ""),
        ("", ""),
        ("Plain.", "Plain."),
        ("  Plain:\n\n    - indented: list\n", "Plain:\n\n- indented: list"),
    ],
)
def test_reads_plain_docstrings_as_prose(text: str | None, prose: str) -> None:
    assert parse(text) == (prose, {})


def test_a_docstring_describes_the_tool_and_its_parameters() -> None:
    def lookup(name: str, since: datetime.date | None = None) -> None:
        """Look a customer up.

        Args:
            name: The customer's name.
            since: Only later ones.
            gone: Not a parameter any more.
        """

    tool = tool_from_function(lookup)
    assert tool.description == "Look a customer up."
    assert tool.parameters["properties"] == {
        "name": TEXT | {"description": "The customer's name."},
        "since": TEXT | {"description": "Only later ones."},
    }


@given(st.text(st.sampled_from("a :-*()\n\tArgs:Parameters\n----\n:param x:"), max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_docstring_can_be_read(text: str) -> None:
    found = parse(text)
    assert all("\n" not in description for description in found.parameters.values())


# ---- definitions -----------------------------------------------------------------------------------------------------


def test_the_built_in_tools_are_in_the_subset_and_say_what_matters() -> None:
    for tool in (RUN_PYTHON, INSPECT):
        assert tool.function is None
        assert mfjs_faults(tool.parameters) == []
        assert normalise(tool.parameters) == tool.parameters
        Draft202012Validator.check_schema(tool.parameters)
        assert all(part["description"] for part in tool.parameters["properties"].values())
    assert (RUN_PYTHON.gated, INSPECT.gated) == (True, False)
    assert list(RUN_PYTHON.parameters["properties"]) == ["code", "purpose"]
    assert list(INSPECT.parameters["properties"]) == ["name", "by", "columns", "rows", "join"]
    assert estimate_tokens(json.dumps(INSPECT.definition())) < 300  # paid in each request
    for word in ("IPython kernel", "await", "stays", "approve", "magics", "shell", "Print", "cut"):
        assert word in RUN_PYTHON.description


def test_a_definition_is_the_wire_form_and_a_copy() -> None:
    tool = Tool("my_tool", "Does.", {"type": "object", "properties": {"a": {"type": "string", "title": "A"}}})
    wire = {
        "type": "function",
        "function": {
            "name": "my_tool",
            "description": "Does.",
            "parameters": {"type": "object", "properties": {"a": TEXT}},
        },
    }
    assert tool.definition() == wire
    tool.definition()["function"]["parameters"]["properties"].clear()
    assert tool.definition() == wire
    assert "description" not in Tool("my_tool", "", {}).definition()["function"]


def test_definitions_keep_their_bytes_and_their_order() -> None:
    def toolbox() -> Toolbox:
        return Toolbox([RUN_PYTHON, INSPECT, tool_from_function(one(Point), name="point")])

    first = toolbox()
    raw = json.dumps(first.definitions())
    assert json.dumps(toolbox().definitions()) == raw == json.dumps(first.definitions())
    first.add(tool_from_function(one(str), name="another"))
    assert json.dumps(first.definitions()).startswith(raw[:-1])
    assert first.names == ("run_python", "inspect", "point", "another")
    first.remove("inspect")
    assert first.names == ("run_python", "point", "another")
    assert first.get("inspect") is None
    assert first.get("point") is not None


def test_definitions_are_the_same_in_every_process() -> None:
    script = (
        "import json; from kimi_jupyter.agent.tools import *; from typing import *\n"
        "def many(a: set[str], b: Literal['x', 'y'], c: dict[str, int], d: frozenset[int] | None = None): 'Doc.'\n"
        "print(json.dumps(Toolbox([RUN_PYTHON, INSPECT, tool_from_function(many)]).definitions()))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_importing_it_loads_neither_jsonschema_nor_a_data_library() -> None:
    script = (
        "import sys; import kimi_jupyter.agent.tools; "
        "print(sorted({'jsonschema', 'pandas', 'polars', 'httpx', 'IPython', 'difflib'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_toolbox_refuses_what_a_server_would() -> None:
    toolbox = Toolbox([RUN_PYTHON])
    with pytest.raises(SettingsError, match="'run_python' already"):
        toolbox.add(RUN_PYTHON)
    with pytest.raises(SettingsError, match=r"no tool 'inspect'; there are run_python\."):
        toolbox.remove("inspect")
    for number in range(MAX_TOOLS - 1):
        toolbox.add(Tool(f"tool_{number}", "", {}))
    with pytest.raises(SettingsError, match="at most 128"):
        toolbox.add(Tool("one_more", "", {}))
    with pytest.raises(SettingsError, match="3 to 64"):
        Tool("a.b", "", {})
    with pytest.raises(SettingsError, match="type"):
        Tool("array", "", {"type": "array"})


# ---- calls -----------------------------------------------------------------------------------------------------------


def book(
    title: str,
    pages: int = 1,
    tags: list[str] | None = None,
    kind: Literal["novel", "essay"] = "novel",
    at: Point | Node | None = None,
    prices: dict[str, float] | None = None,
) -> None:
    """Keeps a book."""


BOX = Toolbox([RUN_PYTHON, INSPECT, tool_from_function(book)])


def rejected(name: str, arguments: Any) -> str:
    parsed = BOX.parse(name, arguments if isinstance(arguments, str) else json.dumps(arguments))
    assert isinstance(parsed, Rejected), parsed
    assert len(parsed.message) < 2000
    return parsed.message


def accepted(name: str, arguments: Any) -> dict[str, Any]:
    parsed = BOX.parse(name, arguments if isinstance(arguments, str) else json.dumps(arguments))
    assert isinstance(parsed, Accepted), parsed
    assert parsed.tool.name == name
    return parsed.arguments


def test_reads_a_call() -> None:
    assert accepted("run_python", {"code": "1 + 1", "purpose": "Adds."}) == {"code": "1 + 1", "purpose": "Adds."}
    assert accepted("run_python", {"code": "1"}) == {"code": "1"}
    assert accepted("run_python", '{"code": "a\nb\tc"}') == {"code": "a\nb\tc"}  # bare line ends, as models write them
    assert accepted("run_python", '{"code": "\\ud83d\\udc4d"}') == {"code": "👍"}
    assert accepted("book", {"title": "x", "tags": None, "pages": 3.0, "at": {"value": 1}}) == {
        "title": "x",
        "pages": 3.0,
        "at": {"value": 1},
    }


@pytest.mark.parametrize("nothing", ["", "  ", "\n\t", "{}"])
def test_nothing_means_no_arguments(nothing: str) -> None:
    assert Toolbox([Tool("list_all", "", {})]).parse("list_all", nothing) == Accepted(Tool("list_all", "", {}), {})
    assert "lacks 'code'" in rejected("run_python", nothing)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("run_pyhton", "Did you mean run_python?"),
        ("functions.run_python:0", "Did you mean run_python?"),
        ("functions.inspect", "Did you mean inspect?"),
        ("RUN_PYTHON", "There are: run_python, inspect, book."),
        ("set_auto_approve", "no tool 'set_auto_approve'"),
        ("", "no name"),
        (" \n", "no name"),
        ("x" * 100_000, "no tool"),
        ("\u202e\ud800", "\\u202e"),
    ],
)
def test_pro_18_an_unknown_tool_is_answered_with_those_there_are(name: str, words: str) -> None:
    message = rejected(name, "{}")
    assert words in message
    assert "run_python, inspect, book" in message
    assert len(message) < 400


def test_pro_18_the_list_of_many_tools_is_cut() -> None:
    toolbox = Toolbox(Tool(f"tool_{number}_{'x' * 50}", "", {}) for number in range(MAX_TOOLS))
    parsed = toolbox.parse("nope", "{}")
    assert isinstance(parsed, Rejected)
    assert "and 108 more" in parsed.message
    assert len(parsed.message) < 2000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('{"code": "x}', "not valid JSON: Unterminated string"),
        ('{"code": "x",}', "not valid JSON"),
        ("{'code': 'x'}", "at character 1"),
        ('{"code": "x"} trailing', "Extra data at character 14"),
        ("{", "not valid JSON"),
        ("\ufeff{}", "BOM"),
        ('{"code": "\\x41"}', "Invalid \\\\escape"),
        ('{"code": NaN}', "NaN is not JSON"),
        ('{"code": -Infinity}', "-Infinity is not JSON"),
        ('{"code": 1e999}', "too large"),
        ('{"code": ' + "9" * 5000 + "}", "too many digits"),
        ('{"code": "a", "code": "b"}', "same key twice"),
        ('{"code": "\\ud800"}', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ('"x"', "not text"),
        ("3", "not a number"),
        ('{"code": ' + "[" * 10_000 + "]" * 10_000 + "}", "at most 64 levels"),
        ("[" * 100_000, "at most 64 levels"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "at most 64 levels"),
        ('{"code": ' + "[" * 64 + "]" * 64 + "}", "at most 64 levels"),
        ('{"code": "' + "x" * 2_000_000 + '"}', "too long"),
        ('{"code": "' + "é" * 600_000 + '"}', "too long: 1,200,012 bytes, at most 1,048,576"),
    ],
)
def test_pro_17_unreadable_arguments_are_told_what_is_wrong(arguments: str, words: str) -> None:
    message = rejected("run_python", arguments)
    assert words.replace("\\\\", "\\") in message
    assert "run_python takes: code (text, required), purpose (text)." in message
    assert len(message) < 400


def test_pro_17_sixty_four_levels_are_read() -> None:
    assert "code must be text" in rejected("run_python", '{"code": ' + "[" * 63 + "1" + "]" * 63 + "}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "The object of arguments lacks 'title'."),
        ({"title": 3}, "title must be text, not a number 3."),
        ({"title": None}, "title must be text, not null."),
        ({"title": "x", "pages": "three"}, "pages must be a whole number, not text 'three'."),
        ({"title": "x", "pages": True}, "pages must be a whole number, not true or false True."),
        ({"title": "x", "pages": 1.5}, "pages must be a whole number, not a number 1.5."),
        ({"title": "x", "tags": "a"}, "tags must be a list, not text 'a'."),
        ({"title": "x", "tags": ["a", 2]}, "tags[1] must be text, not a number 2."),
        ({"title": "x", "kind": "poem"}, """kind must be one of ["novel", "essay"], not text 'poem'."""),
        ({"title": "x", "color": 1}, "takes no 'color'; it takes title, pages, tags, kind, at, prices."),
        ({"title": "x", "at": 3}, "at must be an object, not a number 3."),
        ({"title": "x", "at": {"x": "a"}}, "at.x must be a number, not text 'a'."),
        ({"title": "x", "at": {"y": 1}}, "at lacks 'x'."),
        ({"title": "x", "prices": {"a": "b"}}, "prices.a must be a number, not text 'b'."),
        ({"title": 1, "pages": "a", "tags": 3}, "There is more."),
    ],
)
def test_invalid_arguments_are_told_where_what_and_what_is_wanted(arguments: Any, words: str) -> None:
    message = rejected("book", arguments)
    assert words in message
    assert message.endswith(
        'book takes: title (text, required), pages (a whole number), tags (a list), kind (one of ["novel", "essay"]), '
        "at (an object), prices (an object)."
    )


def test_limits_are_told() -> None:
    schema = {
        "type": "object",
        "properties": {
            "few": {"type": "array", "minItems": 1, "maxItems": 2},
            "short": {"type": "string", "maxLength": 3},
            "big": {"type": "number", "minimum": 10},
        },
    }
    toolbox = Toolbox([Tool("limits", "", schema)])
    for arguments, words in (
        ({"few": []}, "few must have at least 1 elements, and has 0."),
        ({"few": [1, 2, 3]}, "few must have at most 2 elements"),
        ({"short": "abcd"}, "short must have at most 3 characters, and has 4."),
        ({"big": 9}, "big must be at least 10 and is 9."),
    ):
        parsed = toolbox.parse("limits", json.dumps(arguments))
        assert isinstance(parsed, Rejected)
        assert words in parsed.message


def test_two_mistakes_of_one_kind_are_told_once() -> None:
    toolbox = Toolbox([tool_from_function(lambda first, second: 0, name="two_things")])
    parsed = toolbox.parse("two_things", "{}")
    assert isinstance(parsed, Rejected)
    assert parsed.message.count("lacks") == 1
    assert "lacks 'first', 'second'." in parsed.message


@pytest.mark.parametrize(
    "arguments",
    [
        {"title": ["§"] * 500},
        {"title": {"§" * 400: 1}},
        {"title": "a", "kind": "§" * 1000, "pages": "§" * 1000},
        {"title": "a", "tags": [["§" * 1000]] * 100},
        {"title": "a", "prices": {"§" * 1000: "§" * 1000, "§" * 999: "§" * 1000}},
        {"title": "a", "at": {"§" * 1000: 1}},
        {"title": "a", **{"§" * number: number for number in range(1, 400)}},
    ],
)
def test_no_message_echoes_more_than_200_characters(arguments: Any) -> None:
    message = rejected("book", arguments)
    assert message.count("\\xa7") + message.count("§") <= 200
    assert len(message) < 1000
    broken = rejected("book", json.dumps(arguments, ensure_ascii=False)[:-1])
    assert broken.count("\\xa7") + broken.count("§") <= 200
    assert len(broken) < 1000


def test_a_hundred_thousand_mistakes_take_no_longer_than_one() -> None:
    assert "tags[0] must be text" in rejected("book", {"title": "x", "tags": [0] * 100_000})


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["title", "x", "value", "k"]), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(["title", "pages", "tags", "kind", "at", "prices", "code", "name", "other"])
WRITTEN = st.dictionaries(FIELDS, JSON_VALUES, max_size=4).map(json.dumps)


@given(
    st.sampled_from(["run_python", "inspect", "book", "nothing"]), WRITTEN | st.text(max_size=30), st.integers(0, 99)
)
@settings(max_examples=400, deadline=None)
def test_whatever_is_written_is_accepted_and_valid_or_told(name: str, written: str, cut: int) -> None:
    for text in (written, written[:-1], written[: len(written) * cut // 100], written * 2):
        parsed = BOX.parse(name, text)
        if isinstance(parsed, Rejected):
            assert parsed.message
            assert len(parsed.message) < 2000
            parsed.message.encode()
        else:
            assert Draft202012Validator(parsed.tool.parameters).is_valid(parsed.arguments)
            json.dumps(parsed.arguments, allow_nan=False, ensure_ascii=False).encode()


@given(WILD, WILD, st.lists(JSON_VALUES, min_size=3, max_size=6))
@settings(max_examples=200, deadline=None)
def test_finds_the_same_values_valid_as_jsonschema(part: Any, shared: Any, values: list[Any]) -> None:
    try:
        schema = normalise({"properties": {"a": part, "b": shared}, "$defs": {"P": shared, "Q": part}})
    except SettingsError:
        return
    for value in values:
        arguments = {"a": value, "b": value}
        wrong = faults(arguments, schema)  # takes out nulls that stand for nothing
        assert (wrong == "") == Draft202012Validator(schema).is_valid(arguments), (schema, arguments, wrong)


def test_bytes_at_random_never_raise() -> None:
    dice = random.Random(17)
    letters = '{}[]":,\\ntrue0.e-+\ud800\x00é'
    for _ in range(3_000):
        text = "".join(dice.choices(letters, k=dice.randint(0, 40)))
        assert isinstance(BOX.parse("book", text), Accepted | Rejected)
