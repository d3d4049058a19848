"""The ``kimi-jupyter`` command. Each subcommand imports what it needs, so that ``--version`` costs nothing."""

from __future__ import annotations

import argparse
import errno
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from ._version import __version__

__all__ = ["main"]


class _Parser(argparse.ArgumentParser):
    """Says a mistake in one line instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        _fail(f"{message} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status.

    Parameters
    ----------
    arguments
        The command line without the program's name; ``None`` takes the process's own.
    """
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="kimi-jupyter", description="Kimi K2 Thinking inside Jupyter.")
    parser.add_argument("--version", action="version", version=f"kimi-jupyter {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    _add_serve(commands)
    _add_doctor(commands)
    _add_run(commands)
    _add_approve(commands)
    return parser


def _sentence(what: str) -> str:
    return what[:1].upper() + what[1:]


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"kimi-jupyter: {message}\n")
    raise SystemExit(2)


# ---- serve -----------------------------------------------------------------------------------------------------------


def _add_serve(commands: argparse._SubParsersAction[_Parser]) -> None:
    what = "run the offline endpoint: Moonshot's protocol on 127.0.0.1, answered by a rule-based analyst"
    serve = commands.add_parser("serve", help=what, description=f"{_sentence(what)} (no language model).")
    serve.add_argument("--port", type=_port, default=0, metavar="N", help="TCP port; a free one is taken if left out")
    serve.add_argument("--key", metavar="K", help="the key clients must send; one is made if left out")
    serve.add_argument(
        "--dialect", default="moonshot", metavar="NAME", help="endpoint to sound like (default: moonshot)"
    )
    serve.add_argument(
        "--delay", type=_seconds, default=0.0, metavar="SECONDS", help="pause between chunks (default: 0)"
    )
    serve.set_defaults(run=_serve)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; use a number up to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is no pause; use seconds from 0 to 60")
    return seconds


def _serve(options: argparse.Namespace) -> int:
    from .offline.server import OfflineServer

    try:
        server = OfflineServer(options.port, options.key, dialect=options.dialect, delay=options.delay)
        server.start()
    except ValueError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            _fail(f"port {options.port} is in use; choose another with --port, or leave it out for a free one")
        _fail(f"port {options.port} can't be opened: {error.strerror}")
    lines = ["Offline endpoint (rules, no language model) is running.", f"  base URL: {server.base_url}"]
    if options.key is None:
        lines.append(f"  key:      {server.key}")
    sys.stdout.write("\n".join([*lines, "Stop it with Ctrl-C.", ""]))
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        while True:  # short sleeps: Ctrl-C can't break a long wait on every system
            time.sleep(0.5)
    sys.stdout.write("\n")
    with suppress(KeyboardInterrupt):  # pressed twice
        server.stop()
    return 0


# ---- doctor ----------------------------------------------------------------------------------------------------------


def _add_doctor(commands: argparse._SubParsersAction[_Parser]) -> None:
    from .doctor.options import add_options

    what = "check an endpoint: whether it answers, thinks, calls tools and follows schemas, and what to set if not"
    doctor = commands.add_parser("doctor", help=what, description=f"{_sentence(what)}.")
    add_options(doctor)
    doctor.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from .doctor.command import run_command
    from .offline.server import OfflineServer

    server = OfflineServer()

    def offline() -> tuple[str, str]:
        server.start()
        return server.base_url, server.key

    try:
        return run_command(options, offline)
    finally:
        server.stop()


# ---- run, approve ----------------------------------------------------------------------------------------------------


def _add_run(commands: argparse._SubParsersAction[_Parser]) -> None:
    from .headless.options import add_run_options

    what = "run a notebook's cells, then ask a question in its kernel"
    run = commands.add_parser("run", help=what, description=f"{_sentence(what)}; nothing is written to it.")
    add_run_options(run)
    run.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from .headless.run import run_command

    return run_command(options)


def _add_approve(commands: argparse._SubParsersAction[_Parser]) -> None:
    from .headless.options import add_approve_options

    what = "let the code that you allowed in a notebook run where nobody can be asked"
    approve = commands.add_parser("approve", help=what, description=f"{_sentence(what)}.")
    add_approve_options(approve)
    approve.set_defaults(run=_approve)


def _approve(options: argparse.Namespace) -> int:
    from .headless.approve import approve_command

    return approve_command(options)


if __name__ == "__main__":
    sys.exit(main())
