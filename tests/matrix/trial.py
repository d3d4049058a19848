"""One turn under one fault, and what is wrong with how it went: hazards §4's list, as code.

Real parts only: the HTTP client, the loop, the gate, the offline endpoint over loopback. The ladder of retries is made
short, and so are the deadlines, so that a row of the matrix takes milliseconds.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import io
import re
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest.mock import patch

from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.agent.execution import Execution
from kimi_jupyter.agent.gate import Answer, PolicyGate
from kimi_jupyter.agent.loop import Agent
from kimi_jupyter.agent.tools import RUN_PYTHON, Toolbox
from kimi_jupyter.chat.client import HttpClient
from kimi_jupyter.chat.deadlines import Deadlines
from kimi_jupyter.chat.events import (
    CallFinished,
    CallProposed,
    CallStarted,
    Decided,
    Event,
    ReasoningDelta,
    StepStarted,
    TextDelta,
    TurnEnded,
    TurnStarted,
)
from kimi_jupyter.chat.messages import Assistant
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings import Endpoint, Keys, Settings, resolve

from .cases import ANSWER, KEY, Case

__all__ = ["problems", "quick_retries", "served"]

#: Seconds a reply may be silent where silence is the fault, streamed and in one piece; a busy machine is no fault.
_SILENCE = {True: Deadlines(first=0.4, progress=0.4, total=5.0), False: Deadlines(total=0.5)}
_PATIENT, _SILENT = Deadlines(first=10.0, progress=10.0, total=20.0), ("stall", "slow_first_byte")
#: Seconds no turn may take.
_HANGS = 15.0
_MARKER = re.compile(r"<\|[^|\s]{1,60}\|>|</?think>")
_BACK = "Back again."


@contextlib.contextmanager
def quick_retries() -> Iterator[None]:
    """Ask again after hundredths of a second: the ladder's steps are its constants, no part of its logic."""
    with patch("kimi_jupyter.chat.retry._FIRST", 0.01):
        yield


@contextlib.contextmanager
def served(dialect: str) -> Iterator[OfflineServer]:
    """An endpoint of a dialect, with the key that must be seen nowhere."""
    with OfflineServer(dialect=dialect, key=KEY) as server:
        yield server


@dataclass
class Python:
    """Runs code in a namespace of its own."""

    ran: list[str] = field(default_factory=list)
    namespace: dict[str, object] = field(default_factory=dict)
    place = ("the matrix", 0)

    def names(self) -> dict[str, str]:
        return dict.fromkeys(self.namespace, "")

    async def run(self, code: str) -> Execution:
        self.ran.append(code)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                builtins.exec(code, self.namespace)
        except Exception:  # noqa: BLE001 - whatever the code raises is its result
            return Execution("error", (), traceback.format_exc(limit=1), 0.0)
        return Execution("ok", (), printed.getvalue(), 0.0)

    async def call(self, function: object, arguments: object) -> Execution:
        raise AssertionError("there is no other tool")


@dataclass
class Host:
    """A conversation whose user allows each call that is asked about, and keeps what was asked."""

    endpoint: Endpoint
    executor: Python = field(default_factory=Python)
    asked: list[str] = field(default_factory=list)
    conversation: Conversation = field(default_factory=lambda: Conversation("matrix"))

    async def turn(self, question: str, deadlines: Deadlines = _PATIENT) -> list[Event]:
        """Ask, with a client of its own."""
        client = HttpClient(self.endpoint, deadlines)
        gate, tools = PolicyGate("ask", self._allow), Toolbox([RUN_PYTHON])
        agent = Agent(self.endpoint, client, self.conversation, tools, gate, self.executor)
        try:
            async with asyncio.timeout(_HANGS):
                return [event async for event in agent.run_turn("t", question, question)]
        finally:
            await client.close()

    async def _allow(self, proposal: CallProposed) -> Answer:
        self.asked.append(proposal.code or "")
        return Answer("run")


def problems(server: OfflineServer, case: Case, *, stream: bool) -> list[str]:
    """Run a case. Empty if it survives; else what is wrong, one line each."""
    keys = Keys({"KIMI_JUPYTER_API_KEY": server.key})
    host = Host(resolve(Settings(base_url=server.base_url, stream=stream), keys, offline=lambda: ("", "")))
    server.script(list(case.script))
    before, begun = len(server.requests), time.monotonic()
    try:
        deadlines = _SILENCE[stream] if case.key in _SILENT else _PATIENT
        events = asyncio.run(host.turn("What is six times seven?", deadlines))
    except TimeoutError:
        return [f"hung for {time.monotonic() - begun:.1f} s"]
    except Exception as error:  # noqa: BLE001 - any that gets here is a finding
        return [f"raised {type(error).__name__}: {error}"]
    requests = sum(request.method == "POST" for request in server.requests[before:])
    found = [*_laws(events), *_truth(events, case, stream), *_runs(events, case, host), *_texts(events)]
    if requests > case.requests:
        found.append(f"asked {requests} times")
    if host.conversation.open_calls:
        found.append("left calls unanswered")
    return found + _next(server, host)


def _of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def _laws(events: list[Event]) -> Iterator[str]:
    """The laws of events."""
    if (
        not isinstance(events[0], TurnStarted)
        or len(_of(TurnEnded, events)) != 1
        or not isinstance(events[-1], TurnEnded)
    ):
        yield "did not begin and end exactly once"
    if [event.call for event in _of(CallFinished, events)] != [event.call for event in _of(CallProposed, events)]:
        yield "calls proposed and finished differ"


def _truth(events: list[Event], case: Case, stream: bool) -> Iterator[str]:
    """What the user is told of the end is so, in one line."""
    end = _of(TurnEnded, events)[-1]
    if end.reason not in case.truths(stream=stream):
        yield f"said {end.reason} ({end.message})"
    last = max((place for place, event in enumerate(events) if isinstance(event, StepStarted)), default=0)
    text = "".join(event.text for event in _of(TextDelta, events[last:])).strip()
    if (end.reason == "complete") != (text == ANSWER):
        yield f"said {end.reason} of the text {text!r}"
    if end.reason != "complete" and not (0 < len(end.message) < 500):
        yield f"told the end in {len(end.message)} characters"
    if "\n" in end.message:
        yield f"told the end with more than a line: {end.message!r}"


def _runs(events: list[Event], case: Case, host: Host) -> Iterator[str]:
    """What ran was allowed, and was what the model had called for."""
    ran = host.executor.ran
    if ran != host.asked:
        yield f"ran {ran}, allowed was {host.asked}"
    if ran != list(case.ran):
        yield f"ran {ran}"
    allowed = {event.call for event in _of(Decided, events) if event.verdict == "run" and event.by == "user"}
    if not {event.call for event in _of(CallStarted, events)} <= allowed:
        yield "started a call that nobody had allowed"


def _texts(events: list[Event]) -> Iterator[str]:
    """No marker and no key reaches a screen, however it was cut."""
    for kind in (TextDelta, ReasoningDelta):
        marker = _MARKER.search("".join(event.text for event in _of(kind, events)))
        if marker:
            yield f"showed {marker[0]} in a {kind.__name__}"
    if KEY in repr(events):
        yield "showed the key"


def _next(server: OfflineServer, host: Host) -> list[str]:
    """The next question works, with a history that the strict endpoint takes."""
    server.script([Reply("Again.", _BACK)])
    before = len(server.requests)
    try:
        events = asyncio.run(host.turn("And now?"))
    except TimeoutError:
        return ["hung at the next question"]
    except Exception as error:  # noqa: BLE001 - any that gets here is a finding
        return [f"raised {type(error).__name__} at the next question: {error}"]
    end, last = events[-1], host.conversation.messages[-1]
    if not isinstance(end, TurnEnded) or end.reason != "complete":
        return [f"the next question ended with {end}"]
    statuses = [request.status for request in server.requests[before:]]
    if statuses not in ([200], [0]):  # 0: the endpoint has not written it down yet
        return [f"the next question was answered with {statuses}"]
    if not isinstance(last, Assistant) or last.text.strip() != _BACK:
        return [f"the next answer was {last}"]
    return []
