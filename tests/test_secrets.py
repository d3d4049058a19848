"""A canary key on every way an endpoint, an error or a log could show it: hazards KEY-06 to KEY-18, SEC-07."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import pickle
import traceback
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.gate import PolicyGate
from kimi_jupyter.agent.loop import Agent
from kimi_jupyter.agent.tools import RUN_PYTHON, Toolbox
from kimi_jupyter.chat.assemble import Assembly
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.events import event_to_dict
from kimi_jupyter.chat.messages import message_to_dict
from kimi_jupyter.chat.redacted import redacted
from kimi_jupyter.chat.wire import CallDelta, Delta
from kimi_jupyter.errors import EndpointError
from kimi_jupyter.settings import Keys, Secret, Settings, StreamRedactor, resolve
from tests.support.wires import Answer, Proxy, Server, sse

CANARY = "sk-canary/0123456789+abcdefghij?KLMNOP"
SECOND = "sk-canary-of-another-header-98765"
#: What of the canary must not be seen: any twelve characters of it in a row, as they are or encoded.
BODY = {"model": "m", "messages": [{"role": "user", "content": "q"}], "stream": True}


def shows(text, key=CANARY):
    """Whether a text shows the key: twelve of its characters, quoted or not, or sixteen of its base64."""
    text = str(text)
    parts = [form[at : at + 12] for form in (key, quote(key, safe="")) for at in range(len(form) - 11)]
    for padding in range(3):
        encoded = base64.b64encode(b"\0" * padding + key.encode()).decode().rstrip("=")[4:-2]
        for form in (encoded, encoded.replace("+", "-").replace("/", "_")):
            parts += [form[at : at + 16] for at in range(len(form) - 15)]
    return any(part in text for part in parts)


ECHOES = {
    "whole": CANARY,
    "middle starred": f"{CANARY[:14]}*****{CANARY[-10:]}",
    "beginning": CANARY[:15],
    "end": CANARY[-12:],
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "base64 of a header": base64.b64encode(f"Bearer {CANARY}".encode()).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(f"u:{CANARY}".encode()).decode(),
    "quoted for addresses": quote(CANARY, safe=""),
    "json in json": json.dumps(json.dumps({"key": CANARY})),
    "twice": f"{CANARY}{CANARY}",
}


def test_the_canary_would_be_seen():
    assert all(shows(echo) for name, echo in ECHOES.items() if name != "end")
    assert not shows("sk-canary [key] 0123")


def endpoint(server, **settings):
    keys = Keys({"KIMI_JUPYTER_API_KEY": CANARY})
    return resolve(Settings(base_url=server.base_url, **settings), keys, offline=None)


def ask(answer, **settings):
    """The error an answer leads to, or the deltas."""

    async def main(server):
        client = HttpClient(endpoint(server, **settings))
        try:
            return [delta async for delta in redacted(client.stream(BODY), endpoint(server, **settings).secrets)]
        finally:
            await client.close()

    with Server(answer) as server:
        return asyncio.run(main(server))


def failure(answer, **settings):
    with pytest.raises(EndpointError) as caught:
        ask(answer, **settings)
    return caught.value


def failures(answer):
    """The error for each echo, from one endpoint."""
    echoes, waiting = [], iter(ECHOES.values())

    async def main(server):
        client = HttpClient(endpoint(server))
        for name in ECHOES:
            with pytest.raises(EndpointError) as caught:
                [delta async for delta in client.stream(BODY)]
            echoes.append((name, caught.value))
        await client.close()

    # A 404 has the models asked for as well.
    with Server(lambda asked: Answer({}) if asked.method == "GET" else answer(next(waiting))) as server:
        asyncio.run(main(server))
    return dict(echoes)


def chain(error):
    """Everything an error and the errors behind it say of themselves."""
    told, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        told += [str(error), repr(error), repr(error.args), repr(vars(error))]
        told += traceback.format_exception(error)
        error = error.__cause__ or error.__context__
    return "\n".join(told)


# ---- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 503])
def test_key_16_a_refusal_that_echoes_the_key_does_not_show_it(status):
    def answer(echo):
        return Answer({"error": {"message": f"Wrong key: {echo}. Try again.", "type": echo, "code": echo}}, status)

    for name, error in failures(answer).items():
        assert not shows(chain(error)), name
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        lambda echo: Answer(f"<html><title>{echo}</title>{echo}".encode(), 502, {"Content-Type": "text/html"}),
        lambda echo: Answer(echo.encode(), 200, {"Content-Type": "text/html"}),
        lambda echo: Answer(b"", 200, {"Content-Type": f"text/{quote(echo, safe='%')}"}),
        lambda echo: Answer(f"{{{echo}".encode()),
        lambda echo: Answer({"error": {"message": echo, "type": echo}}),
        lambda echo: Answer({"error": echo}),
        lambda echo: Answer(b"", 307, {"Location": f"https://elsewhere.invalid/?key={quote(echo, safe='%')}"}),
        lambda echo: Answer(f"data: {{{echo}\n\n".encode(), 200, {"Content-Type": "text/event-stream"}),
        lambda echo: sse({"error": {"message": echo, "type": echo}}),
        lambda echo: sse({"choices": [{"index": 0, "error": {"message": echo}}]}),
        lambda echo: Answer(f"event: error\ndata: {echo}\n\n".encode(), 200, {"Content-Type": "text/event-stream"}),
    ],
    ids=["502", "page", "type", "json", "200", "text", "redirect", "event", "mid", "choice", "event error"],
)
def test_an_answer_that_is_not_of_the_protocol_does_not_show_it(answer):
    for name, error in failures(answer).items():
        assert not shows(chain(error)), name


def test_a_model_that_is_not_found_does_not_show_it():
    def answer(request):
        if request.target.endswith("/models"):
            return Answer({"data": [{"id": f"kimi-{CANARY}"}, {"id": "kimi-k2.6"}]})
        return Answer({"error": {"message": f"Not found the model {CANARY}", "type": CANARY}}, 404)

    error = failure(answer)
    assert not shows(chain(error))
    assert "kimi-k2.6" in str(error)


def test_headers_that_are_credentials_are_kept_as_well():
    answer = Answer({"error": {"message": f"no such key: {SECOND}, {CANARY}"}}, 401)
    error = failure(answer, extra_headers={"X-Api-Key": SECOND})
    assert not shows(chain(error))
    assert not shows(chain(error), SECOND)


# ---- redirects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_key_06_a_redirect_to_another_host_takes_nothing_along(status):
    with Server(sse()) as spy, Proxy({"localhost": spy.port}) as other:
        for target in (f"{spy.base_url}/chat/completions", other.address):
            failure(Answer(b"", status, {"Location": target}))
        assert spy.asked == other.asked == []


# ---- replies ---------------------------------------------------------------------------------------------------------


def streamed(pieces, field):
    """A reply whose text, reasoning or arguments come in pieces."""

    def delta(piece):
        match field:
            case "arguments":
                return {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
            case "reasoning_details":
                return {"reasoning_details": [{"type": "reasoning.text", "text": piece, "index": 0}]}
            case _:
                return {field: piece}

    chunks = [delta(piece) for piece in pieces]
    if field == "arguments":
        chunks[0]["tool_calls"][0] |= {"id": "run_python:0", "type": "function"}
        chunks[0]["tool_calls"][0]["function"]["name"] = "run_python"
    end = {"index": 0, "delta": {}, "finish_reason": "tool_calls" if field == "arguments" else "stop"}
    return sse(*({"choices": [{"index": 0, "delta": chunk}]} for chunk in chunks), {"choices": [end]})


def reply(deltas):
    assembly, shown = Assembly(), []
    for delta in deltas:
        shown += [event_to_dict(event) for event in assembly.feed(delta)]
    return assembly.reply(), shown


FIELDS = ["content", "reasoning_content", "reasoning", "reasoning_details", "arguments"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 11, 12, 13, 1000])
def test_key_16_a_key_split_over_deltas_reaches_neither_screen_nor_history(field, size):
    text = json.dumps({"code": f"key = {CANARY!r}  # done, s"}) if field == "arguments" else f"It is {CANARY}, says s"
    deltas = ask(streamed([text[at : at + size] for at in range(0, len(text), size)], field))
    whole, shown = reply(deltas)
    assert not shows(json.dumps([message_to_dict(whole.message), whole.raw_arguments, shown]))
    kept = json.dumps(message_to_dict(whole.message))
    assert "[key]" in kept
    assert "s\\" in kept if field == "arguments" else "says s" in kept  # what was held back came in the end


def test_a_reply_in_one_piece_is_no_exception():
    message = {
        "role": "assistant",
        "content": f"content {CANARY} s",
        "reasoning_content": f"reasoning {CANARY} s",
        "tool_calls": [
            {"index": 0, "id": f"id-{CANARY}", "function": {"name": f"n_{CANARY}", "arguments": f'{{"a": "{CANARY}"}}'}}
        ],
    }
    whole, shown = reply(ask(Answer({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})))
    assert not shows(json.dumps([message_to_dict(whole.message), whole.raw_arguments, shown]))
    assert [event["type"] for event in shown] == ["reasoning_delta", "text_delta", "call_drafted"]
    assert (whole.message.reasoning, whole.message.text) == ("reasoning [key] s", "content [key] s")


def test_several_calls_keep_their_own_arguments():
    half = len(CANARY) // 2
    pieces = [
        CallDelta(0, "a:0", "a", '{"x": "s'),
        CallDelta(1, "b:1", "b", f'{{"y": "{CANARY[:half]}'),
        CallDelta(1, None, None, f'{CANARY[half:]}"}}'),
        CallDelta(0, None, None, 'k-"}'),
    ]

    async def source():
        for piece in pieces:
            yield Delta(calls=(piece,))
        yield Delta(finish="tool_calls")

    async def main():
        return [delta async for delta in redacted(source(), [CANARY])]

    whole, _ = reply(asyncio.run(main()))
    assert [call.arguments for call in whole.message.calls] == ['{"x": "sk-"}', '{"y": "[key]"}']


def test_what_came_before_an_error_is_kept_whole():
    async def source():
        yield Delta(text="the answer is")
        raise EndpointError("broke off")

    async def main():
        stream = redacted(source(), [CANARY])
        came = [(await anext(stream)).text, (await anext(stream)).text]
        with pytest.raises(EndpointError, match="broke off"):
            await anext(stream)
        return came

    assert asyncio.run(main()) == ["the answer i", "s"]


class Python:
    """An executor that must not be asked."""

    place = ("nowhere", 0)


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
def test_a_whole_turn_shows_and_stores_no_key(field):
    stored = []

    async def main(server):
        found = endpoint(server)
        client = HttpClient(found)
        conversation = Conversation("c", on_append=stored.append)
        gate = PolicyGate("never", lambda _: None)
        agent = Agent(found, client, conversation, Toolbox([RUN_PYTHON]), gate, Python())
        try:
            return [event_to_dict(event) async for event in agent.run_turn("t", "q", "q")]
        finally:
            await client.close()

    answer = streamed(["Your key is ", CANARY[:9], CANARY[9:20], CANARY[20:], " indeed"], field)
    if field == "reasoning_content":
        said = {"choices": [{"index": 0, "delta": {"content": "done"}}]}
        body = f"data: {json.dumps(said)}\n\n".encode() + answer.body
        answer = Answer(body, 200, answer.headers)
    with Server(answer) as server:
        events = asyncio.run(main(server))
    assert events[-1]["reason"] == "complete"
    assert not shows(json.dumps(events))
    assert not shows(json.dumps([message_to_dict(message) for message in stored]))
    assert "[key]" in json.dumps(events)


# ---- the redactor by itself ------------------------------------------------------------------------------------------

KEY = "sk-aaab-aaab-0123456789-tail"


@given(st.data())
def test_a_text_without_secrets_comes_out_as_it_went_in_however_it_is_cut(data):
    alphabet = st.sampled_from("sk-ab0 \n[é")
    text = data.draw(st.text(alphabet, max_size=80).filter(lambda text: KEY[:12] not in text))
    assert cut_and_fed(data, text) == text


@given(st.data())
def test_a_secret_comes_out_of_any_text_however_it_is_cut(data):
    around = st.text(st.sampled_from("sk-ab0 \n"), max_size=20)
    before, after = data.draw(around), data.draw(around)
    text = cut_and_fed(data, f"{before}{KEY}{after}{KEY}")
    assert not shows(text, KEY)
    assert text.count("[key]") >= 1


def cut_and_fed(data, text):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    redactor, out = StreamRedactor([KEY]), []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        out.append(redactor.feed(text[start:end]))
        held = len(text[:end]) - sum(map(len, out))
        assert held < len(KEY) or "[key]" in "".join(out)
    return "".join(out) + redactor.flush()


def test_no_more_is_held_back_than_may_begin_a_secret():
    redactor = StreamRedactor([KEY])
    assert redactor.feed("The task ask") == "The task a"  # "sk" may begin it
    assert redactor.feed("s") == "sk"
    assert redactor.feed("k-aaab-aaa") == ""
    assert redactor.feed("!") == "sk-aaab-aaa!"
    assert not redactor.holding


def test_short_keys_are_whole_or_not_at_all():
    assert Secret("EMPTY").mask("EMPTY means EMPTY") == "EMPTY means EMPTY"
    assert Secret("0123456789").mask("a 0123456789 b 01234567") == "a [key] b 01234567"
    assert Secret("").mask("text") == "text"


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_a_mask_takes_every_form_out(echo):
    masked = Secret(CANARY).mask(f"before {echo} after")
    assert not shows(masked)
    assert masked.startswith("before ")
    assert masked.endswith(" after")


# ---- logs, reprs, pickles --------------------------------------------------------------------------------------------


def test_key_15_18_logs_at_their_loudest_hold_no_key(caplog):
    names = ("", "httpx", "httpcore", "kimi_jupyter", "asyncio")
    for name in names:
        caplog.set_level(logging.DEBUG, logger=name)
    ask(streamed(["hello"], "content"))
    failure(Answer({"error": {"message": f"no: {CANARY}"}}, 401))
    failure(Answer(b"", 307, {"Location": "https://elsewhere.invalid/"}))
    told = "\n".join(f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records)
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert not shows(told)


def test_key_13_reprs_and_pickles_hold_no_key():
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from kimi_jupyter.kernel.session import Session

    with Server(sse()) as server:
        settings = Settings(base_url=server.base_url, extra_headers={"X-Api-Key": SECOND}, store=False)
        shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
        session = Session(shell, settings, {"KIMI_JUPYTER_API_KEY": CANARY}, [])
        try:
            found = session.endpoint()
            things = [found, found.key, found.network, session.client(found), session, session.keys, settings]
            shown = [text for thing in things for text in (repr(thing), str(thing), f"{thing}")]
            shown += [repr(vars(thing)) for thing in things if hasattr(thing, "__dict__")]
            shown += [repr(session.client(found)._http)]
            shown += [repr(pickle.dumps(found.key)), Settings.class_get_help(settings)]
            assert session.client(session.endpoint()) is session.client(found)  # one key, one connection
        finally:
            session.close()
    assert [text for text in shown if shows(text) or shows(text, SECOND)] == []
