"""What is inside lines of Markdown text, made inert: HTML, links, images, code spans, maths. See :mod:`.markdown`.

Rules that hold whatever a renderer takes the text for: no ``<`` that could begin a tag is left outside code; every
``]`` before ``(``, ``[`` or ``:`` is either a link we wrote or is broken; every backtick is either part of a span that
was matched within one line or is escaped.
"""

from __future__ import annotations

import re
from collections import deque

from .address import misleads, safe_address, suspicious

__all__ = ["Definitions", "definition", "inert"]

#: Addresses of reference definitions, by label as written in them, in lower case.
Definitions = dict[str, str]

_MOST_OPEN = 32
_MOST_GLUED = 40
_MOST_MATHS = 5_000

_RASTER = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")
_DESTINATION = re.compile(
    r"\(\s{0,20}(?:<(?P<angle>[^<>\n]{0,4000})>|(?P<bare>(?:[^\s()]|\([^\s()]{0,500}\)){0,4000}+))"
    r"(?:\s{1,20}(?:\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'|\([^()\n]{0,500}\)))?\s{0,20}\)"
)
_DATA_DESTINATION = re.compile(r"\(\s*(data:image/[a-z]{3,4};base64,[A-Za-z0-9+/=]{1,150000})\s*\)")
_REFERENCE = re.compile(r"\[([^\[\]\n]{0,200})\]")
_DEFINITION = re.compile(r" {0,3}\[([^\[\]\n]{1,200})\]:\s*(?:<([^<>\n]*)>|(\S+))")
_ODD = re.compile(r"[^\w .,-]")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^\s<>]{1,2000}|[\w.+-]{1,100}@[\w.-]{1,200})>", re.ASCII | re.IGNORECASE)
_BARE = re.compile(r"(?P<scheme>https?|ftp)://(?P<host>[^\s<>`/?#)|*\]\"']{1,300})", re.IGNORECASE)
# As pandoc has it, so that "$5 and $10" is no maths: nothing blank inside the dollars, no digit after them.
_DOLLARS = re.compile(r"\$\$(?P<display>[^$]+)\$\$(?!\$)|\$(?![ $])(?P<inline>(?:\\[^\n]|[^$\\\n])+)(?<! )\$(?![\d$])")
_BRACKETED = re.compile(r"\\\((?P<inline>(?:(?!\\\()[^\n])+?)\\\)|\\\[(?P<display>(?:(?!\\\[).)+?)\\\]", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z]{1,20}\*?)\}")
_ENVIRONMENTS = re.compile(r"\\(begin|end)\{([^{}]*)\}")
# What opens maths after two backslashes, for some renderers.
_OPENS_MATHS = re.compile(r"[(\[]|b(?=egin\{)")
# Maths that one renderer (nbconvert's) looks for before code, and to its end in another block.
_SPANS_BLOCKS = re.compile(r"\$\$|\\\\\[|\\begin\{")
# Maths that defines, links, loads or sets attributes is no maths to show (hazards UI-24).
_ACTIVE_MATHS = re.compile(
    r"\\(?:[gex]?def|let|(?:re|provide)?new(?:command|environment)|renewcommand|newcommand|require|href|url|include\w*"
    r"|style|class|cssId|unicode|mmlToken|html\w*|data|bbox|toggle|mathchoice|loop|csname)(?![A-Za-z])"
)
# What opens or ends code for a renderer that knows no maths.
_HIDES_CODE = re.compile("`|~~~")
_BEGINS_ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`~<$\[\]\n]|!(?=\[)|https?(?=://)|ftp(?=://)", re.IGNORECASE)
# A line that begins like a reference definition: that binds tighter than a code span.
_DEFINES = re.compile(r"^[ >\d.)*+-]*\[", re.MULTILINE)
# Written out, since one renderer (mistune) looks for a link's end without regard to backslashes.
_ENTITIES = {"<": "&lt;", "(": "&#40;", "b": "&#98;", "[": "&#91;", "]": "&#93;", "!": "&#33;"}
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def definition(line: str) -> tuple[str, str] | None:
    """Label and address of a line that defines a reference."""
    match = _DEFINITION.match(line)
    return (match[1].strip().lower(), match[2] or match[3] or "") if match else None


def inert(text: str, definitions: Definitions, *, in_table: bool = False) -> str:
    """Lines of text without anything that acts.

    Parameters
    ----------
    text
        Lines that hold no fence and no quote, their unseen characters written out.
    definitions
        Addresses of the document's reference links.
    in_table
        Whether they may be a table, where a pipe ends a cell even in code.
    """
    return _Scanner(text, definitions, in_table).scan()


class _Scanner:
    def __init__(self, text: str, definitions: Definitions, in_table: bool) -> None:
        self._text = text
        self._definitions = definitions
        self._in_table = in_table
        self._out: list[str] = []
        # Where brackets opened: index in _out, whether an image's. The oldest are forgotten, so that cost stays linear.
        self._open: deque[tuple[int, bool]] = deque()
        self._spans = _code_spans(text)
        self._defines = _DEFINES.search(text) is not None

    def scan(self) -> str:
        text, at = self._text, 0
        while at < len(text):
            special = _SPECIAL.search(text, at)
            if special is None:
                break
            if special.start() > at:
                self._out.append(text[at : special.start()])
            at = self._special(special.start())
        self._out.append(text[at:])
        self._leave_all()
        return "".join(self._out)

    def _special(self, at: int) -> int:
        """Take in what begins at a character that may act; returns where to go on."""
        character = self._text[at]
        match character:
            case "\\":
                return self._backslash(at)
            case "`":
                return self._backticks(at)
            case "~":
                return self._run(at, "~", 3)
            case "<":
                return self._angle(at)
            case "$":
                return self._dollar(at)
            case "!":
                return self._opens(at, 2)
            case "[":
                return self._opens(at, 1)
            case "]":
                return self._closes(at)
            case "\n":
                self._leave_all()
                return self._plain(at)
            case _:
                return self._bare_address(at)

    def _plain(self, at: int, length: int = 1) -> int:
        self._out.append(self._text[at : at + length])
        return at + length

    def _put(self, text: str, end: int) -> int:
        self._out.append(text)
        return end

    def _backslash(self, at: int) -> int:
        following = self._text[at + 1 : at + 2]
        if following in ("(", "["):
            done = self._maths(at, _BRACKETED.match(self._text, at))
            if done:
                return done
        if following == "b" and (begin := _ENVIRONMENT.match(self._text, at)):
            end = self._text.find(f"\\end{{{begin[1]}}}", begin.end(), begin.end() + _MOST_MATHS)
            done = self._environment(at, end + len(begin[1]) + 6) if end >= 0 else 0
            return done or self._put("&#92;begin", at + 6)
        if following == "\\" and (opens := _OPENS_MATHS.match(self._text, at + 2)):
            return self._put("\\\\" + _ENTITIES[opens[0]], at + 3)
        if following in ("<", "[", "]", "!"):
            return self._put(_ENTITIES[following], at + 2)
        return self._plain(at, 2 if following in _PUNCTUATION and following else 1)

    def _dollar(self, at: int) -> int:
        end = at
        while self._text.startswith("$", end):
            end += 1
        run = end - at
        done = self._maths(at, _DOLLARS.match(self._text, at)) if run <= 2 and self._text[at - 1 : at] != "\\" else 0
        return done or self._put("\\$" * run, end)

    def _environment(self, at: int, end: int) -> int:
        body = self._text[at:end]
        return self._put(_safe_maths(body), end) if self._is_maths(at, body) else 0

    def _maths(self, at: int, match: re.Match[str] | None) -> int:
        """Maths, with dollars around it, or 0 where it is none."""
        if match is None:
            return 0
        display = match["display"]
        body = display or match["inline"].strip()
        if "$" in body or not self._is_maths(at, body):
            return 0
        mark = "$$" if display else "$"
        return self._put(f"{mark}{_safe_maths(body)}{mark}", match.end())

    def _is_maths(self, at: int, body: str) -> bool:
        """Whether all renderers that know maths will see where it ends, and none will act on it."""
        if not body.strip() or body.endswith("\\") or _HIDES_CODE.search(body) or _ACTIVE_MATHS.search(body):
            return False
        if "\n" in body and (self._in_table or self._text[self._text.rfind("\n", 0, at) + 1 : at].strip(" ")):
            return False  # a heading, a row or a list's mark would end before it
        opened: list[str] = []
        for match in _ENVIRONMENTS.finditer(body):
            if match[1] == "begin":
                opened.append(match[2])
            elif not opened or opened.pop() != match[2]:
                return False
        return not opened

    def _backticks(self, at: int) -> int:
        end = self._spans.get(at)
        body = self._text[at:end] if end else ""
        if end is None or ("]:" in body and self._defines) or _SPANS_BLOCKS.search(body):
            return self._run(at, "`", 1)
        if self._in_table and "|" in body:
            if "\\" in body:
                return self._run(at, "`", 1)
            body = body.replace("|", "\\|")
        # An address right before it would swallow the backtick, where addresses become links by themselves.
        return self._put(f" {body}" if self._in_address() else body, end)

    def _in_address(self) -> bool:
        """Whether what was written last may be part of a bare address."""
        for piece in reversed(self._out[-_MOST_GLUED:]):
            blank = max(piece.rfind(" "), piece.rfind("\n"), piece.rfind("\t"))
            if _BEGINS_ADDRESS.search(piece, blank + 1):
                return True
            if blank >= 0:
                return False
        return len(self._out) > _MOST_GLUED

    def _run(self, at: int, character: str, least: int) -> int:
        """A run of one character, escaped if it is long enough to act."""
        end = at
        while self._text.startswith(character, end):
            end += 1
        escaped = f"\\{character}" * (end - at) if end - at >= least else self._text[at:end]
        return self._put(escaped, end)

    def _angle(self, at: int) -> int:
        link = _AUTOLINK.match(self._text, at)
        if link:
            shown = link[1]
            address = safe_address(shown if ":" in shown else f"mailto:{shown}")
            if address is not None:
                return self._put_link(f"[{_label(shown)}]({address})", link.end())
        return self._put("&lt;" if _TAG.match(self._text, at) else "<", at + 1)

    def _bare_address(self, at: int) -> int:
        """An address in running text, of which a renderer makes a link."""
        link = _BARE.match(self._text, at)
        if link is None:
            return self._plain(at)
        scheme = link["scheme"]
        inert = scheme.lower() == "ftp" or suspicious(link["host"])
        return self._put(f"{scheme}{'&#58;' if inert else ':'}//", at + len(scheme) + 3)

    # ---- links and images --------------------------------------------------------------------------------------------

    def _opens(self, at: int, length: int) -> int:
        if len(self._open) == _MOST_OPEN:
            self._leave(self._open.popleft())
        self._open.append((len(self._out), length == 2))
        return self._put("[" if length == 1 else f"{_ENTITIES['!']}[", at + length)

    def _leave(self, opened: tuple[int, bool]) -> None:
        """A bracket that nothing closed; one renderer (mistune) looks for its end in other blocks."""
        self._out[opened[0]] = self._out[opened[0]].replace("[", _ENTITIES["["])

    def _leave_all(self) -> None:
        for opened in self._open:
            self._leave(opened)
        self._open.clear()

    def _closes(self, at: int) -> int:
        following = self._text[at + 1 : at + 2]
        acts = following in ("(", "[", ":")
        if self._open:
            start, image = self._open.pop()
            if acts or self._definitions:
                label = "".join(self._out[start + 1 :])
                link, end = self._link(at + 1, label, image)
                if link is not None:
                    del self._out[start:]
                    if not image:
                        self._leave_all()  # links do not nest
                    return self._put_link(link, end)
            if acts:
                self._leave((start, image))
        return self._put(_ENTITIES["]"] if acts else "]", at + 1)

    def _put_link(self, link: str, end: int) -> int:
        """A link after an exclamation mark would be an image."""
        if self._out and self._out[-1].endswith("!"):
            self._out[-1] = self._out[-1][:-1] + _ENTITIES["!"]
        return self._put(link, end)

    def _link(self, after: int, label: str, image: bool) -> tuple[str | None, int]:
        """A link in place of brackets, and where it ends."""
        raster = _DATA_DESTINATION.match(self._text, after) if image else None
        if raster and _RASTER.fullmatch(raster[1]):
            return f" ![{_ODD.sub('', label)}]({raster[1]})", raster.end()
        address, end = self._address(after, label)
        safe = safe_address(address) if address is not None else None
        if safe is None or misleads(label, safe):
            return None, after
        return f"[{'image: ' if image else ''}{label or 'link'}]({safe})", end

    def _address(self, after: int, label: str) -> tuple[str | None, int]:
        match = _DESTINATION.match(self._text, after)
        if match:
            address = match["angle"] if match["angle"] is not None else match["bare"]
            return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", address), match.end()
        reference = _REFERENCE.match(self._text, after)
        name = (reference[1] if reference else "").strip() or label
        return self._definitions.get(name.strip().lower()), reference.end() if reference else after


def _code_spans(text: str) -> dict[int, int]:
    """Where code spans begin and end: runs of backticks of one length, matched within a line."""
    spans: dict[int, int] = {}
    offset = 0
    for line in text.split("\n"):
        if "`" in line:
            spans.update((offset + start, offset + end) for start, end in _line_spans(line))
        offset += len(line) + 1
    return spans


def _line_spans(line: str) -> list[tuple[int, int]]:
    runs = [match.span() for match in re.finditer("`+", line)]
    after = [0] * len(runs)  # for each run the next one of its length, or 0
    seen: dict[int, int] = {}
    for index in reversed(range(len(runs))):
        start, end = runs[index]
        after[index] = seen.get(end - start, 0)
        seen[end - start] = index
    backslashes = {match.end(): match.end() - match.start() for match in re.finditer(r"\\+", line)}
    found: list[tuple[int, int]] = []
    index = 0
    while index < len(runs):
        start = runs[index][0]
        if after[index] and not backslashes.get(start, 0) % 2:
            index = after[index]
            found.append((start, runs[index][1]))
        index += 1
    return found


def _safe_maths(body: str) -> str:
    """Maths that means the same and holds neither a tag nor a link for a renderer that does not know maths."""
    body = _TAG.sub(r"\\lt ", body)
    return re.sub(r"!(?=\[)|\](?=[(\[:])|:(?=//)", lambda match: f"{match[0]} ", body)


def _label(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)
