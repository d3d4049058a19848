"""``%kimi doctor``: the check-up runs on the engine, its lines are printed where the cell is.

The main thread waits and prints: what the engine's thread printed would land in another cell. Imports the bridge's
neighbours and the doctor.
"""

from __future__ import annotations

import argparse
import asyncio
import queue
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import UsageError

from ..doctor.command import check, endpoint_for
from ..doctor.options import add_options
from .interrupts import Interrupts
from .session import Options, Session

if TYPE_CHECKING:
    from ..settings import Endpoint

__all__ = ["check_endpoint"]


class _Parser(argparse.ArgumentParser):
    """Says a mistake in the magics' way."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}")


def check_endpoint(session: Session, line: str) -> None:
    """Check the endpoint that the line names, or the session's, and print what is found as it is found.

    Raises
    ------
    UsageError
        An option is not right.
    """
    parser = _Parser(prog="%kimi doctor", add_help=False)
    add_options(parser)
    options = parser.parse_args(line.split())
    lines: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    stopping: list[asyncio.Task[Any]] = []

    def offline() -> tuple[str, str]:
        endpoint = session.endpoint(Options(provider="offline"))
        return endpoint.base_url, endpoint.key.reveal()

    def find() -> Endpoint:
        return endpoint_for(options, session.settings, session.keys, offline)

    async def run() -> None:
        try:
            await check(options, find, lines.put)
        except BaseException as error:  # noqa: BLE001 - a bug of ours: raised again on the main thread
            lines.put(error)
        else:
            lines.put(None)

    loop = session.engine.loop

    def stop() -> None:
        loop.call_soon_threadsafe(lambda: stopping.pop().cancel() if stopping else None)  # once

    loop.call_soon_threadsafe(lambda: stopping.append(loop.create_task(run())))
    with Interrupts(stop).ours():
        _print_until_done(lines)


def _print_until_done(lines: queue.SimpleQueue[str | BaseException | None]) -> None:
    while True:
        try:
            item = lines.get(timeout=0.5)  # a signal is looked at between two waits on every system
        except queue.Empty:
            continue
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        print(item, flush=True)  # noqa: T201 - the answer to a command
