"""The JSON document of ``--json``. Imports the report.

Its names are stable; ``version`` goes up when one changes its meaning; times are seconds, money is USD unless
``balance.currency`` says otherwise; ``null`` is what was not found out::

    version        1
    verdict        level: works | problems | unusable · exit_code: 0 | 1 | 2 · text · problems: [text] · notes: [text]
    stopped        whether the user stopped it, so that the rest is what was known by then
    endpoint       provider · title · base_url · key_source (never the key) · model · model_id; null if none was found
    models         listed: count · chosen_listed · kimi: [id]
    plan           requests · prompt_tokens · completion_tokens · cost: what was expected before it began
    wire           reasoning_fields · usage_places · finish_reasons · done · tool_id_forms · leaks · keep_alives
    latency        headers · first_byte · first_reasoning · first_text · total · tokens_per_second: of the first
                   thinking reply
    thinking       ok (an answer came whole) · reasoning_characters · text_characters · error
    cache          prompt_tokens · cached_tokens: of the same request sent again
    tools          called · valid · answered · result_used · requests · error: of the loop call, result, answer
    probes         asked · answered · trigger_f1 · called · valid · schema_accuracy · list: [name · expected: [tool]
                   · called: [tool] · valid · fault · error]
    tokens         requests · prompt · completion · cached · reasoning · cost · estimate_error: as told by the endpoint;
                   estimate_error is our estimate's, as a share of prompt_tokens (median)
    balance        available · currency; null where the endpoint tells none
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .report import EXIT_CODES, Loop, Outcome, Report, Verdict

if TYPE_CHECKING:
    from ..settings import Endpoint
    from .exchange import Exchange
    from .facts import Facts

__all__ = ["document"]


def document(report: Report) -> dict[str, Any]:
    """The document described above."""
    verdict = report.verdict or Verdict("unusable", report.failure)
    right, called = report.schema_counts
    usage = report.usage
    return {
        "version": 1,
        "verdict": {
            "level": verdict.level,
            "exit_code": EXIT_CODES[verdict.level],
            "text": verdict.text,
            "problems": list(verdict.problems),
            "notes": list(verdict.notes),
        },
        "stopped": report.stopped,
        "endpoint": _endpoint(report.endpoint),
        "models": _models(report),
        "plan": asdict(report.plan) if report.plan else None,
        "wire": _wire(report.facts),
        "latency": {name: _rounded(value) for name, value in asdict(report.timing).items()},
        "thinking": _thinking(report.thinking),
        "cache": _cache(report.again),
        "tools": _loop(report.loop),
        "probes": {
            "asked": report.asked,
            "answered": len(report.answered),
            "trigger_f1": _rounded(report.trigger_f1),
            "called": called,
            "valid": right,
            "schema_accuracy": _rounded(right / called) if called else None,
            "list": [_outcome(outcome) for outcome in report.outcomes],
        },
        "tokens": {
            "requests": len(report.exchanges),
            "prompt": usage.prompt,
            "completion": usage.completion,
            "cached": usage.cached,
            "reasoning": usage.reasoning,
            "cost": usage.cost,
            "estimate_error": _rounded(report.estimate_error),
        },
        "balance": asdict(report.balance) if report.balance else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _endpoint(endpoint: Endpoint | None) -> dict[str, Any] | None:
    if endpoint is None:
        return None
    return {
        "provider": endpoint.provider.name,
        "title": endpoint.provider.title,
        "base_url": endpoint.base_url,
        "key_source": endpoint.key_source,
        "model": endpoint.model.id,
        "model_id": endpoint.model_id,
    }


def _models(report: Report) -> dict[str, Any]:
    listed = report.listed
    if not listed or report.endpoint is None:
        return {"listed": None if listed is None else 0, "chosen_listed": None, "kimi": []}
    kimi = [name for name in listed if "kimi" in name.lower()]
    return {"listed": len(listed), "chosen_listed": report.endpoint.model_id in listed, "kimi": kimi}


def _wire(facts: Facts) -> dict[str, Any]:
    found = asdict(facts)
    found["tool_id_forms"] = found.pop("id_forms")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def _thinking(exchange: Exchange | None) -> dict[str, Any] | None:
    if exchange is None:
        return None
    message = exchange.message
    return {
        "ok": exchange.error is None and bool(message.text.strip()),
        "reasoning_characters": len(message.reasoning or ""),
        "text_characters": len(message.text),
        "error": str(exchange.error) if exchange.error else None,
    }


def _cache(exchange: Exchange | None) -> dict[str, Any] | None:
    if exchange is None or exchange.usage is None:
        return None
    return {"prompt_tokens": exchange.usage.prompt, "cached_tokens": exchange.usage.cached}


def _loop(loop: Loop | None) -> dict[str, Any] | None:
    if loop is None:
        return None
    return {
        "called": list(loop.called),
        "valid": loop.valid,
        "answered": loop.answered,
        "result_used": loop.result_used,
        "requests": len(loop.exchanges),
        "error": loop.error or None,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.probe.name,
        "expected": list(outcome.probe.expects),
        "called": list(outcome.called),
        "valid": outcome.valid,
        "fault": outcome.fault or None,
        "error": outcome.error or None,
    }
