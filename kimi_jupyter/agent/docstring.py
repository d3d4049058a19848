"""What a docstring says of a function and its parameters, in the styles people write: numpy, Google, Sphinx, plain.

Only prose and parameter descriptions are wanted, so a page of code takes the place of a library. Imports nothing of
ours.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Docstring", "parse"]

_TITLES = (
    "args|arguments|parameters|params|other parameters|keyword args|keyword arguments|returns?|yields?|raises|warns"
)
_TITLES += "|examples?|notes?|references|see also|attributes|warnings?|todo"
_GOOGLE = re.compile(rf"(?i:({_TITLES})):\s*")
_UNDERLINE = re.compile(r"[-=~]{3,}\s*")
_FIELD = re.compile(r":(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)")
_OTHER_FIELD = re.compile(r":(?:type|rtype|returns?|raises?|yields?|meta|vartype|var|ivar|cvar)\b")
_GOOGLE_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?:\(.*?\))?\s*:\s*(.*)")
_NUMPY_ENTRY = re.compile(r"\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*\s*(?::.*)?")
_PARAMETERS = ("args", "arguments", "parameters", "params", "other parameters", "keyword args", "keyword arguments")


class Docstring(NamedTuple):
    """What was found: the prose before the first section, and descriptions by parameter, each on one line."""

    prose: str
    parameters: dict[str, str]


def parse(text: str | None) -> Docstring:
    """Read a docstring.

    Parameters
    ----------
    text
        The docstring as written, or ``None``.
    """
    lines = inspect.cleandoc(text or "").split("\n")
    starts = [number for number in range(len(lines)) if _title(lines, number) is not None]
    found: dict[str, list[str]] = {}
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        title, numpy = _title(lines, start) or ("", False)
        body = lines[start + 2 if numpy else start + 1 : end]
        if title == "field":
            _read_field(lines[start:end], found)
        elif title in _PARAMETERS:
            (_read_numpy if numpy else _read_google)(body, found)
    prose = "\n".join(lines[: starts[0]] if starts else lines).strip()
    return Docstring(prose, {name: _joined(parts) for name, parts in found.items()})


def _title(lines: list[str], number: int) -> tuple[str, bool] | None:
    """The lower-case title of the section that starts on this line, and whether it is underlined (numpy)."""
    line = lines[number]
    if line.strip() and not line[0].isspace() and number + 1 < len(lines) and _UNDERLINE.fullmatch(lines[number + 1]):
        return line.strip().lower(), True
    if match := _GOOGLE.fullmatch(line):
        return match[1].lower(), False
    return ("field", False) if _FIELD.match(line) or _OTHER_FIELD.match(line) else None


def _read_field(lines: list[str], found: dict[str, list[str]]) -> None:
    if match := _FIELD.match(lines[0]):
        found[match[1]] = [match[2], *lines[1:]]


def _read_google(lines: list[str], found: dict[str, list[str]]) -> None:
    margin = min((_indent(line) for line in lines if line.strip()), default=0)
    current: list[str] = []
    for line in lines:
        match = _GOOGLE_ENTRY.match(line[margin:]) if margin and line.strip() and _indent(line) == margin else None
        if match:
            current = found[match[1]] = [match[2]]
        elif line.strip() and _indent(line) == 0:  # prose after the section
            return
        else:
            current.append(line)


def _read_numpy(lines: list[str], found: dict[str, list[str]]) -> None:
    current: list[str] = []
    for line in lines:
        if line.strip() and not _indent(line):
            current = []
            if _NUMPY_ENTRY.fullmatch(line.strip()):
                for name in line.split(":")[0].split(","):
                    found[name.strip().lstrip("*")] = current
        else:
            current.append(line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined(lines: Iterable[str]) -> str:
    return " ".join(part for line in lines if (part := line.strip()))
