"""The loop: ask, think, approve, run, answer.

One turn as a stream of events. The loop knows a client, a gate and an executor by their protocols, and nothing of
kernels or notebooks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..chat.assemble import Assembly, Reply
from ..chat.client import ModelClient
from ..chat.events import (
    CallFinished,
    CallOutput,
    CallProposed,
    CallStarted,
    CallStatus,
    Decided,
    EndReason,
    Event,
    Notice,
    StepStarted,
    TurnEnded,
    TurnStarted,
    UsageReported,
)
from ..chat.messages import Assistant, System, ToolCall, ToolResult, Usage
from ..chat.wire import estimate_message, estimate_tools, reply_limit, request_body
from ..errors import EndpointError, StoreError
from ..settings import Endpoint
from .conversation import Conversation
from .gate import Gate
from .instructions import SYSTEM
from .source import Refusal, Source, canonical, digest
from .tools import RUN_PYTHON, Rejected, Tool, Toolbox

__all__ = ["Agent", "Execution", "Executor", "Limits"]

#: Calls of one message that are carried out; a hostile endpoint sent thousands (hazards PRO-28).
_MOST_CALLS = 16


@dataclass(frozen=True, slots=True)
class Execution:
    """How a run ended.

    Attributes
    ----------
    status
        ``ok``, ``error`` (the code raised) or ``interrupted``.
    outputs
        nbformat outputs, in order.
    text
        What the model is told of it, within its budget.
    seconds
        How long it ran.
    """

    status: CallStatus
    outputs: tuple[dict[str, Any], ...]
    text: str
    seconds: float


class Executor(Protocol):
    """Runs code where the user's variables live. One of the three seams."""

    @property
    def place(self) -> tuple[str, int]:
        """Id of the kernel and its epoch (how often it restarted): what an approval is bound to."""
        ...

    async def run(self, code: str) -> Execution:
        """Run source exactly as it is."""
        ...

    async def call(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Execution:
        """Call a tool's function; its return value is what the model is told."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a turn: requests to the model, tokens of one reply."""

    steps: int = 300
    max_tokens: int = 32_768


@dataclass
class Agent:
    """Everything a turn needs. Made anew for each turn; the conversation is what lasts."""

    endpoint: Endpoint
    client: ModelClient
    conversation: Conversation
    toolbox: Toolbox
    gate: Gate
    executor: Executor
    limits: Limits = field(default_factory=Limits)
    system: str = SYSTEM
    notices: tuple[str, ...] = ()

    async def run_turn(self, turn: str, prompt: str, message: str) -> AsyncGenerator[Event]:
        """Answer a question.

        Being cancelled is the user's stop: the turn then ends as ``interrupted``, with a history that can go on.

        Parameters
        ----------
        turn
            The turn's id.
        prompt
            The user's words.
        message
            What is sent: the words with their context.

        Yields
        ------
        Event
            By the laws of :mod:`kimi_jupyter.chat.events`.
        """
        yield TurnStarted(turn, self.conversation.key, prompt, self.endpoint.provider.name, self.endpoint.model_id)
        for notice in self.notices:
            yield Notice("info", notice)
        pending: dict[str, CallProposed] = {}
        ending = TurnEnded("failed", "The turn stopped for no known reason.")
        try:
            self.conversation.ask(message)
            async with aclosing(self._steps()) as events:
                async for event in events:
                    if isinstance(event, TurnEnded):
                        ending = event
                        continue
                    if isinstance(event, CallProposed):
                        pending[event.call] = event
                    elif isinstance(event, CallFinished):
                        pending.pop(event.call, None)
                    yield event
        except asyncio.CancelledError:
            ending = TurnEnded("interrupted", "Stopped by you.")
        except (EndpointError, StoreError) as error:
            ending = TurnEnded("failed", str(error))
        for call in pending:
            yield CallFinished(call, "interrupted", "Interrupted by the user.")
        self.conversation.heal()
        yield ending

    async def _steps(self) -> AsyncGenerator[Event]:
        for step in range(1, self.limits.steps + 1):
            yield StepStarted(step)
            reply: Reply | None = None
            async with aclosing(self._request()) as events:
                async for event in events:
                    if isinstance(event, Reply):
                        reply = event
                    else:
                        yield event
            assert reply is not None
            kept = self.conversation.reply(_remembered(reply))
            if reply.finish != "tool_calls":
                yield _ending(reply, kept)
                return
            async with aclosing(self._calls(reply)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, CallFinished) and event.status == "interrupted":
                        yield TurnEnded("interrupted", "Stopped by you while code was running.")
                        return
            if self.gate.exhausted:
                yield TurnEnded(
                    "limit", "Paused after several refusals in a row; say in a new cell what you want instead."
                )
                return
        yield TurnEnded("limit", f"Paused after {self.limits.steps} steps; ask on to continue, or raise --max-steps.")

    # ---- one request -------------------------------------------------------------------------------------------------

    async def _request(self) -> AsyncGenerator[Any]:
        """Stream one reply: its events, and last the :class:`Reply`."""
        conversation, model = self.conversation, self.endpoint.model
        tools = self.toolbox.definitions()
        prompt = conversation.tokens(estimate_tools(tools) + estimate_message(System(self.system)))
        body = request_body(
            conversation.prompt(self.system),
            tools,
            model=model,
            model_id=self.endpoint.model_id,
            max_tokens=reply_limit(
                self.limits.max_tokens, context=model.context, prompt=prompt, max_output=model.max_output
            ),
            cache_key=conversation.key,
        )
        assembly = Assembly(first_call=conversation.calls, taken=conversation.call_ids)
        try:
            async with aclosing(self.client.stream(body)) as deltas:
                async for delta in deltas:
                    for event in assembly.feed(delta):
                        yield event
        except (asyncio.CancelledError, EndpointError):
            self._keep_partial(assembly)
            raise
        reply = assembly.reply()
        usage = reply.usage or Usage(
            prompt=prompt, completion=max(0, estimate_message(reply.message) - 4), estimated=True
        )
        if reply.usage is not None:
            conversation.measure(usage.prompt)
        yield UsageReported(self._priced(usage), model.context)
        yield reply

    def _keep_partial(self, assembly: Assembly) -> None:
        """What was said before the stop stays in the conversation; half-written calls do not."""
        if not assembly.empty:
            self.conversation.reply(replace(assembly.reply().message, calls=()))

    def _priced(self, usage: Usage) -> Usage:
        if usage.cost is not None:
            return usage
        price = self.endpoint.model.price
        return replace(usage, cost=price.cost(usage.prompt, usage.completion, usage.cached))

    # ---- its calls ---------------------------------------------------------------------------------------------------

    async def _calls(self, reply: Reply) -> AsyncGenerator[Event]:
        for number, call in enumerate(reply.message.calls):
            if self.gate.exhausted or number >= _MOST_CALLS:
                why = "after several refusals" if self.gate.exhausted else f"only {_MOST_CALLS} calls are taken at once"
                self.conversation.answer(ToolResult(call.id, call.name, f"Not carried out: {why}."))
                continue
            async with aclosing(self._call(call, reply.raw_arguments[call.id])) as events:
                async for event in events:
                    if isinstance(event, CallFinished):  # remembered before it is told
                        self.conversation.answer(ToolResult(call.id, call.name, event.text))
                    yield event

    async def _call(self, call: ToolCall, raw: str) -> AsyncGenerator[Event]:
        parsed = self.toolbox.parse(call.name, raw)
        if isinstance(parsed, Rejected):
            yield _invalid(call, raw)
            yield CallFinished(call.id, "invalid", parsed.message)
            return
        tool, arguments = parsed.tool, parsed.arguments
        source = canonical(str(arguments["code"])) if tool.name == RUN_PYTHON.name else None
        if isinstance(source, Refusal):
            yield _invalid(call, raw, code=str(arguments["code"]))
            yield CallFinished(call.id, "invalid", source.message)
            return
        for flag in source.flags if source else ():
            yield Notice("warning", flag)
        proposal = self._proposal(call, tool, arguments, source)
        yield proposal
        edited = ""
        if proposal.gated:
            decision = await self.gate.decide(proposal)
            if decision.verdict == "edit":
                proposal, decision, edited = self._edit(proposal, decision)
            yield decision
            if decision.verdict == "deny":
                yield CallFinished(call.id, "denied", _denial(decision))
                return
        yield CallStarted(call.id)
        if proposal.code is not None:
            execution = await self.executor.run(proposal.code)
        else:
            assert tool.function is not None
            execution = await self.executor.call(tool.function, arguments)
        for output in execution.outputs:
            yield CallOutput(call.id, output)
        yield CallFinished(call.id, execution.status, edited + execution.text, execution.seconds)

    def _proposal(self, call: ToolCall, tool: Tool, arguments: dict[str, Any], source: Source | None) -> CallProposed:
        text = source.text if source else json.dumps([tool.name, arguments], sort_keys=True)
        return CallProposed(
            call.id,
            tool.name,
            arguments,
            source.text if source else None,
            str(arguments.get("purpose", "")) if source else "",
            self._digest(text),
            tool.gated,
        )

    def _digest(self, text: str) -> str:
        """What a decision on this text, in this kernel, is bound to."""
        kernel, epoch = self.executor.place
        return digest(text, kernel=kernel, epoch=epoch)

    def _edit(self, proposal: CallProposed, decision: Decided) -> tuple[CallProposed, Decided, str]:
        """The call as the user wants it: a new text with a digest of its own; the model is told so."""
        source = canonical(decision.code or "")
        if isinstance(source, Refusal):  # who asks checks this too and asks again; what slips through does not run
            reason = f"The user's edit could not run: {source.message}"
            return proposal, replace(decision, verdict="deny", code=None, reason=reason), ""
        edited = replace(proposal, code=source.text, digest=self._digest(source.text))
        note = f"The user edited the code. What ran was:\n{source.text}\nIts result:\n"
        return edited, replace(decision, code=source.text), note


def _remembered(reply: Reply) -> Assistant:
    """The message to keep; calls of a reply that was cut are dropped, since none of them will be carried out."""
    return reply.message if reply.finish == "tool_calls" else replace(reply.message, calls=())


def _invalid(call: ToolCall, raw: str, code: str | None = None) -> CallProposed:
    """A call that can't be carried out, so that it is seen; it is never decided on."""
    return CallProposed(call.id, call.name, {} if code is not None else {"arguments": raw[:2000]}, code, "", "", False)


def _denial(decision: Decided) -> str:
    if decision.by == "rule":
        return f"Not run. {decision.reason}"
    reason = decision.reason.strip()
    return f"The user refused to run this{f', saying: {reason}' if reason else ' and gave no reason.'}"


_ENDINGS: dict[str, tuple[EndReason, str]] = {
    "length": ("incomplete", "The reply hit its token limit; raise it: %config KimiMagics.max_tokens = 64000"),
    "content_filter": ("incomplete", "The endpoint's content filter stopped the reply."),
    "error": ("failed", "The endpoint ended the reply with an error; run the cell again."),
    "cut": ("incomplete", "The connection ended in the middle of the reply; run the cell again."),
}


def _ending(reply: Reply, kept: bool) -> TurnEnded:
    if reply.finish in _ENDINGS:
        return TurnEnded(*_ENDINGS[reply.finish])
    if not kept:
        return TurnEnded("incomplete", "The model thought but did not answer; run the cell again.")
    return TurnEnded("complete")
