"""A model's Markdown, made safe for any renderer.

The result is Markdown again: no HTML, no image that is fetched, no link but http, https and mailto to a plain host
(hazards §2.11, UI-01 to UI-16). Renderers differ about what is code, so nothing rests on guessing like them: code that
is kept gets fences and spans that all of them read alike, and wherever they may differ the text is inert either way.
Why an own scanner: no Markdown parser is among what the package needs, and none of them writes Markdown back.

This module reads blocks: fences, indented code, quotes. What is inside a line is :mod:`.inline`'s.
"""

from __future__ import annotations

import re

from ..chat.visible import visible
from .inline import Definitions, definition, inert

__all__ = ["safe_markdown"]

#: Characters of Markdown up to which it is rendered; more than that is shown as plain text (hazards UI-24).
_MOST_CHARACTERS = 500_000
_MOST_TABLE_LINES = 1_000
_MOST_QUOTES = 8
_MOST_INDENT = 64

_FENCE = re.compile(r"( *)(`{3,}|~{3,})([^\n]*)")
_QUOTE = re.compile(r"( *)> ?(.*)")
_LIST = re.compile(r" *(?:[-*+]|\d{1,9}[.)])(?: |$)")
_NESTED = re.compile(r"(?:(?:>|(?:[-*+]|\d{1,9}[.)]) ) *){9}")
_TABLE = re.compile(r"[ |:>-]*-[ |:>-]*")
_WORD = re.compile(r"\s*([\w+#.-]{1,20})", re.ASCII)
_RUNS = re.compile("`+")
# Fences whose content is drawn by something that may fetch.
_DRAWN = frozenset({"mermaid", "geojson", "topojson", "stl", "math"})


def safe_markdown(text: str) -> str:
    """Make Markdown safe to show.

    Code, maths, tables and lists stay what they are. Raw HTML and links that may not be followed are shown as the text
    they were written with; an image becomes a link to it, or text.

    Parameters
    ----------
    text
        Untrusted Markdown, whole or cut anywhere.

    Returns
    -------
    str
        Markdown, at a cost linear in the text.
    """
    shown = visible(text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(shown) > _MOST_CHARACTERS:
        return "\n".join(_fenced(shown.split("\n"), "text")).strip("\n")
    lines = shown.split("\n")
    return "\n".join(_Blocks(lines, _definitions(lines), 0).sanitised()).strip("\n")


def _untabbed(line: str) -> str:
    """The line with its indentation in spaces."""
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)].expandtabs(4) + rest if "\t" in line else line


def _definitions(lines: list[str]) -> Definitions:
    found: Definitions = {}
    for line in lines:
        entry = definition(line.lstrip("> "))
        if entry is not None:
            found.setdefault(*entry)
    return found


def _fenced(lines: list[str], info: str, indent: str = "") -> list[str]:
    """Lines as a fenced block that every renderer reads alike: alone, and longer than any run of backticks in it."""
    longest = max((len(run) for line in lines if "`" in line for run in _RUNS.findall(line)), default=0)
    fence = indent + "`" * max(3, longest + 1)
    return ["", fence + info, *lines, fence, ""]


class _Blocks:
    """One run over lines that share a container."""

    def __init__(self, lines: list[str], definitions: Definitions, depth: int) -> None:
        self._lines = lines
        self._definitions = definitions
        self._depth = depth
        self._out: list[str] = []
        self._text: list[str] = []
        self._in_list = False

    def sanitised(self) -> list[str]:
        at = 0
        while at < len(self._lines):
            at = self._block(at)
        self._end_text()
        return self._out

    def _block(self, at: int) -> int:
        """Take in the block that begins at a line; returns where the next begins."""
        line = _untabbed(self._lines[at])
        fence = _FENCE.fullmatch(line)
        if fence and not (fence[2][0] == "`" and "`" in fence[3]):
            return self._fence(at, fence)
        if self._depth < _MOST_QUOTES and _QUOTE.fullmatch(line):
            return self._quote(at)
        if not line.strip(" "):
            self._end_text()
            self._emit([""])
            return at + 1
        if line.startswith("    ") and not self._text and not self._in_list:
            return self._indented(at)
        if not line.startswith(" ") and not self._text:
            self._in_list = False
        self._in_list = self._in_list or _LIST.match(line) is not None
        self._text.append(line)
        return at + 1

    def _fence(self, at: int, fence: re.Match[str]) -> int:
        """A fenced block. It ends at its fence, or where a line is less indented than it: there a list item ends."""
        indent, mark = fence[1][:_MOST_INDENT], fence[2]
        closing = re.compile(rf" *{re.escape(mark[0])}{{{len(mark)},}} *")
        body: list[str] = []
        at += 1
        while at < len(self._lines):
            raw = self._lines[at]
            line = _untabbed(raw)
            if closing.fullmatch(line):
                at += 1
                break
            blank = not line.strip(" ")
            if not blank and not line.startswith(indent) and (self._in_list or len(indent) > 3):
                break
            line = raw if raw.startswith(indent) else line
            body.append(line if blank or line.startswith(indent) else indent + line.lstrip(" "))
            at += 1
        word = _WORD.match(fence[3])
        info = word[1] if word else ""
        self._end_text()
        self._emit(_fenced(body, "text" if info.lower() in _DRAWN else info, indent))
        return at

    def _quote(self, at: int) -> int:
        """A quote is a document of its own; it ends with the first line that bears no mark."""
        inner: list[str] = []
        indent = ""
        while at < len(self._lines) and (quoted := _QUOTE.fullmatch(_untabbed(self._lines[at]))):
            indent = indent if inner else quoted[1][:_MOST_INDENT]
            inner.append(quoted[2])
            at += 1
        self._end_text()
        lines = "\n".join(_Blocks(inner, self._definitions, self._depth + 1).sanitised()).strip("\n").split("\n")
        self._emit(["", *(f"{indent}> {line}" if line else f"{indent}>" for line in lines), ""])
        return at

    def _indented(self, at: int) -> int:
        """Code by indentation; it gets fences."""
        body: list[str] = []
        while at < len(self._lines):
            line = _untabbed(self._lines[at])
            if line.strip(" ") and not line.startswith("    "):
                break
            body.append(line[4:])
            at += 1
        blanks = 0
        while body and not body[-1]:
            body.pop()
            blanks += 1
        self._emit(_fenced(body, ""))
        return at - min(blanks, 1)

    def _end_text(self) -> None:
        """Write the lines of text so far: a paragraph, a heading, a list or a table."""
        lines, self._text = self._text, []
        if not lines:
            return
        table = any(_TABLE.fullmatch(line) for line in lines)
        if table and len(lines) > _MOST_TABLE_LINES:
            self._emit(_fenced(lines, "text"))
            return
        flat = "\n".join(_flattened(line) for line in lines)
        self._emit(inert(flat, self._definitions, in_table=table).split("\n"))

    def _emit(self, lines: list[str]) -> None:
        """Write lines; a blank line that only parts two blocks is written once."""
        if lines and not lines[0] and self._out and not self._out[-1]:
            lines = lines[1:]
        self._out.extend(lines)


def _flattened(line: str) -> str:
    """The line without the indentation and nesting that makes renderers slow."""
    rest = line.lstrip(" ")
    indent = min(len(line) - len(rest), _MOST_INDENT)
    if _NESTED.match(rest) or rest.startswith(">"):
        rest = "\\" + rest
    elif rest.startswith(":"):  # a definition list for mistune, a directive for MyST
        rest = "&#58;" + rest[1:]
    return " " * indent + rest
