"""Which endpoint, which key, and that a key goes nowhere else: hazards KEY."""

from __future__ import annotations

import copy
import pickle

import pytest

from kimi_jupyter.errors import KeyMissing, SettingsError
from kimi_jupyter.providers import find_provider
from kimi_jupyter.settings import Keys, Secret, Settings, check_url, is_loopback, resolve

CANARY = "sk-canary-0123456789abcdefghij"


def offline():
    return "http://127.0.0.1:1/v1", "sk-offline"


def endpoint(environ=None, provider="", model="", keys=None, **settings):
    return resolve(Settings(**settings), keys or Keys(environ or {}), provider=provider, model=model, offline=offline)


def test_with_nothing_set_it_is_the_offline_endpoint():
    found = endpoint()
    assert (found.provider.name, found.base_url, found.model_id) == (
        "offline",
        "http://127.0.0.1:1/v1",
        "kimi-k2-thinking",
    )


def test_a_key_in_the_environment_chooses_its_endpoint():
    found = endpoint({"OPENROUTER_API_KEY": CANARY})
    assert found.provider.name == "openrouter"
    assert found.model_id == "moonshotai/kimi-k2-thinking"
    assert found.key.reveal() == CANARY
    assert found.key_source == "OPENROUTER_API_KEY in the environment"


def test_settings_win_over_keys_and_options_over_settings():
    environ = {"OPENROUTER_API_KEY": CANARY, "NOVITA_API_KEY": "sk-n", "MOONSHOT_API_KEY": "sk-m"}
    assert endpoint(environ, base_url="").provider.name != "novita"
    settings = Settings(provider="novita")
    assert resolve(settings, Keys(environ), offline=offline).provider.name == "novita"
    assert resolve(settings, Keys(environ), provider="openrouter", offline=offline).provider.name == "openrouter"


def test_an_option_for_another_endpoint_does_not_take_the_address_along():
    settings = Settings(provider="vllm", base_url="http://127.0.0.1:8001/v1")
    other = resolve(settings, Keys({"NOVITA_API_KEY": CANARY}), provider="novita", offline=offline)
    assert other.base_url == "https://api.novita.ai/openai"


def test_a_base_url_alone_is_an_endpoint_of_ones_own():
    found = endpoint(base_url="http://localhost:9/v1/")
    assert (found.provider.name, found.base_url) == ("custom", "http://localhost:9/v1")


def test_a_missing_key_says_where_it_is_looked_for():
    settings = Settings(provider="moonshot")
    with pytest.raises(KeyMissing, match=r"%kimi key.*MOONSHOT_API_KEY|MOONSHOT_API_KEY.*%kimi key") as caught:
        resolve(settings, Keys({}), offline=offline)
    assert "\n" not in str(caught.value)


def test_custom_without_address_says_how():
    with pytest.raises(SettingsError, match="%kimi provider custom https://"):
        resolve(Settings(provider="custom"), Keys({}), offline=offline)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://models.example.org/v1", "not encrypted"),
        ("ftp://models.example.org", "no base URL"),
        ("models.example.org/v1", "no base URL"),
        ("https://me:secret@models.example.org/v1", "user name"),
        ("https://models.example.org/v1 x", "no base URL"),
        ("http://127.0.0.1.example.org/v1", "not encrypted"),
        ("http://localhost.example.org/v1", "not encrypted"),
    ],
)
def test_key_05_07_addresses_a_key_must_not_go_to(url, words):
    with pytest.raises(SettingsError, match=words):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["https://api.moonshot.ai/v1", "http://localhost:8000/v1", "http://127.0.0.1:30000/v1", "http://[::1]:1/v1"]
)
def test_addresses_that_are_fine(url):
    check_url(url)
    assert is_loopback(url) == (not url.startswith("https"))


def test_wishes_for_thinking_are_checked_before_anything_is_sent():
    environ = {"MOONSHOT_API_KEY": CANARY}
    found = resolve(Settings(model="kimi-k2.6", thinking="on"), Keys(environ), offline=offline)
    assert found.switches == {"thinking": {"type": "enabled", "keep": "all"}}
    found = resolve(Settings(model="kimi-k3", effort="max"), Keys(environ), offline=offline)
    assert found.switches == {"reasoning_effort": "max"}
    with pytest.raises(SettingsError, match="always thinks"):
        resolve(Settings(model="kimi-k2.7-code", thinking="off"), Keys(environ), offline=offline)
    with pytest.raises(SettingsError, match="no effort to set"):
        resolve(Settings(model="kimi-k2.6", effort="low"), Keys(environ), offline=offline)
    with pytest.raises(SettingsError, match="always thinks"):
        endpoint(thinking="off")  # K2 Thinking, at the offline endpoint too


def test_times_and_stream_are_the_endpoints():
    for environ in ({}, {"MOONSHOT_API_KEY": CANARY}):
        found = endpoint(environ, connect_seconds=3, first_seconds=4, read_seconds=5, stream=False)
        network = found.network
        assert (network.connect_seconds, network.first_seconds, network.read_seconds) == (3, 4, 5)
        assert not found.stream


def test_two_looks_at_one_endpoint_are_equal():
    environ = {"OPENROUTER_API_KEY": CANARY}
    assert endpoint(environ) == endpoint(environ)
    assert endpoint(environ) != endpoint({"OPENROUTER_API_KEY": f"{CANARY}x"})
    assert hash(Secret(CANARY)) == hash(Secret(CANARY))


def test_the_environment_is_read_once():
    environ = {}
    keys = Keys(environ)
    environ["MOONSHOT_API_KEY"] = CANARY
    assert not keys.find(find_provider("moonshot"))[0]


def test_a_typed_key_wins_and_can_be_forgotten(home):
    provider = find_provider("moonshot")
    keys = Keys({"MOONSHOT_API_KEY": "sk-from-environment"})
    where = keys.keep(provider, f" {CANARY}\n")
    assert CANARY not in where
    assert keys.find(provider) == (keys.find(provider)[0], "typed in this kernel")
    assert keys.find(provider)[0].reveal() == CANARY
    keys.forget(provider)
    assert keys.find(provider)[0].reveal() == "sk-from-environment"


def test_a_secret_shows_in_nothing():
    secret = Secret(CANARY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", str(pickle.dumps(secret)), repr(copy.copy(secret))]
    shown += [repr(vars(type(secret))), repr(endpoint({"OPENROUTER_API_KEY": CANARY})), repr(dir(secret))]
    assert not [text for text in shown if CANARY in text]


@pytest.mark.parametrize("echo", [CANARY, CANARY[:12] + "*****", "…" + CANARY[-8:]])
def test_a_key_that_a_provider_echoes_is_masked(echo):
    masked = Secret(CANARY).mask(f"Incorrect API key provided: {echo}.")
    assert masked.startswith("Incorrect API key provided: ")
    assert CANARY[:12] not in masked
    assert CANARY[-8:] not in masked
