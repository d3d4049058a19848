"""Configuration files: ``jupyter_kimi_config.json`` and ``.py`` in the directories of ``jupyter --paths``.

In a kernel what IPython has read goes over them (``kernel.extension``); elsewhere :func:`read_settings` reads all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..errors import SettingsError
from .traits import DETAILS, ENVIRONMENT, Settings, strictest

if TYPE_CHECKING:
    from traitlets.config import Config

__all__ = ["config_files", "read_config", "read_settings", "unknown_cap"]


def config_files() -> Iterator[Config | SettingsError]:
    """Each file's configuration, the least important first; for one that can't be read, in one line why."""
    from jupyter_core.paths import jupyter_config_path
    from traitlets.config.loader import ConfigFileNotFound, JSONFileConfigLoader, PyFileConfigLoader

    loaders = {"jupyter_kimi_config.json": JSONFileConfigLoader, "jupyter_kimi_config.py": PyFileConfigLoader}
    for folder in reversed(jupyter_config_path()):
        for name, loader in loaders.items():
            try:
                yield loader(name, path=folder).load_config()
            except ConfigFileNotFound:
                continue
            except Exception as error:  # noqa: BLE001 - a configuration file is code of the user's own
                yield SettingsError(f"{name} in {folder} can't be read: {type(error).__name__}: {error}")


def read_config() -> tuple[Config, list[str]]:
    """All files together, and a line for each that could not be read and is left out.

    Of ``detail_cap`` the strictest counts and not the last: an administrator's file can't be outdone by a user's.
    """
    from traitlets.config import Config

    read, warnings, caps = Config(), [], []
    for found in config_files():
        if isinstance(found, SettingsError):
            warnings.append(f"{found} It is left out.")
        else:
            read.merge(found)
            cap = found.get("KimiMagics", {}).get("detail_cap")
            if cap is not None:
                caps.append(str(cap))
                warnings += unknown_cap("KimiMagics.detail_cap", str(cap))
    if caps:
        read.KimiMagics.detail_cap = strictest(caps)
    return read, warnings


def unknown_cap(where: str, cap: str) -> list[str]:
    """A line about a cap that is none, and so allows the least."""
    return [f"{where}={cap!r} is not one of {', '.join(DETAILS)}; {DETAILS[0]} holds."] if cap not in DETAILS else []


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings outside IPython: ``KIMI_JUPYTER_*`` over the files, and the strictest cap of all.

    Raises
    ------
    SettingsError
        A file can't be read, or a setting is not right.
    """
    from traitlets import TraitError
    from traitlets.config import Config

    for found in config_files():
        if isinstance(found, SettingsError):
            raise found
    read, _ = read_config()
    known = Settings.class_traits(config=True)
    section = {name: value for name, value in read.get("KimiMagics", {}).items() if name in known}
    try:
        settings = Settings(config=Config({"Settings": section}))  # in files the settings bear the magics' name
        for variable, name in ENVIRONMENT.items():
            if environ.get(variable, "").strip():
                setattr(settings, name, environ[variable].strip())
    except TraitError as error:
        raise SettingsError(f"A setting is not right: {error}") from None
    settings.fix_cap(environ.get("KIMI_JUPYTER_DETAIL_CAP", "").strip())
    return settings
