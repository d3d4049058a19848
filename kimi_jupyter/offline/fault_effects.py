"""What the faults do to a reply and to its chunks (protocol §3.6). Imports ``faults``, ``draft`` and values.

Faults that need a tool call make one up of the first tool offered when the reply has none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from .draft import Draft, DraftCall
from .faults import CHUNK_FAULTS, DRAFT_FAULTS, Fault

__all__ = ["affect_chunks", "affect_draft", "sample_call"]

Chunk = dict[str, Any]
_TWO_CALLS = ("indexless", "out_of_order_index", "interleaved_calls", "dup_ids")
_ONE_CALL = ("finish_stop_with_tools", "empty_args", "bad_json_args", "nameless_call", "string_index", "loop")
_SAMPLES: Mapping[str, Any] = {"string": "1", "integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}


def sample_call(tools: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """A call that the tools allow: the first tool with the simplest arguments; without tools ``run_cell(code="1")``."""
    functions = [tool["function"] for tool in tools if tool.get("type") == "function"]
    if not functions:
        return "run_cell", {"code": "1"}
    schema = functions[0].get("parameters") or {}
    properties = schema.get("properties") or {}
    wanted = schema.get("required") or list(properties)
    return functions[0]["name"], {name: _SAMPLES.get(str(properties[name].get("type")), "1") for name in wanted}


# ---- the reply -------------------------------------------------------------------------------------------------------


def affect_draft(
    draft: Draft, faults: Iterable[Fault], tools: Sequence[Mapping[str, Any]], new_id: Callable[[str, int], str]
) -> Draft:
    """The draft with what the faults make of it.

    Parameters
    ----------
    draft
        What would be sent.
    faults
        Of any stage; those of others are left alone.
    tools
        The request's tools.
    new_id
        Gives the id of a call that is made up, by its name and its place in the message.
    """
    for fault in faults:
        calls = draft.calls
        wanted = 2 if fault.kind in _TWO_CALLS else fault.kind in _ONE_CALL or fault.kind.startswith("leak_section")
        while len(calls) < wanted:
            name, arguments = sample_call(tools)
            text = json.dumps(arguments, ensure_ascii=False)
            calls = (*calls, DraftCall(new_id(name, len(calls)), name, text))
        if calls is not draft.calls:
            draft = replace(draft, calls=calls, finish="tool_calls")
        if fault.kind in DRAFT_FAULTS:
            draft = _ON_DRAFTS[fault.kind](draft, fault)
    return draft


def _section(draft: Draft, fault: Fault) -> str:
    """The calls as the model writes them (protocol §8.4), with the singular marker some servers leak."""
    word = "call" if fault.form == "singular" else "calls"
    calls = "".join(
        f"<|tool_call_begin|>functions.{call.name}:{place}<|tool_call_argument_begin|>{call.arguments}<|tool_call_end|>"
        for place, call in enumerate(draft.calls)
    )
    return f"<|tool_{word}_section_begin|>{calls}<|tool_{word}_section_end|>"


def _leak_in_content(draft: Draft, fault: Fault) -> Draft:
    return replace(draft, text=draft.text + _section(draft, fault), calls=(), finish="stop")


def _leak_in_reasoning(draft: Draft, fault: Fault) -> Draft:
    return Draft((draft.reasoning or "") + _section(draft, fault), "", (), "stop")


def _stop_without_tools(draft: Draft, _: Fault) -> Draft:
    name = draft.calls[0].name if draft.calls else "a tool"
    return Draft(f"{draft.reasoning or ''} I will call {name} now.".lstrip(), "", (), "stop")


def _bad_json(draft: Draft, fault: Fault) -> Draft:
    def spoil(call: DraftCall) -> DraftCall:
        if fault.form == "truncated":
            return replace(call, arguments=call.arguments[:-2])
        broken = call.arguments.replace("\\n", "\n")
        if broken == call.arguments:  # nothing to break: end the last string with a line break
            head, quote, tail = broken.rpartition('"')
            broken = f"{head}\n{quote}{tail}"
        return replace(call, arguments=broken)

    return replace(draft, calls=tuple(spoil(call) for call in draft.calls))


def _repeat_ids(draft: Draft, fault: Fault) -> Draft:
    first = draft.calls[0]
    if fault.form == "restart":
        again = [replace(call, id=f"functions.{call.name}:{place}") for place, call in enumerate(draft.calls)]
        return replace(draft, calls=tuple(again))
    return replace(draft, calls=tuple(replace(call, id=first.id) for call in draft.calls))


def _each_call(**changes: Any) -> Callable[[Draft, Fault], Draft]:
    return lambda draft, _: replace(draft, calls=tuple(replace(call, **changes) for call in draft.calls))


def _think_in_content(draft: Draft, _: Fault) -> Draft:
    return replace(draft, reasoning=None, text=f"<think>{draft.reasoning or ''}</think>{draft.text}")


_ON_DRAFTS: dict[str, Callable[[Draft, Fault], Draft]] = {
    "leak_section_in_content": _leak_in_content,
    "leak_section_in_reasoning": _leak_in_reasoning,
    "leak_end_tokens": lambda draft, _: replace(draft, text=f"{draft.text}<|tool_calls_section_end|><|im_end|>"),
    "leak_think_tag": lambda draft, _: replace(draft, reasoning=None, text=f" <think> {draft.text}"),
    "think_in_content": _think_in_content,
    "finish_stop_with_tools": lambda draft, _: replace(draft, finish="stop"),
    "stop_without_tools": _stop_without_tools,
    "empty_choice": lambda draft, _: Draft(draft.reasoning or "Let me think.", "", (), "length"),
    "empty_args": _each_call(arguments=""),
    "bad_json_args": _bad_json,
    "dup_ids": _repeat_ids,
    "nameless_call": _each_call(name=""),
    "loop": lambda draft, _: replace(draft, calls=draft.calls[:1], finish="tool_calls"),
}


# ---- its chunks ------------------------------------------------------------------------------------------------------


def affect_chunks(chunks: Iterable[Chunk], faults: Iterable[Fault], usage: Mapping[str, Any]) -> list[Chunk]:
    """The chunks of a stream with what the faults make of them; ``usage`` is the body for those that place it."""
    changed = list(chunks)
    for fault in faults:
        if fault.kind in CHUNK_FAULTS:
            changed = _ON_CHUNKS[fault.kind](changed, fault, usage)
    return changed


def _choice(chunk: Chunk) -> Chunk:
    """A chunk's choice; of the usage chunk an empty one."""
    return chunk["choices"][0] if chunk["choices"] else {}


def _calls_in(chunk: Chunk) -> list[Chunk]:
    calls: list[Chunk] = _choice(chunk).get("delta", {}).get("tool_calls", [])
    return calls


def _collected(chunks: list[Chunk]) -> tuple[list[Chunk], list[Chunk], list[Chunk]]:
    """Chunks before the calls, the calls whole, and the chunks after them."""
    calls: dict[int, Chunk] = {}
    before: list[Chunk] = []
    after: list[Chunk] = []
    for chunk in chunks:
        deltas = _calls_in(chunk)
        if not deltas:
            (after if calls else before).append(chunk)
        for delta in deltas:
            whole = calls.setdefault(delta["index"], {**delta, "function": {**delta["function"], "arguments": ""}})
            whole["function"]["arguments"] += delta["function"].get("arguments", "")
    return before, list(calls.values()), after


def _together(chunks: list[Chunk], arrange: Callable[[list[Chunk]], list[Chunk]]) -> list[Chunk]:
    """All calls whole, in one delta."""
    before, calls, after = _collected(chunks)
    choice = {"index": 0, "delta": {"tool_calls": arrange(calls)}, "finish_reason": None}
    return [*before, {**chunks[0], "choices": [choice]}, *after]


def _indexless(chunks: list[Chunk], _: Fault, __: Mapping[str, Any]) -> list[Chunk]:
    return _together(chunks, lambda calls: [{key: call[key] for key in call if key != "index"} for call in calls])


def _out_of_order(chunks: list[Chunk], _: Fault, __: Mapping[str, Any]) -> list[Chunk]:
    return _together(chunks, lambda calls: calls[::-1])


def _string_index(chunks: list[Chunk], _: Fault, __: Mapping[str, Any]) -> list[Chunk]:
    for chunk in chunks:
        for call in _calls_in(chunk):
            call["index"] = f"call-{call['index']}"
    return chunks


def _interleaved(chunks: list[Chunk], _: Fault, __: Mapping[str, Any]) -> list[Chunk]:
    """Fragments of the calls in turn: 0, 1, 0, 1 …"""
    with_calls = [place for place, chunk in enumerate(chunks) if _calls_in(chunk)]
    by_call: dict[int, list[Chunk]] = {}
    for place in with_calls:
        by_call.setdefault(_calls_in(chunks[place])[0]["index"], []).append(chunks[place])
    mixed = [chunk for row in zip_longest(*by_call.values()) for chunk in row if chunk is not None]
    return [*chunks[: with_calls[0]], *mixed, *chunks[with_calls[-1] + 1 :]]


def _placed_usage(
    place: Callable[[list[Chunk], Mapping[str, Any]], list[Chunk]],
) -> Callable[[list[Chunk], Fault, Mapping[str, Any]], list[Chunk]]:
    """Take usage away wherever the dialect has it, then put it where the fault wants it."""

    def effect(chunks: list[Chunk], _: Fault, usage: Mapping[str, Any]) -> list[Chunk]:
        bare = [
            {key: chunk[key] for key in chunk if key not in ("usage", "x_groq")} for chunk in chunks if chunk["choices"]
        ]
        for chunk in bare:
            _choice(chunk).pop("usage", None)
        return place(bare, usage)

    return effect


def _in_choice(chunks: list[Chunk], usage: Mapping[str, Any]) -> list[Chunk]:
    _choice(chunks[-1])["usage"] = usage
    return chunks


def _on_top(chunks: list[Chunk], usage: Mapping[str, Any]) -> list[Chunk]:
    choice = {"index": 0, "delta": {}, "finish_reason": None}
    return [*chunks, {**chunks[-1], "choices": [choice], "usage": usage}]


def _at_finish_twice(chunks: list[Chunk], usage: Mapping[str, Any]) -> list[Chunk]:
    finish = {**chunks[-1], "usage": usage}
    return [*chunks[:-1], finish, dict(finish)]


def _double_finish(chunks: list[Chunk], _: Fault, __: Mapping[str, Any]) -> list[Chunk]:
    return [again for chunk in chunks for again in [chunk] * (2 if _choice(chunk).get("finish_reason") else 1)]


def _id_switch(chunks: list[Chunk], _: Fault, __: Mapping[str, Any]) -> list[Chunk]:
    return [chunk if place == 0 else {**chunk, "id": f"gen-{chunk['id']}"} for place, chunk in enumerate(chunks)]


def _mid_stream_error(chunks: list[Chunk], fault: Fault, _: Mapping[str, Any]) -> list[Chunk]:
    """The error as an event; on OpenRouter it stands in a chunk that ends the choice (protocol §4.2)."""
    error: Chunk = {"message": fault.error().message, "type": fault.error().kind, "code": None}
    if fault.form == "bare":
        error = {"message": error["message"]}
    elif fault.form == "code":
        error["code"] = error["type"]
    sent = chunks[: fault.after if fault.after is not None else 3]
    event: Chunk = {"error": error}
    if sent and "provider" in sent[-1]:
        choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        event = {**sent[-1], "error": {"code": fault.status or 500, "message": error["message"]}, "choices": [choice]}
    return [*sent, event]


_ON_CHUNKS: dict[str, Callable[[list[Chunk], Fault, Mapping[str, Any]], list[Chunk]]] = {
    "indexless": _indexless,
    "string_index": _string_index,
    "out_of_order_index": _out_of_order,
    "interleaved_calls": _interleaved,
    "missing_usage": _placed_usage(lambda chunks, _: chunks),
    "choice_usage": _placed_usage(_in_choice),
    "top_usage": _placed_usage(_on_top),
    "finish_usage_twice": _placed_usage(_at_finish_twice),
    "double_finish": _double_finish,
    "id_switch": _id_switch,
    "mid_stream_error": _mid_stream_error,
}
