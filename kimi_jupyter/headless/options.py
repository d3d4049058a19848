"""The options of ``kimi-jupyter run`` and ``kimi-jupyter approve``. Imports nothing of ours, so that help is cheap."""

from __future__ import annotations

import argparse

__all__ = ["EXIT_CODES", "add_approve_options", "add_run_options"]

#: What ``kimi-jupyter run`` ends with.
EXIT_CODES = {
    "answered": 0,
    "no whole answer: it failed, broke off, or was paused": 1,
    "nothing was asked: a file, an option, a setting or a key is not right": 2,
    "a cell of the notebook failed": 3,
    "answered, but code was refused because nobody could be asked": 4,
}


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """What ``kimi-jupyter run`` takes."""
    parser.add_argument("notebook", help="the notebook; it is run in its own directory and not written to")
    parser.add_argument("--ask", required=True, metavar="QUESTION", help="what to ask when its cells have run")
    parser.add_argument("--json", action="store_true", help="print the events, one a line, as they come")
    parser.add_argument("--provider", default="", metavar="NAME", help="endpoint, if other than set")
    parser.add_argument("--model", default="", metavar="NAME", help="model, if other than set")
    parser.add_argument("--approve", choices=["auto", "never"], help="let all code run, or none; default: as set")
    parser.add_argument("--approved", metavar="FILE", help="file of code that may run, of kimi-jupyter approve")
    parser.add_argument("--rerun", choices=["changed", "always", "never"], help="ask again, or replay what is stored")
    parser.add_argument("--timeout", type=int, default=600, metavar="SECONDS", help="for one cell (default: 600)")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    lines = "\n".join(f"  {code}  {what}" for what, code in EXIT_CODES.items())
    parser.epilog = f"exit codes:\n{lines}"


def add_approve_options(parser: argparse.ArgumentParser) -> None:
    """What ``kimi-jupyter approve`` takes."""
    parser.add_argument("notebook", help="the notebook whose code, as far as you allowed it, may run unasked")
    parser.add_argument(
        "--approved", metavar="FILE", help="where to write; default: approved.json in your configuration directory"
    )
    parser.add_argument("--auto", action="store_true", help="also what ran with --approve auto, which nobody looked at")
    parser.add_argument("--dry-run", action="store_true", help="say what would be written")
