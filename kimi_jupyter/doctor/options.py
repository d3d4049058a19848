"""The options of a check-up, for the shell and for ``%kimi doctor``. Imports nothing of ours: parsers are cheap."""

from __future__ import annotations

import argparse

__all__ = ["add_options"]

_DEFAULT_PROBES = 5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of a check-up."""
    parser.add_argument("--provider", default="", metavar="NAME", help="endpoint; else the one that is set")
    parser.add_argument("--model", default="", metavar="NAME", help="model; else the one that is set")
    parser.add_argument("--base-url", default="", metavar="URL", help="address of an endpoint of your own")
    parser.add_argument(
        "--probes",
        type=_count,
        default=_DEFAULT_PROBES,
        metavar="N",
        help=f"schema probes to try, from 0 (default: {_DEFAULT_PROBES})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of probes")
    return int(text)
