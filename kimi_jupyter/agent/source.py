"""Code that is to be approved, in the one form that is shown, hashed and run.

Approval is worth something only if what was read is what runs (hazards §2.2). So before anything is shown, code is
brought into a canonical text or refused with a sentence that tells the model what to write instead. What is refused is
text that reads otherwise than it runs, and text that is not plain Python. Imports no IPython: nothing is transformed.

The canonical text has LF line ends only, and no blanks or line ends at its end: that is how a notebook keeps a cell,
and an editor that adds a last newline, or takes it away, changes nothing. Nothing else is altered.
"""

from __future__ import annotations

import ast
import hashlib
import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from . import characters
from .notation import plain_python

__all__ = ["MAX_BYTES", "Refusal", "Source", "canonical", "digest", "fingerprint"]

#: The longest code that is shown for approval, in bytes of UTF-8 (hazards §2.2, APP-05).
MAX_BYTES = 64 * 1024

_FILENAME = "<kimi>"
#: PEP 263: a declaration of an encoding in one of the first two lines.
_COOKIE = re.compile(r"[ \t]*#.*?coding[:=][ \t]*([-\w.]+)")
#: Maximal runs of what Python's tokenizer takes for one identifier before it looks closer.
_RUN = re.compile(r"[0-9A-Za-z_\x80-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Source:
    """Code in canonical form.

    Attributes
    ----------
    text
        What is shown, hashed and run, byte for byte.
    flags
        Sentences for the reader on what is easily misread in it; ``()`` as a rule.
    """

    text: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why code is not even shown, in words for the model that say what to write instead."""

    message: str


def canonical(code: str) -> Source | Refusal:
    """Bring code into its canonical form, or say why it can't be shown for approval.

    Parameters
    ----------
    code
        Python source as the model or the user wrote it. Any string: nothing makes this raise.

    Returns
    -------
    Source or Refusal
        The canonical form of a canonical text is itself.
    """
    if len(code) > 2 * MAX_BYTES:
        return _too_long(len(code))
    text = code.replace("\r\n", "\n").replace("\r", "\n").rstrip(" \t\n")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        return _too_long(size)
    if not text:
        return Refusal("There is no code; put Python source into `code`.")
    if found := characters.hidden(text):
        return _hidden(found)
    try:
        return _examine(text)
    except SyntaxError as error:
        return Refusal(_syntax(text, error))
    except (MemoryError, RecursionError, ValueError, OverflowError, SystemError) as error:
        why = str(error) or type(error).__name__
        return Refusal(
            f"Python can't compile this code ({why[:120]}): it is nested too deeply or too long; split it up."
        )


def digest(text: str, *, kernel: str, epoch: int) -> str:
    """The hash that a decision on code is bound to (hazards §2.4).

    SHA-256 over the netstrings (``length ":" bytes ","``, UTF-8) of ``"kimi-jupyter source 1"``, ``text``, ``kernel``
    and the decimal ``epoch``, so that no text can pass for another together with another kernel.

    Parameters
    ----------
    text
        The canonical text.
    kernel
        The kernel's id.
    epoch
        How often this kernel was started; a restart voids every decision.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    fields = ("kimi-jupyter source 1", text, kernel, str(epoch))
    encoded = [field.encode("utf-8", "surrogatepass") for field in fields]
    return hashlib.sha256(b"".join(b"%d:%b," % (len(field), field) for field in encoded)).hexdigest()


def fingerprint(text: str) -> str:
    """SHA-256 of a canonical text alone, in 64 hexadecimal digits: what code is known by from one kernel to another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _examine(text: str) -> Source | Refusal:
    tree = _parse(text)
    if any(_is_prompt(statement) for statement in tree.body):
        return Refusal('Leave out the prompts "In [n]:" and "Out[n]:"; write the code alone.')
    flags: list[str] = []
    if cookie := _cookie(text):
        flags.append(f"A comment declares the encoding {cookie[:40]!r}; Python ignores it here.")
    if not text.isascii():
        if changed := _changing_names(text):
            return Refusal(changed)
        flags += _lookalikes(tree)
    return Source(text, tuple(flags))


def _parse(text: str) -> ast.Module:
    """The syntax tree of code that compiles as plain Python with top-level await."""
    with warnings.catch_warnings():  # what Python thinks of "\d" or `is 1` is said when the code runs
        warnings.simplefilter("ignore")
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree: ast.Module = compile(text, _FILENAME, "exec", flags=flags, dont_inherit=True)
        compile(tree, _FILENAME, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return tree


def _is_prompt(statement: ast.stmt) -> bool:
    """``In [3]: x`` is valid Python (an annotation), and IPython would run ``x``."""
    match statement:
        case ast.AnnAssign(target=ast.Subscript(value=ast.Name(id="In" | "Out"))):
            return True
    return False


def _cookie(text: str) -> str:
    for line in text.split("\n", 2)[:2]:
        if match := _COOKIE.match(line):
            return match[1]
    return ""


def _changing_names(text: str) -> str:
    """What is wrong with names that Python reads in another form (NFKC) than they are written in, or ``""``.

    The tree holds names in their NFKC form only, and words that change are fine in strings. So each such word is
    replaced by a mark that changes nothing else, and where a mark comes up as a name in the tree, the word was one.
    """
    words = {word for word in _RUN.findall(text) if unicodedata.normalize("NFKC", word) != word}
    if not words:
        return ""
    stem = "_mark"
    while stem in text:
        stem += "_"
    marks = {word: f"{stem}{number}_" for number, word in enumerate(sorted(words))}
    marked = _parse(_RUN.sub(lambda run: marks.get(run[0], run[0]), text))
    names = {name: line for name, line in _names(marked) if name.startswith(stem)}
    told = [
        f"line {names[mark]}: {word[:60]!r} ({word[:60]!a}) is {unicodedata.normalize('NFKC', word)[:60]!r}"
        for word, mark in marks.items()
        if mark in names
    ]
    if not told:
        return ""
    return f"Python reads these names in another form than they are written; use that form. {_some(told)}."


def _names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name in a tree, and the line it is on, in no particular order."""
    line = 1
    for node in ast.walk(tree):
        line = getattr(node, "lineno", line)
        if isinstance(node, ast.Constant):
            continue
        for _, value in ast.iter_fields(node):
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str):
                    yield from ((part, line) for part in name.split("."))


def _lookalikes(tree: ast.Module) -> list[str]:
    twins = {name: twin for name, _ in _names(tree) if (twin := characters.lookalike(name))}
    told = [f"{name[:60]!a} looks like {twin[:60]!r}" for name, twin in sorted(twins.items())]
    return [f"Names with letters of another alphabet: {_some(told)}."] if told else []


def _too_long(size: int) -> Refusal:
    return Refusal(
        f"The code is too long to be read and approved: {size:,} bytes, at most {MAX_BYTES:,}. "
        "Do it in several calls; leave data in files or variables."
    )


def _hidden(found: list[characters.Hidden]) -> Refusal:
    told = [
        f"line {line}, column {column}: {characters.describe(character)}, as an escape {characters.escape(character)}"
        for line, column, character in found
    ]
    return Refusal(
        "The code holds characters that a reader can't see. In a string literal write them as escapes (also the joiners"
        f" and selectors of an emoji); elsewhere leave them out. {_some(told)}."
    )


def _syntax(text: str, error: SyntaxError) -> str:
    lines = text.split("\n")
    number = min(error.lineno or 1, len(lines))
    line = lines[number - 1][:200]
    if advice := plain_python(line, cell=_first(lines)):
        return f"This is not plain Python (line {number}: {line.strip()[:80]}). {advice}"
    return f"This is not valid Python: {error.msg[:200]} (line {number}: {line.strip()[:120]})."


def _first(lines: list[str]) -> str:
    return next((line for line in lines if line.strip()), "")


def _some(told: list[str], most: int = 5) -> str:
    rest = f"; and {len(told) - most} more" if len(told) > most else ""
    return "; ".join(told[:most]) + rest
