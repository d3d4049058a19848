"""What a page may say, read and checked: plain values come out, or one line on what is wrong (hazards SEC-02).

A page is trusted no further than its user's click: what it sends is data, bounded, and nothing in it names a function
or a key. Imports nothing of a kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from ...context import Cell
from ...context.attached import Attached
from ...context.text import head_tail
from ...settings import DETAILS

__all__ = [
    "VERSION",
    "Asked",
    "CellNow",
    "Malformed",
    "Result",
    "asked",
    "attachments",
    "cells_now",
    "integer",
    "result",
    "text",
]

#: The version of the messages.
VERSION = 1

#: Characters of one question, bytes of what goes along with it, and how many of each.
_PROMPT, _ATTACHED, _CELLS = 200_000, 64 * 1024, 2 * 1024 * 1024
_MOST_CELLS, _MOST_ATTACHED, _OUTPUTS_SHOWN = 20_000, 20, 4_000
#: Bytes of a result's outputs: of one, and of all.
_OUTPUT, _OUTPUTS, _TEXT = 1024 * 1024, 4 * 1024 * 1024, 4 * 1024 * 1024
_MOST_OUTPUTS = 2_000

Place = Literal["cell", "scratch"]
Status = Literal["ok", "error", "interrupted", "changed", "gone", "refused"]
_STATUSES = ("ok", "error", "interrupted", "changed", "gone", "refused")


class Malformed(ValueError):
    """A message is not what it should be; the text says what is wrong, in one line for the user."""


@dataclass(frozen=True, slots=True)
class CellNow:
    """A cell as the page has it."""

    id: str
    kind: Literal["code", "markdown", "raw"]
    source: str
    number: int | None
    outputs: str
    failed: str

    def cell(self) -> Cell | None:
        """The same as the context knows it; ``None`` for what is never sent."""
        if self.kind == "raw" or not self.source.strip():
            return None
        number = self.number if self.kind == "code" else None
        return Cell(number, self.source.rstrip(), self.outputs, self.kind, self.failed, key=self.id, named=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question.

    Attributes
    ----------
    active
        The id of the active cell, ``""`` where there is none.
    place
        Where the model's code goes: into a cell, or nowhere but the chat.
    """

    prompt: str
    provider: str = ""
    model: str = ""
    detail: str = ""
    new: bool = False
    cells: tuple[CellNow, ...] = ()
    active: str = ""
    attached: tuple[Attached, ...] = ()
    place: Place = "cell"


@dataclass(frozen=True, slots=True)
class Result:
    """How a request went in the notebook."""

    status: Status
    text: str
    outputs: tuple[dict[str, Any], ...] = ()
    number: int | None = None
    seconds: float = 0.0
    cell: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


# ---- fields ----------------------------------------------------------------------------------------------------------


def text(message: Mapping[str, Any], name: str, most: int, *, empty: bool = False) -> str:
    """A text of at most so many characters.

    Raises
    ------
    Malformed
        It is no text, or too long, or empty where it must not be.
    """
    value = message.get(name)
    if not isinstance(value, str):
        raise Malformed(f"The field {name} is no text.")
    if len(value) > most:
        raise Malformed(f"The field {name} is too long: {len(value):,} characters, at most {most:,}.")
    if not empty and not value.strip():
        raise Malformed(f"The field {name} is empty.")
    return value.encode("utf-8", "replace").decode()


def integer(message: Mapping[str, Any], name: str) -> int:
    """A whole number.

    Raises
    ------
    Malformed
        It is none.
    """
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**53:
        raise Malformed(f"The field {name} is no number.")
    return value


def _one_of(message: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = message.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise Malformed(f"The field {name} is none of {', '.join(allowed)}.")
    return value


def _dicts(message: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
    value = message.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Malformed(f"The field {name} is no list of objects.")
    if len(value) > most:
        raise Malformed(f"The field {name} has too many: {len(value):,}, at most {most:,}.")
    return value


# ---- messages --------------------------------------------------------------------------------------------------------


def asked(message: Mapping[str, Any]) -> Asked:
    """A question as it is sent by ``ask``, ``resend`` and ``sent``.

    Raises
    ------
    Malformed
        It is none.
    """
    options = message.get("options", {})
    if not isinstance(options, dict):
        raise Malformed("The field options is no object.")
    active = message.get("active")
    return Asked(
        text(message, "prompt", _PROMPT),
        **{name: text(options, name, 200, empty=True) for name in ("provider", "model") if name in options},
        detail=_one_of(options, "detail", ("", *DETAILS)) if "detail" in options else "",
        new=options.get("new") is True,
        cells=cells_now(message.get("cells", [])),
        active=active if isinstance(active, str) else "",
        attached=attachments(message),
        place=cast("Place", _one_of(message, "place", ("cell", "scratch")) if "place" in message else "cell"),
    )


def cells_now(value: object) -> tuple[CellNow, ...]:
    """The notebook's cells, at most 2 MB of text.

    Raises
    ------
    Malformed
        They are none.
    """
    found = tuple(_cell(item) for item in _dicts({"cells": value}, "cells", _MOST_CELLS))
    size = sum(len(cell.source) + len(cell.outputs) for cell in found)
    if size > _CELLS:
        raise Malformed(f"The cells are too much: {size:,} characters, at most {_CELLS:,}.")
    return found


def _cell(item: Mapping[str, Any]) -> CellNow:
    number = item.get("number")
    return CellNow(
        text(item, "id", 200),
        cast("Literal['code']", _one_of(item, "type", ("code", "markdown", "raw"))),
        text(item, "source", _CELLS, empty=True),
        number if isinstance(number, int) and not isinstance(number, bool) else None,
        head_tail(text(item, "outputs", _CELLS, empty=True), _OUTPUTS_SHOWN),
        text(item, "failed", 2_000, empty=True)[:200],
    )


def attachments(message: Mapping[str, Any]) -> tuple[Attached, ...]:
    """What goes along with a question, each at most 64 KB.

    Raises
    ------
    Malformed
        One of them is none, or too large.
    """
    if "attachments" not in message:
        return ()
    return tuple(
        Attached(
            cast("Literal['file']", _one_of(item, "kind", ("selection", "cell", "file"))),
            " ".join(text(item, "name", 400).split()),
            text(item, "text", _ATTACHED, empty=True),
        )
        for item in _dicts(message, "attachments", _MOST_ATTACHED)
    )


def result(message: Mapping[str, Any]) -> Result:
    """How a request went.

    Raises
    ------
    Malformed
        It is no result.
    """
    number, seconds, cell = message.get("number"), message.get("seconds"), message.get("cell")
    return Result(
        cast("Status", _one_of(message, "status", _STATUSES)),
        text(message, "text", _TEXT, empty=True),
        _outputs(message),
        number if isinstance(number, int) and not isinstance(number, bool) else None,
        min(max(float(seconds), 0.0), 1e7) if isinstance(seconds, int | float) and seconds == seconds else 0.0,
        cell[:200] if isinstance(cell, str) else "",
    )


def _outputs(message: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The nbformat outputs of a result; what is no output, or too large, is left out and said so."""
    if message.get("outputs") is None:
        return ()
    taken: list[dict[str, Any]] = []
    left = _OUTPUTS
    for output in _dicts(message, "outputs", _MOST_OUTPUTS):
        size = _size(output)
        if size > min(_OUTPUT * 2, left):
            taken.append({"output_type": "stream", "name": "stderr", "text": f"(an output of {size:,} bytes left out)"})
            continue
        left -= size
        if (plain := _output(output)) is not None:
            taken.append(plain)
    return tuple(taken)


def _output(output: Mapping[str, Any]) -> dict[str, Any] | None:
    """An output in the form that the kernel's own have: texts joined."""
    match output.get("output_type"):
        case "stream":
            return {"output_type": "stream", "name": str(output.get("name", "")), "text": _joined(output.get("text"))}
        case "error":
            trace = output.get("traceback")
            lines = [str(line) for line in trace] if isinstance(trace, list) else []
            name, value = str(output.get("ename", "")), str(output.get("evalue", ""))
            return {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
        case "display_data" | "execute_result" as kind:
            data = output.get("data")
            bundle = {str(mime): _joined(value) for mime, value in data.items()} if isinstance(data, dict) else {}
            return {"output_type": kind, "data": bundle, "metadata": {}}
    return None


def _joined(value: object) -> Any:
    return "".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else str(value)


def _size(value: object) -> int:
    """About how many characters a JSON value has; not deeper than an output ever is."""
    total, pending = 0, [(value, 0)]
    while pending:
        held, depth = pending.pop()
        if isinstance(held, str):
            total += len(held)
        elif depth < 20 and isinstance(held, dict | list):
            total += len(held)
            pending += [(item, depth + 1) for item in (held.values() if isinstance(held, dict) else held)]
    return total
