"""Every fault of the menu as it is on the wire (protocol §3.6)."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

from kimi_jupyter.offline.faults import CHUNK_FAULTS, DRAFT_FAULTS, HTTP_FAULTS, WIRE_FAULTS, Fault
from kimi_jupyter.offline.reply import Reply

from .client import ADD, REPLY, Response, Serve

RUN = {
    "type": "function",
    "function": {
        "name": "run_cell",
        "parameters": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
    },
}
TALK = Reply("I think.", "I say.")
SECTION = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.run_cell:0<|tool_call_argument_begin|>"
    '{"code": "1"}<|tool_call_end|><|tool_calls_section_end|>'
)


def faulty(serve: Serve, fault: Fault, reply: Reply = REPLY, **fields: Any) -> Response:
    return serve((reply, fault)).stream(**{"tools": [RUN], **fields})


def calls(answer: Response) -> list[dict[str, Any]]:
    return [call for delta in answer.deltas for call in delta.get("tool_calls", ())]


def arguments(answer: Response) -> str:
    return "".join(call["function"].get("arguments", "") for call in calls(answer))


# ---- said by the model -----------------------------------------------------------------------------------------------


def test_leak_section_in_content(serve: Serve) -> None:
    answer = faulty(serve, Fault("leak_section_in_content"), TALK)
    assert answer.joined("content") == "I say." + SECTION
    assert (calls(answer), answer.finishes) == ([], ["stop"])
    singular = faulty(serve, Fault("leak_section_in_content", form="singular"), TALK)
    assert singular.joined("content") == "I say." + SECTION.replace("tool_calls_section", "tool_call_section")


def test_leak_section_in_reasoning(serve: Serve) -> None:
    answer = faulty(serve, Fault("leak_section_in_reasoning"), TALK)
    assert answer.joined("reasoning_content") == "I think." + SECTION
    assert (answer.joined("content"), calls(answer), answer.finishes) == ("", [], ["stop"])


def test_leak_end_tokens(serve: Serve) -> None:
    answer = faulty(serve, Fault("leak_end_tokens"), TALK)
    assert answer.joined("content") == "I say.<|tool_calls_section_end|><|im_end|>"


def test_leak_think_tag(serve: Serve) -> None:
    answer = faulty(serve, Fault("leak_think_tag"), TALK)
    assert (answer.joined("content"), answer.joined("reasoning_content")) == (" <think> I say.", "")


def test_think_in_content(serve: Serve) -> None:
    answer = faulty(serve, Fault("think_in_content"), TALK)
    assert answer.joined("content") == "<think>I think.</think>I say."
    assert answer.joined("reasoning_content") == ""


def test_finish_stop_with_tools(serve: Serve) -> None:
    answer = faulty(serve, Fault("finish_stop_with_tools"))
    assert (arguments(answer), answer.finishes) == ('{"a": 2, "b": 3}', ["stop"])


def test_stop_without_tools(serve: Serve) -> None:
    answer = faulty(serve, Fault("stop_without_tools"))
    assert answer.joined("reasoning_content") == "I should add them. I will call add now."
    assert (answer.joined("content"), calls(answer), answer.finishes) == ("", [], ["stop"])


def test_empty_choice(serve: Serve) -> None:
    answer = faulty(serve, Fault("empty_choice"))
    assert answer.joined("reasoning_content") == REPLY.reasoning
    assert (answer.joined("content"), calls(answer), answer.finishes) == ("", [], ["length"])


def test_empty_args(serve: Serve) -> None:
    answer = faulty(serve, Fault("empty_args"))
    assert (len(calls(answer)), arguments(answer)) == (1, "")


def test_bad_json_args(serve: Serve) -> None:
    code = Reply("", "", (("run_cell", {"code": "a = 1\nb = 2"}),))
    broken = arguments(faulty(serve, Fault("bad_json_args"), code))
    assert broken == '{"code": "a = 1\nb = 2"}'
    assert json.loads(broken, strict=False) == {"code": "a = 1\nb = 2"}
    with pytest.raises(ValueError, match="control character"):
        json.loads(arguments(faulty(serve, Fault("bad_json_args"), TALK)))
    assert arguments(faulty(serve, Fault("bad_json_args", form="truncated"), code)) == '{"code": "a = 1\\nb = 2'


def test_dup_ids(serve: Serve) -> None:
    answer = faulty(serve, Fault("dup_ids"))
    opened = [call for call in calls(answer) if "id" in call]
    assert [call["id"] for call in opened] == ["add:0", "add:0"]
    assert [call["function"]["name"] for call in opened] == ["add", "run_cell"]
    assert [call["index"] for call in opened] == [0, 1]
    restarted = [call["id"] for call in calls(faulty(serve, Fault("dup_ids", form="restart"))) if "id" in call]
    assert restarted == ["functions.add:0", "functions.run_cell:1"]


def test_nameless_call(serve: Serve) -> None:
    first, *_ = calls(faulty(serve, Fault("nameless_call")))
    assert (first["id"], first["function"]["name"]) == ("add:0", "")


def test_loop_makes_the_same_call_for_ever(serve: Serve) -> None:
    client = serve(None, Fault("loop"))
    assert client.chat(tools=[RUN]).body["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "add"
    made = [client.chat(tools=[RUN]).body["choices"][0]["message"]["tool_calls"][0]["function"] for _ in range(5)]
    assert made == [{"name": "run_cell", "arguments": '{"code": "1"}'}] * 5


# ---- written by the server -------------------------------------------------------------------------------------------


def test_indexless(serve: Serve) -> None:
    first, second = calls(faulty(serve, Fault("indexless")))
    assert "index" not in first
    assert "index" not in second
    assert (first["function"]["arguments"], second["function"]["arguments"]) == ('{"a": 2, "b": 3}', '{"code": "1"}')


def test_string_index(serve: Serve) -> None:
    assert {call["index"] for call in calls(faulty(serve, Fault("string_index")))} == {"call-0"}


def test_out_of_order_index(serve: Serve) -> None:
    answer = faulty(serve, Fault("out_of_order_index"))
    assert [call["index"] for call in calls(answer)] == [1, 0]
    assert len([delta for delta in answer.deltas if "tool_calls" in delta]) == 1


def test_interleaved_calls(serve: Serve) -> None:
    made = calls(faulty(serve, Fault("interleaved_calls")))
    assert [call["index"] for call in made][:6] == [0, 1, 0, 1, 0, 1]
    texts = ["".join(call["function"]["arguments"] for call in made if call["index"] == index) for index in (0, 1)]
    assert texts == ['{"a": 2, "b": 3}', '{"code": "1"}']


@pytest.mark.parametrize(
    ("kind", "in_choice", "on_top"),
    [("missing_usage", 0, 0), ("choice_usage", 1, 0), ("top_usage", 0, 1), ("finish_usage_twice", 0, 2)],
)
def test_usage_in_the_wrong_place(serve: Serve, kind: str, in_choice: int, on_top: int) -> None:
    answer = faulty(serve, Fault(kind), stream_options={"include_usage": True})
    assert len([event for event in answer.events if "usage" in event]) == on_top
    assert len([event for event in answer.events if "usage" in event["choices"][0]]) == in_choice
    if kind == "top_usage":
        assert answer.events[-1]["choices"] == [{"index": 0, "delta": {}, "finish_reason": None}]


def test_double_finish(serve: Serve) -> None:
    assert faulty(serve, Fault("double_finish")).finishes == ["tool_calls", "tool_calls"]


def test_id_switch(serve: Serve) -> None:
    first, *rest = [event["id"] for event in faulty(serve, Fault("id_switch")).events]
    assert set(rest) == {f"gen-{first}"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ("", {"message": "Boom", "type": "server_error", "code": None}),
        ("code", {"message": "Boom", "type": "server_error", "code": "server_error"}),
        ("bare", {"message": "Boom"}),
    ],
)
def test_mid_stream_error(serve: Serve, form: str, error: dict[str, Any]) -> None:
    answer = faulty(serve, Fault("mid_stream_error", message="Boom", after=2, form=form))
    assert len(answer.events) == 3
    assert answer.events[2] == {"error": error}
    assert b"[DONE]" not in answer.raw


def test_mid_stream_error_of_openrouter(serve: Serve) -> None:
    fault = Fault("mid_stream_error", status=429, message="Rate limit exceeded")
    event = serve((REPLY, fault), dialect="openrouter").stream().events[-1]
    assert event["error"] == {"code": 429, "message": "Rate limit exceeded"}
    assert event["choices"][0]["finish_reason"] == "error"


# ---- instead of an answer --------------------------------------------------------------------------------------------


def test_http_error_has_the_documented_body(serve: Serve) -> None:
    answer = serve(Fault("http", status=429, retry_after=2)).stream()
    message = "The engine is currently overloaded, please try again later"
    assert answer.error == (429, "engine_overloaded_error", message)
    assert answer.headers["retry-after"] == "2"


def test_http_error_by_type(serve: Serve) -> None:
    client = serve(
        Fault("http", status=429, type="exceeded_current_quota_error"),
        Fault("http", status=429, type="rate_limit_reached_error"),
    )
    assert "insufficient balance" in client.chat().error[2]
    assert client.chat().error[2].endswith("please try again after 1 seconds")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
def test_http_errors_by_status(serve: Serve, status: int) -> None:
    found, kind, message = serve(Fault("http", status=status)).chat().error
    assert found == status
    assert kind
    assert message


@pytest.mark.parametrize("status", [502, 504])
def test_gateways_answer_with_a_page(serve: Serve, status: int) -> None:
    answer = serve(Fault("http", status=status)).chat()
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html")
    assert answer.raw.startswith(b"<html>")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(serve: Serve, status: int) -> None:
    fault = Fault("http", status=status, headers={"Location": "http://127.0.0.2/v1"}, body="")
    answer = serve(fault).chat()
    assert (answer.status, answer.headers["location"], answer.raw) == (status, "http://127.0.0.2/v1", b"")


def test_error_200(serve: Serve) -> None:
    status, kind, message = serve(Fault("error_200", message="No")).stream().error
    assert (status, kind, message) == (200, "server_error", "No")


def test_raw_sends_any_bytes(serve: Serve) -> None:
    body = b'\xef\xbb\xbfdata: {"choices":[]}\r\rdata: \xff\n\n'
    answer = serve(Fault("raw", body=body, headers={"X-Odd": "1"})).stream()
    assert (answer.status, answer.raw, answer.headers["x-odd"]) == (200, body, "1")
    assert answer.headers["content-type"] == "text/event-stream"
    page = Fault("raw", body="<html>", headers={"Content-Type": "text/html"})
    assert serve(page).stream().headers["content-type"] == "text/html"


def test_faults_on_other_routes(serve: Serve) -> None:
    client = serve()
    client.server.script([Fault("http", status=503)], path="/v1/models")
    assert client.get("/v1/models").status == 503
    assert client.get("/v1/models").status == 200


# ---- of the connection -----------------------------------------------------------------------------------------------


def test_truncate_no_finish_ends_cleanly(serve: Serve) -> None:
    answer = faulty(serve, Fault("truncate_no_finish", after=4))
    assert (len(answer.events), answer.finishes) == (4, [])
    assert answer.raw.endswith(b"\n\n")
    assert b"[DONE]" not in answer.raw


def test_no_done(serve: Serve) -> None:
    answer = faulty(serve, Fault("no_done"))
    assert answer.finishes == ["tool_calls"]
    assert b"[DONE]" not in answer.raw


def test_cut_leaves_the_chunked_body_unfinished(serve: Serve) -> None:
    answer = faulty(serve, Fault("cut", after=4))
    assert answer.raw.endswith(b"<cut>")
    assert answer.raw.count(b"data: ") == 4


@pytest.mark.parametrize("at", [0, 1, 7, 333])
def test_cut_at_a_byte(serve: Serve, at: int) -> None:
    whole = serve(REPLY).stream().raw
    cut = serve((REPLY, Fault("cut", at_byte=at))).stream().raw.removesuffix(b"<cut>")
    assert len(cut) == at
    assert cut[:40] == whole[:at][:40]


def test_rst_resets_the_connection(serve: Serve) -> None:
    client = serve((REPLY, Fault("rst", after=2)))
    body = json.dumps({"model": "kimi-k2-thinking", "stream": True, "messages": [{"role": "user", "content": "Hi"}]})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {client.server.key}\r\n"
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        with pytest.raises(ConnectionResetError):
            drain(connection)


def drain(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def test_eof_delimits_the_body(serve: Serve) -> None:
    answer = faulty(serve, Fault("eof"))
    assert answer.headers["connection"] == "close"
    assert "transfer-encoding" not in answer.headers
    assert answer.raw.endswith(b"data: [DONE]\n\n")
    assert len(faulty(serve, Fault("eof", after=2)).events) == 2


@pytest.mark.parametrize("fault", [Fault("split", size=1), Fault("split", size=0, seed=7)])
def test_split_gives_the_same_bytes(serve: Serve, fault: Fault) -> None:
    answer = faulty(serve, fault)
    assert (answer.joined("content"), arguments(answer)) == (REPLY.text, '{"a": 2, "b": 3}')


def test_crlf(serve: Serve) -> None:
    assert faulty(serve, Fault("crlf")).raw.endswith(b"\r\n\r\ndata: [DONE]\r\n\r\n")
    assert faulty(serve, Fault("crlf", form="cr")).raw.endswith(b"\r\rdata: [DONE]\r\r")


def test_delay_comes_before_the_head(serve: Serve) -> None:
    start = time.monotonic()
    assert serve(Fault("delay", seconds=0.2)).chat().status == 200
    assert time.monotonic() - start >= 0.2


def test_slow_first_byte_sends_comments_meanwhile(serve: Serve) -> None:
    answer = faulty(serve, Fault("slow_first_byte", seconds=0.2, every=0.05))
    assert answer.raw.startswith(b": keep-alive\n\n" * 3)
    assert answer.finishes == ["tool_calls"]


def test_stall_in_the_middle(serve: Serve) -> None:
    start = time.monotonic()
    answer = faulty(serve, Fault("stall", after=2, seconds=0.2))
    assert time.monotonic() - start >= 0.2
    assert answer.finishes == ["tool_calls"]


def test_pause_between_chunks(serve: Serve) -> None:
    client = serve(Reply("", "one two three"), delay=0.05)
    start = time.monotonic()
    client.stream()
    assert 0.15 <= time.monotonic() - start < 5


# ---- the script ------------------------------------------------------------------------------------------------------


def test_a_fault_strikes_its_request_only(serve: Serve) -> None:
    client = serve(None, Fault("http", status=500))
    assert [client.chat().status for _ in range(3)] == [200, 500, 200]


def test_script_at_run_time_counts_from_then(serve: Serve) -> None:
    client = serve()
    client.chat()
    client.server.script({1: (TALK, Fault("no_done"))})
    assert client.stream().joined("content") == REPLY.text
    second = client.stream()
    assert second.joined("content") == "I say."
    assert b"[DONE]" not in second.raw


def test_faults_combine(serve: Serve) -> None:
    answer = serve((TALK, Fault("id_switch"), Fault("missing_usage"), Fault("cut", after=3))).stream()
    assert answer.raw.endswith(b"<cut>")
    assert answer.events[1]["id"].startswith("gen-")


def test_requests_are_validated_before_a_reply_is_faked(serve: Serve) -> None:
    assert serve((TALK, Fault("no_done"))).stream(temperature=2).status == 400


def test_an_unknown_fault_is_named(serve: Serve) -> None:
    with pytest.raises(ValueError, match="'frob' is no fault; there are bad_json_args"):
        serve(Fault("frob"))


@pytest.mark.parametrize("dialect", ["moonshot", "moonshot-k3", "openrouter", "deepinfra", "groq", "avian"])
@pytest.mark.parametrize("kind", sorted(DRAFT_FAULTS | CHUNK_FAULTS))
def test_every_fault_goes_with_every_dialect(serve: Serve, kind: str, dialect: str) -> None:
    client = serve(Fault(kind), (TALK, Fault(kind)), Fault(kind), dialect=dialect)
    assert client.stream(tools=[ADD], stream_options={"include_usage": True}).events
    assert client.stream().events  # no tools, no calls in the reply
    assert client.chat().status == 200


def test_the_menu_holds_every_key_of_the_notes() -> None:
    keys = {
        *("leak_section_in_content", "leak_section_in_reasoning", "leak_end_tokens", "leak_think_tag"),
        *("think_in_content", "finish_stop_with_tools", "stop_without_tools", "empty_choice", "empty_args"),
        *("bad_json_args", "dup_ids", "indexless", "string_index", "out_of_order_index", "nameless_call"),
        *("missing_usage", "choice_usage", "top_usage", "finish_usage_twice", "double_finish", "id_switch"),
        *("truncate_no_finish", "mid_stream_error", "error_200", "loop", "slow_first_byte"),
    }
    assert keys <= DRAFT_FAULTS | CHUNK_FAULTS | HTTP_FAULTS | WIRE_FAULTS
