"""The check-up itself: one request after another, each finding told as it comes.

It asks nothing of the user and runs nothing of what the model writes. Being cancelled is the user's stop: what is known
by then is the report. Imports errors, settings, chat, and the tools' definitions.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..agent.tools import RUN_PYTHON, Accepted, Tool, Toolbox
from ..chat.messages import Message, System, ToolResult, User
from ..errors import Unreachable
from . import words
from .account import balance
from .exchange import Exchange, Line, request_for
from .facts import Facts
from .probes import LOOP_QUESTION, LOOP_RESULT, PROBES, RESULT, SYSTEM, THINKING_QUESTION, Probe
from .report import Loop, Outcome, Plan, Report
from .verdict import SLOW, judge

if TYPE_CHECKING:
    from ..chat.assemble import Reply
    from ..settings import Endpoint

__all__ = ["Checkup"]

#: Requests of the tool loop, at most: some look at a table before they count its rows.
_STEPS = 4
#: Tokens a reply takes, about: reasoning, and a call or a sentence.
_REPLY = 300


class Checkup:
    """Checks one endpoint.

    Parameters
    ----------
    endpoint
        The endpoint, with key and model.
    probes
        How many of :data:`.probes.PROBES` to try.
    say
        Told each finding, a line at a time, on the loop's thread.
    slow
        Seconds to the first token that count as slow.
    """

    def __init__(self, endpoint: Endpoint, *, probes: int, say: Callable[[str], object], slow: float = SLOW) -> None:
        self.report = Report(endpoint=endpoint, asked=probes)
        self._endpoint = endpoint
        self._probes = PROBES[:probes]
        self._slow = slow
        self._listener = say

    def plan(self) -> Plan:
        """What it will take, about: the loop is thought to need two requests."""
        questions: list[tuple[str, tuple[Tool, ...]]] = [
            *[(THINKING_QUESTION, ())] * 2,
            *[(LOOP_QUESTION, (RUN_PYTHON,))] * 2,
            *((probe.prompt, probe.tools) for probe in self._probes),
        ]
        prompt = sum(
            request_for(self._endpoint, _conversation(question), [tool.definition() for tool in tools])[1]
            for question, tools in questions
        )
        written = _REPLY * len(questions)
        return Plan(len(questions), prompt, written, self._endpoint.model.price.cost(prompt, written))

    async def run(self) -> Report:
        """Do it; returns the report with its verdict, also when it is cancelled."""
        from ..chat.client import HttpClient

        report = self.report
        report.plan = self.plan()
        client = HttpClient(self._endpoint)
        line = Line(self._endpoint, client, self._say, exchanges=report.exchanges)
        try:
            self._tell(words.heading(report))
            report.listed = tuple(await client.models())
            self._tell([words.models(report)])
            if await self._think(line):
                await self._loop(line)
                await self._probe(line)
                report.balance = await balance(self._endpoint, client)
        except asyncio.CancelledError:
            report.stopped = True
        finally:
            await client.close()
        self._tell(words.summary(report))
        report.verdict = judge(report, slow=self._slow)
        return report

    def _say(self, line: str) -> None:
        self._listener(self._endpoint.mask(line))

    def _tell(self, lines: list[str]) -> None:
        for line in lines:
            self._say(line)

    # ---- the steps ---------------------------------------------------------------------------------------------------

    async def _think(self, line: Line) -> bool:
        """One thinking reply, and the same again for the prefix cache; whether it is worth going on."""
        report = self.report
        report.thinking = await line.send(_conversation(THINKING_QUESTION))
        if report.thinking.error is not None and _broke_off(report.thinking):
            report.broken_off = str(report.thinking.error)
            self._tell(words.thinking(report))
            report.thinking = await line.send(_conversation(THINKING_QUESTION))
        self._tell(words.thinking(report))
        if report.thinking.error is not None:
            return False
        report.again = await line.send(_conversation(THINKING_QUESTION))
        self._tell([words.again(report.again)])
        return True

    async def _loop(self, line: Line) -> None:
        """Call, result, answer; the reasoning goes back with the call (protocol §2.5)."""
        toolbox, messages = Toolbox([RUN_PYTHON]), _conversation(LOOP_QUESTION)
        exchanges: list[Exchange] = []
        called: list[str] = []
        valid = True
        while len(exchanges) < _STEPS:
            exchange = await line.send(messages, toolbox.definitions())
            exchanges.append(exchange)
            reply = exchange.reply
            if exchange.error is not None or reply is None or not reply.message.calls:
                break
            called += [call.name for call in reply.message.calls]
            valid = valid and not _fault(reply, toolbox)
            messages += [reply.message]
            messages += [ToolResult(call.id, call.name, LOOP_RESULT) for call in reply.message.calls]
        last = exchanges[-1]
        text = last.message.text.strip() if not last.message.calls else ""
        self.report.loop = Loop(
            tuple(exchanges),
            tuple(called),
            valid if called else None,
            bool(called) and bool(text) and last.error is None,
            bool(called) and RESULT in text.replace(",", ""),
            str(last.error or ""),
        )
        self._tell(words.loop(self.report.loop))

    async def _probe(self, line: Line) -> None:
        for number, probe in enumerate(self._probes, 1):
            toolbox = Toolbox(probe.tools)
            exchange = await line.send(_conversation(probe.prompt), toolbox.definitions())
            outcome = _outcome(probe, exchange, toolbox)
            self.report.outcomes.append(outcome)
            self._tell([words.outcome(outcome, number, len(self._probes))])
            if isinstance(exchange.error, Unreachable) and not _broke_off(exchange):
                return  # it went away: the rest would fail alike


def _broke_off(exchange: Exchange) -> bool:
    """Whether it began well, so that asking again may do."""
    return exchange.facts != Facts() or exchange.reply is not None


def _conversation(question: str) -> list[Message]:
    return [System(SYSTEM), User(question)]


def _outcome(probe: Probe, exchange: Exchange, toolbox: Toolbox) -> Outcome:
    if exchange.error is not None or exchange.reply is None:
        return Outcome(probe, error=str(exchange.error or "nothing came"))
    called = tuple(call.name for call in exchange.message.calls)
    fault = _fault(exchange.reply, toolbox)
    return Outcome(probe, called, not fault if called else None, fault)


def _fault(reply: Reply, toolbox: Toolbox) -> str:
    """What is wrong with the first call that is not by its schema, or ``""``.

    Stricter than what we would carry out: the arguments must be JSON to the letter, as K2-Vendor-Verifier wants.
    """
    for call in reply.message.calls:
        raw = reply.raw_arguments[call.id]
        try:
            json.loads(raw)
        except (ValueError, RecursionError) as error:
            return f"{call.name}: the arguments are no JSON ({error})"
        parsed = toolbox.parse(call.name, raw)
        if not isinstance(parsed, Accepted):
            return f"{call.name}: {parsed.message.partition(f' {call.name} takes: ')[0]}"
    return ""
