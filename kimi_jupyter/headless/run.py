"""``kimi-jupyter run``: execute a notebook's cells, then ask in its kernel. Nothing is written to the notebook."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..chat.events import event_from_dict
from ..chat.visible import visible
from ..errors import SettingsError
from ..settings.approved import read_approved
from ..view import words
from ..view.transcript import EVENTS_MIME
from ..view.turn import Turn
from .reading import read_notebook

__all__ = ["run_command"]

_ASK = "from kimi_jupyter.kernel.headless import ask_here as _ask; await _ask(get_ipython(), *{arguments!r})"


class _CellFailed(Exception):
    """A cell of the notebook failed; the message says which and how."""


def run_command(options: argparse.Namespace) -> int:
    """Run the command; returns one of :data:`.options.EXIT_CODES`."""
    turn = Turn()

    def take(events: list[dict[str, Any]]) -> None:
        for event in events:
            turn.apply(event_from_dict(event))
            if options.json:
                _print(json.dumps(event, ensure_ascii=False))
            else:
                _progress(turn, event)

    try:
        trouble = _run(options, take)
    except SettingsError as error:
        _complain(str(error))
        return 2
    except _CellFailed as error:
        _complain(str(error))
        return 3
    if turn.reason is None:
        _complain(trouble)
        return 2
    if not options.json:
        _print(turn.answer.strip())
    if turn.message:
        _complain(turn.message)
    refused = any(call.status == "denied" and call.decision and call.decision.by == "rule" for call in turn.calls)
    return 1 if turn.reason != "complete" else 4 if refused else 0


def _run(options: argparse.Namespace, take: Callable[[list[dict[str, Any]]], None]) -> str:
    """Run the notebook and ask; returns the error that the question ended with, or ``""``."""
    if not options.ask.strip():
        raise SettingsError("There is no question; write one after --ask.")
    if options.approved:
        read_approved(Path(options.approved))  # the kernel reads it again; here a mistake costs no run
    path = Path(options.notebook)
    notebook = read_notebook(path)
    client = _client(notebook, path, options.timeout, take)
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbformat.v4 import new_code_cell

    asked = {"provider": options.provider, "model": options.model, "rerun": options.rerun or ""}
    question = new_code_cell(_ASK.format(arguments=(options.ask, asked)))
    number = 0
    with client.setup_kernel(env=_environment(options)):
        try:
            for number, cell in enumerate(notebook.cells, 1):
                client.execute_cell(cell, number - 1)
        except CellExecutionError as error:
            raise _CellFailed(f"Cell {number} failed: {error.ename}: {error.evalue}") from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise _CellFailed(f"Cell {number} did not end: {str(error).strip().partition(chr(10))[0]}") from None
        notebook.cells.append(question)
        try:
            client.execute_cell(question, len(notebook.cells) - 1, store_history=False)
        except CellExecutionError as error:
            return str(error.evalue)
        except (CellTimeoutError, DeadKernelError) as error:
            return f"The question was not answered: {str(error).strip().partition(chr(10))[0]}"
    return ""


def _client(notebook: Any, path: Path, timeout: int, take: Callable[[list[dict[str, Any]]], None]) -> Any:
    try:
        from nbclient import NotebookClient
    except ImportError:
        raise SettingsError("Running a notebook needs nbclient; install it: pip install nbclient") from None

    class Listening(NotebookClient):
        """Hands the events on as they come, and keeps none of them as outputs."""

        def process_message(self, message: Any, cell: Any, cell_index: int) -> Any:
            data = message["content"].get("data", {})
            if message["msg_type"] == "display_data" and EVENTS_MIME in data:
                take(data[EVENTS_MIME])
                return None
            return super().process_message(message, cell, cell_index)

    return Listening(
        notebook,
        timeout=timeout,
        resources={"metadata": {"path": str(path.parent.resolve())}},
        extra_arguments=["--log-level=ERROR"],  # ipykernel warns of its own default transport
    )


def _environment(options: argparse.Namespace) -> dict[str, str]:
    environ = dict(os.environ)
    environ.pop("JPY_SESSION_NAME", None)  # of a notebook that this command runs in; its conversation is none of ours
    if options.approve:
        environ["KIMI_JUPYTER_APPROVE"] = options.approve
    if options.approved:
        environ["KIMI_JUPYTER_APPROVED"] = str(Path(options.approved).resolve())
    return environ


def _progress(turn: Turn, event: dict[str, Any]) -> None:
    """A line for each call that ended and each notice, beside the answer."""
    if event["type"] == "call_finished" and (found := turn.find(event["call"])):
        step, call = found
        _complain(f"step {step.number}: {words.title(call)}: {words.state(call)[1]}")
    elif event["type"] == "notice":
        _complain(event["text"])


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stderr.write(f"kimi-jupyter: {visible(line)}\n")
    sys.stderr.flush()
