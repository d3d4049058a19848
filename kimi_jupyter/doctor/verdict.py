"""What the findings come to: works, works with problems, or unusable, and what to set. Asks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .report import Report, Verdict
from .words import places, plain, rate, seconds, whole

if TYPE_CHECKING:
    from ..settings import Endpoint

__all__ = ["LEAST_F1", "SLOW", "judge"]

#: Seconds to the first token, and tokens a second, from which on an endpoint is slow to work with.
SLOW, _SLOW_RATE = 15.0, 8.0
#: Agreement on when to call a tool, as K2-Vendor-Verifier demands it of K2 Thinking (protocol §10).
LEAST_F1 = 0.73
#: How far our token estimate may be off before it is worth a word.
_ESTIMATE = 0.25


def judge(report: Report, *, slow: float = SLOW) -> Verdict:
    """The verdict on what is known.

    Parameters
    ----------
    report
        The findings, whole or up to where the user stopped.
    slow
        Seconds to the first token that count as slow.
    """
    if report.failure:
        return Verdict("unusable", f"Unusable: {plain(report.failure)}")
    thinking = report.thinking
    if thinking is not None and thinking.error is not None:
        return Verdict("unusable", f"Unusable: {plain(str(thinking.error))}")
    if thinking is None:
        return Verdict("problems", "Stopped by you before an answer came: nothing is known.")
    problems, notes = (*_problems(report, slow),), (*_notes(report),)
    if report.stopped:
        seen = f" So far: {' '.join(problems)}" if problems else f" So far it works: {_strengths(report)}"
        return Verdict("problems", f"Stopped by you.{seen}", problems, notes)
    if not problems:
        return Verdict("works", f"Works: {_strengths(report)} {' '.join(notes)}".strip(), (), notes)
    count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    return Verdict("problems", f"Works, with {count}: {' '.join([*problems, *notes])}", problems, notes)


def _strengths(report: Report) -> str:
    """What works, in a few sentences."""
    right, called = report.schema_counts
    parts = ["thinks" if report.thinking and report.thinking.message.reasoning else "answers"]
    if report.loop is not None and report.loop.answered:
        parts.append("calls tools")
    if called:
        parts.append(f"follows schemas {right}/{called}")
    if report.answered:
        expected = sum(outcome.as_expected for outcome in report.answered)
        parts.append(f"calls when it should {expected}/{len(report.answered)}")
    timing = report.timing
    speed = f" First token after {seconds(timing.first_token)}" if timing.first_token is not None else ""
    if speed:
        speed += f", {rate(timing.tokens_per_second)}." if timing.tokens_per_second else "."
    return f"{', '.join(parts)}. Usage is told {places(report.facts.usage_places)}.{speed}"


# ---- problems --------------------------------------------------------------------------------------------------------


def _problems(report: Report, slow: float) -> Iterator[str]:
    yield from _wire_problems(report)
    yield from _loop_problems(report)
    yield from _probe_problems(report)
    timing = report.timing
    if timing.first_token is not None and timing.first_token >= slow:
        yield f"Slow: the first token took {seconds(timing.first_token)}."
    if timing.tokens_per_second is not None and timing.tokens_per_second < _SLOW_RATE:
        yield f"Slow: {rate(timing.tokens_per_second)}."


def _wire_problems(report: Report) -> Iterator[str]:
    endpoint, facts, thinking = report.endpoint, report.facts, report.thinking
    assert endpoint is not None
    assert thinking is not None
    if report.broken_off:
        yield f"A reply broke off, and came when it was asked for again: {whole(report.broken_off)}"
    if any(leak.startswith("tool calls") for leak in facts.leaks):
        where = " and ".join(leak.rpartition(" ")[2] for leak in facts.leaks if leak.startswith("tool calls"))
        saved = any(exchange.reply and exchange.reply.recovered for exchange in report.exchanges)
        also = " (they are recovered where they are whole)" if saved else ""
        yield f"Raw tool calls leak into the {where}{also}: {_set(endpoint, 'tool-call')}"
    if any(leak.startswith("end tokens") for leak in facts.leaks):
        yield "Raw end tokens leak into the text: the server's parser for Kimi is old; update the server."
    if any(leak.startswith("think tags") for leak in facts.leaks):
        yield f"The reasoning stands in the text, between think tags: {_set(endpoint, 'reasoning')}"
    elif not facts.reasoning_fields and endpoint.model.thinking != "none":
        yield f"No reasoning came, though {endpoint.model.title} thinks: {_set(endpoint, 'reasoning')}"
    if not thinking.message.text.strip():
        yield "The model thought and gave no answer; ask again, or choose another endpoint if it stays so."
    if not facts.finish_reasons:
        yield "Replies end without finish_reason, so that a cut one can't be told from a whole one."
    told = [exchange for exchange in report.exchanges if exchange.error is None]
    silent = [exchange for exchange in told if exchange.usage is None]
    if silent:
        count = "" if len(silent) == len(told) else f" in {len(silent)} of {len(told)} replies"
        yield f"Usage is missing{count}: tokens and cost are our estimates."
    if "missing" in facts.id_forms:
        yield "Tool calls come without an id: we give them one."


def _set(endpoint: Endpoint, parser: str) -> str:
    """What to set so that the server parses the model's raw format (protocol §7)."""
    name = endpoint.model.id.lower()
    grammar = "kimi_k3" if "kimi-k3" in name else "kimi_k2" if "kimi" in name else "NAME"
    flag = f"--{parser}-parser {grammar}"
    match endpoint.provider.name:
        case "llama.cpp":
            return "start llama-server with --jinja."
        case "vllm" if parser == "tool-call":
            return f"start vLLM with --enable-auto-tool-choice {flag}."
        case "vllm" | "sglang":
            return f"start {endpoint.provider.title} with {flag}."
        case _:
            also = " (vLLM also --enable-auto-tool-choice)" if parser == "tool-call" else ""
            return f"the server runs without {flag}{also}; set it, or choose another endpoint."


def _loop_problems(report: Report) -> Iterator[str]:
    loop = report.loop
    if loop is None:
        return
    if loop.error:
        yield f"The tool loop failed: {whole(loop.error)}"
    elif not loop.called:
        if not any(leak.startswith("tool calls") for leak in report.facts.leaks):  # then it tried
            yield "It called no tool when asked to use one; work in a notebook needs that."
    elif not loop.answered:
        yield f"It went on calling tools and gave no answer within {len(loop.exchanges)} requests."
    if loop.valid is False:
        yield "Its tool call did not follow the schema."


def _probe_problems(report: Report) -> Iterator[str]:
    failed = [outcome for outcome in report.outcomes if outcome.error]
    if failed:
        yield f"{len(failed)} of {len(report.outcomes)} probes failed: {whole(failed[0].error)}"
    right, called = report.schema_counts
    if right < called:
        first = next(outcome for outcome in report.outcomes if outcome.fault)
        yield f"Only {right} of {called} calls follow their schema, first fault: {whole(first.fault)}"
    f1 = report.trigger_f1
    rules = report.endpoint is not None and report.endpoint.provider.name == "offline"  # a note says so
    if f1 is not None and f1 < LEAST_F1 and not rules:
        missed = sum(bool(one.probe.expects) and not one.called for one in report.answered)
        needless = sum(not one.probe.expects and bool(one.called) for one in report.answered)
        yield f"It calls tools at the wrong time: F1 {f1:.2f} (calls missed: {missed}, needless: {needless})."


# ---- notes -----------------------------------------------------------------------------------------------------------


def _notes(report: Report) -> Iterator[str]:
    endpoint, facts = report.endpoint, report.facts
    assert endpoint is not None
    if report.listed and endpoint.model_id not in report.listed:
        yield f"{endpoint.model_id} answers although the endpoint does not list it."
    if endpoint.model.id in endpoint.provider.retired:
        yield f"{endpoint.model.title} is retired at {endpoint.provider.title}, or about to be."
    if facts.done is False and facts.finish_reasons:
        yield "[DONE] is missing at the end of streams; finish_reason tells their end."
    if any(one.facts.id_forms and "tool_calls" not in one.facts.finish_reasons for one in report.exchanges):
        yield "finish_reason is not tool_calls beside tool calls; we go by the calls."
    if report.again is not None and report.again.usage is not None and not report.again.usage.cached:
        yield "No prefix-cache hits are told: each step of a long conversation may cost its whole prompt."
    if report.loop is not None and report.loop.answered and not report.loop.result_used:
        yield "The answer after the tool call did not repeat its result."
    if report.estimate_error is not None and abs(report.estimate_error) > _ESTIMATE:
        yield f"Our token estimate is {report.estimate_error:+.0%} off here; each reply's usage corrects it."
    if report.balance is not None and report.balance.available <= 0:
        yield "The account's balance is used up; requests will be refused soon."
    if endpoint.provider.name == "offline":
        yield "The offline endpoint is rules, not a language model: its scores say nothing of K2 Thinking."
