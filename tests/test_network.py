"""How endpoints are reached: proxies, authorities, headers, plain HTTP. Hazards NET-20, NET-26, KEY-04 to KEY-09."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import time

import pytest

from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.errors import EndpointError, Refused, SettingsError, Silent, Unreachable
from kimi_jupyter.settings import Keys, Settings, check_url, resolve
from tests.support.wires import TLS, Answer, Proxy, Server, sse

CANARY = "sk-canary-0123456789abcdefghij"
HELLO = sse({"choices": [{"index": 0, "delta": {"content": "hello"}, "finish_reason": "stop"}]})
BODY = {"model": "m", "messages": [{"role": "user", "content": "q"}], "stream": True}


def endpoint(base_url, environ=None, *, key=CANARY, **settings):
    environ = {**({"KIMI_JUPYTER_API_KEY": key} if key else {}), **(environ or {})}
    return resolve(Settings(base_url=base_url, **settings), Keys(environ), offline=None)


def ask(base_url, environ=None, **settings):
    """The text of a reply."""

    async def main():
        client = HttpClient(endpoint(base_url, environ, **settings))
        try:
            return "".join([delta.text or "" async for delta in client.stream(BODY)])
        finally:
            await client.close()

    return asyncio.run(main())


# ---- certificates ----------------------------------------------------------------------------------------------------


def test_a_private_authority_is_trusted_when_it_is_named():
    with Server(HELLO, "valid") as server:
        assert ask(server.base_url, ca_bundle=str(TLS / "authority.pem")) == "hello"
        assert server.asked[0].headers["authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_usual_variables_name_one(variable):
    with Server(HELLO, "valid") as server:
        assert ask(server.base_url, {variable: str(TLS / "authority.pem")}) == "hello"


def test_a_directory_of_hashed_certificates_names_one():
    hashed = str(TLS / "hashed")  # as `openssl rehash` names them
    with Server(HELLO, "valid") as server:
        assert ask(server.base_url, {"SSL_CERT_DIR": hashed}) == "hello"
        assert ask(server.base_url, ca_bundle=hashed) == "hello"


@pytest.mark.parametrize(
    ("certificate", "trusted", "words"),
    [
        ("valid", False, "issuer|self.signed"),
        ("expired", True, "expired"),
        ("elsewhere", True, "[Hh]ostname mismatch|not valid for"),
    ],
)
def test_net_20_key_09_a_certificate_that_is_not_right_is_told_apart_and_gets_no_key(certificate, trusted, words):
    with Server(HELLO, certificate) as server:
        with pytest.raises(Unreachable, match=words) as caught:
            ask(server.base_url, ca_bundle=str(TLS / "authority.pem") if trusted else "")
        assert server.asked == []
    assert "\n" not in str(caught.value)
    assert CANARY not in str(caught.value)
    assert not caught.value.passing
    assert ("ca_bundle" in str(caught.value)) == (not trusted)


@pytest.mark.parametrize(
    ("text", "words"), [(None, "does not exist"), ("no certificate", "holds no certificates"), ("", "holds no")]
)
def test_a_bundle_that_is_none_is_told_before_anything_is_sent(tmp_path, text, words):
    path = tmp_path / "bundle.pem"
    if text is not None:
        path.write_text(text)
    with Server(HELLO, "valid") as server:
        with pytest.raises(SettingsError, match=words) as caught:
            ask(server.base_url, ca_bundle=str(path))
        assert server.asked == []
    assert "ca_bundle" in str(caught.value)


def test_a_variable_that_names_nothing_is_named():
    with Server(HELLO, "valid") as server, pytest.raises(SettingsError, match="SSL_CERT_FILE"):
        ask(server.base_url, {"SSL_CERT_FILE": "/nowhere/ca.pem"})


# ---- proxies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_https_goes_through_the_proxy_and_the_proxy_sees_no_key(variable):
    with Server(HELLO, "valid") as server, Proxy({"models.test": server.port}) as proxy:
        environ = {variable: proxy.address, "SSL_CERT_FILE": str(TLS / "authority.pem")}
        assert ask("https://models.test/v1", environ) == "hello"
        assert [(seen.method, seen.target) for seen in proxy.asked] == [("CONNECT", "models.test:443")]
        assert CANARY not in repr(proxy.asked)
        assert server.asked[0].headers["authorization"] == f"Bearer {CANARY}"


def test_a_proxy_written_without_a_scheme_is_one_too():
    with Server(HELLO, "valid") as server, Proxy({"models.test": server.port}) as proxy:
        environ = {"HTTPS_PROXY": f"127.0.0.1:{proxy.port}", "SSL_CERT_FILE": str(TLS / "authority.pem")}
        assert ask("https://models.test/v1", environ) == "hello"


def test_a_proxy_with_a_password_gets_it_and_only_the_proxy_does():
    credentials = "Basic " + base64.b64encode(b"me:pass-word-of-mine").decode()
    with Server(HELLO, "valid") as server, Proxy({"models.test": server.port}, credentials) as proxy:
        environ = {
            "HTTPS_PROXY": f"http://me:pass-word-of-mine@127.0.0.1:{proxy.port}",
            "SSL_CERT_FILE": str(TLS / "authority.pem"),
        }
        assert ask("https://models.test/v1", environ) == "hello"
        assert "proxy-authorization" not in server.asked[0].headers
        found = endpoint("https://models.test/v1", environ)
        assert "pass-word-of-mine" not in repr(found)
        assert "pass-word-of-mine" in found.secrets


def test_net_20_a_proxy_that_refuses_is_named_and_nothing_is_shown_of_its_password():
    with Server(HELLO, "valid") as server, Proxy({"models.test": server.port}, "Basic other") as proxy:
        environ = {"HTTPS_PROXY": f"http://me:pass-word-of-mine@127.0.0.1:{proxy.port}"}
        with pytest.raises(Unreachable, match=r"proxy refused.*407") as caught:
            ask("https://models.test/v1", environ)
        assert server.asked == []
    assert "pass-word-of-mine" not in str(caught.value)


@pytest.mark.parametrize(
    ("no_proxy", "bypassed"),
    [
        ("models.test", True),
        (".models.test", True),
        ("test", True),
        ("other.test, models.test", True),
        ("models.test:443", True),
        ("models.test:8443", False),
        ("odels.test", False),
        ("*", True),
        ("*.test", True),
        ("", False),
        ("10.0.0.0/8", False),
    ],
)
def test_no_proxy_names_hosts_domains_and_ports(no_proxy, bypassed):
    environ = {"HTTPS_PROXY": "http://127.0.0.1:3128", "NO_PROXY": no_proxy}
    assert (endpoint("https://models.test/v1", environ).network.proxy == "") == bypassed


@pytest.mark.parametrize(
    ("no_proxy", "bypassed"), [("10.0.0.0/8", True), ("10.1.2.3", True), ("10.1.2.4", False), ("[fd00::/8]", False)]
)
def test_no_proxy_names_addresses_and_networks(no_proxy, bypassed):
    environ = {"HTTPS_PROXY": "http://127.0.0.1:3128", "no_proxy": no_proxy}
    assert (endpoint("https://10.1.2.3/v1", environ).network.proxy == "") == bypassed


def test_no_proxy_names_networks_of_ipv6():
    environ = {"HTTPS_PROXY": "http://127.0.0.1:3128", "NO_PROXY": "fd00::/8"}
    assert endpoint("https://[fd00::1]:8443/v1", environ).network.proxy == ""


def test_what_is_on_this_machine_is_never_asked_through_a_proxy():
    with Server(HELLO) as server, Proxy({"localhost": server.port}) as proxy:
        environ = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), proxy.address)
        assert ask(server.base_url, environ) == "hello"
        assert proxy.asked == []


def test_key_08_a_key_never_goes_through_a_proxy_in_the_clear():
    with Server(HELLO) as server, Proxy({"models.test": server.port}) as proxy:
        environ = {"HTTP_PROXY": proxy.address}
        with pytest.raises(SettingsError, match=r"in the clear.*NO_PROXY"):
            ask("http://models.test/v1", environ, allow_http=["models.test"])
        assert proxy.asked == server.asked == []
        assert ask("http://models.test/v1", environ, key="", allow_http=["models.test"]) == "hello"
        assert [seen.target for seen in proxy.asked] == ["http://models.test/v1/chat/completions"]


@pytest.mark.parametrize("proxy", ["http://", "ftp://proxy.test:21", "http://proxy.test:port", "socks5://"])
def test_a_proxy_that_is_none_is_named_without_quoting_it(proxy):
    with pytest.raises(SettingsError, match="HTTPS_PROXY holds no address") as caught:
        endpoint("https://models.test/v1", {"HTTPS_PROXY": proxy})
    assert "proxy.test" not in str(caught.value).replace("proxy.example.org", "")


def test_key_04_the_environment_counts_as_it_was_when_the_extension_was_loaded(monkeypatch):
    with Server(HELLO) as server, Proxy({}) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setitem(os.environ, name, proxy.address)
        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", "/nowhere/ca.pem")
        assert ask(server.base_url) == "hello"
        assert proxy.asked == []


# ---- plain HTTP, redirects -------------------------------------------------------------------------------------------


def test_key_07_plain_http_is_for_hosts_that_were_named_exactly():
    check_url("http://gpu-box.lan:8000/v1", ["gpu-box.lan"])
    check_url("http://GPU-box.lan:8000/v1", [" gpu-BOX.lan"])
    for url in ("http://gpu-box.lan.example.org/v1", "http://x.gpu-box.lan/v1", "http://gpu-box.lan@example.org/v1"):
        with pytest.raises(SettingsError):
            check_url(url, ["gpu-box.lan"])
    with pytest.raises(SettingsError, match=r"allow_http = \['gpu-box.lan'\]"):
        check_url("http://gpu-box.lan:8000/v1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_net_26_key_06_redirects_send_nothing_on(status):
    with Server(HELLO) as spy:
        with Server(Answer("", status, {"Location": f"{spy.base_url}/chat/completions"})) as server:
            with pytest.raises(EndpointError, match="redirects"):
                ask(server.base_url)
            assert len(server.asked) == 1
        assert spy.asked == []


# ---- headers and times -----------------------------------------------------------------------------------------------


def test_headers_of_the_users_own_are_sent_and_shown_by_name_only():
    headers = {"HTTP-Referer": "https://lab.example.org", "X-Title": "Our lab", "user-agent": "lab/1"}
    with Server(HELLO) as server:
        assert ask(server.base_url, extra_headers=headers) == "hello"
        sent = server.asked[0].headers
        assert (sent["http-referer"], sent["x-title"]) == ("https://lab.example.org", "Our lab")
        assert (sent["user-agent"], sent["accept"]) == ("lab/1", "text/event-stream")
    settings = Settings(extra_headers=headers)
    shown = [repr(settings.extra_headers), str(settings.extra_headers), Settings.class_get_help(settings)]
    assert all("X-Title" in text for text in shown)
    assert not any("Our lab" in text for text in shown)
    assert "Our lab" not in repr(endpoint("https://models.test/v1", extra_headers=headers))


def test_headers_that_are_credentials_are_secrets():
    found = endpoint("https://models.test/v1", extra_headers={"api-key": "0123456789abcdef", "X-Title": "Our lab"})
    assert found.secrets == (CANARY, "0123456789abcdef")
    assert "0123456789abcdef" not in found.mask("wrong key 0123456789abcdef")


def test_headers_go_to_the_endpoint_they_were_set_for():
    settings = Settings(provider="openrouter", extra_headers={"X-Title": "Our lab"})
    keys = Keys({"OPENROUTER_API_KEY": CANARY, "NOVITA_API_KEY": CANARY})
    assert resolve(settings, keys, offline=None).network.headers == {"X-Title": "Our lab"}
    assert resolve(settings, keys, provider="novita", offline=None).network.headers == {}


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Authorization": "Bearer x-secret"}, "%kimi key"),
        ({"authorization": "x-secret"}, "%kimi key"),
        ({"Proxy-Authorization": "x-secret"}, "proxy's address"),
        ({"Host": "x-secret"}, "client itself"),
        ({"X-Title": "a\r\nAuthorization: x-secret"}, "one line"),
        ({"X-Title": "x-secret\x00"}, "one line"),
        ({"X Title": "x-secret"}, "no name"),
        ({"X-Title\r\n": "x-secret"}, "no name"),
        ({"": "x-secret"}, "no name"),
        ({"X-Title": "x-secret ä"}, "ASCII"),
    ],
)
def test_headers_that_are_not_the_users_to_set(headers, words):
    with pytest.raises(SettingsError, match=words) as caught:
        endpoint("https://models.test/v1", extra_headers=headers)
    assert "x-secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_connection_that_does_not_stand_is_given_up():
    import socket

    with socket.socket() as listening:  # nobody accepts: after the backlog is full, nothing is answered
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(listening.getsockname())
            began = time.monotonic()
            with pytest.raises(Unreachable, match=r"within|reach"):
                ask(f"http://127.0.0.1:{listening.getsockname()[1]}/v1", connect_seconds=0.3)
            assert time.monotonic() - began < 5
        finally:
            for one in waiting:
                one.close()


def test_net_15_16_silence_is_given_up_after_the_seconds_that_were_set():
    def slowly(_):
        time.sleep(1.5)
        return HELLO

    with Server(slowly) as server:
        with pytest.raises(Silent):
            ask(server.base_url, first_seconds=0.3)
        assert ask(server.base_url, first_seconds=10) == "hello"


# ---- other answers ---------------------------------------------------------------------------------------------------


def post(server, path="tools/search", seconds=5.0):
    async def main():
        client = HttpClient(endpoint(server.base_url))
        try:
            return await client.post(path, {"q": "ä"}, seconds=seconds)
        finally:
            await client.close()

    return asyncio.run(main())


def test_other_routes_are_asked_with_json_and_answer_with_json():
    with Server(Answer({"ok": CANARY})) as server:
        assert post(server) == {"ok": "[key]"}
        assert (server.asked[0].target, server.asked[0].json) == ("/v1/tools/search", {"q": "ä"})


def test_other_routes_fail_in_one_line():
    with Server(Answer(b"<html>", 200)) as server, pytest.raises(EndpointError, match="no JSON"):
        post(server)
    with Server(Answer({"error": {"message": "gone"}}, 404)) as server, pytest.raises(Refused) as caught:
        post(server)
    assert caught.value.status == 404
    with Server(lambda _: time.sleep(1) or Answer({})) as server, pytest.raises(Silent, match="within"):
        post(server, seconds=0.2)


# ---- loading ---------------------------------------------------------------------------------------------------------


def test_a_client_loads_httpx_without_its_command_line() -> None:
    """It would bring click and rich, where they are: three quarters of the time to the first request."""
    code = (
        "import sys; from kimi_jupyter.chat.client import HttpClient; from kimi_jupyter.settings import *; "
        "HttpClient(resolve(Settings(base_url='http://localhost:1/v1'), Keys({}), offline=None)); import httpx; "
        "print([name for name in ('click', 'rich', 'httpx._main') if name in sys.modules], httpx.AsyncClient.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("]")[0] == "["
    assert done.stdout.endswith("AsyncClient\n")
