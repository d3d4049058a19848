"""A check-up from its options to its exit code: the endpoint they name, and the command for the shell."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import KimiError, SettingsError
from ..settings import Endpoint, Keys, Settings, resolve
from ..settings.files import read_settings
from .probes import PROBES

if TYPE_CHECKING:
    from .report import Report

__all__ = ["check", "endpoint_for", "run_command"]

Offline = Callable[[], tuple[str, str]]


def endpoint_for(options: argparse.Namespace, settings: Settings, keys: Keys, offline: Offline) -> Endpoint:
    """The endpoint that the options name, or else the settings.

    Parameters
    ----------
    options
        Of :func:`.options.add_options`.
    settings, keys
        What the user has set.
    offline
        Starts the offline endpoint if need be, and gives its base URL and key.

    Raises
    ------
    SettingsError
        A name, an address or a key is missing or wrong.
    """
    # An address without a name is an endpoint of the user's own: no other provider's key is sent there.
    provider = options.provider or ("custom" if options.base_url else settings.provider)
    changed = {"provider": provider, "model": options.model or settings.model}
    if options.base_url or provider != settings.provider:
        changed |= {"base_url": options.base_url, "extra_headers": {}}  # these were set for another endpoint
    kept = {name: getattr(settings, name) for name in Settings.class_traits(config=True)}
    return resolve(Settings(**kept | changed), keys, offline=offline)


async def check(options: argparse.Namespace, find: Callable[[], Endpoint], say: Callable[[str], object]) -> Report:
    """Check an endpoint; each line of what is to be shown goes to ``say``, with ``--json`` the document alone.

    Being cancelled ends it early, with the report of what was known by then.
    """
    from .checkup import Checkup
    from .document import document
    from .report import Report
    from .verdict import judge
    from .words import verdict

    try:
        if options.probes > len(PROBES):
            raise SettingsError(f"There are {len(PROBES)} probes; ask for at most so many with --probes.")
        endpoint = find()
    except KimiError as error:
        report = Report(failure=str(error))
        report.verdict = judge(report)
    else:
        report = await Checkup(endpoint, probes=options.probes, say=(lambda _: None) if options.json else say).run()
    mask = report.endpoint.mask if report.endpoint else str
    if options.json:
        say(mask(json.dumps(document(report), indent=2)))
    elif report.verdict is not None:
        say(mask(f"\n{verdict(report.verdict)}" if report.endpoint else verdict(report.verdict)))
    return report


# ---- in the shell ----------------------------------------------------------------------------------------------------


def run_command(options: argparse.Namespace, offline: Offline) -> int:
    """``kimi-jupyter doctor``: returns 0 where the endpoint works, 1 with problems, 2 where it is unusable."""
    from .report import EXIT_CODES

    environ = dict(os.environ)

    def find() -> Endpoint:
        return endpoint_for(options, read_settings(environ), Keys(environ), offline)

    try:
        report = asyncio.run(check(options, find, _print))
    except KeyboardInterrupt:  # a second Ctrl-C, or one before anything was asked: no time for a report
        return EXIT_CODES["problems"]
    assert report.verdict is not None
    return EXIT_CODES[report.verdict.level]


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
