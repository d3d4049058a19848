"""SEC-01: asked with a foreign ``Host`` or ``Origin``, without the key, or from elsewhere, it refuses."""

from __future__ import annotations

import socket

import pytest

from kimi_jupyter.offline.server import OfflineServer

from .client import Client

CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.", "0.0.0.0", "user@127.0.0.1", ""]
)
def test_sec_01_a_foreign_host_is_refused(client: Client, host: str) -> None:
    refused = client.request("GET", "/v1/models", headers={"Host": host})
    assert refused.status in (400, 403)  # an empty Host is no HTTP
    assert b"kimi" not in refused.raw


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST:8080"])
def test_a_loopback_host_is_answered(client: Client, host: str) -> None:
    assert client.request("GET", "/v1/models", headers={"Host": host}).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", ""])
def test_sec_01_a_foreign_origin_is_refused(client: Client, origin: str) -> None:
    refused = client.request("POST", CHAT, b"{}", {"Origin": origin})
    assert refused.error[:2] == (403, "permission_denied_error")


def test_a_loopback_origin_is_answered_without_cors(client: Client) -> None:
    answer = client.request("GET", "/v1/models", headers={"Origin": "http://localhost:8888"})
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_preflights_are_not_answered(client: Client) -> None:
    headers = {"Origin": "http://localhost:8888", "Access-Control-Request-Method": "POST"}
    answer = client.request("OPTIONS", CHAT, headers=headers)
    assert answer.status == 404
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Basic c2s6", "sk-offline"])
def test_sec_01_no_key_is_refused_as_documented(client: Client, given: str) -> None:
    refused = client.request("POST", CHAT, b"{}", {"Authorization": given})
    assert refused.error == (401, "invalid_authentication_error", "Invalid Authentication")


@pytest.mark.parametrize("given", ["Bearer sk-wrong", "Bearer sk-offline-\xe9"])
def test_sec_01_a_wrong_key_is_refused_as_documented(client: Client, given: str) -> None:
    refused = client.request("POST", CHAT, b"{}", {"Authorization": given})
    assert refused.error == (401, "incorrect_api_key_error", "Incorrect API key provided")


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/models"), ("GET", "/v1/nothing"), ("GET", "/v1/files")])
def test_every_route_wants_the_key(client: Client, method: str, path: str) -> None:
    assert client.request(method, path, headers={"Authorization": "Bearer x"}).status == 401


def test_refusals_do_not_tell_the_key(client: Client) -> None:
    raw = client.request("POST", CHAT, b"{}", {"Authorization": "Bearer sk-wrong"}).raw
    assert client.server.key.encode() not in raw


def test_sec_01_it_listens_on_loopback_only(client: Client) -> None:
    outward = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with outward:
        outward.settimeout(2)
        # Linux routes all of 127/8 here, so a server bound to every address would answer on this one.
        with pytest.raises(OSError, match="refused"):
            outward.connect(("127.0.0.2", client.server.port))


def test_two_hosts_are_refused(client: Client) -> None:
    request = (
        f"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nAuthorization: Bearer {client.server.key}"
    )
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=5) as connection:
        connection.sendall(f"{request}\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(4096).split()[1] in (b"400", b"403")


def test_keys_are_random_and_refused_if_they_fit_no_header() -> None:
    assert OfflineServer().key != OfflineServer().key
    assert len(OfflineServer().key) > 40
    for key in ("", "a b", "schlüssel", "a\nb"):
        with pytest.raises(ValueError, match="printable ASCII"):
            OfflineServer(key=key)
