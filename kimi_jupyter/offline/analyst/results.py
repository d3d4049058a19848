"""Reads what a piece of code came to: an error, a refusal, or the figures it printed.

Every figure an answer gives passes through here as text, so that none is made up. Imports nothing of ours.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from dataclasses import dataclass

__all__ = ["Result", "figures", "pairs_of_columns", "read_result", "rows_of", "shown"]

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_EDITED = re.compile(r"^\s*(?:the )?user (?:has )?(?:edited|changed|modified)\b", re.IGNORECASE)
_REFUSED = (
    re.compile(
        r"^\s*not (?:run|carried out|executed|approved|allowed)\b[.:]?\s*(?P<reason>.*)", re.IGNORECASE | re.DOTALL
    ),
    re.compile(
        r"^\s*(?:error: |\[)?(?:the |this )?"
        r"(?:user|human|operator|person|call|code|execution|request|tool use|permission|tool call)"
        r"\s*(?:was |has been |has |did |does |is )?(?:not )?(?:by the user )?"
        r"(?:refus\w+|den(?:ied|ies|y)|declin\w+|reject\w+|allow\w*|approv\w+|permit\w*|want\w*|cancel\w+)\b(?P<reason>.*)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        r"^\s*(?:refused|denied|declined|rejected|cancelled|canceled)\b(?P<reason>.*)", re.IGNORECASE | re.DOTALL
    ),
)
_APPROVED = re.compile(
    r"^\s*(?:the )?(?:user|code|call|execution)\s+(?:was |has )?(?:approv|allow|permitt)", re.IGNORECASE
)
_ERROR = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*(?P<kind>[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Panic|Warning)?)(?:: ?(?P<message>.*))?$"
)
_FIGURE = re.compile(
    r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf)|NaN|<NA>|None|NaT|null|True|False|true|false",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a call came to.

    Attributes
    ----------
    text
        What it printed.
    error, message
        The exception's class and message, ``""`` if it ran through.
    refused
        Whether it did not run; then ``message`` is the reason given, or ``""``.
    edited
        Whether the user ran another text than the one proposed.
    """

    text: str
    error: str = ""
    message: str = ""
    refused: bool = False
    edited: bool = False


def read_result(text: str) -> Result:
    """What a tool's message says happened."""
    text = _ANSI.sub("", text)
    edited = bool(_EDITED.match(text))
    if edited:
        match = re.search(r"(?im)^.*\b(?:its result|result|output|printed)\b[^\n]*:\s*$", text)
        text = text[match.end() :].lstrip("\n") if match else text
    elif not _APPROVED.match(text):
        for pattern in _REFUSED:
            if match := pattern.match(text):
                return Result("", message=_reason(match["reason"]), refused=True)
    error = _error(text)
    return Result(text, *error, edited=edited) if error else Result(text, edited=edited)


def _reason(text: str) -> str:
    """The reason in a refusal's words, without the phrases that lead to it."""
    said = re.search(
        r"(?:saying|reason|because|comment|feedback|note|said)\b\s*[:,]?\s*(.+)", text, re.IGNORECASE | re.DOTALL
    )
    reason = said[1] if said else text
    reason = re.sub(
        r"^(?:\s*(?:to run|running|this|that|it|the code|the call|by the user)\b)*[\s:.,–-]*",
        "",
        reason,
        flags=re.IGNORECASE,
    )
    return (
        ""
        if re.match(r"(?:and )?(?:gave )?no reason", reason.strip(), re.IGNORECASE)
        else reason.strip().strip("\"'").strip()
    )


def _error(text: str) -> tuple[str, str] | None:
    """The exception a traceback ends with."""
    lines = [line for line in text.rstrip().split("\n") if line.strip()]
    traced = "Traceback (most recent call last)" in text
    for number in reversed(range(len(lines))) if traced else range(min(1, len(lines))):
        match = _ERROR.match(lines[number])
        if (
            match
            and (match["message"] or traced)
            and (traced or re.search(r"(?:Error|Exception|Interrupt)$", match["kind"]))
        ):
            return match["kind"], "\n".join([match["message"] or "", *lines[number + 1 :]]).strip()
    return ("Error", lines[-1].strip()) if traced else None


def figures(text: str) -> dict[str, str]:
    """What lines of ``name: figure, other name: figure`` say, the first of each name."""
    found: dict[str, str] = {}
    for match in re.finditer(r"(?:^|(?<=\s))([a-z][a-z ]*?): (\S+)", text, re.MULTILINE):
        found.setdefault(match[1].strip(), match[2].rstrip(",;"))
    return found


def rows_of(text: str, columns: list[str]) -> list[tuple[str, list[str]]]:
    """The rows of a printed table, as label and cells.

    Parameters
    ----------
    text
        Output of pandas' ``to_string`` or of polars' ``write_csv``, with anything before and after it.
    columns
        The columns after the label, by their names in the code.
    """
    rows = _csv_rows(text, columns)
    return _aligned_rows(text, columns) if rows is None else rows


def _csv_rows(text: str, columns: list[str]) -> list[tuple[str, list[str]]] | None:
    lines = text.split("\n")
    try:
        for number in range(len(lines)):
            if "," not in lines[number] and '"' not in lines[number]:
                continue
            reader = csv.reader(io.StringIO("\n".join(lines[number:])))
            if next(reader, [])[1:] == columns:
                return [
                    (row[0], row[1:])
                    for row in reader
                    if len(row) == len(columns) + 1 and all(map(_is_figure, row[1:]))
                ]
    except csv.Error:
        return None
    return None


def _aligned_rows(text: str, columns: list[str]) -> list[tuple[str, list[str]]]:
    lines = text.split("\n")
    header = " ".join(columns).replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r").split()
    start = next((i + 1 for i, line in enumerate(lines) if line.split() == header), len(lines))
    rows = []
    for line in lines[start:]:
        cells = line.split()[-len(columns) :]
        if len(cells) < len(columns) or not all(map(_is_figure, cells)):
            continue
        rest = line
        for cell in reversed(cells):
            rest = rest[: rest.rindex(cell)]
        rows.append((rest.strip(), cells))
    return rows


def _is_figure(cell: str) -> bool:
    return cell == "" or bool(_FIGURE.fullmatch(cell))


def pairs_of_columns(text: str) -> list[tuple[str, str, str]]:
    """Lines of ``+0.8712  'a' and 'b'`` as two names and the figure."""
    found = []
    for match in re.finditer(r"(?m)^([+-]\d+\.\d+)  (.+)$", text):
        names = _two_literals(match[2])
        if names:
            found.append((*names, match[1]))
    return found


def _two_literals(text: str) -> tuple[str, str] | None:
    for cut in re.finditer(" and ", text):
        try:
            first, second = ast.literal_eval(text[: cut.start()]), ast.literal_eval(text[cut.end() :])
        except (ValueError, SyntaxError):
            continue
        return str(first), str(second)
    return None


def shown(figure: str) -> str:
    """A figure as it is told: whole numbers as they are, fractions with as many decimals as are of use."""
    text = figure.replace(",", "")
    if re.fullmatch(r"[+-]?\d+", text):
        return text.lstrip("+")
    try:
        value = float(text)
    except ValueError:
        return figure
    if value != value:
        return "–"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= 1e15 or 0 < abs(value) < 1e-4:
        return f"{value:.4g}"
    decimals = 2 if abs(value) >= 1 else 4
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") or "0"
