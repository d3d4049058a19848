"""The tables of endpoints and models against the protocol notes' rows (§1.1, §1.2, §6), and the look-ups in them."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys

import pytest

from kimi_jupyter.errors import SettingsError
from kimi_jupyter.providers import (
    DEFAULT_MODEL,
    ELSEWHERE,
    GENERIC_CONTEXT,
    MODELS,
    PROVIDERS,
    UNKNOWN_PRICE,
    Price,
    Provider,
    base_url_from_environment,
    find_provider,
    key_from_environment,
    model_at,
    price_at,
    provider_from_environment,
    serving,
)

# Protocol §6, as printed there: cache hit, miss, output, window.
PRICES = {
    "kimi-k2-thinking": (0.15, 0.60, 2.50, 262_144),
    "kimi-k2-thinking-turbo": (0.15, 1.15, 8.00, 262_144),
    "kimi-k2-0905-preview": (0.15, 0.60, 2.50, 262_144),
    "kimi-k2-turbo-preview": (0.15, 1.15, 8.00, 262_144),
    "kimi-k2.5": (0.10, 0.60, 3.00, 262_144),
    "kimi-k2.6": (0.16, 0.95, 4.00, 262_144),
    "kimi-k2.7-code": (0.19, 0.95, 4.00, 262_144),
    "kimi-k2.7-code-highspeed": (0.38, 1.90, 8.00, 262_144),
    "kimi-k3": (0.30, 3.00, 15.00, 1_048_576),
}

# Protocol §1.1 and §1.2: base URL, id of K2 Thinking, reasoning field, price.
ENDPOINTS = {
    "moonshot": (
        "https://api.moonshot.ai/v1",
        "kimi-k2-thinking",
        "reasoning_content",
        (0.15, 0.60, 2.50),
    ),
    "moonshot-cn": ("https://api.moonshot.cn/v1", "kimi-k2-thinking", "reasoning_content", (None, None, None)),
    "openrouter": ("https://openrouter.ai/api/v1", "moonshotai/kimi-k2-thinking", "reasoning", (None, 0.60, 2.50)),
    "cometapi": ("https://api.cometapi.com/v1", "kimi-k2-thinking", "reasoning_content", (None, None, None)),
    "together": ("https://api.together.xyz/v1", "moonshotai/Kimi-K2-Thinking", "reasoning", (None, 1.20, 4.00)),
    "novita": (
        "https://api.novita.ai/openai",
        "moonshotai/kimi-k2-thinking",
        "reasoning_content",
        (0.15, 0.60, 2.50),
    ),
    "huggingface": (
        "https://router.huggingface.co/v1",
        "moonshotai/Kimi-K2-Thinking",
        "reasoning_content",
        (0.15, 0.60, 2.50),
    ),
    "dashscope": (
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        "kimi-k2-thinking",
        "reasoning_content",
        (None, 0.574, 2.294),
    ),
    "evolink": ("https://api.evolink.ai/v1", "kimi-k2-thinking", "reasoning_content", (None, None, None)),
    "vllm": ("http://localhost:8000/v1", "moonshotai/Kimi-K2-Thinking", "reasoning", (None, None, None)),
    "sglang": ("http://localhost:30000/v1", "moonshotai/Kimi-K2-Thinking", "reasoning_content", (None, None, None)),
    "llama.cpp": ("http://localhost:8080/v1", "kimi-k2-thinking", "reasoning_content", (None, None, None)),
}

everywhere = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)


@pytest.mark.parametrize("name", PRICES)
def test_a_model_has_the_price_and_window_of_the_notes(name: str) -> None:
    model = MODELS[name]
    assert (*dataclasses.astuple(model.price), model.context) == PRICES[name]


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_has_the_facts_of_the_notes(name: str) -> None:
    provider = find_provider(name)
    model, at_endpoint = model_at(provider, DEFAULT_MODEL)
    assert (provider.base_url, at_endpoint, provider.reasoning_field, dataclasses.astuple(model.price)) == ENDPOINTS[
        name
    ]
    assert model.title == "Kimi K2 Thinking"


def test_the_models_think_as_the_notes_say() -> None:
    thinking = {name: model.thinking for name, model in MODELS.items()}
    assert thinking["kimi-k2-thinking"] == thinking["kimi-k2-thinking-turbo"] == "forced"
    assert (
        thinking["kimi-k2-0711-preview"]
        == thinking["kimi-k2-0905-preview"]
        == thinking["kimi-k2-turbo-preview"]
        == "none"
    )
    assert thinking["kimi-k2.5"] == thinking["kimi-k2.6"] == "toggle"
    assert thinking["kimi-k2.7-code"] == thinking["kimi-k2.7-code-highspeed"] == "forced"
    assert thinking["kimi-k3"] == "effort"
    assert {name for name, model in MODELS.items() if model.temperature == 1.0} == {
        "kimi-k2-thinking",
        "kimi-k2-thinking-turbo",
    }
    fixed = [name for name in MODELS if re.match(r"kimi-k2\.|kimi-k3", name)]
    assert all(MODELS[name].temperature is None and MODELS[name].vision for name in fixed)
    assert not MODELS[DEFAULT_MODEL].keeps_reasoning
    assert all(MODELS[name].keeps_reasoning for name in ("kimi-k2.6", "kimi-k2.7-code", "kimi-k3"))


def test_what_moonshot_retired_has_a_day_and_a_live_successor() -> None:
    retired = {name: model.retired for name, model in MODELS.items() if model.retired}
    assert retired == {
        "kimi-k2-thinking": "2026-05-25",
        "kimi-k2-thinking-turbo": "2026-05-25",
        "kimi-k2-0711-preview": "2026-05-25",
        "kimi-k2-0905-preview": "2026-05-25",
        "kimi-k2-turbo-preview": "2026-05-25",
        "kimi-k2.5": "2026-08-31",
    }
    for name in retired:
        assert MODELS[name].replacements
        assert all(MODELS[other].retired is None for other in MODELS[name].replacements)
    assert PROVIDERS["moonshot"].retired == PROVIDERS["moonshot-cn"].retired == set(retired)


@everywhere
def test_every_row_is_sane(provider: Provider) -> None:
    assert PROVIDERS[provider.name] is provider
    assert re.fullmatch(r"[a-z][a-z.-]*", provider.name)
    assert provider.title
    assert "\n" not in provider.note
    assert all(canonical in MODELS for canonical in (*provider.models, *provider.prices, *provider.retired))
    assert len(set(provider.models.values())) == len(provider.models)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]+", variable) for variable in provider.keys)
    assert provider.reasoning_field in ("reasoning_content", "reasoning")
    if provider.name in ("custom", "offline"):
        assert provider.base_url == ""
    elif provider.local:
        assert re.fullmatch(r"http://localhost:\d+/v1", provider.base_url)
    else:
        assert re.fullmatch(r"https://[a-z.]+(/[a-z0-9-]+)+", provider.base_url)
        assert provider.needs_key
        assert provider.keys
    for price in provider.prices.values():
        assert all(part is None or 0 <= part < 100 for part in dataclasses.astuple(price))
        assert price.hit is None or price.miss is None or price.hit <= price.miss


def test_nothing_is_listed_twice() -> None:
    urls = [provider.base_url for provider in PROVIDERS.values() if provider.base_url]
    assert len(set(urls)) == len(urls)
    titles = [provider.title for provider in PROVIDERS.values()] + [row.title for row in ELSEWHERE]
    assert len(set(titles)) == len(titles)
    assert len({model.title for model in MODELS.values()}) == len(MODELS)
    variables: dict[str, set[str]] = {}
    for provider in PROVIDERS.values():
        for variable in provider.keys:
            operator = "moonshot" if provider.name in ("moonshot", "moonshot-cn", "kimi-code") else provider.name
            variables.setdefault(variable, set()).add(operator)
    assert all(len(operators) == 1 for operators in variables.values()), "a key must never go to another operator"


def test_k2_thinking_is_the_default_wherever_it_is_served() -> None:
    for provider in PROVIDERS.values():
        model, at_endpoint = model_at(provider)
        assert at_endpoint == next(iter(provider.models.values()))
        assert model.id == (DEFAULT_MODEL if provider.name != "kimi-code" else "kimi-for-coding")


def test_the_rows_without_a_base_url_are_kept_for_hints() -> None:
    rows = {row.title: row for row in ELSEWHERE}
    assert len(rows) == 19
    assert rows["Google Vertex"].model_id == "moonshotai/kimi-k2-thinking-maas"
    assert rows["Amazon Bedrock"].model_id == "moonshot.kimi-k2-thinking"
    assert rows["Azure"].price == Price(0.15, 0.60, 2.50)
    assert rows["Vercel AI Gateway"].price == Price(0.141, 0.47, 2.00)
    assert rows["Puter"].price == Price(None, 0.40, 1.75)


def test_serving_leaves_out_those_that_withdrew_the_model() -> None:
    names = [provider.name for provider in serving(DEFAULT_MODEL)]
    assert names == ["cometapi", "openrouter", "novita", "dashscope", "evolink", "huggingface"]
    assert [provider.name for provider in serving("kimi-k3")] == ["moonshot", "moonshot-cn", "kimi-code"]
    assert serving("gpt-oss-20b") == ()


# ---- models at an endpoint -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "name", "canonical", "at_endpoint"),
    [
        ("openrouter", "kimi-k2-thinking", "kimi-k2-thinking", "moonshotai/kimi-k2-thinking"),
        ("openrouter", "moonshotai/kimi-k2-thinking", "kimi-k2-thinking", "moonshotai/kimi-k2-thinking"),
        ("openrouter", "moonshotai/kimi-k2-thinking:exacto", "kimi-k2-thinking", "moonshotai/kimi-k2-thinking:exacto"),
        ("huggingface", "moonshotai/Kimi-K2-Thinking:novita", "kimi-k2-thinking", "moonshotai/Kimi-K2-Thinking:novita"),
        ("cometapi", "k2-thinking-turbo", "kimi-k2-thinking-turbo", "k2-thinking-turbo"),
        ("cometapi", "Kimi K2 Thinking", "kimi-k2-thinking", "Kimi K2 Thinking"),
        ("kimi-code", "k3", "kimi-k3", "k3"),
        ("kimi-code", "k3-256k", "kimi-k3-256k", "k3-256k"),
        ("vllm", "nvidia/Kimi-K2-Thinking-NVFP4", "kimi-k2-thinking", "nvidia/Kimi-K2-Thinking-NVFP4"),
        ("llama.cpp", "Kimi-K2-Thinking-UD-Q2_K.gguf", "kimi-k2-thinking", "Kimi-K2-Thinking-UD-Q2_K.gguf"),
        ("openrouter", "moonshotai/kimi-k2.5-0127", "kimi-k2.5", "moonshotai/kimi-k2.5-0127"),
        ("novita", "kimi-k2.6", "kimi-k2.6", "kimi-k2.6"),
    ],
)
def test_a_model_is_known_under_any_of_its_names(provider: str, name: str, canonical: str, at_endpoint: str) -> None:
    model, sent = model_at(PROVIDERS[provider], name)
    assert (model.id, sent) == (canonical, at_endpoint)
    assert model.context == MODELS[canonical].context


@pytest.mark.parametrize(
    "name", ["gpt-oss-20b", "kimi-k2.55", "kimi-k2-thinkingcap", "k2", "Qwen/Qwen3-32B", "modèle é"]
)
def test_an_unknown_id_goes_out_unchanged_with_a_careful_profile(name: str) -> None:
    model, sent = model_at(PROVIDERS["custom"], name)
    assert sent == model.id == model.title == name
    assert model.context == GENERIC_CONTEXT == 131_072
    assert model.temperature is None
    assert model.price is UNKNOWN_PRICE or model.price == UNKNOWN_PRICE


def test_a_profile_carries_the_endpoint_s_price_and_bound() -> None:
    model, _ = model_at(PROVIDERS["dashscope"])
    assert model.max_output == 16_384
    assert model.price == price_at(PROVIDERS["dashscope"], MODELS[DEFAULT_MODEL]) == Price(None, 0.574, 2.294)
    assert model_at(PROVIDERS["moonshot"])[0].max_output is None
    variant, _ = model_at(PROVIDERS["openrouter"], "moonshotai/kimi-k2-thinking:nitro")
    assert variant.price == UNKNOWN_PRICE, "another route has another price"


# ---- prices ----------------------------------------------------------------------------------------------------------


def test_cost_is_prompt_less_cached_plus_cached_plus_output() -> None:
    price = MODELS[DEFAULT_MODEL].price
    assert price.cost(1_000_000, 0) == pytest.approx(0.60)
    assert price.cost(1_000_000, 0, 1_000_000) == pytest.approx(0.15)
    assert price.cost(0, 1_000_000) == pytest.approx(2.50)
    assert price.cost(10_000, 2_000, 4_000) == pytest.approx((6_000 * 0.60 + 4_000 * 0.15 + 2_000 * 2.50) / 1e6)
    assert price.cost(100, 0, 5_000) == pytest.approx(100 * 0.15 / 1e6), "more cached than read is not believed"
    assert price.cost(100, 0, -5) == pytest.approx(100 * 0.60 / 1e6)


def test_an_unknown_price_is_no_price_and_an_unknown_reduction_is_none() -> None:
    assert UNKNOWN_PRICE.cost(1_000, 1_000) is None
    assert Price(None, 0.60, None).cost(1_000, 1_000) is None
    assert Price(None, 0.60, 2.50).cost(1_000_000, 0, 1_000_000) == pytest.approx(0.60)
    assert model_at(PROVIDERS["offline"])[0].price.cost(5_000, 5_000) == 0


# ---- finding a provider ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("openrouter", "openrouter"),
        ("OpenRouter", "openrouter"),
        ("llamacpp", "llama.cpp"),
        ("moonshot_cn", "moonshot-cn"),
    ],
)
def test_a_provider_is_found_however_it_is_written(typed: str, name: str) -> None:
    assert find_provider(typed).name == name


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("comet", "did you mean cometapi?"), ("openruoter", "did you mean openrouter?"), ("hugingface", "huggingface?")],
)
def test_a_wrong_name_is_answered_with_the_near_ones_and_all(typed: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        find_provider(typed)
    line = str(caught.value)
    assert hint in line
    assert "\n" not in line
    assert all(name in line for name in PROVIDERS)


@pytest.mark.parametrize("typed", ["", "zzz", "  "])
def test_a_name_near_nothing_gets_the_list(typed: str) -> None:
    with pytest.raises(SettingsError, match=r"Choose one of: moonshot, ") as caught:
        find_provider(typed)
    assert "did you mean" not in str(caught.value)


# ---- the environment -------------------------------------------------------------------------------------------------


def test_every_variable_of_the_notes_is_looked_at() -> None:
    known = {variable for provider in PROVIDERS.values() for variable in provider.keys}
    assert known >= {
        "MOONSHOT_API_KEY",
        "KIMI_API_KEY",
        "MOONSHOTAI_API_KEY",
        "COMETAPI_KEY",
        "COMETAPI_API_KEY",
        "COMET_API_KEY",
        "OPENROUTER_API_KEY",
        "TOGETHER_API_KEY",
        "HF_TOKEN",
        "NOVITA_API_KEY",
        "DASHSCOPE_API_KEY",
    }


def test_a_key_selects_its_provider_in_the_order_of_the_table() -> None:
    hosted = [provider for provider in PROVIDERS.values() if provider.needs_key]
    for provider in hosted:
        if provider.name not in ("moonshot-cn", "kimi-code"):
            assert provider_from_environment({provider.keys[-1]: "k"}) is provider
    everything = {variable: "k" for provider in hosted for variable in provider.keys}
    order = []
    while (found := provider_from_environment(everything)) is not None:
        order.append(found.name)
        everything = {name: key for name, key in everything.items() if name not in found.keys}
    assert order == [
        "moonshot",
        "cometapi",
        "openrouter",
        "novita",
        "dashscope",
        "together",
        "evolink",
        "huggingface",
    ]


@pytest.mark.parametrize("environ", [{}, {"OPENROUTER_API_KEY": "  "}, {"OPENAI_API_KEY": "k"}, {"VLLM_API_KEY": "k"}])
def test_nothing_is_selected_without_a_key_of_a_hosted_endpoint(environ: dict[str, str]) -> None:
    assert provider_from_environment(environ) is None


def test_a_key_comes_with_the_variable_it_was_found_in() -> None:
    comet = PROVIDERS["cometapi"]
    assert key_from_environment(comet, {"COMET_API_KEY": "c", "COMETAPI_API_KEY": "b"}) == ("b", "COMETAPI_API_KEY")
    assert key_from_environment(comet, {"COMETAPI_KEY": " ", "COMET_API_KEY": " c\n"}) == ("c", "COMET_API_KEY")
    assert key_from_environment(comet, {"OPENROUTER_API_KEY": "x"}) is None
    assert key_from_environment(PROVIDERS["offline"], {"MOONSHOT_API_KEY": "x"}) is None


def test_a_base_url_beside_the_key_tells_moonshot_s_endpoints_apart() -> None:
    china = {"KIMI_API_KEY": "k", "KIMI_BASE_URL": "https://api.moonshot.cn/v1/"}
    assert provider_from_environment(china) is PROVIDERS["moonshot-cn"]
    code = {"KIMI_API_KEY": "k", "KIMI_BASE_URL": "https://api.kimi.com/coding/v1"}
    assert provider_from_environment(code) is PROVIDERS["kimi-code"]
    assert base_url_from_environment(PROVIDERS["moonshot"], china) is None, "chosen against the variable"
    assert base_url_from_environment(PROVIDERS["moonshot-cn"], china) == "https://api.moonshot.cn/v1"
    proxy = {"MOONSHOT_API_KEY": "k", "MOONSHOT_BASE_URL": "https://proxy.example/v1"}
    assert provider_from_environment(proxy) is PROVIDERS["moonshot"]
    assert base_url_from_environment(PROVIDERS["moonshot"], proxy) == "https://proxy.example/v1"


@pytest.mark.parametrize(
    ("provider", "environ"),
    [
        ("openrouter", {"OPENROUTER_API_KEY": "k", "KIMI_BASE_URL": "https://proxy.example/v1"}),
        ("moonshot", {"KIMI_BASE_URL": "https://proxy.example/v1"}),
        ("moonshot", {"KIMI_API_KEY": "k", "MOONSHOT_BASE_URL": "https://proxy.example/v1"}),
        ("moonshot", {"MOONSHOTAI_API_KEY": "k", "MOONSHOT_BASE_URL": "https://proxy.example/v1"}),
        ("moonshot", {"MOONSHOT_API_KEY": "k", "MOONSHOT_BASE_URL": " "}),
    ],
)
def test_a_base_url_never_leads_another_key_astray(provider: str, environ: dict[str, str]) -> None:
    assert base_url_from_environment(PROVIDERS[provider], environ) is None


def test_the_tables_are_cheap_to_import() -> None:
    code = "import sys; import kimi_jupyter.providers; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "ssl", "asyncio", "traitlets", "IPython", "jsonschema"} & set(loaded)
