"""Carrying out the calls of a reply: understood, shown, decided, run, answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from ..chat.assemble import Reply
from ..chat.events import CallFinished, CallOutput, CallProposed, CallStarted, CallStatus, Decided, Event, Notice
from ..chat.messages import ToolCall, ToolResult
from ..errors import KimiError
from .conversation import Conversation
from .effects import effects
from .execution import Execution, Executor
from .gate import Gate
from .guard import LoopGuard
from .source import Refusal, canonical, digest
from .tools import RUN_PYTHON, Prepared, Rejected, Tool, Toolbox

__all__ = ["Calls"]

#: Calls of one message that are carried out; a hostile endpoint sent thousands (hazards PRO-28).
_MOST_CALLS = 16
#: Replies with calls, where none are wanted any more, at which the turn ends.
_IN_VAIN = 2
#: Seconds a tool on the engine may take.
_ENGINE_SECONDS = 60.0


@dataclass
class Calls:
    """Carries out the calls of one turn."""

    conversation: Conversation
    toolbox: Toolbox
    gate: Gate
    executor: Executor
    guard: LoopGuard = field(default_factory=LoopGuard)
    _in_vain: int = 0

    @property
    def exhausted(self) -> str:
        """Why the turn should end here, or ``""``."""
        if self.gate.exhausted:
            return "Paused after several refusals in a row; say in a new cell what you want instead."
        if self.guard.exhausted:
            return "Paused: the model kept repeating itself. Say in a new cell how to go on."
        if self._in_vain >= _IN_VAIN:
            return "Paused: the model went on calling tools instead of wrapping up. What it said so far is above."
        return ""

    async def carry_out(self, reply: Reply, *, wrapping: bool = False) -> AsyncGenerator[Event]:
        """Carry out a reply's calls one after another; each is answered in the conversation before it is told.

        Parameters
        ----------
        reply
            The reply.
        wrapping
            Whether the user wants the answer now: then no call is carried out.
        """
        self._in_vain += wrapping
        for number, call in enumerate(reply.message.calls):
            if self.exhausted or wrapping or number >= _MOST_CALLS:
                why = f"only {_MOST_CALLS} calls are taken at once"
                if self.exhausted or wrapping:
                    why = "the user wants the answer now" if wrapping else "the turn is paused"
                self.conversation.answer(ToolResult(call.id, call.name, f"Not carried out: {why}."))
                continue
            async with aclosing(
                self._call(call, "" if call.id in reply.nameless else call.name, reply.raw_arguments[call.id])
            ) as events:
                async for event in events:
                    if isinstance(event, CallFinished):
                        self.conversation.answer(ToolResult(call.id, call.name, event.text))
                    yield event

    async def _call(self, call: ToolCall, name: str, raw: str) -> AsyncGenerator[Event]:
        parsed = self.toolbox.parse(name, raw)
        if isinstance(parsed, Rejected):
            self.guard.note_invalid()
            yield _invalid(call, raw)
            yield CallFinished(call.id, "invalid", parsed.message)
            return
        tool = parsed.tool
        looked = await self._look(tool, parsed.arguments)
        if isinstance(looked, Rejected):
            self.guard.note_invalid()
            yield _invalid(call, raw, code=_code_of(tool, parsed.arguments))
            yield CallFinished(call.id, "invalid", looked.message)
            return
        if repeated := self.guard.note(tool.name, looked.arguments):
            yield _invalid(call, raw, code=looked.code)
            yield CallFinished(call.id, "invalid", repeated)
            return
        for flag in looked.flags:
            yield Notice("warning", flag)
        proposal = self._proposal(call, tool, looked)
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
        execution = await self._run(tool, proposal.code, looked.arguments)
        for output in execution.outputs:
            yield CallOutput(call.id, output)
        yield CallFinished(call.id, execution.status, edited + execution.text, execution.seconds)

    async def _run(self, tool: Tool, code: str | None, arguments: dict[str, Any]) -> Execution:
        if tool.name == RUN_PYTHON.name and code is not None:
            return await self.executor.run(code)
        assert tool.function is not None
        if tool.place == "notebook":
            ended: Execution = await tool.function(**arguments)
            return ended
        if tool.place == "engine":
            return await _on_engine(tool, arguments)
        return await self.executor.call(tool.function, arguments)

    async def _look(self, tool: Tool, arguments: dict[str, Any]) -> Prepared | Rejected:
        """What a call would do, or why it can't be carried out, before anybody is shown it."""
        if tool.prepare is not None:
            return await tool.prepare(**arguments)
        code = _code_of(tool, arguments)
        if code is None:
            return Prepared(arguments)
        source = canonical(code)
        if isinstance(source, Refusal):
            return Rejected(source.message)
        return Prepared(arguments, source.text, source.flags)

    def _proposal(self, call: ToolCall, tool: Tool, looked: Prepared) -> CallProposed:
        code, arguments = looked.code, looked.arguments
        return CallProposed(
            call.id,
            tool.name,
            arguments,
            code,
            "" if code is None else str(arguments.get("purpose", "")),
            self._digest(json.dumps([tool.name, arguments], sort_keys=True) if code is None else code),
            tool.gated,
            {} if code is None else self._effects(code),
        )

    def _effects(self, code: str) -> dict[str, list[str]]:
        return effects(code, names=self.executor.names()).chips()

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
        return edited, replace(decision, code=source.text, effects=self._effects(source.text)), note


async def _on_engine(tool: Tool, arguments: dict[str, Any]) -> Execution:
    """Call a tool that needs no kernel. What goes wrong with it is its result."""
    assert tool.function is not None
    started = time.monotonic()
    status: CallStatus = "ok"
    try:
        async with asyncio.timeout(_ENGINE_SECONDS):
            text = str(await tool.function(**arguments))
    except TimeoutError:
        status, text = "error", f"{tool.name} did not answer within {_ENGINE_SECONDS:.0f} s."
    except KimiError as error:
        status, text = "error", str(error)
    return Execution(status, (), text, time.monotonic() - started)


def _code_of(tool: Tool, arguments: dict[str, Any]) -> str | None:
    """The code that a call gives to be run."""
    return str(arguments["code"]) if tool.name == RUN_PYTHON.name else None


def _invalid(call: ToolCall, raw: str, code: str | None = None) -> CallProposed:
    """A call that can't be carried out, so that it is seen; it is never decided on."""
    return CallProposed(call.id, call.name, {} if code is not None else {"arguments": raw[:2000]}, code, "", "", False)


def _denial(decision: Decided) -> str:
    if decision.by == "rule":
        return f"Not run. {decision.reason}"
    reason = decision.reason.strip()
    return f"The user refused to run this{f', saying: {reason}' if reason else ' and gave no reason.'}"
