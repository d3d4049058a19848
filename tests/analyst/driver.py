"""Drives the analyst as a client would: builds requests, runs the code for real, sends the results back.

The digest is the package's own, so that the analyst is tested on what it really gets.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl

from kimi_jupyter.context import describe
from kimi_jupyter.offline.analyst import respond
from kimi_jupyter.offline.reply import Reply

mpl.use("Agg")

RUN_PYTHON = {
    "type": "function",
    "function": {
        "name": "run_python",
        "description": "Runs code.",
        "parameters": {
            "type": "object",
            "properties": {"code": {"type": "string"}, "purpose": {"type": "string"}},
            "required": ["code", "purpose"],
        },
    },
}
FOOTER = "offline endpoint"
MOST_STEPS = 8


@dataclass
class Answered:
    """One turn: the code that was proposed, what it came to, the answer and all reasoning."""

    codes: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    text: str = ""
    reasoning: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> set[float]:
        return numbers_in(self.text)


def numbers_in(text: str) -> set[float]:
    """The figures of an answer (a minus sign may be typographic)."""
    return {
        float(found)
        for found in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\d)", text.replace("−", "-"))
    }


def has(answered: Answered, figure: float) -> bool:
    """Whether an answer reports a figure, at the precision it was told with."""
    precision = 0.0051 if abs(figure) >= 1 else 0.000051
    return any(abs(number - figure) <= precision for number in answered.numbers)


Decide = Callable[[int, str], str | None]


@dataclass
class Client:
    """A client with a session: sends whole conversations, and runs what comes back in ``names``."""

    names: dict[str, Any]
    context: str = ""
    tools: tuple[dict[str, Any], ...] = (RUN_PYTHON,)
    messages: list[dict[str, Any]] = field(default_factory=list)
    session: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session = {"__name__": "__main__", **self.names}

    def body(self) -> dict[str, Any]:
        return {"model": "kimi-k2-thinking", "messages": self.messages, "tools": list(self.tools)}

    def ask(self, question: str, decide: Decide | None = None) -> Answered:
        """Asks, and goes through the turn to its answer. ``decide`` gives the tool's text instead of running."""
        content = f"<context>\n{self.context}\n</context>\n\n{question}" if self.context else question
        self.messages.append({"role": "user", "content": content})
        done = Answered()
        for step in range(MOST_STEPS):
            reply = respond(self.body())
            assert respond(json.loads(json.dumps(self.body()))) == reply, "not deterministic"
            done.reasoning.append(reply.reasoning)
            if not reply.calls:
                done.text = reply.text
                self.messages.append({"role": "assistant", "content": reply.text, "reasoning_content": reply.reasoning})
                return done
            self._call(reply, step, done, decide)
        raise AssertionError(f"no answer after {MOST_STEPS} steps: {done.codes}")

    def _call(self, reply: Reply, step: int, done: Answered, decide: Decide | None) -> None:
        ((name, arguments),) = reply.calls
        code = arguments["code"]
        compile(code, "<code>", "exec")
        done.codes.append(code)
        told = decide(step, code) if decide else None
        output = run(code, self.session) if told is None else told
        done.outputs.append(output)
        call = f"{name}:{len(self.messages)}"
        function = {"name": name, "arguments": json.dumps(arguments)}
        self.messages += [
            {
                "role": "assistant",
                "content": "",
                "reasoning_content": reply.reasoning,
                "tool_calls": [{"id": call, "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": call, "name": name, "content": output or "(no output)"},
        ]


def run(code: str, session: dict[str, Any]) -> str:
    """Runs code and returns what it printed, with the traceback if it failed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(code, "<cell>", "exec"), session)
        except Exception:  # noqa: BLE001 -- what the user's code raises is a result
            out.write(traceback.format_exc())
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    return out.getvalue()


def digest(frames: Mapping[str, Any]) -> str:
    """The values of a context, as the package describes them."""
    return "\n".join(["# Values in memory", *(f"## {name}\n{describe(value, name)}" for name, value in frames.items())])
