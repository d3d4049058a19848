"""The endpoints that serve Kimi over the OpenAI protocol. Imports only the models' table.

Base URLs, ids, reasoning fields and prices are protocol §1.1's and §1.2's; the names of variables are §1.3's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from .models import DEFAULT_MODEL, MODELS, Price

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ELSEWHERE", "PROVIDERS", "Elsewhere", "Provider"]


@dataclass(frozen=True, slots=True)
class Provider:
    """An endpoint, or a kind of endpoint.

    Attributes
    ----------
    name
        What the user types.
    title
        Its name for people.
    base_url
        Where it is, without a trailing slash; ``""`` where the settings or the offline endpoint itself say so.
    models
        Canonical id → the id at this endpoint. The first is the default.
    keys
        Environment variables that may hold its key, in the order they are looked at.
    prices
        Canonical id → price here. What is missing is unknown: another endpoint's price would be a guess.
    reasoning_field
        The field its reasoning usually comes under (protocol §3.4); the client reads every known one.
    needs_key
        Whether it refuses requests without a key.
    local
        Whether it runs on the user's machine by nature, so that plain HTTP to loopback is right.
    lists_models
        Whether ``GET /models`` is known to answer in the usual form (protocol §5.3).
    max_output
        Tokens a reply may take here, where that is less than the window; else ``None``.
    retired
        Canonical ids that it served once and has withdrawn or announced to withdraw.
    note
        One line for the user, or ``""``.
    switch
        How a model's thinking is switched: Moonshot's field ``thinking``, the variable in the chat ``template`` of
        self-hosted servers, OpenRouter's object ``reasoning``; ``None``: not known.
    placeholder
        What stands for an empty reasoning beside tool calls, where a proxy takes an empty one for none (protocol §2.5).
    searches
        Whether it offers web search as tools of its own (protocol §5.6, §5.7).
    """

    name: str
    title: str
    base_url: str
    models: Mapping[str, str]
    keys: tuple[str, ...] = ()
    prices: Mapping[str, Price] = field(default_factory=dict)
    reasoning_field: str = "reasoning_content"
    needs_key: bool = True
    local: bool = False
    lists_models: bool = False
    max_output: int | None = None
    retired: frozenset[str] = frozenset()
    note: str = ""
    switch: Literal["thinking", "template", "reasoning"] | None = None
    placeholder: str = ""
    searches: bool = False


_TURBO = "kimi-k2-thinking-turbo"
#: Moonshot's own ids, the default first (protocol §1.1); Kimi Code's are apart.
_MOONSHOT = {name: name for name in MODELS if not name.startswith("kimi-for-coding") and name != "kimi-k3-256k"}
_WITHDRAWN = frozenset(name for name in _MOONSHOT if MODELS[name].retired)
#: One operator, three endpoints: users keep the key of whichever they use under the same names.
_MOONSHOT_KEYS = ("MOONSHOT_API_KEY", "KIMI_API_KEY", "MOONSHOTAI_API_KEY")

_TABLE = (
    Provider(
        "moonshot",
        "Moonshot AI",
        "https://api.moonshot.ai/v1",
        _MOONSHOT,
        _MOONSHOT_KEYS,
        {name: MODELS[name].price for name in _MOONSHOT},  # protocol §6
        lists_models=True,
        retired=_WITHDRAWN,
        note="K2 Thinking was retired here on 25 May 2026 (kimi-k2.6 and kimi-k3 are served); keys of .cn do not work.",
        switch="thinking",
        searches=True,
    ),
    Provider(
        "moonshot-cn",
        "Moonshot AI (China)",
        "https://api.moonshot.cn/v1",
        _MOONSHOT,
        _MOONSHOT_KEYS,
        lists_models=True,  # and no prices: they are in CNY here (protocol §6)
        retired=_WITHDRAWN,
        note="K2 Thinking was retired here on 25 May 2026 (kimi-k2.6 and kimi-k3 are served); keys of .ai do not work.",
        switch="thinking",
        searches=True,
    ),
    Provider(
        "kimi-code",
        "Kimi Code",
        "https://api.kimi.com/coding/v1",
        {
            "kimi-for-coding": "kimi-for-coding",
            "kimi-for-coding-highspeed": "kimi-for-coding-highspeed",
            "kimi-k3": "k3",
            "kimi-k3-256k": "k3-256k",
        },
        ("KIMI_API_KEY",),  # kimi-cli's
        lists_models=True,
        note="A subscription without K2 Thinking; it answers approved coding agents only and others with 403.",
        switch="thinking",
    ),
    Provider(
        "cometapi",
        "CometAPI",
        "https://api.cometapi.com/v1",
        {DEFAULT_MODEL: DEFAULT_MODEL, _TURBO: _TURBO, "kimi-k2.7-code": "kimi-k2.7-code"},
        ("COMETAPI_KEY", "COMETAPI_API_KEY", "COMET_API_KEY"),
        lists_models=True,
        note="Whether K2 Thinking outlived its retirement at Moonshot is not known; a 404 shows what is listed.",
        switch="thinking",
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        {DEFAULT_MODEL: "moonshotai/kimi-k2-thinking"},
        ("OPENROUTER_API_KEY",),
        {DEFAULT_MODEL: Price(None, 0.60, 2.50)},
        "reasoning",
        lists_models=True,
        note="Routes to several hosts; the cost shown is the one it charged.",
        switch="reasoning",
    ),
    Provider(
        "novita",
        "Novita AI",
        "https://api.novita.ai/openai",
        {DEFAULT_MODEL: "moonshotai/kimi-k2-thinking"},
        ("NOVITA_API_KEY",),
        {DEFAULT_MODEL: Price(0.15, 0.60, 2.50)},
    ),
    Provider(
        "dashscope",
        "Alibaba DashScope",
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        {DEFAULT_MODEL: DEFAULT_MODEL},
        ("DASHSCOPE_API_KEY",),
        {DEFAULT_MODEL: Price(None, 0.574, 2.294)},
        max_output=16_384,
        note="The endpoint in China; a reply is at most 16,384 tokens, reasoning included.",
    ),
    Provider(
        "together",
        "Together AI",
        "https://api.together.xyz/v1",
        {DEFAULT_MODEL: "moonshotai/Kimi-K2-Thinking"},
        ("TOGETHER_API_KEY",),
        {DEFAULT_MODEL: Price(None, 1.20, 4.00)},
        "reasoning",
        retired=frozenset({DEFAULT_MODEL}),
        note="K2 Thinking is deprecated here.",
    ),
    Provider(
        "evolink",
        "EvoLink",
        "https://api.evolink.ai/v1",
        {DEFAULT_MODEL: DEFAULT_MODEL, _TURBO: _TURBO},
        ("EVOLINK_API_KEY",),
    ),
    # Last of those that a key selects: many have HF_TOKEN for downloads, not to send a notebook anywhere.
    Provider(
        "huggingface",
        "Hugging Face router",
        "https://router.huggingface.co/v1",
        {DEFAULT_MODEL: "moonshotai/Kimi-K2-Thinking"},
        ("HF_TOKEN",),
        {DEFAULT_MODEL: Price(0.15, 0.60, 2.50)},
        lists_models=True,
        note="Routes to several hosts; add one to the model's id as in moonshotai/Kimi-K2-Thinking:novita.",
    ),
    # Self-hosted (protocol §7). The variables are the servers' own; they never select a provider.
    Provider(
        "vllm",
        "vLLM",
        "http://localhost:8000/v1",
        {DEFAULT_MODEL: "moonshotai/Kimi-K2-Thinking"},
        ("VLLM_API_KEY",),
        reasoning_field="reasoning",  # from 0.17 on
        needs_key=False,
        local=True,
        lists_models=True,
        note="Start it with --tool-call-parser kimi_k2 --reasoning-parser kimi_k2 --enable-auto-tool-choice.",
        switch="template",
    ),
    Provider(
        "sglang",
        "SGLang",
        "http://localhost:30000/v1",
        {DEFAULT_MODEL: "moonshotai/Kimi-K2-Thinking"},
        needs_key=False,
        local=True,
        lists_models=True,
        note="Start it with --tool-call-parser kimi_k2 --reasoning-parser kimi_k2.",
        switch="template",
    ),
    Provider(
        "llama.cpp",
        "llama.cpp server",
        "http://localhost:8080/v1",
        {DEFAULT_MODEL: DEFAULT_MODEL},  # it takes any id
        ("LLAMA_API_KEY",),
        needs_key=False,
        local=True,
        lists_models=True,
        note="Start llama-server with --jinja.",
        switch="template",
    ),
    Provider(
        "custom",
        "Your endpoint",
        "",
        {DEFAULT_MODEL: DEFAULT_MODEL},
        ("KIMI_JUPYTER_API_KEY",),
        needs_key=False,
        note="Any OpenAI-compatible base URL: %kimi provider custom URL.",
        switch="thinking",
    ),
    Provider(
        "offline",
        "Offline endpoint",
        "",
        {DEFAULT_MODEL: DEFAULT_MODEL},
        prices={DEFAULT_MODEL: Price(0.0, 0.0, 0.0)},
        needs_key=False,
        local=True,
        lists_models=True,
        note="Part of this package: a rule-based analyst on this machine, no language model.",
        switch="thinking",
    ),
)

#: Every provider by its name, in the order in which a key in the environment selects one if none is configured.
PROVIDERS: Mapping[str, Provider] = MappingProxyType({provider.name: provider for provider in _TABLE})


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Who else serves K2 Thinking: no base URL is known here, so it is used by ``%kimi provider custom URL`` if at all.

    ``model_id`` and the price's parts are ``""`` and ``None`` where the notes have none.
    """

    title: str
    model_id: str
    price: Price
    note: str = ""


_NONE = Price(None, None, None)

#: The rows of protocol §1.2 without a base URL, for hints.
ELSEWHERE: tuple[Elsewhere, ...] = (
    Elsewhere("Google Vertex", "moonshotai/kimi-k2-thinking-maas", Price(None, 0.60, 2.50)),
    Elsewhere(
        "Amazon Bedrock",
        "moonshot.kimi-k2-thinking",
        Price(None, 0.60, 2.50),
        "Converse API; at most 16,000 tokens out",
    ),
    Elsewhere("Azure", DEFAULT_MODEL, Price(0.15, 0.60, 2.50)),
    Elsewhere("Vercel AI Gateway", "moonshotai/kimi-k2-thinking", Price(0.141, 0.47, 2.00), "window 216,144 tokens"),
    Elsewhere("SiliconFlow (China)", "", _NONE),
    Elsewhere("Kilo", "", Price(None, 0.47, 2.00), "window 131k, at most 65k tokens out"),
    Elsewhere("Helicone", "", Price(None, 0.48, 2.00)),
    Elsewhere("Nano-GPT", "", Price(None, 0.30, 1.20)),
    Elsewhere("io.net", "", Price(None, 0.55, 2.25), "window 32k, at most 4k tokens out"),
    Elsewhere("Cortecs", "", Price(None, 0.656, 2.731)),
    Elsewhere("302.ai", "", Price(None, 0.575, 2.30), "turbo 1.265 in, 9.119 out"),
    Elsewhere("ZenMux", "", _NONE),
    Elsewhere("Meganova", "", Price(None, 0.60, 2.60)),
    Elsewhere("LLMGateway", "", _NONE),
    Elsewhere("Poe", "", _NONE),
    Elsewhere("Qiniu", "", _NONE),
    Elsewhere("Puter", "", Price(None, 0.40, 1.75)),
    Elsewhere("Ollama Cloud", DEFAULT_MODEL, _NONE, "deprecated"),
    Elsewhere("OpenCode Zen", DEFAULT_MODEL, _NONE, "deprecated"),
)
