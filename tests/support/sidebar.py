"""A front end of the sidebar, over a real kernel's real messages: what JupyterLab's page does, without the page.

``Browser`` reads what a kernel sends and hands it to its ``Page``s; a page has cells, decides on cards, and does what
the kernel asks of it by really running code in the kernel.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import queue
import time
import uuid
from collections.abc import Callable
from typing import Any

from kimi_jupyter.chat.events import event_from_dict
from tests.support.kernels import Execution, Kernel

__all__ = ["Browser", "Page", "sha"]

#: Decides on an open call: the fields of the message to send, or ``None`` to send nothing.
Decide = Callable[["Page", dict[str, Any]], dict[str, Any] | None]


def sha(text: str) -> str:
    """A digest as a page computes it."""
    return hashlib.sha256(text.encode()).hexdigest()


class Browser:
    """What reads a kernel's messages for all its pages."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.pages: dict[str, Page] = {}
        self.running: dict[str, tuple[Execution, Callable[[Execution], None]]] = {}
        self.begun: set[str] = set()

    def start(self, code: str, then: Callable[[Execution], None] = lambda _: None, *, history: bool = True) -> str:
        """Run a cell without waiting for it; ``then`` is called with what came of it."""
        request = str(self.kernel.client.execute(code, store_history=history, allow_stdin=False))
        self.running[request] = Execution(), then
        return request

    def pump(self, until: Callable[[], object], seconds: float = 20) -> None:
        """Take messages in until something holds.

        Raises
        ------
        TimeoutError
            It does not.
        """
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                told = [(page.client, page.kinds[-12:], page.of("refused")) for page in self.pages.values()]
                raise TimeoutError(f"not within {seconds} s; so far {told}")
            self._take_one()

    def idle(self) -> None:
        """Wait until all that was started is done."""
        self.pump(lambda: not self.running)

    def _take_one(self) -> None:
        try:
            message = self.kernel.client.get_iopub_msg(timeout=0.02)
        except queue.Empty:
            return
        kind, content = message["msg_type"], message["content"]
        if kind == "comm_msg" and content["comm_id"] in self.pages:
            self.pages[content["comm_id"]].take(content["data"])
        elif kind == "comm_close" and content["comm_id"] in self.pages:
            self.pages[content["comm_id"]].closed = True
        else:
            self._of_a_run(message["parent_header"].get("msg_id", ""), kind, content)

    def _of_a_run(self, request: str, kind: str, content: dict[str, Any]) -> None:
        if request not in self.running:
            return
        execution, then = self.running[request]
        if kind == "execute_input":
            self.begun.add(request)
        if kind == "status" and content["execution_state"] == "idle":
            execution.reply = self._reply(request)
            del self.running[request]
            then(execution)
        else:
            execution.take(kind, content)

    def _reply(self, request: str) -> dict[str, Any]:
        while True:
            reply = self.kernel.client.get_shell_msg(timeout=20)
            if reply["parent_header"].get("msg_id") == request:
                return dict(reply["content"])


class Page:
    """A tab with a notebook and the sidebar open.

    Parameters
    ----------
    browser
        Where it is.
    decide
        Called with each call that is opened; by default it is run.
    client
        The page's id.
    performs
        Whether it does what the kernel asks of it.
    notebook
        Its notebook's path.

    Attributes
    ----------
    cells
        The notebook's cells, in the form in which they are told.
    streams
        Each turn's events, as its view would have applied them.
    gaps
        How often a number was missed.
    """

    def __init__(
        self,
        browser: Browser,
        decide: Decide | None = None,
        *,
        client: str = "",
        performs: bool = True,
        hello: bool = True,
        notebook: str = "analysis.ipynb",
    ) -> None:
        self.browser = browser
        self.decide = decide or (lambda page, opened: page.run(opened))
        self.client = client or uuid.uuid4().hex
        self.performs = performs
        self.notebook = notebook
        self.messages: list[dict[str, Any]] = []
        self.streams: dict[str, list[Any]] = {}
        self.cells: list[dict[str, Any]] = []
        self.requests: dict[str, dict[str, Any]] = {}
        self.gaps = 0
        self.closed = False
        self._sequences: dict[str, int] = {}
        self._decided: set[str] = set()
        self._numbers = itertools.count(1)
        self._started: dict[str, str] = {}
        self._cancelled: set[str] = set()
        self.open()
        if hello:
            self.hello()

    # ---- what it says ------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open a comm, by a subshell as JupyterLab does."""
        self.comm = uuid.uuid4().hex
        self.browser.pages[self.comm] = self
        self.subshell = self.browser.kernel.subshell()
        self._post(
            "comm_open", {"comm_id": self.comm, "target_name": "kimi_jupyter", "data": {"v": 1, "client": self.client}}
        )

    def hello(self) -> None:
        """Say hello, and wait for all that a page is told first."""
        before = len(self.of("conversation"))
        self.send("hello", notebook=self.notebook, version="0.1.0", language="en")
        self.browser.pump(lambda: len(self.of("conversation")) > before)

    def drop(self) -> None:
        """Close the comm, as a tab that is closed does."""
        del self.browser.pages[self.comm]
        self._post("comm_close", {"comm_id": self.comm, "data": {}})

    def send(self, kind: str, **content: Any) -> int:
        """Send a message; returns its id."""
        number = content.pop("id", None) or next(self._numbers)
        self.post({"v": 1, "id": number, "kind": kind, **content})
        return number

    def post(self, data: Any) -> None:
        """Send data as it is."""
        self._post("comm_msg", {"comm_id": self.comm, "data": data})

    def _post(self, kind: str, content: dict[str, Any]) -> None:
        client = self.browser.kernel.client
        message = client.session.msg(kind, content)
        message["header"]["subshell_id"] = self.subshell
        client.shell_channel.send(message)

    def answer(self, kind: str, **content: Any) -> dict[str, Any]:
        """Send a message and wait for its answer, or its refusal."""
        number = self.send(kind, **content)
        self.browser.pump(lambda: self._about(number))
        return self._about(number)[0]

    def _about(self, number: int) -> list[dict[str, Any]]:
        return [
            one
            for one in self.messages
            if one.get("re") == number or (one["kind"] == "refused" and one["id"] == number)
        ]

    def ask(self, prompt: str = "Compute it.", *, wait: bool = True, kind: str = "ask", **more: Any) -> str:
        """Ask; returns the turn's id once it has ended, or has begun."""
        before = len(self.of("turn"))
        number = self.send(kind, **({"prompt": prompt, "options": {}, "cells": self.cells, "attachments": []} | more))
        self.browser.pump(lambda: len(self.of("turn")) > before or self._about(number))
        assert len(self.of("turn")) > before, self._about(number)
        turn = str(self.of("turn")[-1]["turn"])
        if wait:
            self.wait(turn)
        return turn

    def wait(self, turn: str, seconds: float = 30) -> None:
        """Wait for a turn's end."""
        self.browser.pump(lambda: self.ended(turn), seconds)

    def run(self, opened: dict[str, Any], verdict: str = "run", **changes: Any) -> dict[str, Any]:
        """The message that decides on an open call as a page would."""
        proposal = self.find(opened["turn"], "CallProposed", opened["call"])
        code = changes.get("code", proposal.code)
        shown = sha(code) if code is not None else proposal.digest
        decision = {"turn": opened["turn"], "call": opened["call"], "nonce": opened["nonce"]}
        return decision | {"verdict": verdict, "digest": shown, "seconds": 1.0} | changes

    # ---- what it was told --------------------------------------------------------------------------------------------

    @property
    def kinds(self) -> list[str]:
        """The kinds of the messages that came."""
        return [str(message["kind"]) for message in self.messages]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one kind."""
        return [message for message in self.messages if message["kind"] == kind]

    def events(self, turn: str, kind: str) -> list[Any]:
        """A turn's events of one kind."""
        return [event for event in self.streams.get(turn, []) if type(event).__name__ == kind]

    def find(self, turn: str, kind: str, call: str) -> Any:
        """The event of a call."""
        return next(event for event in self.events(turn, kind) if event.call == call)

    def ended(self, turn: str) -> str:
        """How a turn ended, ``""`` while it goes on."""
        return next((event.reason for event in self.events(turn, "TurnEnded")), "")

    def said(self, turn: str) -> str:
        """The text of a turn."""
        return "".join(event.text for event in self.events(turn, "TextDelta"))

    def take(self, message: dict[str, Any]) -> None:
        """Take a message in, as a page does."""
        assert message["v"] == 1
        self.messages.append(message)
        turn = message.get("turn", "")
        if message["kind"] == "snapshot":
            self.streams[turn] = [event_from_dict(event) for event in message["events"]]
        elif "seq" in message:
            self.gaps += message["seq"] != self._sequences.get(turn, 0) + 1
            self.streams.setdefault(turn, []).extend(event_from_dict(event) for event in message.get("events", []))
        if "seq" in message:
            self._sequences[turn] = message["seq"]
        if (opened := message.get("open")) and opened["nonce"] not in self._decided:
            self._decided.add(opened["nonce"])
            decision = self.decide(self, opened | {"turn": turn})
            if decision is not None:
                self.send("decide", **decision)
        if message["kind"] == "request" and self.performs:
            self._perform(message)
        if message["kind"] == "cancel":
            self._cancel(message["request"])

    # ---- what it does in the notebook --------------------------------------------------------------------------------

    def cell(self, source: str, *, kind: str = "code", at: int | None = None, outputs: str = "") -> dict[str, Any]:
        """Put a cell into the notebook."""
        made = {
            "id": uuid.uuid4().hex[:8],
            "type": kind,
            "source": source,
            "number": None,
            "outputs": outputs,
            "failed": "",
        }
        self.cells.insert(len(self.cells) if at is None else at, made)
        return made

    def cell_of(self, key: object) -> dict[str, Any] | None:
        """A cell by its id."""
        return next((cell for cell in self.cells if cell["id"] == key), None)

    def _perform(self, message: dict[str, Any]) -> None:
        request, action, given = message["request"], message["action"], message["arguments"]
        if request in self.requests:
            if "result" in self.requests[request]:
                self.send("result", request=request, **self.requests[request]["result"])
            return
        self.requests[request] = dict(message)
        if action == "run":
            assert sha(given["code"]) == message["digest"]
            cell = None
            if given["place"] == "cell":
                cell = self.cell(given["code"], at=self._below(given["after"]))
            self._execute(request, given["code"], cell)
        elif action == "run_cell":
            cell = self.cell_of(given["cell"])
            if self._fits(request, cell, given) and cell is not None:
                assert sha(cell["source"]) == message["digest"]
                self._execute(request, cell["source"], cell)
        else:
            getattr(self, f"_{action}")(request, given)

    def _below(self, key: object) -> int:
        places = [place for place, cell in enumerate(self.cells) if cell["id"] == key]
        return places[0] + 1 if places else len(self.cells)

    def _fits(self, request: str, cell: dict[str, Any] | None, given: dict[str, Any]) -> bool:
        """Whether a cell is as the kernel takes it for; if not, that is the result."""
        if cell is None:
            self._done(request, status="gone", text="There is no such cell.")
        elif sha(cell["source"])[:12] != given["hash"]:
            self._done(request, status="changed", text=cell["source"])
        else:
            return True
        return False

    def _execute(self, request: str, code: str, cell: dict[str, Any] | None) -> None:
        began = time.monotonic()

        def ended(execution: Execution) -> None:
            status = execution.reply["status"]
            if cell is not None:
                cell["number"], cell["outputs"] = execution.reply.get("execution_count"), execution.text[:4000]
                cell["nbformat"] = execution.outputs
            self._done(
                request,
                status="ok" if status == "ok" else "error",
                text="",
                outputs=json.loads(json.dumps(execution.outputs)),
                number=execution.reply.get("execution_count"),
                seconds=time.monotonic() - began,
                **({"cell": cell["id"]} if cell else {}),
            )

        self._started[request] = self.browser.start(code, ended, history=cell is not None)

    def _cancel(self, request: str) -> None:
        self._cancelled.add(request)
        run = self._started.get(request)
        if run in self.browser.running and run in self.browser.begun:
            self.browser.kernel.interrupt()

    def _done(self, request: str, **result: Any) -> None:
        self.requests[request]["result"] = result
        self.send("result", request=request, **result)

    def _add_cell(self, request: str, given: dict[str, Any]) -> None:
        at = self._below(given.get("after")) if given.get("after") else len(self.cells)
        if given.get("before"):
            at = self._below(given["before"]) - 1
        made = self.cell(given["source"], kind=given["type"], at=at)
        self._done(request, status="ok", text="", cell=made["id"])

    def _edit_cell(self, request: str, given: dict[str, Any]) -> None:
        cell = self.cell_of(given["cell"])
        if self._fits(request, cell, given) and cell is not None:
            cell["source"] = given["source"]
            self._done(request, status="ok", text="", cell=cell["id"])

    def _delete_cell(self, request: str, given: dict[str, Any]) -> None:
        cell = self.cell_of(given["cell"])
        if self._fits(request, cell, given) and cell is not None:
            self.cells.remove(cell)
            self._done(request, status="ok", text="")

    def _move_cell(self, request: str, given: dict[str, Any]) -> None:
        cell = self.cell_of(given["cell"])
        if cell is None:
            self._done(request, status="gone", text="There is no such cell.")
            return
        self.cells.remove(cell)
        self.cells.insert(self._below(given["after"]) if given["after"] else 0, cell)
        self._done(request, status="ok", text="")

    def _read_cells(self, request: str, given: dict[str, Any]) -> None:
        wanted = given.get("cells")
        low, high = given.get("from") or 1, given.get("to") or len(self.cells)
        found = [c for place, c in enumerate(self.cells, 1) if (c["id"] in wanted if wanted else low <= place <= high)]
        told = [{name: value for name, value in cell.items() if name != "nbformat"} for cell in found]
        self._done(request, status="ok", text=json.dumps(told))

    def _read_output(self, request: str, given: dict[str, Any]) -> None:
        cell = self.cell_of(given["cell"])
        if cell is None:
            self._done(request, status="gone", text="There is no such cell.")
            return
        outputs = cell.get("nbformat", [])
        part = given.get("part")
        self._done(request, status="ok", text="", outputs=outputs[part - 1 : part] if part else outputs)
