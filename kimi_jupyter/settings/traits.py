"""What a user sets, as traitlets of one class. Imports traitlets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable

from .network import Headers

__all__ = ["DETAILS", "ENVIRONMENT", "Settings", "strictest"]

#: What may be told of a value, the least first.
DETAILS: list[str] = ["schema", "stats", "sample"]


#: Environment variables and the settings they give.
ENVIRONMENT = {
    "KIMI_JUPYTER_PROVIDER": "provider",
    "KIMI_JUPYTER_MODEL": "model",
    "KIMI_JUPYTER_BASE_URL": "base_url",
    "KIMI_JUPYTER_APPROVE": "approve",
    "KIMI_JUPYTER_APPROVED": "approved",
    "KIMI_JUPYTER_RERUN": "rerun",
}


def strictest(caps: Iterable[str]) -> str:
    """The least detail of these; what is no detail, but meant to be one, allows the least. Empty ones don't count."""
    given = [cap if cap in DETAILS else DETAILS[0] for cap in caps if cap]
    return min(given, key=DETAILS.index, default=DETAILS[-1])


class _HeadersTrait(Dict):
    """A dict whose values ``%config`` does not show."""

    def validate(self, obj: Any, value: Any) -> Headers:
        return Headers(super().validate(obj, value) or {})


class Settings(Configurable):
    """Everything a user can set. Tokens are K2 tokens, times are seconds."""

    provider = Unicode(
        "",
        help="Endpoint by name (%kimi provider). Empty: the first with a key in the environment, else offline.",
    ).tag(config=True)
    model = Unicode("", help="Model; empty: kimi-k2-thinking, by its name at the endpoint.").tag(config=True)
    base_url = Unicode("", help="Base URL of the endpoint; empty: the provider's own.").tag(config=True)
    thinking = Enum(
        ["default", "on", "off"],
        "default",
        help="Whether a model thinks that can do without (K2.5, K2.6): on, off, or default, as it does by itself. "
        "K2 Thinking always thinks.",
    ).tag(config=True)
    effort = Enum(
        ["", "low", "high", "max"], "", help="How much K3 thinks: low, high or max; empty, as it does by itself."
    ).tag(config=True)
    stream = Bool(True, help="Show a reply while it is written; else it comes in one piece, when it is done.").tag(
        config=True
    )
    web_search = Bool(
        True, help="Let the model search the web where the endpoint offers it (Moonshot); each query asks you first."
    ).tag(config=True)
    approve = Enum(
        ["ask", "auto", "never"],
        "ask",
        help="Who allows code to run: ask (you, each time), auto (everything runs), never (nothing runs).",
    ).tag(config=True)
    approved = Unicode(
        "",
        help="File of code that may run where nobody can be asked, as kimi-jupyter approve writes it. Empty: "
        "kimi_jupyter/approved.json in Jupyter's configuration directory, if it is there.",
    ).tag(config=True)
    rerun = Enum(
        ["", "changed", "always", "never"],
        "",
        help="When a question that was answered before is asked again: always; only if it, the model, its options or "
        "what goes along changed; or never. Else that answer is replayed. Empty: always where somebody can be asked, "
        "else changed.",
    ).tag(config=True)
    max_steps = Int(300, min=1, help="Requests to the model in one turn, at most.").tag(config=True)
    ask_steps = Int(
        50, min=0, help="Requests after which you are asked whether the turn may go on to max_steps; 0: never."
    ).tag(config=True)
    max_cost = Float(
        2.0, min=0.0, help="US dollars after which a turn asks whether it may use as much again; 0: no limit."
    ).tag(config=True)
    turn_tokens = Int(0, min=0, help="The same for tokens, read and written; 0: no limit.").tag(config=True)
    turn_seconds = Float(
        0.0, min=0.0, help="The same for seconds of work, without the time it waits for you; 0: no limit."
    ).tag(config=True)
    day_steps = Int(
        0, min=0, help="Requests in all kernels since midnight after which a turn asks to go on; 0: no limit."
    ).tag(config=True)
    day_cost = Float(0.0, min=0.0, help="The same for US dollars; 0: no limit.").tag(config=True)
    day_tokens = Int(0, min=0, help="The same for tokens; 0: no limit.").tag(config=True)
    day_seconds = Float(0.0, min=0.0, help="The same for seconds of work; 0: no limit.").tag(config=True)
    max_tokens = Int(
        32_768, min=16_000, help="Tokens of one reply, reasoning included. K2 Thinking wants at least 16,000."
    ).tag(config=True)
    context_tokens = Int(8_000, min=0, help="Tokens of notebook and data sent with a question, at most.").tag(
        config=True
    )
    detail = Enum(
        DETAILS,
        "sample",
        help="What is sent of a table: schema (names and types), stats (no rows), sample (at most three rows).",
    ).tag(config=True)
    detail_cap = Enum(
        DETAILS,
        "sample",
        help="The most that may be sent of a table, whatever is asked: the strictest of all configuration files and "
        "KIMI_JUPYTER_DETAIL_CAP holds, and in a kernel it can only be lowered.",
    ).tag(config=True)
    redact = List(
        Enum(["cards", "emails", "phones", "ibans"]),
        ["cards", "emails", "phones", "ibans"],
        help="Personal data that is replaced before anything is sent; credentials always are.",
    ).tag(config=True)
    output_bytes = Int(32_768, min=1_000, help="Bytes of an execution's output the model gets, head and tail.").tag(
        config=True
    )
    code_seconds = Float(120.0, min=1.0, help="Seconds after which code the model wrote is interrupted.").tag(
        config=True
    )
    store = Bool(True, help="Keep conversations in a file in Jupyter's data directory; else in memory only.").tag(
        config=True
    )
    keep_content = Bool(
        True, help="Keep what was said, the code and its results; else only that there was a question, its tokens and "
        "the audit's hashes, and a conversation ends with its kernel."
    ).tag(config=True)  # fmt: skip
    keep_reasoning = Bool(True, help="Keep the model's reasoning in the store.").tag(config=True)
    keep_days = Int(0, min=0, help="Days after which a conversation that was not used is forgotten; 0 keeps all.").tag(
        config=True
    )
    notebook = Unicode("", help="Path of the notebook, where it can't be found out.").tag(config=True)
    widget = Bool(
        True, help="Show a turn in a widget with a card to decide in, where the front end has widgets; else as output."
    ).tag(config=True)
    save_reasoning = Bool(True, help="Keep the reasoning in the notebook, folded; else it is only in the store.").tag(
        config=True
    )
    extra_headers = _HeadersTrait(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Headers to send beside our own, such as HTTP-Referer and X-Title for OpenRouter; shown by name only. "
        "Keys belong in %kimi key.",
    ).tag(config=True)
    ca_bundle = Unicode(
        "",
        help="File of the certificates to trust (PEM), or a directory of them. Empty: SSL_CERT_FILE, SSL_CERT_DIR or "
        "REQUESTS_CA_BUNDLE as they were when the extension was loaded, else certifi's.",
    ).tag(config=True)
    allow_http = List(
        Unicode(),
        help="Exact names of hosts that may be asked without encryption, such as a vLLM server in your own network.",
    ).tag(config=True)
    connect_seconds = Float(
        15.0, min=0.1, help="Seconds after which a connection that does not stand is given up."
    ).tag(config=True)
    first_seconds = Float(
        60.0, min=0.1, help="Seconds to wait for the beginning of a reply; a server that reads slowly wants more."
    ).tag(config=True)
    read_seconds = Float(
        120.0, min=0.1, help="Seconds without a word in the middle of a reply after which it counts as broken off."
    ).tag(config=True)

    def fix_cap(self, *caps: str) -> None:
        """From now on the cap is the strictest of what is set and these, and can only be lowered."""
        self.detail_cap = strictest([self.detail_cap, *caps])
        self._fixed_cap = self.detail_cap

    @validate("detail_cap")
    def _no_higher(self, proposal: Any) -> Any:
        fixed = getattr(self, "_fixed_cap", "sample")
        if DETAILS.index(proposal["value"]) > DETAILS.index(fixed):
            raise TraitError(f"detail_cap is {fixed} by configuration; here it can be lowered, not raised.")
        return proposal["value"]
