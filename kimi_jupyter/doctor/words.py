"""The findings in words, a line each. What others wrote is made visible on its way. Imports ``chat.visible``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..chat.visible import visible

if TYPE_CHECKING:
    from .exchange import Exchange
    from .report import Loop, Outcome, Report, Verdict

__all__ = [
    "again",
    "heading",
    "loop",
    "models",
    "outcome",
    "places",
    "plain",
    "rate",
    "seconds",
    "summary",
    "thinking",
    "verdict",
]

_PLACES = {
    "choice": "per choice",
    "top level": "beside the choices",
    "trailing chunk": "on a trailing chunk",
    "x_groq": "under x_groq",
}


def _row(name: str, text: str) -> str:
    return f"{name:<13} {plain(text)}"


def plain(text: str) -> str:
    """Text that may be an endpoint's or a model's, as one line that shows all it holds."""
    return re.sub(r"[\n\t]", " ", visible(text))


def seconds(value: float | None) -> str:
    """A time as a reader wants it: ``0.31 s``, ``12 s``."""
    if value is None:
        return "–"
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"


def rate(tokens: float) -> str:
    """A speed: ``61 tokens a second``."""
    return f"{tokens:,.0f} tokens a second"


def money(value: float | None) -> str:
    """A cost in USD, or that it is unknown."""
    if value is None:
        return "cost unknown"
    return "free" if value == 0 else f"${value:.4f}" if value < 0.1 else f"${value:.2f}"


def places(found: Sequence[str]) -> str:
    """Where usage sits, in words."""
    return " and ".join(_PLACES[place] for place in found) if found else "nowhere"


def whole(text: str) -> str:
    """A sentence of somebody else's, in one line, with its full stop."""
    text = plain(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


# ---- lines -----------------------------------------------------------------------------------------------------------


def heading(report: Report) -> list[str]:
    """Endpoint, model, the key's source and, where requests leave this machine, what it will take."""
    from ..settings import is_loopback

    endpoint, plan = report.endpoint, report.plan
    if endpoint is None or plan is None:
        return []
    lines = [
        _row("endpoint", f"{endpoint.provider.title} ({endpoint.provider.name}), {endpoint.base_url}"),
        _row("model", endpoint.model_id),
        _row("key", endpoint.key_source),
    ]
    if not is_loopback(endpoint.base_url):
        tokens = f"about {plan.prompt_tokens:,} tokens in and {plan.completion_tokens:,} out"
        lines.append(_row("plan", f"{plan.requests} requests, {tokens}, about {money(plan.cost)}"))
    return lines


def models(report: Report) -> str:
    """What the endpoint lists."""
    listed, endpoint = report.listed, report.endpoint
    if not listed or endpoint is None:
        return _row("models", "none are listed")
    if endpoint.model_id in listed:
        return _row("models", f"{len(listed)} listed, {endpoint.model_id} among them")
    kimi = [name for name in listed if "kimi" in name.lower()]
    named = f"; of Kimi's: {', '.join(sorted(kimi)[:8])}" if kimi else ""
    return _row("models", f"{len(listed)} listed, {endpoint.model_id} is not among them{named}")


def thinking(report: Report) -> list[str]:
    """The thinking reply and its times."""
    exchange = report.thinking
    if exchange is None:
        return []
    if exchange.error is not None:  # the verdict says why
        return [_row("thinking", "broke off" if exchange.reply else "failed")]
    message, timing = exchange.message, exchange.timing
    fields = " and ".join(exchange.facts.reasoning_fields) or "no field"
    lines = [
        _row("thinking", f"{len(message.reasoning or ''):,} characters in {fields}; {len(message.text):,} of answer"),
        _row(
            "latency",
            f"headers {seconds(timing.headers)}, first byte {seconds(timing.first_byte)}, "
            f"first reasoning {seconds(timing.first_reasoning)}, first text {seconds(timing.first_text)}, "
            f"end {seconds(timing.total)}",
        ),
    ]
    if timing.tokens_per_second is not None:
        lines.append(_row("speed", rate(timing.tokens_per_second)))
    return lines


def again(exchange: Exchange) -> str:
    """The same request a second time: the prefix cache."""
    if exchange.error is not None:
        return _row("cache", f"the same request failed the second time: {exchange.error}")
    if exchange.usage is None:
        return _row("cache", "not known: no usage is told")
    hit, prompt = exchange.usage.cached, exchange.usage.prompt
    return _row("cache", f"{hit:,} of {prompt:,} prompt tokens of the same request were cached")


def loop(found: Loop) -> list[str]:
    """Call, result, answer."""
    if not found.called:
        return [_row("tool call", f"failed: {found.error}" if found.error else "none was made when asked for one")]
    parts = [", ".join(found.called), "arguments valid" if found.valid else "arguments not valid"]
    if found.error:
        parts.append(f"then failed: {found.error}")
    elif found.answered:
        parts.append("result read, answered" if found.result_used else "answered without the result")
    else:
        parts.append("no answer followed")
    return [_row("tool call", "; ".join(parts))]


def outcome(found: Outcome, number: int, count: int) -> str:
    """A probe."""
    if found.error:
        text = f"failed: {found.error}"
    elif found.called:
        text = f"called {', '.join(found.called)}" + ("" if found.valid else f" – {found.fault}")
    else:
        text = "answered"
    if not found.error and not (found.as_expected and found.right_tool):
        text += f" (expected: {' or '.join(found.probe.expects) or 'no call'})"
    return _row(f"probe {number}/{count}", f"{found.probe.name:<23} {text}")


def summary(report: Report) -> list[str]:
    """The figures at the end."""
    lines: list[str] = []
    if report.outcomes:
        f1, (right, called) = report.trigger_f1, report.schema_counts
        expected = sum(one.as_expected for one in report.answered)
        score = "none" if f1 is None else f"F1 {f1:.2f}"
        lines += [
            _row("trigger", f"{score}: {expected} of {len(report.answered)} called a tool, or none, as expected"),
            _row("schema", f"{right} of {called} calls follow their schema" if called else "no call was made"),
        ]
    if report.thinking is not None and report.thinking.error is None:
        lines += _wire(report)
    usage = report.usage
    if usage.prompt:
        spent = f"{usage.prompt:,} in ({usage.cached:,} cached), {usage.completion:,} out, {money(usage.cost)}"
        lines.append(_row("tokens", f"{len(report.exchanges)} requests: {spent}"))
    if report.balance is not None:
        lines.append(_row("balance", f"{report.balance.available:,.2f} {report.balance.currency}"))
    return lines


def _wire(report: Report) -> list[str]:
    facts = report.facts
    done = {True: "[DONE] came", False: "[DONE] did not come", None: "no stream"}[facts.done]
    finish = f"finish_reason {', '.join(facts.finish_reasons)}" if facts.finish_reasons else "no finish_reason"
    ids = f"tool ids {', '.join(facts.id_forms)}" if facts.id_forms else "no tool ids"
    lines = [_row("wire", f"usage {places(facts.usage_places)}; {finish}; {done}; {ids}")]
    if facts.leaks:
        lines.append(_row("leaks", ", ".join(facts.leaks)))
    if report.estimate_error is not None:
        lines.append(_row("estimate", f"our token estimate is {report.estimate_error:+.0%} off prompt_tokens"))
    return lines


def verdict(found: Verdict) -> str:
    """The verdict, with one line for each problem and note where there are problems."""
    if not found.problems:
        return found.text
    opening = found.text.partition(":")[0]
    rows = [f"  {number}. {problem}" for number, problem in enumerate(found.problems, 1)]
    return "\n".join([f"{opening}:", *rows, *(f"  Note: {note}" for note in found.notes)])
