"""What goes out and what comes in: protocol §2, §3.4."""

from __future__ import annotations

import asyncio
import json

import pytest

from kimi_jupyter.chat.assemble import Assembly
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.messages import Assistant, System, ToolCall, ToolResult, Usage, User
from kimi_jupyter.chat.wire import error_in, parse_chunk, reply_limit, request_body
from kimi_jupyter.errors import BadReply, SettingsError
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.served import SERVED
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.providers import MODELS, PROVIDERS, find_provider, model_at, thinking_fields
from kimi_jupyter.settings import Keys, Settings, resolve

THINKING = MODELS["kimi-k2-thinking"]
TOOL = {"type": "function", "function": {"name": "run_python", "parameters": {"type": "object", "properties": {}}}}
CALL = ToolCall("run_python:0", "run_python", '{"code": "1"}')


def body(*messages, tools=(TOOL,), model=THINKING):
    return request_body(messages, tools, model=model, model_id=model.id, max_tokens=32_768, cache_key="nb-1")


def test_request_is_what_k2_thinking_wants():
    sent = body(System("s"), User("q"))
    assert sent["temperature"] == 1.0
    assert sent["max_tokens"] == 32_768
    assert sent["stream"] is True
    assert sent["stream_options"] == {"include_usage": True}
    assert sent["prompt_cache_key"] == "nb-1"
    assert "tool_choice" not in sent
    assert "thinking" not in sent


def test_models_with_fixed_sampling_get_no_temperature():
    assert "temperature" not in body(User("q"), model=MODELS["kimi-k2.7-code"])


def test_reasoning_is_replayed_beside_tool_calls_byte_for_byte():
    sent = body(User("q"), Assistant("", " thinking\u2028…", (CALL,)), ToolResult("run_python:0", "run_python", "1"))
    assistant = sent["messages"][1]
    assert assistant["reasoning_content"] == " thinking\u2028…"
    assert assistant["content"] == ""
    assert assistant["tool_calls"][0]["function"]["arguments"] == '{"code": "1"}'
    assert sent["messages"][2] == {
        "role": "tool",
        "tool_call_id": "run_python:0",
        "name": "run_python",
        "content": "1",
    }


@pytest.mark.parametrize("reasoning", [None, ""])
def test_reasoning_key_is_never_missing_beside_tool_calls(reasoning):
    assert body(Assistant("", reasoning, (CALL,)))["messages"][0]["reasoning_content"] == ""


def test_reasoning_goes_back_under_the_name_it_came_with():
    details = ({"type": "reasoning.text", "text": "hm", "index": 0},)
    sent = body(Assistant("", "hm", (CALL,), "reasoning", details))["messages"][0]
    assert sent["reasoning"] == "hm"
    assert sent["reasoning_details"] == list(details)
    assert "reasoning_content" not in sent


def test_a_longer_history_has_the_same_bytes_first():
    first = json.dumps(body(System("s"), User("q"))["messages"])
    longer = json.dumps(body(System("s"), User("q"), Assistant("a"), User("q2"))["messages"])
    assert longer.startswith(first[:-1])


@pytest.mark.parametrize(
    ("wanted", "context", "prompt", "expected"),
    [(32_768, 262_144, 1_000, 32_768), (32_768, 262_144, 250_000, 11_120), (32_768, 4_096, 9_000, 1)],
)
def test_reply_limit_stays_within_the_window(wanted, context, prompt, expected):
    assert reply_limit(wanted, context=context, prompt=prompt) == expected


def test_a_reply_in_one_piece_is_asked_for_without_stream_options():
    sent = request_body(
        [User("q")], (), model=THINKING, model_id="m", max_tokens=1, cache_key="", switches={}, stream=False
    )
    assert sent["stream"] is False
    assert "stream_options" not in sent


def test_a_placeholder_stands_for_empty_reasoning_beside_calls_only():
    sent = request_body(
        [Assistant("", None, (CALL,)), Assistant("", "r", (CALL,), "reasoning"), Assistant("a", ""), Assistant("b")],
        (),
        model=THINKING,
        model_id="m",
        max_tokens=1,
        cache_key="",
        placeholder=".",
    )
    found = [message.get("reasoning_content", message.get("reasoning")) for message in sent["messages"]]
    assert found == [".", "r", "", None]
    assert {row.placeholder for row in PROVIDERS.values()} == {""}


def test_reasoning_of_earlier_turns_goes_along_as_it_was():
    first = [System("s"), User("q"), Assistant("", "thought", (CALL,)), ToolResult("run_python:0", "run_python", "1")]
    one = body(*first, Assistant("a", "more"))["messages"]
    two = body(*first, Assistant("a", "more"), User("q2"))["messages"]
    assert two[: len(one)] == one
    assert [m["reasoning_content"] for m in two if m["role"] == "assistant"] == ["thought", "more"]


# ---- how models are driven -------------------------------------------------------------------------------------------

WISHES = [(thinking, effort) for thinking in ("default", "on", "off") for effort in ("", "low", "high", "max")]
#: What goes out for each wish at Moonshot; a model's other wishes are refused.
SENT = {
    "kimi-k2-thinking": {("default", ""): {}, ("on", ""): {}},
    "kimi-k2-0905-preview": {("default", ""): {}, ("off", ""): {}},
    "kimi-k2.5": {
        ("default", ""): {},
        ("on", ""): {"thinking": {"type": "enabled"}},
        ("off", ""): {"thinking": {"type": "disabled"}},
    },
    "kimi-k2.6": {
        ("default", ""): {},
        ("on", ""): {"thinking": {"type": "enabled", "keep": "all"}},
        ("off", ""): {"thinking": {"type": "disabled"}},
    },
    "kimi-k2.7-code": {("default", ""): {}, ("on", ""): {}},
    "kimi-k3": {
        (thinking, effort): {"reasoning_effort": effort} if effort else {}
        for thinking in ("default", "on")
        for effort in ("", "low", "high", "max")
    },
}


@pytest.mark.parametrize("model", SENT)
@pytest.mark.parametrize(("thinking", "effort"), WISHES)
def test_a_wish_is_sent_in_the_models_own_way_or_refused_in_a_line(model, thinking, effort):
    moonshot = find_provider("moonshot")
    if (thinking, effort) in SENT[model]:
        assert thinking_fields(moonshot, MODELS[model], thinking, effort) == SENT[model][thinking, effort]
        return
    with pytest.raises(SettingsError, match=r"%config KimiMagics\.(thinking|effort)") as caught:
        thinking_fields(moonshot, MODELS[model], thinking, effort)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("provider", "sent"),
    [
        ("vllm", {"chat_template_kwargs": {"thinking": False}}),
        ("sglang", {"chat_template_kwargs": {"thinking": False}}),
        ("llama.cpp", {"chat_template_kwargs": {"thinking": False}}),
        ("openrouter", {"reasoning": {"enabled": False}}),
        ("custom", {"thinking": {"type": "disabled"}}),
    ],
)
def test_thinking_is_switched_off_in_the_endpoints_way(provider, sent):
    assert thinking_fields(find_provider(provider), MODELS["kimi-k2.6"], "off", "") == sent


def test_where_the_way_is_not_known_nothing_is_pretended():
    with pytest.raises(SettingsError, match="Novita"):
        thinking_fields(find_provider("novita"), MODELS["kimi-k2.6"], "off", "")
    unknown, _ = model_at(find_provider("custom"), "qwen3-235b")
    with pytest.raises(SettingsError, match="qwen3-235b"):
        thinking_fields(find_provider("custom"), unknown, "off", "")


def test_every_provider_and_model_takes_the_default():
    for provider in PROVIDERS.values():
        for model in MODELS.values():
            assert thinking_fields(provider, model, "default", "") == {}


def test_images_are_for_the_models_that_take_them():
    """From K2.5 on (protocol §2.1); what nobody here knows is taken to see nothing."""
    assert {name for name, model in MODELS.items() if not model.vision} == {
        "kimi-k2-thinking",
        "kimi-k2-thinking-turbo",
        "kimi-k2-0711-preview",
        "kimi-k2-0905-preview",
        "kimi-k2-turbo-preview",
        "kimi-for-coding",
        "kimi-for-coding-highspeed",
    }
    for spelling in ("moonshotai/Kimi-K2-Thinking", "k2-thinking", "someone/else"):
        assert not model_at(find_provider("custom"), spelling)[0].vision
    assert model_at(find_provider("openrouter"), "moonshotai/kimi-k2.6")[0].vision


# ---- over real HTTP, to the strict endpoint --------------------------------------------------------------------------

FIXED = {"temperature", "top_p", "n", "presence_penalty", "frequency_penalty"}


@pytest.fixture(scope="module")
def strict():
    with OfflineServer() as server:
        yield server


def endpoints(server, name):
    """Every endpoint that can be had for a model: each wish it takes, streamed or not."""
    for thinking, effort in WISHES:
        for stream in (True, False):
            settings = Settings(base_url=server.base_url, model=name, thinking=thinking, effort=effort, stream=stream)
            try:
                yield resolve(settings, Keys({"KIMI_JUPYTER_API_KEY": server.key}), offline=None)
            except SettingsError:
                continue


@pytest.mark.parametrize("name", SERVED)
def test_each_model_takes_all_that_is_sent_for_each_wish_with_and_without_tools(strict, name):
    before = len(strict.requests)
    found = list(endpoints(strict, name))
    assert len(found) == 2 * len(SENT.get(name, SENT["kimi-k2-thinking"]))
    for endpoint in found:
        asyncio.run(two_turns(strict, endpoint))
    asked = strict.requests[before:]
    assert [request.status for request in asked] == [200] * (len(found) * 4)
    for request in asked:
        sent = request.body
        assert not {"thinking", "reasoning_effort"} <= sent.keys()
        assert (sent.keys() & FIXED == {"temperature"}) == (MODELS[name].temperature is not None)
        assert sent.get("temperature") == MODELS[name].temperature


async def two_turns(strict, endpoint):
    """A turn with a call, a second turn with a call; the last request without tools."""
    call = Reply("I look.", "", (("run_python", {"code": "1"}),))
    strict.script([call, Reply("", "one"), call, Reply("Hm.", "two")])
    client, messages, calls = HttpClient(endpoint), [System("s")], 0
    try:
        for turn, tools in ((1, (TOOL,)), (2, (TOOL,))):
            messages.append(User(f"question {turn}"))
            while True:
                assembly = Assembly(first_call=calls)
                body = request_body(
                    messages,
                    () if turn == 2 and calls == 2 else tools,
                    model=endpoint.model,
                    model_id=endpoint.model_id,
                    max_tokens=32_768,
                    cache_key="c",
                    switches=endpoint.switches,
                    stream=endpoint.stream,
                )
                async for delta in client.stream(body):
                    assembly.feed(delta)
                message = assembly.reply().message
                messages.append(message)
                calls += len(message.calls)
                messages += [ToolResult(made.id, made.name, "1") for made in message.calls]
                if not message.calls:
                    break
    finally:
        await client.close()
    assert [message.text for message in messages if isinstance(message, Assistant)] == ["", "one", "", "two"]
    assert calls == 2


def test_thinking_that_is_kept_is_in_the_next_prompt(strict):
    """K2.6 with ``keep: all`` is sent its old reasoning and reads it: the strict endpoint counts it."""
    counted = {}
    for thinking in ("default", "on"):
        settings = Settings(base_url=strict.base_url, model="kimi-k2.6", thinking=thinking)
        endpoint = resolve(settings, Keys({"KIMI_JUPYTER_API_KEY": strict.key}), offline=None)
        messages = [User("q"), Assistant("a", "a long thought " * 100), User("q2")]
        counted[thinking] = asyncio.run(prompt_tokens(endpoint, messages))
    assert counted["on"] > counted["default"] + 200


async def prompt_tokens(endpoint, messages):
    assembly, client = Assembly(), HttpClient(endpoint)
    body = request_body(
        messages,
        (),
        model=endpoint.model,
        model_id=endpoint.model_id,
        max_tokens=1_000,
        cache_key="",
        switches=endpoint.switches,
    )
    try:
        async for delta in client.stream(body):
            assembly.feed(delta)
    finally:
        await client.close()
    return assembly.reply().usage.prompt


# ---- what comes in ---------------------------------------------------------------------------------------------------


def chunk(delta, **rest):
    return {"choices": [{"index": 0, "delta": delta, **rest}]}


@pytest.mark.parametrize(
    ("delta", "text", "field"),
    [
        ({"reasoning_content": "a"}, "a", "reasoning_content"),
        ({"reasoning": "a"}, "a", "reasoning"),
        ({"reasoning": "a", "reasoning_details": [{"type": "reasoning.text", "text": "a"}]}, "a", "reasoning"),
        ({"reasoning_content": "a", "reasoning": "a"}, "a", "reasoning_content"),
        ({"reasoning_details": [{"text": "a"}, {"text": "b"}]}, "ab", "reasoning"),
        ({"reasoning_content": ""}, "", "reasoning_content"),
        ({"reasoning": None, "content": "x"}, None, None),
    ],
)
def test_reasoning_is_read_from_one_field_only(delta, text, field):
    parsed = parse_chunk(chunk(delta))
    assert (parsed.reasoning, parsed.reasoning_field) == (text, field)


USAGE = {"prompt_tokens": 213, "completion_tokens": 99, "cached_tokens": 128}


@pytest.mark.parametrize(
    "payload",
    [
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": USAGE}]},
        {"choices": [], "usage": USAGE},
        {"choices": [{"index": 0, "delta": {}}], "usage": USAGE},
        {"choices": [], "x_groq": {"usage": USAGE}},
        {
            "choices": [],
            "usage": {"prompt_tokens": 213, "completion_tokens": 99, "prompt_tokens_details": {"cached_tokens": 128}},
        },
    ],
)
def test_usage_is_found_wherever_it_sits(payload):
    assert parse_chunk(payload).usage == Usage(prompt=213, completion=99, cached=128)


def test_bud_06_absurd_usage_is_clamped():
    usage = parse_chunk(
        {
            "choices": [],
            "usage": {
                "prompt_tokens": -5,
                "completion_tokens": 6000,
                "completion_tokens_details": {"reasoning_tokens": 6001},
                "cached_tokens": 1e12,
            },
        }
    ).usage
    assert usage == Usage(prompt=0, completion=6000, reasoning=6000, cached=0)


@pytest.mark.parametrize(
    "payload",
    [
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 1, "delta": {"content": "other choice"}}]},
        {"unknown": 1},
    ],
)
def test_pro_09_chunks_that_say_nothing_are_tolerated(payload):
    parsed = parse_chunk(payload)
    assert (parsed.text, parsed.reasoning, parsed.calls) == (None, None, ())


def test_a_reply_in_one_piece_reads_like_a_stream():
    parsed = parse_chunk(
        {
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": "",
                        "reasoning_content": "r",
                        "tool_calls": [{"index": 0, "id": "a:0", "function": {"name": "a", "arguments": "{}"}}],
                    },
                    "finish_reason": "tool_calls",
                }
            ]
        }
    )
    assert parsed.reasoning == "r"
    assert parsed.calls[0].name == "a"
    assert parsed.finish == "tool_calls"


@pytest.mark.parametrize("payload", [[], "text", 3, None])
def test_what_is_no_object_is_refused(payload):
    with pytest.raises(BadReply, match="base URL"):
        parse_chunk(payload)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"error": {"message": "m", "type": "t"}}, ("m", "t")),
        ({"error": {"message": "m", "code": 429}}, ("m", "429")),
        ({"error": "m"}, ("m", "")),
        ({"object": "error", "message": "m", "type": "t", "code": 400}, ("m", "t")),
        ({"choices": [{"index": 0, "error": {"message": "m", "code": 502}}]}, ("m", "502")),
        ({"choices": []}, None),
        ({"error": None, "choices": []}, None),
        ([], None),
    ],
)
def test_errors_are_known_in_all_their_forms(payload, expected):
    assert error_in(payload) == expected
