"""What leaves here as a tool's parameters is always taken by Moonshot's validator (protocol §2.2)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kimi_jupyter.chat.schema import check_name, normalise
from kimi_jupyter.errors import SettingsError

KEYWORDS = {
    "string": {"enum", "minLength", "maxLength", "default"},
    "number": {"enum", "minimum", "maximum", "default"},
    "integer": {"enum", "minimum", "maximum", "default"},
    "boolean": {"default"},
    "null": set(),
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required", "additionalProperties"},
}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}
RESERVED = {"$defs", "$ref", "anyOf", "required", "additionalProperties"}


def mfjs_faults(schema: Any, path: str = "", depth: int = 0) -> list[str]:
    """What Moonshot's validator would refuse, by the rules of protocol §2.2 at their strictest."""
    if not isinstance(schema, dict):
        return [f"{path}: must be an object"]
    if depth > 30:
        return [f"{path}: too deep"]
    if not path and schema.get("type") != "object":
        return ["root: must be of type object"]
    faults = [] if isinstance(schema.get("description", ""), str) else [f"{path}: description must be a string"]
    if "anyOf" in schema:
        return faults + anyof_faults(schema, path, depth)
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in KEYWORDS:
        return [*faults, f"{path}: type is not defined"]
    faults += [f"{path}: {key} is not allowed" for key in schema.keys() - KEYWORDS[kind] - {"type", "description"}]
    faults += value_faults(schema, kind, path) + range_faults(schema, path)
    if "items" in schema:
        faults += mfjs_faults(schema["items"], f"{path}.items", depth)
    return faults + object_faults(schema, path, depth)


def anyof_faults(schema: dict[str, Any], path: str, depth: int) -> list[str]:
    faults = [f"{path}: {key} is not allowed beside anyOf" for key in schema.keys() - {"anyOf", "description"}]
    if not isinstance(schema["anyOf"], list) or not 1 <= len(schema["anyOf"]) <= 500:
        return [*faults, f"{path}: anyOf must have branches"]
    for number, branch in enumerate(schema["anyOf"]):
        faults += mfjs_faults(branch, f"{path}.anyOf[{number}]", depth)
    return faults


def value_faults(schema: dict[str, Any], kind: str, path: str) -> list[str]:
    faults = []
    values = schema.get("enum")
    if values is not None and (not isinstance(values, list) or not values):
        return [f"{path}: enum must be a list of values"]
    for value in [*(values or []), *([schema["default"]] if "default" in schema else [])]:
        if not isinstance(value, PYTHON_TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            faults.append(f"{path}: {value!r} is no {kind}")
        if isinstance(value, int | float) and "e" in json.dumps(value).replace("true", "").replace("false", ""):
            faults.append(f"{path}: {value!r} has an exponent")
    return faults


def range_faults(schema: dict[str, Any], path: str) -> list[str]:
    faults = []
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        limits = [schema[key] for key in (low, high) if key in schema]
        if any(isinstance(limit, bool) or not isinstance(limit, int | float) for limit in limits):
            faults.append(f"{path}: {low} and {high} must be numbers")
        elif len(limits) == 2 and limits[0] > limits[1]:
            faults.append(f"{path}: {low} cannot be greater than {high}")
        whole = low != "minimum" or schema["type"] == "integer"
        faults += [f"{path}: {limit} must be whole" for limit in limits if whole and not isinstance(limit, int)]
        faults += [f"{path}: {low} must not be negative" for limit in limits if low != "minimum" and limit < 0]
    return faults


def object_faults(schema: dict[str, Any], path: str, depth: int) -> list[str]:
    properties = schema.get("properties", {})
    faults = [f"{path}.{name}: reserved name" for name in properties if name in RESERVED or not name]
    missing = set(schema.get("required", ())) - properties.keys()
    faults += [f"{path}: required property {name!r} is not defined" for name in missing]
    if len(set(schema.get("required", ()))) != len(schema.get("required", ())):
        faults.append(f"{path}: duplicate items in required")
    for name, part in properties.items():
        faults += mfjs_faults(part, f"{path}.properties.{name}", depth + 1)
    more = schema.get("additionalProperties", True)
    return faults if isinstance(more, bool) else faults + mfjs_faults(more, f"{path}.additionalProperties", depth)


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


NULL = {"type": "null"}
TEXT = {"type": "string"}
ANYTHING = {"anyOf": [{"type": kind} for kind in ("string", "number", "boolean", "object", "array")]}

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("empty", {}, {"type": "object", "properties": {}}),
    ("no_type_at_the_root", {"properties": {"a": TEXT}}, of(a=TEXT)),
    ("no_type", of(a={}), of(a=ANYTHING)),
    ("true", of(a=True), of(a=ANYTHING)),
    ("false", of(a=TEXT, b=False), of(a=TEXT)),
    ("type_inferred", of(a={"properties": {"b": TEXT}}), of(a=of(b=TEXT))),
    ("array_inferred", of(a={"items": TEXT}), of(a={"type": "array", "items": TEXT})),
    ("string_inferred", of(a={"maxLength": 3}), of(a={"type": "string", "maxLength": 3})),
    ("number_inferred", of(a={"minimum": 0}), of(a={"type": "number", "minimum": 0})),
    ("title", {**of(a={"type": "string", "title": "A"}), "title": "T"}, of(a=TEXT)),
    ("property_called_title", of(title={"type": "string", "title": "Title"}), of(title=TEXT)),
    ("format", of(a={"type": "string", "format": "date-time", "pattern": "^2"}), of(a=TEXT)),
    ("default_null", of(a={"type": "string", "default": None}), of(a=TEXT)),
    ("default_of_another_type", of(a={"type": "string", "default": 3}), of(a=TEXT)),
    ("default_list", of(a={"type": "array", "default": []}), of(a={"type": "array"})),
    ("default", of(a={"type": "integer", "default": 3}), of(a={"type": "integer", "default": 3})),
    ("true_is_no_integer", of(a={"type": "integer", "default": True}), of(a={"type": "integer"})),
    ("exclusive", of(a={"type": "number", "exclusiveMinimum": 0, "multipleOf": 2}), of(a={"type": "number"})),
    ("exponent", of(a={"type": "number", "minimum": 1e-9, "maximum": 5}), of(a={"type": "number", "maximum": 5})),
    ("half_integer", of(a={"type": "integer", "minimum": 0.5}), of(a={"type": "integer", "minimum": 1})),
    ("crossed", of(a={"type": "number", "minimum": 9, "maximum": 5}), of(a={"type": "number"})),
    ("negative_length", of(a={"type": "string", "minLength": -1, "maxLength": True}), of(a=TEXT)),
    ("negative_count", of(a={"type": "array", "minItems": -2, "maxItems": 2}), of(a={"type": "array", "maxItems": 2})),
    ("negative_number", of(a={"type": "number", "minimum": -2}), of(a={"type": "number", "minimum": -2})),
    ("enum_endless", of(a={"enum": list(range(1001))}), of(a=ANYTHING)),
    ("enum_unplain", of(a={"type": "number", "enum": [1e-9, 1]}), of(a={"type": "number"})),
    ("nested_array", of(a={"type": "array", "items": {}}), of(a={"type": "array"})),
    ("optional", of(a={"anyOf": [{"type": "integer"}, NULL], "default": None}), of(a={"type": "integer"})),
    (
        "optional_union",
        of(a={"anyOf": [TEXT, {"type": "integer"}, NULL]}),
        of(a={"anyOf": [TEXT, {"type": "integer"}]}),
    ),
    ("type_list", of(a={"type": ["string", "null"], "minLength": 1}), of(a={"type": "string", "minLength": 1})),
    (
        "optional_with_a_default",
        of(a={"anyOf": [{"type": "integer"}, NULL], "default": 3}),
        of(a={"anyOf": [{"type": "integer", "default": 3}, NULL]}),
    ),
    ("only_null", of(a=NULL), of(a=NULL)),
    (
        "required_optional",
        {**of(a={"type": ["string", "null"]}), "required": ["a"]},
        {**of(a={"anyOf": [TEXT, NULL]}), "required": ["a"]},
    ),
    (
        "type_beside_anyof",
        of(a={"type": "string", "description": "d", "anyOf": [{"enum": ["x"]}, {"maxLength": 2}]}),
        of(a={"anyOf": [{"type": "string", "enum": ["x"]}, {"type": "string", "maxLength": 2}], "description": "d"}),
    ),
    (
        "required_in_anyof",
        of(a={**of(b=TEXT, c=TEXT), "anyOf": [{"required": ["b"]}, {"required": ["c"]}]}),
        of(a={"anyOf": [{**of(b=TEXT, c=TEXT), "required": ["b"]}, {**of(b=TEXT, c=TEXT), "required": ["c"]}]}),
    ),
    ("anyof_in_anyof", of(a={"anyOf": [{"anyOf": [TEXT, TEXT]}, TEXT]}), of(a=TEXT)),
    ("oneof", of(a={"oneOf": [TEXT, {"type": "integer"}]}), of(a={"anyOf": [TEXT, {"type": "integer"}]})),
    ("allof", of(a={"allOf": [TEXT], "description": "d"}), of(a={"type": "string", "description": "d"})),
    ("allof_properties", of(a={"allOf": [of(b=TEXT), of(c=TEXT)]}), of(a=of(b=TEXT, c=TEXT))),
    (
        "default_beside_anyof",
        of(a={"anyOf": [TEXT, {"type": "integer"}], "default": 3}),
        of(a={"anyOf": [TEXT, {"type": "integer", "default": 3}]}),
    ),
    ("const", of(a={"const": "x"}), of(a={"type": "string", "enum": ["x"]})),
    ("enum", of(a={"enum": ["x", "y", "x"]}), of(a={"type": "string", "enum": ["x", "y"]})),
    ("enum_numbers", of(a={"enum": [1, 2.5]}), of(a={"type": "number", "enum": [1, 2.5]})),
    ("enum_null", of(a={"enum": ["x", None]}), of(a={"type": "string", "enum": ["x"]})),
    ("enum_bool", of(a={"enum": [True, False]}), of(a={"type": "boolean"})),
    ("enum_objects", of(a={"type": "object", "enum": [{}]}), of(a={"type": "object"})),
    ("enum_of_another_type", of(a={"type": "string", "enum": [1]}), of(a=TEXT)),
    (
        "enum_mixed",
        of(a={"enum": ["x", 1]}),
        of(a={"anyOf": [{"type": "string", "enum": ["x"]}, {"type": "integer", "enum": [1]}]}),
    ),
    (
        "tuple",
        of(a={"type": "array", "prefixItems": [TEXT, {"type": "integer"}], "minItems": 2, "maxItems": 2}),
        of(a={"type": "array", "items": {"anyOf": [TEXT, {"type": "integer"}]}, "minItems": 2, "maxItems": 2}),
    ),
    ("array_items", of(a={"type": "array", "items": [TEXT]}), of(a={"type": "array"})),
    (
        "array_items_closed",
        of(a={"type": "array", "items": [TEXT], "additionalItems": False}),
        of(a={"type": "array", "items": TEXT}),
    ),
    (
        "dictionary",
        of(a={"type": "object", "additionalProperties": {"type": "integer", "title": "I"}}),
        of(a={"type": "object", "additionalProperties": {"type": "integer"}}),
    ),
    ("any_more", of(a={"additionalProperties": {}}), of(a={"type": "object", "additionalProperties": True})),
    (
        "pattern_properties",
        of(a={"type": "object", "patternProperties": {"^x": TEXT}, "additionalProperties": False}),
        of(a={"type": "object"}),
    ),
    ("required_unknown", {**of(a=TEXT), "required": ["a", "b", "a"]}, {**of(a=TEXT), "required": ["a"]}),
    (
        "defs",
        {
            **of(a={"$ref": "#/$defs/P", "description": "mine"}),
            "$defs": {"P": {"type": "string", "description": "its"}},
        },
        of(a={"type": "string", "description": "mine"}),
    ),
    ("definitions", {**of(a={"$ref": "#/definitions/a~1b"}), "definitions": {"a/b": TEXT}}, of(a=TEXT)),
    ("ref_to_ref", {**of(a={"$ref": "#/$defs/P"}), "$defs": {"P": {"$ref": "#/$defs/Q"}, "Q": TEXT}}, of(a=TEXT)),
    ("ref_to_itself", {**of(a={"$ref": "#/$defs/P"}), "$defs": {"P": {"$ref": "#/$defs/P"}}}, of(a=ANYTHING)),
    ("ref_to_root", of(a={"$ref": "#"}), of(a={"type": "object"})),
    (
        "recursive",
        {
            "$ref": "#/$defs/Node",
            "$defs": {"Node": of(value=TEXT, next={"anyOf": [{"$ref": "#/$defs/Node"}, NULL], "description": "d"})},
        },
        of(value=TEXT, next={"type": "object", "description": "d"}),
    ),
    (
        "root_anyof",
        {
            "anyOf": [
                {**of(kind={"const": "a"}, x=TEXT), "required": ["kind", "x"]},
                {**of(kind={"const": "b"}), "required": ["kind"]},
            ],
            "description": "either",
        },
        {
            "type": "object",
            "description": "either",
            "properties": {
                "kind": {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b"]}]},
                "x": TEXT,
            },
            "required": ["kind"],
        },
    ),
    (
        "schema_and_id",
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "x", **of(a=TEXT)},
        of(a=TEXT),
    ),
]


@pytest.mark.parametrize(("given_schema", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_is_brought_into_the_subset(given_schema: dict[str, Any], wanted: dict[str, Any]) -> None:
    before = copy.deepcopy(given_schema)
    made = normalise(given_schema)
    assert made == wanted
    assert given_schema == before
    assert mfjs_faults(made) == []
    assert json.dumps(normalise(made)) == json.dumps(made)
    Draft202012Validator.check_schema(made)


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        ({"type": "array", "items": TEXT}, '"type": "object"'),
        ({"type": "str"}, "'str' is no type"),
        (of(a={"type": "int"}), "'int' is no type"),
        (of(a={"$ref": "#/$defs/Nowhere"}), "Nowhere"),
        (of(a={"$ref": "https://example.org/schema.json"}), "example.org"),
        (of(required=TEXT), "'required'"),
        (of(**{"": TEXT}), "''"),
        (["object"], "list"),
    ],
)
def test_says_in_one_line_what_cannot_be(schema: Any, word: str) -> None:
    with pytest.raises(SettingsError) as caught:
        normalise(schema)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("levels", [15, 40])
def test_stays_small_where_references_multiply(levels: int) -> None:
    defs: dict[str, Any] = {"D0": TEXT}
    for number in range(1, levels):
        below = {"$ref": f"#/$defs/D{number - 1}"}
        defs[f"D{number}"] = of(left=below, right=below)
    with pytest.raises(SettingsError, match="too large"):
        normalise({**of(a={"$ref": f"#/$defs/D{levels - 1}"}), "$defs": defs})


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "properties"])
def test_survives_endless_nesting(keyword: str) -> None:
    schema: dict[str, Any] = TEXT
    for _ in range(20_000):
        schema = {"properties": {"a": schema}} if keyword == "properties" else {keyword: [schema]}
    with pytest.raises(SettingsError, match="too deep"):
        normalise(of(a=schema))


def test_keeps_the_order_of_properties_and_fixes_that_of_keywords() -> None:
    one = of(z={"description": "d", "type": "string"}, a={"maximum": 2, "minimum": 1, "type": "integer"})
    other = {"properties": {"z": {"type": "string", "description": "d"}, "a": one["properties"]["a"]}, "type": "object"}
    assert json.dumps(normalise(one)) == json.dumps(normalise(other))
    assert list(normalise(one)["properties"]) == ["z", "a"]


def test_shares_nothing_with_its_input() -> None:
    schema = of(a={"type": "string", "enum": ["x"]}, b=of(c=TEXT))
    made = normalise(schema)
    made["properties"]["a"]["enum"].append("y")
    made["properties"]["b"]["properties"]["d"] = TEXT
    assert schema == of(a={"type": "string", "enum": ["x"]}, b=of(c=TEXT))


@pytest.mark.parametrize("name", ["run", "_ab", "run_python", "a-b", "A" * 64, "___"])
def test_takes_safe_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "ab", "A" * 65, "1ab", "-ab", "a.b", "a:b", "$web", "a b", "abé", "abc\n", "functions.x:0"]
)
def test_refuses_other_names(name: str) -> None:
    with pytest.raises(SettingsError, match="3 to 64"):
        check_name(name)


# ---- whatever comes --------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 9), st.sampled_from([0.5, 1e-7, 2**60]), st.sampled_from("ab")
)
JSON_VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("k"), inner))
NAMES = st.sampled_from(["a", "b", "title", "type", "items"])
REFS = st.sampled_from(["#", "#/$defs/P", "#/$defs/Q", "#/properties/a"])


def wild(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    parts = st.dictionaries(NAMES, inner, max_size=3)
    several = st.lists(inner, max_size=3)
    one_type = st.sampled_from(["string", "number", "integer", "boolean", "object", "array", "null"])
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "type": one_type | st.lists(one_type, max_size=3),
        "enum": st.lists(JSON_VALUES, max_size=4),
        "required": st.lists(NAMES, max_size=3) | st.booleans(),
        "properties": parts,
        "patternProperties": parts,
        "items": inner | several,
        "additionalProperties": inner,
        "$ref": REFS,
        **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems"), several),
        **dict.fromkeys(("const", "default", "description", "title", "format"), JSON_VALUES),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "minItems"), SCALARS),
    }
    return st.fixed_dictionaries({}, optional=keywords)


WILD = st.recursive(st.booleans() | st.just({}), wild, max_leaves=12)


@given(WILD, WILD, WILD)
@settings(max_examples=150, deadline=None)
def test_any_schema_becomes_a_valid_one_or_is_refused(a: Any, p: Any, q: Any) -> None:
    schema = {**of(a=a), "$defs": {"P": p, "Q": q}}
    before = copy.deepcopy(schema)
    try:
        made = normalise(schema)
    except SettingsError:
        return
    assert schema == before
    assert mfjs_faults(made) == []
    Draft202012Validator.check_schema(made)
    assert json.dumps(normalise(made)) == json.dumps(made)


def tame(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    optional = st.fixed_dictionaries
    text = optional({"type": st.just("string")}, optional={"minLength": st.integers(0, 1), "pattern": st.just("^a")})
    number = optional(
        {"type": st.sampled_from(["number", "integer"])},
        optional={"minimum": st.sampled_from([0, 0.5]), "exclusiveMaximum": st.just(5), "maximum": st.just(7)},
    )
    array = optional(
        {"type": st.just("array")},
        optional={
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "maxItems": st.integers(1, 2),
        },
    )
    thing = optional(
        {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2)},
        optional={"required": st.lists(st.sampled_from("ab"), max_size=2), "additionalProperties": inner},
    )
    listed = optional({"enum": st.lists(SCALARS, min_size=1, max_size=3)})
    some = optional({"anyOf": st.lists(inner, min_size=1, max_size=2)})
    both = optional({"allOf": st.lists(inner, min_size=1, max_size=2)})
    return st.one_of(text, number, array, thing, listed, some, both, st.just({"$ref": "#/$defs/P"}))


def without_null(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(without_null, value))
    if isinstance(value, dict):
        return all(map(without_null, value.values()))
    return value is not None


VALUES = st.recursive(
    st.booleans() | st.integers(-3, 9) | st.sampled_from([0.5, "", "a", "ab", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abk"), inner, max_size=3),
    max_leaves=5,
)
TAME = st.recursive(st.just({}), tame, max_leaves=8)


@given(TAME, TAME, st.lists(VALUES, min_size=5, max_size=10))
@settings(max_examples=200, deadline=None)
def test_what_the_original_takes_the_result_takes(a: Any, p: Any, values: list[Any]) -> None:
    if "$ref" in json.dumps(p):  # a reference to itself alone says nothing that can be checked
        p = {"type": "object", "properties": {"a": p}}
    schema = {**of(a=a), "$defs": {"P": p}}
    before, after = Draft202012Validator(schema), Draft202012Validator(normalise(schema))
    for value in filter(without_null, values):
        if before.is_valid({"a": value}):
            assert after.is_valid({"a": value}), (schema, normalise(schema), value)
