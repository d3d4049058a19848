"""Loading and unloading the extension in a shell. Must stay cheap: it runs at the start of many notebooks."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from traitlets import TraitError

from ..errors import SettingsError
from ..settings import ENVIRONMENT, Environment
from .cells import AWAITED, await_kimi, keep_question_marks
from .completion import complete_kimi
from .declared import declared_tools
from .magics import KimiMagics

if TYPE_CHECKING:
    from ..agent.tools import Tool

__all__ = ["TARGET", "UndoOffer", "add_tool", "load", "unload", "users_tools"]


#: What the sidebar opens a comm to.
TARGET = "kimi_jupyter"

#: What the first question needs of ours, and seconds after which it is imported: while that question is typed.
_NEEDED, _SOON = ("session", "executor", "surface"), 0.2

#: The state of a kernel: its magics, which hold its session.
_loaded: KimiMagics | None = None


def users_tools() -> tuple[Tool, ...]:
    """The tools the user declared in this kernel."""
    return declared_tools()


def load(shell: Any) -> KimiMagics:
    """Load the extension into a shell; loading twice is loading once."""
    global _loaded
    if _loaded is not None and _loaded.shell is shell:
        return _loaded
    environ = Environment(os.environ)
    warnings, cap = _read_config_files(shell)
    magics = KimiMagics(shell, environ)
    magics.warnings += warnings
    _read_environment(magics, environ)
    magics.fix_cap(cap, _cap_of_environment(environ, magics.warnings))
    shell.register_magics(magics)
    magics.transformers = (keep_question_marks, await_kimi(shell))
    shell.input_transformers_cleanup.append(magics.transformers[0])
    shell.input_transformers_post.append(magics.transformers[1])
    for symbol in ("%kimi", "%%kimi"):
        shell.set_hook("complete_command", complete_kimi(magics), str_key=symbol)
    magics.runs.watch(shell)
    if (comms := _comms(shell)) is not None:
        comms.register_target(TARGET, lambda comm, message: magics.link.connect(comm, message))
    _loaded = magics
    _import_soon()
    return magics


def _import_soon() -> None:
    timer = threading.Timer(_SOON, lambda: [import_module(f"{__package__}.{name}") for name in _NEEDED])
    timer.daemon = True
    timer.start()


def unload(shell: Any) -> None:
    """Take the extension out of a shell and let go of what it holds.

    Raises
    ------
    SettingsError
        A question is being answered.
    """
    global _loaded
    if _loaded is None:
        return
    if "session" in vars(_loaded) and _loaded.session.busy:
        raise SettingsError("A question is being answered in this kernel; unload kimi_jupyter when it is done.")
    cleanup, post = _loaded.transformers
    shell.input_transformers_cleanup.remove(cleanup)
    shell.input_transformers_post.remove(post)
    for kind in ("line", "cell"):
        for name in ("kimi", AWAITED):
            shell.magics_manager.magics[kind].pop(name, None)
    shell.configurables.remove(_loaded)
    _loaded.runs.unwatch(shell)
    if (comms := _comms(shell)) is not None:
        comms.targets.pop(TARGET, None)
    if "link" in vars(_loaded):
        _loaded.link.close()
    if "session" in vars(_loaded):
        _loaded.session.close()
    _loaded = None


def _comms(shell: Any) -> Any:
    """What knows the kernel's comms; a terminal has none."""
    return getattr(getattr(shell, "kernel", None), "comm_manager", None)


def add_tool(tool: Tool) -> None:
    """Give the model a tool that was declared, in a session that goes on."""
    if _loaded is not None and "session" in vars(_loaded):
        _loaded.session.add_tool(tool)


class UndoOffer:
    """What Undo would do now, for the labextension, which asks by an expression that prints and stores nothing."""

    def _repr_mimebundle_(self, **_: object) -> dict[str, dict[str, str]]:
        session = vars(_loaded).get("session") if _loaded is not None else None
        return {"application/json": session.undo.offer if session is not None else {}}


def _read_config_files(shell: Any) -> tuple[list[str], str]:
    """``jupyter_kimi_config.*`` under what IPython has read; a line for each file that can't be read, and their cap."""
    from ..settings.files import read_config

    read, warnings = read_config()
    cap = str(read.get("KimiMagics", {}).get("detail_cap", ""))
    if read:
        read.merge(shell.config)
        shell.config = read
    return warnings, cap


def _cap_of_environment(environ: Mapping[str, str], warnings: list[str]) -> str:
    from ..settings.files import unknown_cap

    cap = environ.get("KIMI_JUPYTER_DETAIL_CAP", "").strip()
    if cap:
        warnings += unknown_cap("KIMI_JUPYTER_DETAIL_CAP", cap)
    return cap


def _read_environment(magics: KimiMagics, environ: Mapping[str, str]) -> None:
    """``KIMI_JUPYTER_*`` over configuration files, but not over the command line."""
    application = getattr(magics.shell, "parent", None)
    typed = getattr(application, "cli_config", {}).get("KimiMagics", {})
    for variable, name in ENVIRONMENT.items():
        value = environ.get(variable, "").strip()
        if value and name not in typed:
            try:
                setattr(magics, name, value)
            except TraitError:
                allowed = getattr(magics.traits()[name], "values", None)
                hint = f"; it takes {', '.join(allowed)}" if allowed else ""
                magics.warnings.append(f"{variable}={value!r} is not used{hint}.")
