"""Write ``docs/reference.md``: every option, command, setting, event and tool, as the code has them.

Nothing in the document is typed by hand but its headings, so it can't say what is not so; ``tests/test_reference.py``
holds that the file in the repository is what this gives.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, cast

import kimi_jupyter
from kimi_jupyter.__main__ import _parser
from kimi_jupyter.agent.notebook_tools import notebook_tools
from kimi_jupyter.agent.plan import plan_tool
from kimi_jupyter.agent.recall import recall_tool
from kimi_jupyter.agent.search import search_tool
from kimi_jupyter.agent.tools import INSPECT, RUN_PYTHON, Tool
from kimi_jupyter.chat import events
from kimi_jupyter.kernel.commands import Commands
from kimi_jupyter.kernel.magics import KimiMagics
from kimi_jupyter.providers import PROVIDERS
from kimi_jupyter.settings import ENVIRONMENT, Settings

__all__ = ["main", "reference"]

FILE = Path(__file__).parent.parent / "docs" / "reference.md"
_HEAD = """\
# Reference

Every option, command, setting, event and tool, written from the code by `scripts/reference`. How they go together is
told in the [README](../README.md); the [examples](../example_notebooks/README.md) show them at work.
"""
#: Variables that are no settings.
_VARIABLES = {
    "KIMI_JUPYTER_API_KEY": "The key of a custom endpoint.",
    "KIMI_JUPYTER_DETAIL_CAP": "The most detail that may be sent, whatever is set.",
    "KIMI_JUPYTER_OFFLINE": "Set to 1: no endpoint is asked, not even this machine's own; stored answers are replayed.",
}


def reference() -> str:
    """The document's text."""
    asking = cast("Any", KimiMagics.ask_cell).parser
    parts = [
        _HEAD,
        "## `%%kimi`\n",
        _first(asking.description or ""),
        _table(("option", "what"), _options(asking)),
        "## `%kimi`\n",
        _table(("command", "what"), _commands()),
        "## Settings\n",
        "`%config KimiMagics.NAME = …` in a notebook, `c.KimiMagics.NAME = …` in `jupyter_kimi_config.py`.\n",
        _table(("setting", "takes", "default", "what"), _settings()),
        "## Environment\n",
        _table(("variable", "what"), _variables()),
        "## Python\n",
        *_python(),
        "## `kimi-jupyter`\n",
        *_shell(),
        "## Tools of the model\n",
        "Those of the notebook are there in the sidebar, the web search where the endpoint offers one.\n",
        _table(("tool", "asks you", "takes", "what the model is told of it"), map(_tool, _tools())),
        "## Events\n",
        "What `on_event`, `kimi-jupyter run --json` and saved records tell, in order. " + _laws(),
        *_events(),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines
    )


def _first(doc: str) -> str:
    """The first paragraph of a docstring, roles written as code."""
    return _plain(" ".join(doc.strip().split("\n\n")[0].split()))


def _plain(text: str) -> str:
    return re.sub(r":\w+:`[~.]*(?:[\w.]*\.)?([^`]+)`", r"`\1`", text).replace("``", "`").replace("%%%%", "%%")


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._VersionAction):
            continue
        names = ", ".join(action.option_strings) or action.dest
        choices = list(action.choices) if action.choices is not None and action.option_strings else []
        value = "\\|".join(map(str, choices)) or (action.metavar or "")
        takes = f" {value}" if value and action.option_strings and action.nargs != 0 else ""
        yield f"`{names}{takes}`".replace("\\|", "|"), (action.help or "").replace("%%", "%")


def _commands() -> Iterator[tuple[str, str]]:
    nothing = cast("Any", None)
    commands = Commands(nothing, nothing)
    yield "`%kimi`", _first(inspect.getdoc(commands.status) or "")
    yield "`%kimi ask QUESTION`", "Ask in one line."
    for command in (commands.fix, *commands._commands.values()):
        usage, _, what = _first(inspect.getdoc(command) or "").partition("`: ")
        yield f"{usage}`", f"{what[:1].upper()}{what[1:]}"


def _settings() -> Iterator[tuple[str, ...]]:
    traits = Settings.class_traits(config=True)
    for name in vars(Settings):
        if (trait := traits.get(name)) is not None:
            kind = " · ".join(f"`{value!r}`" for value in trait.values) if hasattr(trait, "values") else trait.info()
            default = trait.default()
            yield f"`{name}`", kind, f"`{default!r}`", trait.help


def _variables() -> Iterator[tuple[str, str]]:
    for variable, setting in ENVIRONMENT.items():
        yield f"`{variable}`", f"The setting `{setting}`."
    for variable, what in _VARIABLES.items():
        yield f"`{variable}`", what
    titles: dict[str, list[str]] = {}
    for provider in PROVIDERS.values():
        for variable in provider.keys:
            titles.setdefault(variable, []).append(provider.title)
    yield from ((f"`{name}`", f"A key of {', '.join(of)}.") for name, of in titles.items() if name not in _VARIABLES)


def _python() -> Iterator[str]:
    for name in sorted(kimi_jupyter.__all__, key=str.lower):
        value = getattr(kimi_jupyter, name)
        if name.startswith("_") or "extension" in name:
            continue
        asking = "async " if inspect.iscoroutinefunction(value) else ""
        shown = "" if name == "KimiError" else _signature(value)
        doc = inspect.getdoc(value) or ""
        yield f"### `{name}`\n"
        yield f"```python\n{asking}{name}{shown}\n```\n"
        yield f"{_first(doc)}\n"
        if "\n\n" in doc:
            yield f"```text\n{_plain(doc.partition(chr(10) * 2)[2].strip())}\n```\n"


def _signature(value: Any) -> str:
    """A signature, the hints as they are written in the code."""
    return re.sub(r"(: |-> )'([^']*)'(?=[,) ]|$)", r"\1\2", str(inspect.signature(value)))


def _shell() -> Iterator[str]:
    parser = _parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for name, command in commands.choices.items():
        yield f"### `kimi-jupyter {name}`\n"
        yield f"{command.description}\n"
        yield _table(("option", "what"), _options(command))
        if command.epilog:
            yield f"```text\n{command.epilog}\n```\n"


def _tools() -> tuple[Tool, ...]:
    nothing = cast("Any", None)
    return (
        RUN_PYTHON,
        INSPECT,
        plan_tool(nothing),
        recall_tool(nothing),
        search_tool(nothing),
        *notebook_tools(nothing),
    )


def _tool(tool: Tool) -> tuple[str, ...]:
    required = tool.parameters.get("required", ())
    takes = [f"`{name}`" if name in required else f"`{name}`?" for name in tool.parameters.get("properties", {})]
    return f"`{tool.name}`", "yes" if tool.gated else "no", ", ".join(takes), tool.description


def _laws() -> str:
    doc = inspect.getdoc(events) or ""
    laws = [" ".join(law.split()).strip(";. ") for law in re.split(r"\n\* ", doc)[1:]]
    return "Their laws: " + _first("; ".join(laws)) + ".\n"


def _events() -> Iterator[str]:
    for name, kind in events._KINDS.items():
        told = _attributes(inspect.getdoc(kind) or "")
        rows = [(f"`{one.name}`", f"`{one.type}`", _default(one), told.get(one.name, "")) for one in fields(kind)]
        yield f"### `{name}`\n"
        yield f"{_first(inspect.getdoc(kind) or '')}\n"
        yield _table(("field", "type", "default", "what"), rows)


def _attributes(doc: str) -> dict[str, str]:
    """What a numpy-style docstring says of each attribute."""
    section = doc.partition("\nAttributes\n----------\n")[2]
    found = re.findall(r"(?m)^(\w[\w, ]*)\n((?: +.*\n?)+)", section)
    return {name.strip(): _first(text) for names, text in found for name in names.split(",")}


def _default(field: Any) -> str:
    if field.default_factory is not MISSING:
        return f"`{field.default_factory()!r}`"
    return "" if field.default is MISSING else f"`{field.default!r}`"


def main() -> int:
    """Write the file; returns the exit code."""
    FILE.write_text(reference(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
