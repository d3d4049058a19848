"""Reads tables out of whatever words another client describes them in.

Prose, printed ``df.info()``, ``df.dtypes`` and ``df.head()``, CSV lines and Markdown tables; and what our own first
step printed when nothing better was known. What is read here is taken at its word and mended when the code fails.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import pairwise

from .tables import Column, Table, role_of

__all__ = ["listed_tables", "read_prose"]

_NOT_NAMES = frozenset(
    [
        "with",
        "of",
        "the",
        "a",
        "an",
        "has",
        "have",
        "in",
        "is",
        "are",
        "that",
        "this",
        "which",
        "and",
        "or",
        "for",
        "to",
        "from",
        "on",
        "at",
        "by",
        "called",
        "named",
        "containing",
        "about",
        "columns",
        "column",
        "rows",
        "row",
        "frame",
        "table",
        "data",
        "describes",
        "contains",
        "below",
        "above",
        "as",
        "it",
        "its",
        "object",
        "holding",
        "loaded",
    ]
)
_FRAMES = (
    r"\b(?:data ?frame|frame|table|dataset|variable)s?\s+(?:is\s+)?(?:called|named|in)?\s*[`'\"]?([A-Za-z_]\w*)[`'\"]?",
    r"(?m)^\s*([A-Za-z_]\w*)\s*=\s*(?:pd|pl|pandas|polars)\.(?:read_\w+|scan_\w+|DataFrame)\b",
    r"[`'\"]([A-Za-z_]\w*)[`'\"]\s*(?:is|=|:|\(|,|–|-|contains|holds)[^.\n]{0,30}?(?:data ?frame|table|dataset)",
    r"\b([A-Za-z_]\w*)\s*(?::|\(|\bis an?\b)\s*(?:a |an )?(?:(?:pandas|polars|pd|pl)\.?\s?)?data ?frame\b",
    r"\b([A-Za-z_]\w*)\.(?:head|info|describe|sample|dtypes|columns|shape|schema)\b",
)
_DTYPE = (
    r"u?int(?:eger)?\d*|float\d*|double|decimal|number|numeric|bool(?:ean)?|str(?:ing)?|text|object|category|categorical|"
    r"enum|date(?:time)?(?:64\[.*?\]|\(.*?\))?|timestamp|varchar|[iuf]\d+|u?Int\d+|Float\d+|String|Utf8"
)
_ITEM = re.compile(
    rf"\s*[`'\"]?(?P<name>[^`'\"(:,]+?)[`'\"]?\s*(?:\((?P<inside>[^)]*)\)|:\s*(?P<after>(?:{_DTYPE})\b[^,]*))?\s*"
)
_LISTED = re.compile(
    r"^(?P<name>[A-Za-z_]\w*) (?P<library>\w+) \((?P<rows>\d+), (?P<width>\d+)\) (?P<columns>\[.*\])$", re.MULTILINE
)


def listed_tables(text: str) -> list[Table]:
    """The frames that our own inspecting code printed: ``name library (rows, columns) [(label, dtype), …]``."""
    tables = []
    for match in _LISTED.finditer(text):
        try:
            pairs = ast.literal_eval(match["columns"])
        except (ValueError, SyntaxError):
            pairs = []
        columns = tuple(
            Column(
                label if isinstance(label, str) else str(label),
                str(dtype),
                "" if isinstance(label, str) else repr(label),
            )
            for label, dtype in pairs
        )
        library = match["library"] if match["library"] in ("pandas", "polars") else ""
        tables.append(
            Table(match["name"], library, columns, int(match["rows"]), int(match["width"]), seen=bool(columns))
        )
    return tables


def read_prose(text: str) -> list[Table]:
    """The frames a text names, each with the columns described before the next one is named."""
    starts = _frame_starts(text)
    tables = []
    for number, (start, name) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(text)
        segment = text[0 if number == 0 else start : end]
        library = _library(segment) or _library(text)
        tables.append(replace(_described(segment), name=name, library=library))
    return tables


def _frame_starts(text: str) -> list[tuple[int, str]]:
    """Where each frame is first named."""
    found: dict[str, int] = {}
    for pattern in _FRAMES:
        for match in re.finditer(pattern, text, re.IGNORECASE):
            name = match.group(1)
            if name.lower() not in _NOT_NAMES and name not in ("pd", "pl", "np", "pandas", "polars", "plt"):
                found[name] = min(found.get(name, match.start(1)), match.start(1))
    return sorted((start, name) for name, start in found.items())


def _library(text: str) -> str:
    named = [name for name, short in (("pandas", "pd"), ("polars", "pl")) if re.search(rf"\b({name}|{short}\.)", text)]
    return named[0] if len(named) == 1 else ""


def _described(text: str) -> Table:
    for read in (_from_info, _from_dtypes, _from_markdown, _from_csv, _from_head, _from_list):
        columns = read(text)
        if columns:
            break
    rows = re.search(r"(?:RangeIndex|Index|MultiIndex)\w*:\s*(\d+) entries", text) or re.search(
        r"\b([\d,]{1,15}) rows\b", text
    )
    count = int(rows[1].replace(",", "")) if rows and rows[1].replace(",", "") else None
    return Table("", columns=columns, rows=count)


def _from_info(text: str) -> tuple[Column, ...]:
    lines = re.finditer(r"(?m)^\s*\d+\s+(\S.*?)\s{2,}(?:\d+ non-null\s+)?(\S+)\s*$", text)
    return tuple(Column(match[1], match[2]) for match in lines) if "Dtype" in text else ()


def _from_dtypes(text: str) -> tuple[Column, ...]:
    before, found, _ = text.partition("\ndtype: object")
    if not found:
        return ()
    columns: list[Column] = []
    for line in reversed(before.split("\n")):
        match = re.fullmatch(r"(\S.*?)\s{2,}(\S+)", line)
        if not match or role_of(match[2]) == "other":
            break
        columns.insert(0, Column(match[1], match[2]))
    return tuple(columns)


def _from_markdown(text: str) -> tuple[Column, ...]:
    lines = [line.strip() for line in text.split("\n")]
    for number, line in enumerate(lines[:-1]):
        if not (line.startswith("|") and re.fullmatch(r"\|?[\s:|-]*-[\s:|-]*", lines[number + 1])):
            continue
        header = _cells(line)
        body = []
        for row in lines[number + 2 :]:
            if not row.startswith("|"):
                break
            body.append(_cells(row))
        names = next(
            (i for i, cell in enumerate(header) if cell.lower() in ("column", "name", "field", "variable")), None
        )
        types = next((i for i, cell in enumerate(header) if "type" in cell.lower()), None)
        if names is not None and len(header) > 1:
            return tuple(
                Column(row[names].strip("`"), row[types] if types is not None else "")
                for row in body
                if len(row) == len(header)
            )
        return _columns_of(header, body)
    return ()


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _from_csv(text: str) -> tuple[Column, ...]:
    lines = [line.strip() for line in text.split("\n")]
    for header, row in pairwise(lines):
        names, values = header.split(","), row.split(",")
        plain = all(re.fullmatch(r"[\"']?[A-Za-z_][\w .%()/-]{0,40}[\"']?", name.strip()) for name in names)
        if len(names) > 1 and len(names) == len(values) and plain and names != values and ", " not in header:
            return _columns_of([name.strip().strip("\"'") for name in names], [values])
    return ()


def _from_head(text: str) -> tuple[Column, ...]:
    lines = text.split("\n")
    for header, row in pairwise(lines):
        names, values = header.split(), row.split()
        if len(names) > 1 and len(values) == len(names) + 1 and values[0] == "0" and header[:1] in " \t":
            return _columns_of(names, [values[1:]])
    return ()


def _columns_of(names: list[str], rows: list[list[str]]) -> tuple[Column, ...]:
    """Columns with the dtype that their first values suggest; no dtype where there are none to see."""
    return tuple(
        Column(name.strip("`"), _dtype_seen([row[i].strip() for row in rows if i < len(row)]))
        for i, name in enumerate(names)
        if name
    )


def _dtype_seen(values: list[str]) -> str:
    values = [value for value in values if value not in ("", "NaN", "NA", "None", "null")]
    if not values:
        return ""
    return "float64" if all(re.fullmatch(r"[+-]?\d*\.?\d+([eE][+-]?\d+)?", value) for value in values) else "str"


def _from_list(text: str) -> tuple[Column, ...]:
    """``columns region, price (float) and date``; a dtype stands in brackets or after a colon."""
    match = re.search(
        r"\b(?:columns?|fields?)\b\s*(?:are|is|named|called|include|including|:|=|-|–)?\s*\[?([^\n]*(?:\n\s*[-*] .*)*)",
        text,
    )
    if not match:
        return ()
    listed = re.sub(r"\n\s*[-*] ", ", ", match[1])
    listed = re.split(r"(?<=[\w)`'\"\]])[.;?!](?:\s|$)|\]", listed)[0]
    parts = re.split(r",(?![^(]*\))|\band\b", listed)
    columns = []
    for part in parts:
        item = _ITEM.fullmatch(part)
        if not item or len(item["name"].split()) > 4:
            continue
        words = item["inside"] or item["after"] or ""
        dtype = re.search(rf"\b({_DTYPE})\b", words)
        columns.append(Column(item["name"].strip(), dtype[1] if dtype else ""))
    return tuple(columns) if (len(columns) > 0 and "," in listed) or len(columns) > 1 else ()
