"""The routes beside the chat, the prefix cache, and the server's life."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from typing import Any

import pytest

from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer

from .client import ADD, REPLY, Client, Serve

LONG = "All work and no play makes Jack a dull boy.\n" * 60
MISSING = (404, "resource_not_found_error", "The requested resource was not found")


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


# ---- models, tokens, balance -----------------------------------------------------------------------------------------


def test_models_have_the_documented_fields(client: Client) -> None:
    body = client.get("/v1/models").body
    assert body["object"] == "list"
    assert body["data"][0] == {
        "id": "kimi-k2-thinking",
        "object": "model",
        "created": 1_762_387_200,
        "owned_by": "moonshot",
        "context_length": 262_144,
        "supports_image_in": False,
        "supports_video_in": False,
        "supports_reasoning": True,
    }
    assert {"kimi-k2-thinking-turbo", "kimi-k2.6", "kimi-k2.7-code", "kimi-k3"} <= {one["id"] for one in body["data"]}


def test_hi_is_eight_tokens_as_recorded(client: Client) -> None:
    path = "/v1/tokenizers/estimate-token-count"
    assert client.post(path, {"model": "kimi-k2-thinking", "messages": [user("Hi")]}).body == {
        "data": {"total_tokens": 8}
    }
    assert client.chat().body["usage"]["prompt_tokens"] == 8


def test_the_estimate_leaves_tools_out(client: Client) -> None:
    path = "/v1/tokenizers/estimate-token-count"
    body = {"model": "kimi-k2-thinking", "messages": [user("Hi")], "tools": [ADD]}
    assert client.post(path, body).body == {"data": {"total_tokens": 8}}
    assert client.chat(tools=[ADD]).body["usage"]["prompt_tokens"] > 30
    assert client.post(path, {"model": "kimi-k2-thinking", "messages": []}).status == 400
    assert client.post(path, {"model": "gpt-4", "messages": [user("Hi")]}).status == 404


def test_the_balance_falls_by_what_a_request_costs(serve: Serve) -> None:
    client = serve()
    before = client.get("/v1/users/me/balance").body
    assert (before["code"], before["scode"], before["status"]) == (0, "0x0", True)
    assert before["data"] == {"available_balance": 100.0, "voucher_balance": 100.0, "cash_balance": 0.0}
    usage = client.chat(messages=[user(LONG * 100)]).body["usage"]
    spent = 100.0 - client.get("/v1/users/me/balance").body["data"]["available_balance"]
    assert spent == pytest.approx((usage["prompt_tokens"] * 0.60 + usage["completion_tokens"] * 2.50) / 1e6, abs=1e-5)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/v1"), ("POST", "/v1/responses"), ("GET", "/v1/chat/completions"), ("PUT", "/v1/models")],
)
def test_anything_else_is_not_found(client: Client, method: str, path: str) -> None:
    assert client.request(method, path).error == MISSING


# ---- the prefix cache ------------------------------------------------------------------------------------------------


def cached(client: Client, *messages: dict[str, Any], **fields: Any) -> int:
    found: int = client.chat(messages=list(messages), **fields).body["usage"]["cached_tokens"]
    return found


def test_a_repeated_prefix_is_cached_in_multiples_of_64(serve: Serve) -> None:
    client = serve()
    assert cached(client, user(LONG)) == 0
    again = cached(client, user(LONG), {"role": "assistant", "content": "Yes."}, user("And now?"))
    assert again % 64 == 0
    assert 500 < again <= client.chat(messages=[user(LONG)]).body["usage"]["prompt_tokens"]


def test_short_prefixes_are_not_cached(serve: Serve) -> None:
    client = serve()
    assert [cached(client, user("Hi " * 50)) for _ in range(3)] == [0, 0, 0]


def test_only_the_common_beginning_is_cached(serve: Serve) -> None:
    client = serve()
    cached(client, user(LONG + LONG))
    part = cached(client, user(LONG + "another end " * 100))
    assert 256 < part < cached(client, user(LONG + LONG))
    assert cached(client, user("Different. " + LONG)) == 0


def test_caches_are_kept_by_prompt_cache_key(serve: Serve) -> None:
    client = serve()
    assert cached(client, user(LONG), prompt_cache_key="a") == 0
    assert cached(client, user(LONG), prompt_cache_key="b") == 0
    assert cached(client, user(LONG), prompt_cache_key="a") > 256


def test_tools_stand_first_in_the_prefix(serve: Serve) -> None:
    client = serve()
    cached(client, user(LONG))
    assert cached(client, user(LONG), tools=[ADD]) == 0


def test_reasoning_counts_only_after_the_last_plain_answer(client: Client) -> None:
    call = {"id": "add:0", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    thought = {"role": "assistant", "content": "", "reasoning_content": LONG, "tool_calls": [call]}
    loop = [user("Hi"), thought, {"role": "tool", "tool_call_id": "add:0", "content": "5"}]
    inside = client.chat(messages=loop).body["usage"]["prompt_tokens"]
    after = [*loop, {"role": "assistant", "content": "5", "reasoning_content": LONG}, user("Thanks")]
    assert inside > 500
    assert client.chat(messages=after).body["usage"]["prompt_tokens"] < 100
    assert client.chat(messages=after, model="kimi-k3").body["usage"]["prompt_tokens"] > 1_000


# ---- files and formulas ----------------------------------------------------------------------------------------------


def upload(client: Client, content: bytes, purpose: str = "file-extract") -> Any:
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n' + purpose.encode(),
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + content,
    ]
    body = b"\r\n".join([*parts, b"--x--\r\n"])
    return client.request("POST", "/v1/files", body, {"Content-Type": "multipart/form-data; boundary=x"})


def test_a_file_comes_lives_and_goes(serve: Serve) -> None:
    client = serve()
    made = upload(client, b"one").body
    assert (made["bytes"], made["purpose"], made["status"]) == (3, "file-extract", "ok")
    path = f"/v1/files/{made['id']}"
    assert client.get("/v1/files").body["data"] == [made] == [client.get(path).body]
    assert client.get(f"{path}/content").body["content"] == "one"
    assert client.request("DELETE", path).body == {"id": made["id"], "object": "file", "deleted": True}
    assert client.get(path).error == client.get(f"{path}/content").error == MISSING


@pytest.mark.parametrize(
    ("content", "purpose", "expected"),
    [
        (b"x", "batch", (400, "Invalid purpose: only 'file-extract' accepted")),
        (b"", "file-extract", (400, "File size is zero, please confirm and re-upload the file")),
        (b"\xff\xfe\xfd", "file-extract", (500, "Failed to extract file: invalid start byte")),
    ],
)
def test_uploads_are_refused_as_documented(
    client: Client, content: bytes, purpose: str, expected: tuple[int, str]
) -> None:
    status, _, message = upload(client, content, purpose).error
    assert (status, message) == expected


@pytest.mark.parametrize("path", ["/v1/files/..%2Fx", "/v1/files/%00", "/v1/files/" + "x" * 10_000])
def test_odd_file_ids_are_not_found(client: Client, path: str) -> None:
    assert client.get(path).error == MISSING


def test_a_formula_that_works_offline(client: Client) -> None:
    tool = client.get("/v1/formulas/moonshot/date:latest/tools").body["tools"][0]["function"]
    call = {"name": tool["name"], "arguments": '{"timezone": "UTC"}'}
    fiber = client.post("/v1/formulas/moonshot/date:latest/fibers", call).body
    assert (fiber["status"], fiber["formula"]) == ("succeeded", "moonshot/date:latest")
    assert json.loads(fiber["context"]["output"])["now"][:10] == time.strftime("%Y-%m-%d", time.gmtime())


def test_a_formulas_failure_is_a_failed_fiber(client: Client) -> None:
    path = "/v1/formulas/moonshot/base64:latest/fibers"
    good = client.post(path, {"name": "base64", "arguments": '{"operation": "decode", "data": "aGk="}'}).body
    assert good["context"]["output"] == "hi"
    bad = client.post(path, {"name": "base64", "arguments": '{"operation": "decode", "data": "???"}'}).body
    assert (bad["status"], "data is no base64" in bad["error"]) == ("failed", True)
    assert client.post(path, {"name": "base64", "arguments": {}}).status == 400


def test_formulas_that_need_a_network_are_not_found(client: Client) -> None:
    assert client.get("/v1/formulas/moonshot/web-search:latest/tools").error == MISSING


# ---- the server's life -----------------------------------------------------------------------------------------------


def test_requests_are_kept_for_a_look(serve: Serve) -> None:
    client = serve()
    client.chat(temperature=1.0)
    client.chat(temperature=7)
    client.get("/v1/nothing")
    seen = client.server.requests
    assert [one.status for one in seen] == [200, 400, 404]
    assert (seen[0].method, seen[0].path) == ("POST", "/v1/chat/completions")
    assert seen[0].headers["authorization"] == f"Bearer {client.server.key}"
    assert seen[1].body["temperature"] == 7
    assert seen[2].body is None


def test_a_failing_analyst_is_a_server_error_and_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: dict[str, Any]) -> Reply:
        raise ZeroDivisionError("oops")

    with caplog.at_level(logging.ERROR):
        answer = serve(analyst=fail).chat()
    assert answer.error == (500, "server_error", "ZeroDivisionError: oops")
    assert caplog.records[0].exc_info is not None


def test_an_analyst_is_not_offered_tools_that_were_forbidden(serve: Serve) -> None:
    def count(body: dict[str, Any]) -> Reply:
        return Reply("", str(len(body["tools"])))

    client = serve(analyst=count)
    assert client.chat(tools=[ADD]).body["choices"][0]["message"]["content"] == "1"
    assert client.chat(tools=[ADD], tool_choice="none").body["choices"][0]["message"]["content"] == "0"


def test_it_stops_while_a_stream_runs(serve: Serve) -> None:
    with OfflineServer(analyst=lambda _: REPLY, delay=30) as server:
        client = Client(server)
        asking = threading.Thread(target=client.stream)
        asking.start()
        while not server.requests:
            time.sleep(0.01)
        start = time.monotonic()
    asking.join(5)
    assert not asking.is_alive()
    assert time.monotonic() - start < 3


def test_a_client_that_goes_away_harms_nobody(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(Reply("", "word " * 20_000))
    body = json.dumps({"model": "kimi-k2-thinking", "stream": True, "messages": [user("Hi")]})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {client.server.key}\r\n"
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=5) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert connection.recv(100)
    assert client.chat().status == 200
    assert caplog.records == []


def test_it_starts_again_at_the_same_address() -> None:
    server = OfflineServer(analyst=lambda _: REPLY)
    with pytest.raises(RuntimeError, match="no address before start"):
        _ = server.base_url
    server.start()
    server.start()
    address = server.base_url
    server.stop()
    server.stop()
    server.start()
    assert server.base_url == address
    assert Client(server).chat().status == 200
    server.stop()


def test_a_taken_port_is_the_callers_error(serve: Serve) -> None:
    with pytest.raises(OSError, match="in use"):
        OfflineServer(serve().server.port).start()


def test_an_unknown_dialect_is_named() -> None:
    with pytest.raises(ValueError, match="'klingon' is no dialect; there are moonshot, moonshot-k3, openrouter"):
        OfflineServer(dialect="klingon")


def test_many_clients_at_once(serve: Serve) -> None:
    client = serve(delay=0.001)
    texts: list[str] = []

    def ask() -> None:
        texts.append(client.stream().joined("content"))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [REPLY.text] * 20
