"""The official OpenAI SDK against the running endpoint, and the endpoint's own analyst behind it."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator

import openai
import pandas as pd
import pytest

from kimi_jupyter.offline.server import OfflineServer

from .client import ADD, REPLY, Client, Serve

MODEL = "kimi-k2-thinking"
RUN = {
    "type": "function",
    "function": {
        "name": "run_python",
        "description": "Run code in the user's kernel",
        "parameters": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
    },
}
TABLE = """<context>
# Values in memory
## df
pandas.DataFrame, 344 rows × 2 columns, 6 KB, index RangeIndex 0 … 343
- species (str): 3 distinct: "Adelie" 152, "Gentoo" 124, "Chinstrap" 68
- mass (float64): 0.6 % missing (2), ≈94 distinct, 2700 … 6300, e.g. 3750, 3800
</context>

How many rows are there?"""


@pytest.fixture(params=["moonshot", "openrouter", "vllm", "deepinfra", "groq"])
def spoken(request: pytest.FixtureRequest, serve: Serve) -> Iterator[openai.OpenAI]:
    yield from connected(serve(dialect=request.param))


@pytest.fixture
def sdk(serve: Serve) -> Iterator[openai.OpenAI]:
    yield from connected(serve())


def connected(client: Client) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=client.server.base_url, api_key=client.server.key, max_retries=0) as sdk:
        yield sdk


def test_streamed_reply_with_a_tool_call(spoken: openai.OpenAI) -> None:
    stream = spoken.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "2 + 3?"}], tools=[ADD], stream=True, temperature=1.0
    )
    text, arguments, finishes, names = "", "", [], []
    for chunk in stream:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for call in choice.delta.tool_calls or ():
                names += [call.function.name] if call.function.name else []
                arguments += call.function.arguments or ""
            finishes += [choice.finish_reason] if choice.finish_reason else []
    assert text.strip() == REPLY.text
    assert (names, json.loads(arguments)) == (["add"], {"a": 2, "b": 3})
    assert set(finishes) == {"tool_calls"}


def test_whole_reply_goes_back_as_history(spoken: openai.OpenAI) -> None:
    question = {"role": "user", "content": "2 + 3?"}
    first = spoken.chat.completions.create(model=MODEL, messages=[question], tools=[ADD])
    message = first.choices[0].message
    history = [
        question,
        message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "5"},
    ]
    second = spoken.chat.completions.create(model=MODEL, messages=history, tools=[ADD])
    assert second.choices[0].finish_reason == "tool_calls"
    assert second.usage.prompt_tokens > first.usage.prompt_tokens


def test_the_sdks_accumulating_stream_reads_calls_and_usage(sdk: openai.OpenAI) -> None:
    with sdk.chat.completions.stream(
        model=MODEL,
        messages=[{"role": "user", "content": "2 + 3?"}],
        tools=[ADD],
        stream_options={"include_usage": True},
    ) as stream:
        final = stream.get_final_completion()
    message = final.choices[0].message
    assert message.tool_calls[0].id == "add:0"
    assert message.tool_calls[0].function.arguments == '{"a": 2, "b": 3}'
    assert message.reasoning_content == REPLY.reasoning
    assert final.usage.total_tokens == final.usage.prompt_tokens + final.usage.completion_tokens


def test_several_choices(sdk: openai.OpenAI) -> None:
    answer = sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}], n=2)
    assert [choice.index for choice in answer.choices] == [0, 1]


def test_models_and_one_model(sdk: openai.OpenAI) -> None:
    assert MODEL in [model.id for model in sdk.models.list()]
    assert sdk.models.retrieve(MODEL).context_length == 262_144


def test_refusals_are_the_sdks_errors(sdk: openai.OpenAI) -> None:
    hi = [{"role": "user", "content": "Hi"}]
    with pytest.raises(openai.NotFoundError, match="Not found the model gpt-4 or Permission denied"):
        sdk.chat.completions.create(model="gpt-4", messages=hi)
    with pytest.raises(openai.BadRequestError, match="tool_choice 'required' is incompatible with thinking enabled"):
        sdk.chat.completions.create(model=MODEL, messages=hi, tools=[ADD], tool_choice="required")
    with pytest.raises(openai.AuthenticationError, match="Incorrect API key provided"):
        sdk.with_options(api_key="sk-wrong").chat.completions.create(model=MODEL, messages=hi)


def test_files_by_the_sdk(sdk: openai.OpenAI) -> None:
    stored = sdk.files.create(file=("notes.txt", b"one, two"), purpose="file-extract")  # type: ignore[arg-type]
    assert (stored.filename, stored.bytes) == ("notes.txt", 8)
    assert json.loads(sdk.files.content(stored.id).text)["content"] == "one, two"
    assert sdk.files.delete(stored.id).deleted
    with pytest.raises(openai.NotFoundError):
        sdk.files.retrieve(stored.id)


def test_the_packages_own_analyst_writes_code_and_reports_what_it_printed() -> None:
    frame = pd.DataFrame({"species": ["Adelie", "Gentoo"] * 600, "mass": range(1200)})
    with (
        OfflineServer() as server,
        openai.OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk,
    ):
        history = [{"role": "user", "content": TABLE}]
        message = sdk.chat.completions.create(model=MODEL, messages=history, tools=[RUN]).choices[0].message
        assert message.tool_calls[0].id == "run_python:0"
        while message.tool_calls and len(history) < 20:
            history.append(message.model_dump(exclude_none=True))
            for call in message.tool_calls:
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(json.loads(call.function.arguments)["code"], {"df": frame})
                history.append({"role": "tool", "tool_call_id": call.id, "content": printed.getvalue()})
            message = sdk.chat.completions.create(model=MODEL, messages=history, tools=[RUN]).choices[0].message
    assert "1,200" in message.content or "1200" in message.content
    assert "offline" in message.content
