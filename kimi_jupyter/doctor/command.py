"""A check-up from its options to its exit code: the endpoint they name, and the command for the shell."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from traitlets import TraitError

from ..errors import KimiError, SettingsError
from ..settings import ENVIRONMENT, Endpoint, Keys, Settings, resolve
from .probes import PROBES

if TYPE_CHECKING:
    from .report import Report

__all__ = ["check", "endpoint_for", "run_command"]

#: What of the settings says where requests go.
_ADDRESS = ("provider", "model", "base_url")

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
    elsewhere = bool(options.provider) and options.provider != settings.provider
    base_url = options.base_url or ("" if elsewhere else settings.base_url)
    wanted = Settings(provider=provider, base_url=base_url, model=options.model or settings.model)
    return resolve(wanted, keys, offline=offline)


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
    mask = report.endpoint.key.mask if report.endpoint else str
    if options.json:
        say(mask(json.dumps(document(report), ensure_ascii=False, indent=2)))
    elif report.verdict is not None:
        say(mask(f"\n{verdict(report.verdict)}" if report.endpoint else verdict(report.verdict)))
    return report


# ---- in the shell ----------------------------------------------------------------------------------------------------


def run_command(options: argparse.Namespace, offline: Offline) -> int:
    """``kimi-jupyter doctor``: returns 0 where the endpoint works, 1 with problems, 2 where it is unusable."""
    from .report import EXIT_CODES

    environ = dict(os.environ)
    settings, keys = _read_settings(environ), Keys(environ)
    try:
        report = asyncio.run(check(options, lambda: endpoint_for(options, settings, keys, offline), _print))
    except KeyboardInterrupt:  # a second Ctrl-C, or one before anything was asked: no time for a report
        return EXIT_CODES["problems"]
    assert report.verdict is not None
    return EXIT_CODES[report.verdict.level]


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _read_settings(environ: Mapping[str, str]) -> Settings:
    """As in a kernel: ``KIMI_JUPYTER_*`` over ``jupyter_kimi_config``; a value of no use is left out."""
    settings = Settings(config=_read_config_files())
    for variable, name in ENVIRONMENT.items():
        value = environ.get(variable, "").strip()
        if value and name in _ADDRESS:
            with contextlib.suppress(TraitError):
                setattr(settings, name, value)
    return settings


def _read_config_files() -> object:
    from jupyter_core.paths import jupyter_config_path
    from traitlets.config.loader import Config, ConfigFileNotFound, JSONFileConfigLoader, PyFileConfigLoader

    read = Config()
    for folder in reversed(jupyter_config_path()):
        for loader, name in (
            (JSONFileConfigLoader, "jupyter_kimi_config.json"),
            (PyFileConfigLoader, "jupyter_kimi_config.py"),
        ):
            with contextlib.suppress(ConfigFileNotFound):
                read.merge(loader(name, path=folder).load_config())
    section = read.get("KimiMagics", {})  # in files the settings bear the magics' name
    return Config({"Settings": {name: section[name] for name in _ADDRESS if name in section}})
